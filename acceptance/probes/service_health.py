"""Whether a service is healthy: the container's flag, its own protocol, and the status document must agree."""

from __future__ import annotations

from typing import TYPE_CHECKING

from acceptance.facts import ProbeError, Unseen, offenders

if TYPE_CHECKING:
    from acceptance.probes.containers import Container
    from acceptance.probes.health import StatusDocument
    from acceptance.probes.hosts import Hosts
    from acceptance.probes.services import Services

WELL = ("healthy", "up", "ok", "running", "connected", "online", "pass")
PATIENCE_S = 3.0  # between the call and its line in the log


class ServiceHealth:
    """What hosts and services say together."""

    def __init__(self, hosts: Hosts, services: Services) -> None:
        self._hosts, self._services = hosts, services

    def __repr__(self) -> str:
        return f"health of {', '.join(self._services.names)}"[:200]

    def against(self, service: str) -> tuple[str, ...]:
        """Signs against the health of one service: its containers' flag and check, and its own answer."""
        bad: list[str] = []
        containers, blind = self._containers()
        mine = [c for c in containers if service in (c.service, self._service_of(c))]
        blind = [] if mine else blind
        if not mine and not blind:
            bad.append(f"{service} has no container")
        for c in mine:
            if c.healthcheck:
                bad.append(f"{c.name}: {c.healthcheck}")
            elif c.health != "healthy":
                bad.append(f"{c.name} is {c.state}, {c.health or 'without a health flag'}")
        try:
            answer = self._services.of(service)
            bad += [] if answer.ok else [f"{service} does not answer in its own protocol: {answer.said}"]
        except ProbeError as unseen:
            blind.append(Unseen(unseen.what, unseen.why))
        return offenders(bad, blind)

    def _service_of(self, container: Container) -> str:
        """The service that the target says a container is; its compose service where it says nothing."""
        named = {place: name for name, place in self._services.containers.items()}
        return named.get(container.name, container.service)

    def dissent(self, status: StatusDocument) -> tuple[str, ...]:
        """Every sign against any service, that of the status document too."""
        bad: list[str] = []
        blind: list[Unseen] = []
        for name in self._services.names:
            try:
                bad += self.against(name)
            except ProbeError as unseen:
                blind.append(Unseen(unseen.what, unseen.why))
            if (state := status.states.get(name)) is None:
                bad.append(f"the status document does not name {name}")
            elif state.lower() not in WELL:
                bad.append(f"the status document says {name} is {state}")
        return offenders(bad, blind)

    def silent(self) -> tuple[str, ...]:
        """Containers that wrote no line: services none since the suite's own call, stores none since their start."""

        def called_by_http(name: str) -> bool:
            return name in self._services.names and self._services.of(name).said.startswith("HTTP")

        since_s = (self._hosts.at - self._services.at).total_seconds()
        bad: list[str] = []
        containers, blind = self._containers()
        for c in containers:
            if isinstance(c.log, Unseen):
                blind.append(c.log)
            elif not c.log.lines and not c.done:
                bad.append(f"{c.name} has written nothing since its start")
            elif 0 <= since_s < c.log.last_line_s_ago - PATIENCE_S and called_by_http(self._service_of(c)):
                bad.append(f"{c.name} wrote nothing for {c.log.last_line_s_ago:.0f} s, though it was called")
        if not containers and not blind:
            raise ProbeError("the containers' logs", "no host runs a container of the project")
        return offenders(bad, blind)

    def _containers(self) -> tuple[list[Container], list[Unseen]]:
        found: list[Container] = []
        blind: list[Unseen] = []
        for host in self._hosts.hosts:
            if isinstance(host.engine, Unseen):
                blind.append(Unseen(f"{host.engine.what} on host {host.name}", host.engine.why))
            elif host.engine:
                found += host.engine.containers
        return found, blind
