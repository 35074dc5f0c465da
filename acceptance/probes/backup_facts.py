"""What was seen of backups: which there are, what the newest one holds, schedule, retention, restores."""

from __future__ import annotations

import re
from dataclasses import field
from datetime import datetime, timedelta

from acceptance.facts import ProbeError, Unseen, facts, offenders, seen
from acceptance.probes.backup_kept import Kept as Kept
from acceptance.probes.backup_kept import Place as Place
from acceptance.probes.backup_kept import Slice, recoverable

AHEAD = timedelta(minutes=5)  # clocks may differ by so much
A_DAY = timedelta(hours=26)  # between two daily ones: the one that is being made now may take its time


@facts
class Dump:
    """One backup as it was read. `at` is its consistent point: its last oplog entry, else the time in its name."""

    name: str
    at: datetime | None
    by_oplog: bool
    sha256: str
    checksum: str  # "matches", "differs" or "missing"
    damage: str  # "" for none
    encrypted: bool
    collections: dict[str, int]  # "bot_core.trades" -> documents
    newest_migration: str | None

    def __repr__(self) -> str:
        return f"{self.name}: {self.damage or 'whole'}, checksum {self.checksum}, {len(self.collections)} collections"

    def faults(self) -> tuple[str, ...]:
        """Why it can't be relied on."""
        wrong = [f"{self.name}: {self.damage}"] if self.damage else []
        wrong += [f"{self.name}: its checksum differs"] if self.checksum == "differs" else []
        if not self.encrypted and not self.damage and not any(self.collections.values()):
            wrong.append(f"{self.name} holds no document")
        if self.encrypted and self.checksum == "missing":
            wrong.append(f"{self.name} is encrypted, and no checksum lies beside it")
        return tuple(wrong)


@facts
class Job:
    """A line of the schedule that runs backups."""

    when: str
    command: str

    def __repr__(self) -> str:
        return f"{self.when} {self.command}"[:120]


@facts
class RestoreTest:
    """A restore as recorded: counts in the dump and after the restore."""

    at: datetime
    backup: str
    took_s: float
    dumped: dict[str, int]
    restored: dict[str, int]

    def differences(self) -> tuple[str, ...]:
        """Collections whose counts are not the dump's; a restore of nothing is none."""
        if not any(self.dumped.values()):
            return ("not one document was in the dump",)
        return tuple(
            f"{name}: {self.restored.get(name, 0)} restored, {self.dumped.get(name, 0)} in the dump"
            for name in sorted({*self.dumped, *self.restored})
            if self.restored.get(name, 0) != self.dumped.get(name, 0)
        )


