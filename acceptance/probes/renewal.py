"""How each host renews certificates: timers and cron entries, their last run, reloading hooks, fingerprints on disk."""

from __future__ import annotations

from collections.abc import Iterable
from functools import partial
from typing import TypeVar

from acceptance.facts import ProbeError, Unseen, facts, load, offenders
from acceptance.probes.each_host import answer_of, of_each
from acceptance.probes.tls import Tls
from acceptance.probes.tls_facts import Certificate, Endpoint
from acceptance.visit import Visit

T = TypeVar("T")
RENEW_THEMSELVES = ("caddy", "traefik")  # servers that are their own client


@facts
class Caller:
    """A timer or cron entry that calls the ACME client. `last_run`: succeeded, failed or never."""

    name: str
    active: bool
    last_run: str


@facts
class Lineage:
    """One certificate that the client keeps: the newest, those before it, and who reloads the server for it."""

    name: str
    sha256: str
    older: tuple[str, ...]
    reloaded_by: tuple[str, ...]


@facts
class HostRenewal:
    """One host's renewal."""

    schedules: tuple[Caller, ...] | Unseen
    lineages: tuple[Lineage, ...] | Unseen


@facts
class Renewal:
    """All hosts. `clients` is what the target names as each host's ACME client."""

    clients: dict[str, str]
    hosts: dict[str, HostRenewal | Unseen]

    def looked(self) -> str:
        seen = [name for name, host in self.hosts.items() if isinstance(host, HostRenewal)]
        return f"renewal on {len(seen)} of {len(self.hosts)} hosts ({', '.join(self.clients.values())})"


@facts
class _Answer:
    """What the collector prints."""

    renewal: HostRenewal | Unseen


def look(visit: Visit) -> Renewal:
    """Ask all hosts at once."""
    clients = {name: host.acme_client for name, host in visit.target.hosts.items()}
    found = of_each(clients, lambda name: _ask(visit, name))
    if not found:
        raise ProbeError("how certificates are renewed", "the target names no host")
    return Renewal(clients, found)


def _ask(visit: Visit, name: str) -> HostRenewal | Unseen:
    client = visit.target.hosts[name].acme_client
    answer = answer_of(visit, name, ("renewal",), partial(load, _Answer), acme_client=client)
    return answer if isinstance(answer, Unseen) else answer.renewal


class CertificateRenewal:
    """Served certificates against the hosts that renew them."""

    def __init__(self, tls: Tls, renewal: Renewal) -> None:
        self._tls, self._renewal = tls, renewal

    def __repr__(self) -> str:
        return f"{self._renewal.looked()}, {self._tls!r}"[:200]

    def looked(self) -> str:
        return f"{self._renewal.looked()}; {self._tls.looked()}"

    def not_renewing(self, *, life: float) -> tuple[str, ...]:
        """What keeps certificates from renewing themselves; `life` is the part that may have passed at most
        where the server is its own client.
        """
        found: list[str] = []
        blind: list[Unseen] = []
        keepers = [name for name, client in self._renewal.clients.items() if client not in RENEW_THEMSELVES]
        hosts: list[HostRenewal] = []
        for name in keepers:
            host = self._renewal.hosts[name]
            if isinstance(host, Unseen):
                blind.append(host)
            else:
                hosts.append(host)
        lineages = [lineage for host in hosts for lineage in _seen(host.lineages, blind)]
        for name in keepers:
            if isinstance(host := self._renewal.hosts[name], HostRenewal):
                found += [f"{name}: {each}" for each in _idle(host, blind)]
        if keepers and not lineages:
            found += [] if blind else ["no host keeps a certificate of its ACME client"]
        for where, leaf in self._served(blind):
            if keepers:
                found += [f"{where}: {each}" for each in _stale(leaf, lineages, blind)]
            elif (passed := _passed(leaf)) >= life:
                found.append(f"{where}: {passed:.0%} of the certificate's life has passed, and it is not renewed")
        return offenders(found, blind)

    def _served(self, blind: list[Unseen]) -> Iterable[tuple[str, Certificate]]:
        for endpoint in self._tls.endpoints:
            if not isinstance(endpoint, Endpoint):
                blind.append(endpoint)
                continue
            for chain in _seen(endpoint.chains, blind):
                yield endpoint.where, chain.sent[0]


def _seen(values: tuple[T, ...] | Unseen, blind: list[Unseen]) -> tuple[T, ...]:
    if isinstance(values, Unseen):
        blind.append(values)
        return ()
    return values


def _idle(host: HostRenewal, blind: list[Unseen]) -> Iterable[str]:
    """What is wrong with the schedule and the reloading of a host that keeps certificates."""
    lineages = _seen(host.lineages, [])
    if not lineages:
        return
    if isinstance(host.schedules, Unseen):
        blind.append(host.schedules)
    else:
        active = [caller for caller in host.schedules if caller.active]
        if not active:
            yield f"nothing active calls the ACME client ({', '.join(c.name for c in host.schedules) or 'no schedule'})"
        elif not any(caller.last_run == "succeeded" for caller in active):
            yield f"the last run: {', '.join(f'{caller.name} {caller.last_run}' for caller in active)}"
    for lineage in lineages:
        if not lineage.reloaded_by:
            yield f"no hook reloads the server when {lineage.name} is renewed"


def _stale(leaf: Certificate, lineages: list[Lineage], blind: list[Unseen]) -> Iterable[str]:
    """Whether the served certificate is the newest on disk."""
    if any(leaf.sha256 == lineage.sha256 for lineage in lineages):
        return
    replaced = [lineage.name for lineage in lineages if leaf.sha256 in lineage.older]
    if replaced:
        yield f"{replaced[0]} was renewed on disk, but the old certificate is still served"
    elif not blind:
        yield f"the served certificate {leaf!r} is not among those on disk"


def _passed(leaf: Certificate) -> float:
    whole = (leaf.not_after - leaf.not_before).total_seconds() / 86_400
    return 1.0 - leaf.days_left / whole if whole > 0 else 1.0
