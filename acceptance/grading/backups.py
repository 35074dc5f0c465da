"""A backup against the live database: whether it has every collection, and as many documents. Pure."""

from __future__ import annotations

from dataclasses import dataclass

from acceptance.facts import ProbeError, Unseen, offenders
from acceptance.probes.backup_facts import Dump
from acceptance.probes.backup_formats import BUCKETS

FEW = 3  # documents that any collection may differ by: 5 % of a dozen is less than one


@dataclass(frozen=True)
class AgainstLive:
    """One backup beside the counts of the live database."""

    database: str
    dump: Dump
    live: dict[str, int | Unseen]

    def looked(self) -> str:
        """What was compared."""
        return f"{self.dump.name}: {len(self.dump.collections)} collections against {len(self.live)} live ones"

    def faults(self) -> tuple[str, ...]:
        """Why the backup can't be relied on."""
        return self.dump.faults()

    def missing(self) -> tuple[str, ...]:
        """Live collections that it lacks."""
        self._readable()
        return tuple(
            name for name in self.live if not {self._named(name), self._buckets(name)} & {*self.dump.collections}
        )

    def counts_off(self, *, percent: float) -> tuple[str, ...]:
        """Collections whose count is further from the live one than so many per cent, or that are empty in it."""
        self._readable()
        wrong = []
        for name, live in self.live.items():
            if self.dump.collections.get(self._buckets(name)):
                continue  # of a time series, buckets lie in the backup
            dumped = self.dump.collections.get(self._named(name), 0)
            if isinstance(live, int) and (abs(live - dumped) > max(FEW, live * percent / 100) or (live and not dumped)):
                wrong.append(f"{name}: {dumped} documents in the backup, {live} live")
        return offenders(wrong, [live for live in self.live.values() if isinstance(live, Unseen)])

    def _named(self, name: str) -> str:
        return f"{self.database}.{name}"

    def _buckets(self, name: str) -> str:
        return f"{self.database}.{BUCKETS}{name}"

    def _readable(self) -> None:
        if self.dump.encrypted:
            raise ProbeError(f"what {self.dump.name} holds", "it is encrypted; only its owner can look into it")
        if not self.live:
            raise ProbeError("live counts", "no collection was counted")