@facts
class Backup:
    """Backups in all places. `newest` was read whole; `before` is the last one from before the deployment began."""

    now: datetime
    started: datetime | None
    deployed: datetime | None
    since: datetime | None
    database: str
    home_region: str
    places: tuple[Place | Unseen, ...]
    newest: Dump | Unseen
    before: Dump | Unseen
    first_after: Dump | Unseen | None  # None: there is none yet
    remote: Dump | Unseen
    jobs: tuple[Job, ...] | Unseen
    configured_days: int | Unseen
    tests: tuple[RestoreTest, ...] | Unseen
    procedure: tuple[str, ...] | Unseen  # headings of the runbook about restoring, with commands below
    back_migration: str
    repeated: tuple[str, ...] = field(default=())
    slices: tuple[Slice, ...] | Unseen = field(default=())  # of the oplog, where the target names their place

    def looked(self) -> str:
        """What was looked at."""
        places = [f"{len(p.kept)} in {p.where}" for p in self.places if isinstance(p, Place)]
        again = f"; asked again: {', '.join(self.repeated)}" if self.repeated else ""
        return f"backups: {', '.join(places)}; newest {self.newest!r}{again}"

    @property
    def moment(self) -> datetime:
        """The deployment's start once it has begun, else now."""
        return self.started or self.now

    def age_minutes(self) -> float:
        """Age of the newest backup's consistent point, at the start of the deployment once that has begun."""
        dump = seen(self.before)
        if dump.at is None:
            raise ProbeError("the age of the newest backup", "neither its oplog nor its name tells a time")
        if dump.at > self.moment + AHEAD:
            late = f"its end is {dump.at:%d %b %H:%M}, after {self.moment:%d %b %H:%M}"
            raise ProbeError("the age of the newest backup", late)
        if not dump.by_oplog:
            self._if_names_are_utc()
        return (self.moment - dump.at) / timedelta(minutes=1)

    def faults_before_start(self) -> tuple[str, ...]:
        """Why that backup can't be relied on."""
        return seen(self.before).faults()

    def days_without(self, *, days: int) -> tuple[str, ...]:
        """Days of the last so many (or since backups began) on which none was made."""
        made = {at.date() for place in self._seen_places() for at in place.stamped()}
        first = max(self.since.date(), (self.now - timedelta(days=days)).date()) if self.since else None
        begin = first or (self.now - timedelta(days=days)).date()
        wanted = [begin + timedelta(days=n) for n in range((self.now.date() - begin).days)]
        missed = [str(day) for day in wanted if day not in made]
        newest = max(at for place in self._seen_places() for at in place.stamped())
        if not missed and newest < self.now - A_DAY:
            missed = [f"{self.now.date()}: the newest is of {newest:%d %b %H:%M}"]
        return tuple(missed) or self._if_names_are_utc()

    def gaps_over(self, *, hours: float, of_the_last_hours: float = 24) -> tuple[str, ...]:
        """Times within the last hours at which what could be had again was older than that."""
        backups = {at for place in self._seen_places() for at in place.stamped()}
        slices = self.slices if isinstance(self.slices, tuple) else ()
        every = recoverable(backups, slices)
        times = sorted(at for at in every if at <= self.now + AHEAD)
        begin = self.now - timedelta(hours=of_the_last_hours)
        if self.since:
            begin = max(begin, self.since)
        if not times:
            return (f"no backup in the last {of_the_last_hours:g} hours",)
        points = ([t for t in times if t <= begin][-1:] or [begin]) + [t for t in times if t > begin]
        ends = [*points[1:], self.now]
        found = tuple(
            f"{(end - point) / timedelta(minutes=1):.0f} min from {point:%d %b %H:%M} to {end:%d %b %H:%M}"
            for point, end in zip(points, ends, strict=True)
            if end - point > timedelta(hours=hours)
        )
        if found:
            seen(self.slices)  # they may fill the gap
        return found or self._if_names_are_utc()

    def kept_less_than(self, days: int) -> tuple[str, ...]:
        """Places where configuration or content shows that backups go earlier."""
        wrong = []
        configured = self.configured_days
        if isinstance(configured, int) and configured < days:
            wrong.append(f"{configured} days by configuration")
        for place in self._seen_places():
            if isinstance(place.kept_days, int) and place.kept_days < days:
                wrong.append(f"{place.where}: {place.kept_days} days by its rule")
            oldest, due = place.stamped()[-1], self.now - timedelta(days=days)
            due = max(due, self.since) if self.since else due
            if oldest > due + timedelta(days=1):
                wrong.append(f"{place.where}: the oldest backup is of {oldest:%d %b %Y}, expected {due:%d %b %Y}")
        unseen = [p.kept_days for p in self._seen_places() if isinstance(p.kept_days, Unseen)]
        if not wrong and isinstance(configured, Unseen) and (unseen or not self._remotes()):
            raise ProbeError(configured.what, configured.why)
        return tuple(wrong)

    def not_remote(self) -> tuple[str, ...]:
        """Why no remote copy protects the newest backup."""
        if not (remotes := self._remotes()):
            unseen = [p for p in self.places if isinstance(p, Unseen)]
            if unseen:
                raise ProbeError(unseen[0].what, unseen[0].why)
            return ("backups lie in one place only, none of them remote",)
        wrong = []
        for place in remotes:
            if place.region == self.home_region:
                wrong.append(f"{place.where} is in {place.region}, where the database is")
            if not place.kept:
                return (*wrong, f"{place.where} holds no backup")
            place.stamped()
        newest, copy = seen(self.newest), seen(self.remote)
        wrong += [f"{p.where} is not encrypted" for p in remotes if not copy.encrypted and not seen(p.encrypted)]
        if copy.name != newest.name:
            wrong.append(f"the newest remote copy is {copy.name}, the newest backup {newest.name}")
        elif copy.sha256 != newest.sha256:
            wrong.append(f"the remote copy of {newest.name} is another file")
        wrong += copy.faults()
        if not wrong and not self.home_region:
            raise ProbeError("where the database is", "the target's [backup] home_region does not say it")
        return tuple(wrong)

    def unreliable_before_start(self) -> tuple[str, ...]:
        """Why the backup from before the deployment does not let one go back."""
        dump = seen(self.before)
        start = self.moment
        wrong = list(dump.faults())
        if dump.at is None:
            wrong.append(f"nothing tells the time of {dump.name}")
        elif start - dump.at >= timedelta(minutes=60):
            wrong.append(f"{dump.name} is of {dump.at:%d %b %H:%M}, the deployment began {start:%d %b %H:%M}")
        newest = dump.newest_migration or ""
        if self.back_migration and _in_order(newest) > _in_order(self.back_migration):
            wrong.append(f"{dump.name} has migration {newest}, the old version knows {self.back_migration}")
        holding = [(p, k) for p in self._seen_places() for k in p.kept if k.name == dump.name]
        copies = {p.where: k.size_bytes for p, k in holding}
        two: bool | Unseen = len(copies) > 1
        if not two and (unseen := [p for p in self.places if isinstance(p, Unseen)]):
            two = unseen[0]  # the copy may lie there
        elif not two and len(self.places) == 1 == len(copies):
            two = holding[0][0].stands_for_two(self.home_region)
        if not two or len(set(copies.values())) > 1:
            sizes = [f"{where} ({size} bytes)" for where, size in copies.items()]
            wrong.append(f"{dump.name} lies in {', '.join(sizes) or 'no place'}, expected the same in two")
        if not wrong:
            seen(two)
            self.age_minutes()
            if self.back_migration and not newest:
                raise ProbeError(f"the newest migration in {dump.name}", "the backup shows none")
        return tuple(wrong)

    def schedule_wrong(self) -> tuple[str, ...]:
        """Jobs that can't run as they stand, or none at all."""
        jobs = seen(self.jobs)
        wrong = tuple(repr(j) for j in jobs if "/path/to/" in j.command)
        return wrong if any(j.when != "@reboot" for j in jobs) else ("no line of the schedule runs it",)

    def places_without_backups(self) -> tuple[str, ...]:
        """Places of which none holds a backup; ProbeError when one could not be seen, or no name tells what it is."""
        if any(k.at for p in self.places if isinstance(p, Place) for k in p.kept):  # a README is no backup
            return ()
        empty = [f"{p.where} holds none" for p in self.places if isinstance(p, Place) and not p.kept]
        timeless = [Unseen(p.where, "no name carries a time") for p in self.places if isinstance(p, Place) and p.kept]
        return offenders(empty, [p for p in self.places if isinstance(p, Unseen)] + timeless)

    def procedure_missing(self) -> tuple[str, ...]:
        """The runbook, when it has no section on restoring with commands."""
        return () if seen(self.procedure) else ("no section on restoring with a command in it",)

    def newest_test(self) -> RestoreTest:
        """The latest restore on record."""
        if not (known := seen(self.tests)):
            raise ProbeError("restore tests", "none is on record")
        return max(known, key=lambda t: t.at)

    def restored_longer_ago_than(self, days: int) -> tuple[str, ...]:
        """The newest restore, when it is older, or none is on record."""
        if not seen(self.tests):
            return ("no restore is on record",)
        if (test := self.newest_test()).at > self.now + AHEAD:
            return (f"the last one is of {test.at:%d %b %Y}, which is to come",)
        return (f"the last one was {test.at:%d %b %Y}",) if self.now - test.at > timedelta(days=days) else ()

    def _if_names_are_utc(self) -> tuple[str, ...]:
        """No offender; ProbeError when a name tells a time to come: then no name's time can be relied on."""
        newest = max((k.at for p in self.places if isinstance(p, Place) for k in p.kept if k.at), default=self.now)
        if newest > self.now + AHEAD:
            raise ProbeError("times of the backups", f"one is named {newest:%d %b %H:%M}, to come; names are UTC")
        return ()

    def _seen_places(self) -> tuple[Place, ...]:
        if not (found := tuple(p for p in self.places if isinstance(p, Place) and p.kept)):
            why = next((p.why for p in self.places if isinstance(p, Unseen)), "no place of the target holds one")
            raise ProbeError("backups", why)
        return found

    def _remotes(self) -> tuple[Place, ...]:
        return tuple(p for p in self.places if isinstance(p, Place) and p.where.startswith("s3://"))


def _in_order(migration: str) -> list[tuple[int, str]]:
    """A migration's name so that 10 comes after 9."""
    return [(int(part), "") if part.isdecimal() else (-1, part) for part in re.split(r"(\d+)", migration) if part]
