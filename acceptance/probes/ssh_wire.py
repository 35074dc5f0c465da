"""What sshd offers outside: one connection a host, as the deploy user, with no method of our own."""

from __future__ import annotations

import re
from collections.abc import Callable

from acceptance.facts import ProbeError, Unseen, facts, offenders, text
from acceptance.visit import Visit

REFUSED = re.compile(r"Permission denied \(([a-z0-9,@.-]+)\)", re.IGNORECASE)


@facts
class Offer:
    """One host's sshd. `methods` is empty where the port is closed."""

    host: str
    place: str
    methods: tuple[str, ...]
    closed: bool


@facts
class SshWire:
    """Every sshd that the target names outside."""

    offers: tuple[Offer | Unseen, ...]

    def looked(self) -> str:
        seen = [o for o in self.offers if isinstance(o, Offer)]
        return (
            "; ".join(f"{o.place} offers {', '.join(o.methods) or 'nothing'}" for o in seen)[:300] or "nothing answered"
        )

    def hosts_without(self, method: str) -> tuple[str, ...]:
        return self._judged(lambda o: [f"{o.host} does not offer {method}"] if method not in o.methods else [])

    def methods_beyond(self, method: str) -> tuple[str, ...]:
        """Methods that are offered at the first step beside the one."""
        return self._judged(lambda o: [f"{o.host} offers {other}" for other in o.methods if other != method])

    def silent(self) -> tuple[str, ...]:
        """Hosts whose sshd refuses the connection."""
        closed = [f"{o.place} is closed" for o in self.offers if isinstance(o, Offer) and o.closed]
        return offenders(closed, [o for o in self.offers if isinstance(o, Unseen)])

    def _judged(self, find: Callable[[Offer], list[str]]) -> tuple[str, ...]:
        seen = [o for o in self.offers if isinstance(o, Offer)]
        bad = [each for o in seen if not o.closed for each in find(o)]
        blind = [o for o in self.offers if isinstance(o, Unseen)]
        return offenders(bad, blind + [Unseen(f"sshd at {o.place}", "the port is closed") for o in seen if o.closed])


def look(visit: Visit) -> SshWire:
    """Ask each sshd for its methods."""
    table = visit.target.ports
    if table is None or not table.ssh:
        raise ProbeError("sshd from outside", "the target names none in [ports.ssh]")
    found: list[Offer | Unseen] = []
    for host, place in table.ssh.items():
        user = visit.target.hosts[host].deploy_user if host in visit.target.hosts else "deploy"
        try:
            found.append(offer(visit, host, place, user))
        except ProbeError as problem:
            found.append(Unseen(problem.what, problem.why))
    return SshWire(tuple(found))


def offer(visit: Visit, host: str, place: str, user: str) -> Offer:
    """One connection by OpenSSH that asks for no method; the refusal lists what there would be."""
    import subprocess

    address, _, port = place.rpartition(":")
    options = {
        "BatchMode": "yes", "PreferredAuthentications": "none", "StrictHostKeyChecking": "no", "LogLevel": "INFO",
        "UserKnownHostsFile": "/dev/null", "GlobalKnownHostsFile": "/dev/null", "ConnectTimeout": "5",
        "IdentityAgent": "none", "ControlPath": "none", "ProxyCommand": "none", "ProxyJump": "none",
    }  # fmt: skip
    argv = ["ssh", "-F", "/dev/null", "-T", "-p", port]
    for name, value in options.items():
        argv += ["-o", f"{name}={value}"]
    try:
        done = subprocess.run(
            [*argv, "-l", user, "--", address.strip("[]"), "true"],
            stdin=subprocess.DEVNULL, capture_output=True, timeout=visit.time_left_s(12.0), check=False,
        )  # fmt: skip
    except (OSError, subprocess.TimeoutExpired) as problem:
        raise ProbeError(f"sshd at {place}", f"{type(problem).__name__}") from None
    said = text(done.stderr, 2000)
    if refused := REFUSED.search(said):
        return Offer(host, place, tuple(refused[1].split(",")), False)
    if done.returncode == 0:
        return Offer(host, place, ("none",), False)
    if "Connection refused" in said:
        return Offer(host, place, (), True)
    raise ProbeError(f"sshd at {place}", said.strip().splitlines()[-1][:200] if said.strip() else "no word")
