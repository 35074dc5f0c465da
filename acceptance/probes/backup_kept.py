"""A place where backups lie, each of them as it is listed there, and what slices of the oplog add to them."""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from collections.abc import Iterable
from datetime import datetime

from acceptance.facts import ProbeError, Unseen, facts


@facts
class Kept:
    """One backup. `at` is the time in its name, never the file's own."""

    name: str
    at: datetime | None
    size_bytes: int

    def __repr__(self) -> str:
        return f"{self.name} ({self.size_bytes} bytes)"


@facts
class Slice:
    """A piece of the oplog that lies beside the backups: what was written from `start` to `end`."""

    start: datetime
    end: datetime


def recoverable(backups: Iterable[datetime], slices: Iterable[Slice]) -> set[datetime]:
    """Points in time that can be had again: backups, and ends of slices that follow one without a hole."""
    bases, reach = sorted(backups), None
    found = set(bases)
    for each in sorted(slices, key=lambda s: (s.start, s.end)):
        based = bisect_left(bases, each.start) < bisect_right(bases, each.end)
        if based or (reach is not None and each.start <= reach):
            reach = max(each.end, reach or each.end)
            found.add(each.end)
    return found


@facts
class Place:
    """One place with its backups, newest first."""

    where: str
    kept: tuple[Kept, ...]
    region: str
    encrypted: bool | Unseen
    kept_days: int | Unseen | None  # by configuration; None: for ever
    versioned: bool | Unseen = False  # whether what is deleted or overwritten there can be had again

    def stamped(self) -> tuple[datetime, ...]:
        """Times in the names, newest first; ProbeError when no name tells one."""
        if not (found := sorted((k.at for k in self.kept if k.at), reverse=True)):
            raise ProbeError(f"times of the backups in {self.where}", "no name carries a time")
        return tuple(found)

    def stands_for_two(self, home_region: str) -> bool | Unseen:
        """Whether one backup there is a copy elsewhere already: away from the database, and deleting it loses nothing."""
        if not self.where.startswith("s3://") or self.region == home_region:
            return False
        if not home_region:
            return Unseen("where the database is", "the target's [backup] home_region does not say it")
        return self.versioned
