"""What is held against the hosts' entrances, as their own daemons say. Facts: access.py."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from typing import TYPE_CHECKING, TypeVar

from acceptance.facts import Unseen

if TYPE_CHECKING:
    from acceptance.probes.access import Access, Jail, Sshd, Sudo, Ufw
    from acceptance.probes.configuration import Configuration, Configured
    from acceptance.probes.nginx import Edge

T = TypeVar("T")

Held = Iterator[str | Unseen]


class Entrances:
    """What is held against the hosts' entrances as they are configured and run; each offender named by its host."""

    def __init__(self, configuration: Configuration) -> None:
        self._all = configuration

    def __repr__(self) -> str:
        return repr(self._all)[:200]

    def keys_refused(self) -> tuple[str, ...]:
        """Users and addresses for whom sshd takes no key."""

        def find(_: Configured, s: Sshd) -> Held:
            yield from (f"{v.user} from {v.address} may not use a key" for v in s.views if not v.public_key)

        return self._sshd(find)

    def passwords_taken(self) -> tuple[str, ...]:
        """Users and addresses for whom a password, or keyboard-interactive on its own, gets in; Match blocks count."""

        def find(_: Configured, s: Sshd) -> Held:
            for v in s.views:
                if v.password:
                    yield f"{v.user} from {v.address} may use a password"
                elif v.keyboard and not all(m.partition(",")[0] == "publickey" for m in v.methods.split()):
                    yield f"{v.user} from {v.address} may use keyboard-interactive on its own"

        return self._sshd(find)

    def root_let_in(self) -> tuple[str, ...]:
        """Addresses from which root may log in, and keys of root's without a forced command."""

        def find(_: Configured, s: Sshd) -> Held:
            for v in s.views:
                if v.user == "root" and v.root not in ("no", "forced-commands-only"):
                    yield f"root from {v.address}: PermitRootLogin {v.root}"
            if isinstance(s.root_keys, Unseen):
                yield s.root_keys
            elif s.root_keys and any(v.root != "no" for v in s.views if v.user == "root"):
                yield f"{s.root_keys} keys of root's have no forced command"

        return self._sshd(find)

    def listening_on(self, port: int) -> tuple[str, ...]:
        def find(_: Configured, s: Sshd) -> Held:
            if not s.ports:
                yield Unseen("sshd's sockets", "none is seen")
            elif port in s.ports:
                yield f"sshd listens on port {port}"

        return self._sshd(find)

    def one_factor_enough(self) -> tuple[str, ...]:
        """Hosts where the deploy user gets in by one factor."""

        def find(host: Configured, s: Sshd) -> Held:
            for v in (v for v in s.views if v.user == host.deploy_user):
                two = v.methods != "any" and all("," in m for m in v.methods.split())
                asks = v.pam and "keyboard-interactive" in v.methods
                if not two:
                    yield f"{v.user} from {v.address} needs {v.methods}"
                elif asks and isinstance(s.second_factor, Unseen):
                    yield s.second_factor
                elif asks and not s.second_factor and "password" not in v.methods:
                    yield f"{v.user} from {v.address}: PAM's second factor is optional"

        return self._sshd(find)

    def sudo_faults(self) -> tuple[str, ...]:
        """The deploy user without sudo, others with it, members of groups that are root in all but name."""

        def find(host: Configured, s: Sudo) -> Held:
            if not s.valid:
                yield "sudoers does not parse"
            if not any(u.name == host.deploy_user and u.sudo for u in s.users):
                yield f"{host.deploy_user} may not sudo"
            for u in s.users:
                if u.name in (host.deploy_user, *host.sudo_for):
                    continue
                if u.all_without_password:
                    yield f"{u.name} may do anything without a password"
                elif u.sudo:
                    yield f"{u.name} may sudo"
                if u.root_groups:
                    yield f"{u.name} is in group {', '.join(u.root_groups)}, which is root"

        return self._part("sudo", find)

    def firewall_open(self) -> tuple[str, ...]:
        """ufw inactive, not denying by default, with a rule that lets anyone in everywhere, or blind for IPv6."""

        def find(_: Configured, u: Ufw) -> Held:
            if not u.active:
                yield "ufw is inactive"
            elif u.incoming not in ("deny", "reject"):
                yield f"ufw lets in by default ({u.incoming or 'no default'})"
            if any(r.lets_anyone_in for r in u.rules):
                yield "a rule of ufw lets anyone in to every port"
            if u.has_v6 and not u.guards_v6:
                yield "ufw does not guard IPv6, and the host has such an address"

        return self._part("ufw", find)

    def closed(self, port: int) -> tuple[str, ...]:
        """Hosts where no rule opens a port, or only for IPv4 though the host has IPv6."""

        def find(_: Configured, u: Ufw) -> Held:
            if not any(r.lets_in(port) and not r.v6 for r in u.rules):
                yield f"no rule of ufw opens port {port}"
            elif u.has_v6 and u.guards_v6 and not any(r.lets_in(port) and r.v6 for r in u.rules):
                yield f"port {port} is open for IPv4 only"

        return self._part("ufw", find)

    def ssh_closed(self) -> tuple[str, ...]:
        """Hosts where no rule opens a port on which sshd listens."""

        def find(_: Configured, a: Access) -> Held:
            if isinstance(a.sshd, Unseen) or isinstance(a.ufw, Unseen):
                yield a.sshd if isinstance(a.sshd, Unseen) else a.ufw  # type: ignore[misc]  # one of them is Unseen
            elif not a.sshd.ports:
                yield Unseen("sshd's sockets", "none is seen")
            elif not any(r.lets_in(port) for port in a.sshd.ports for r in a.ufw.rules):
                yield f"no rule of ufw opens sshd's port {', '.join(map(str, a.sshd.ports))}"

        return self._all.judged("access", find)

    def unlimited_paths(self) -> tuple[str, ...]:
        """API paths that no request limit of the edge covers."""

        paths, (name, port) = self._all.paths, self._all.api

        def find(_: Configured, e: Edge) -> Held:
            if not paths:
                yield Unseen("the API's paths", "the target names no operation")
            if not e.zones:
                yield "the edge has no limit zone"
            servers = e.servers_of(name, port)
            if not servers:
                yield Unseen(f"the server of {name}", "no server of nginx' serves it here")
            for server in servers:
                for path in (path for path in paths if not server.limits(path)):
                    where = server.location_of(path)
                    yield f"{path} of {name} falls into location {where.path if where else 'none'} without a limit"

        return self._part("edge", find)

    def without_flood_protection(self) -> tuple[str, ...]:
        """Hosts with no shield in front that lack SYN cookies, or whose edge limits no connections."""
        shielded = self._all.shielded

        def bare(a: Access) -> Held:
            if isinstance(a.syn_cookies, Unseen):
                yield a.syn_cookies
            elif not a.syn_cookies:
                yield "SYN cookies are off"
            if isinstance(a.edge, Unseen):
                yield a.edge
            elif not a.edge.connection_limits:
                yield "the edge limits no connections"

        def find(_: Configured, a: Access) -> Held:
            held = tuple(bare(a))
            if held and isinstance(shielded, Unseen):
                yield shielded
            elif not shielded:
                yield from held

        return self._all.judged("access", find)

    def mild_jails(self, *, max_retry: int, ban_time_s: float) -> tuple[str, ...]:
        """sshd jails that ban late, briefly, or by an action that is not there."""

        def find(_: Configured, j: Jail) -> Held:
            if j.max_retry > max_retry:
                yield f"the jail bears {j.max_retry} tries"
            if 0 <= j.ban_time_s < ban_time_s:
                yield f"a ban lasts {j.ban_time_s:.0f} s"
            if not 60 <= j.find_time_s <= 7 * 86400:
                yield f"tries are counted over {j.find_time_s:.0f} s"
            if not j.ready:
                yield f"the ban action {', '.join(j.actions) or '(none)'} is not in place"

        return self._part("jail", find)

    def _sshd(self, find: Callable[[Configured, T], Iterable[str | Unseen]]) -> tuple[str, ...]:
        return self._part("sshd", find)

    def _part(self, part: str, find: Callable[[Configured, T], Iterable[str | Unseen]]) -> tuple[str, ...]:
        def each(host: Configured, access: Access) -> Held:
            value = getattr(access, part)
            if isinstance(value, Unseen):
                yield value
            else:
                yield from find(host, value)

        return self._all.judged("access", each)
