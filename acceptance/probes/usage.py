"""How busy hosts, disks and containers are over a window, and whether containers reach what they depend on."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import replace
from functools import partial

from acceptance.facts import ProbeError, Unseen, facts, load, offenders
from acceptance.probes.each_host import answer_of, of_each
from acceptance.visit import Visit


@facts
class DiskUse:
    """One disk over the window."""

    device: str
    busy_percent: float
    wait_ms: float


@facts
class ContainerUse:
    """One container over the window, in per cent of its own limits."""

    name: str
    cpu_percent: float
    memory_percent: float
    anon_bytes: int = 0  # 0 where the kernel does not tell
    connections: int | Unseen = Unseen("its connections", "this look did not count them")  # TCP sockets in use


@facts
class Reach:
    """Whether a service resolved and reached a place from inside its network."""

    service: str
    to: str
    ok: bool
    why: str


@facts
class HostUsage:
    """One host over the window."""

    window_s: float
    cpu_percent: float
    memory_percent: float
    disks: tuple[DiskUse, ...]
    containers: tuple[ContainerUse, ...] | Unseen
    reach: tuple[Reach, ...] | Unseen


@facts
class Usage:
    """All hosts over the window. `expected` are the pairs service, place that the target wants reached."""

    hosts: dict[str, HostUsage | Unseen]
    expected: tuple[tuple[str, str], ...]

    def looked(self) -> str:
        windows = [h.window_s for h in self.hosts.values() if isinstance(h, HostUsage)]
        return f"{len(windows)} of {len(self.hosts)} hosts over {max(windows, default=0.0):.0f} s"

    def cpu_over(self, percent: float) -> tuple[str, ...]:
        return self._over(percent, "CPU", lambda h: h.cpu_percent, lambda c: c.cpu_percent)

    def memory_over(self, percent: float) -> tuple[str, ...]:
        return self._over(percent, "memory", lambda h: h.memory_percent, lambda c: c.memory_percent)

    def _over(
        self, percent: float, what: str, of: Callable[[HostUsage], float], of_container: Callable[[ContainerUse], float]
    ) -> tuple[str, ...]:
        def find(host: HostUsage) -> Iterable[str | Unseen]:
            if of(host) >= percent:
                yield f"{of(host):.0f} % {what}"
            if isinstance(host.containers, Unseen):
                yield host.containers
                return
            for c in host.containers:
                if of_container(c) >= percent:
                    yield f"{c.name} {of_container(c):.0f} % {what}"
                elif what == "memory" and of_container(c) == 0.0:  # nothing runs in no memory
                    yield Unseen(f"the memory of {c.name}", "the engine gives no figure for it")

        found = self._judged(find)
        if not found and not any(isinstance(host, HostUsage) and host.containers for host in self.hosts.values()):
            raise ProbeError(f"{what} of the containers", "no host runs any of the project")
        return found

    def disks_busier_than(self, *, percent: float, wait_ms: float) -> tuple[str, ...]:
        def find(host: HostUsage) -> Iterable[str | Unseen]:
            if not host.disks:
                yield Unseen("disk I/O", "no disk is counted there")
            for d in host.disks:
                if d.busy_percent >= percent or d.wait_ms >= wait_ms:
                    yield f"{d.device} is {d.busy_percent:.0f} % busy, waits {d.wait_ms:.0f} ms"

        return self._judged(find)

    def unreached(self) -> tuple[str, ...]:
        """Places that a service should reach and does not; one that was not tried anywhere could not be seen."""
        if not self.expected:
            raise ProbeError("what each service must reach", "the target lists nothing in [compose.reaches]")
        tried = [
            r for h in self.hosts.values() if isinstance(h, HostUsage) and isinstance(h.reach, tuple) for r in h.reach
        ]
        known = {(r.service, r.to): r for r in tried}
        bad = [f"{r.service} does not reach {r.to}: {r.why}" for r in tried if not r.ok]
        blind = [
            Unseen(f"whether {service} reaches {place}", "no host tried it")
            for service, place in self.expected
            if (service, place) not in known
        ]
        return offenders(bad, blind)

    def _judged(self, find: Callable[[HostUsage], Iterable[str | Unseen]]) -> tuple[str, ...]:
        bad: list[str] = []
        blind: list[Unseen] = []
        for name, host in self.hosts.items():
            for each in (host,) if isinstance(host, Unseen) else find(host):
                if isinstance(each, Unseen):
                    blind.append(Unseen(f"{each.what} on host {name}", each.why))
                else:
                    bad.append(f"{name}: {each}")
        return offenders(bad, blind)


@facts
class Answer:
    """What the collector prints for this probe."""

    usage: HostUsage | Unseen


def look(visit: Visit) -> Usage:
    """Ask all hosts at once."""
    found = of_each(visit.target.hosts, partial(look_at, visit))
    compose = visit.target.compose
    pairs = [(s, p) for s, places in compose.reaches.items() for p in places] if compose else []
    return Usage(found, tuple(pairs))


def look_at(visit: Visit, name: str) -> HostUsage | Unseen:
    """One host. Of one that runs no Docker the machine is looked at alone."""
    answer = answer_of(visit, name, ("usage",), partial(load, Answer))
    seen = answer if isinstance(answer, Unseen) else answer.usage
    if isinstance(seen, Unseen):
        return seen
    if not visit.target.hosts[name].docker:
        return replace(seen, containers=())
    return seen if seen.containers != () else replace(seen, containers=Unseen("containers", "none of the project runs"))
