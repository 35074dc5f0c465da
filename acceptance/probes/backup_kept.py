"""A place where backups lie, and each of them as it is listed there."""

from __future__ import annotations

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
