"""Whether metrics say of containers what Docker says. Pure."""

from __future__ import annotations

from acceptance.facts import ProbeError, Unseen, facts, offenders
from acceptance.probes.metrics import Gauge, Metrics
from acceptance.probes.usage import ContainerUse, HostUsage, Usage


@facts
class MetricsBesideDocker:
    """What Prometheus says of containers, and what Docker says of the same ones."""

    metrics: Metrics
    usage: Usage

    def __repr__(self) -> str:
        return f"{len(self.metrics.gauges)} gauges beside Docker's"

    def looked(self) -> str:
        """How much was compared."""
        return f"{self!r}, both in per cent of each container's limit"

    def apart(self, *, points: float) -> tuple[str, ...]:
        """Gauges that are further from Docker's word than so many points of the container's limit."""
        if not self.metrics.gauges:
            raise ProbeError("memory and CPU of containers", "[prometheus] memory and cpu name none")
        docker: dict[str, ContainerUse] = {}
        unseen: list[Unseen] = []
        for host in self.usage.hosts.values():
            part = host.containers if isinstance(host, HostUsage) else host
            if isinstance(part, Unseen):
                unseen.append(part)
            else:
                docker |= {each.name: each for each in part}
        found: list[str] = []
        for gauge in self.metrics.gauges:
            if isinstance(gauge, Unseen):
                unseen.append(gauge)
            elif gauge.container not in docker:
                unseen.append(Unseen(f"container {gauge.container}", "Docker shows none of that name"))
            elif abs(gauge.percent - (said := _said(gauge, docker[gauge.container]))) > points:
                found.append(f"{gauge.container}: {gauge.what} {gauge.percent:.0f} %, Docker says {said:.0f} %")
        return offenders(found, unseen)


def _said(gauge: Gauge, use: ContainerUse) -> float:
    return use.memory_percent if gauge.what == "memory" else use.cpu_percent
