"""How long services have been down on end: by the watch's samples, and by what Docker keeps of each container. Pure."""

from __future__ import annotations

from acceptance.facts import ProbeError, Unseen, facts, offenders
from acceptance.probes.containers import Containers
from acceptance.probes.watch import Watch


@facts
class Outages:
    """Both witnesses; either may show an outage, both must be seen before there is none."""

    watch: Watch
    containers: Containers

    def __repr__(self) -> str:
        return "outages by samples and by Docker"

    def longer_than(self, *, minutes: float) -> tuple[str, ...]:
        """Services that are down for so long."""
        try:
            own = self.containers.down_for(minutes=minutes)
        except ProbeError as unseen:
            return offenders(list(self.watch.down_for(minutes=minutes)), [Unseen(unseen.what, unseen.why)])
        return own or self.watch.down_for(minutes=minutes)
