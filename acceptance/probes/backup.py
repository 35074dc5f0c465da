"""Backups of the database: read where they lie, never by their files' dates; the newest ones document by document."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Callable
from datetime import datetime
from functools import partial
from pathlib import Path
from typing import IO, TYPE_CHECKING, Any

from acceptance.facts import ProbeError, Unseen, finite, text
from acceptance.foreign import json_of
from acceptance.probes.backup_facts import AHEAD, Dump, Job, Kept, Place, RestoreTest
from acceptance.probes.backup_facts import Backup as Backup
from acceptance.probes.backup_formats import OPLOG, Damaged, Encrypted, decoded
from acceptance.probes.backup_kept import Slice
from acceptance.visit import Visit

if TYPE_CHECKING:
    from acceptance.probes.backup_places import Store
    from acceptance.tables.backup import Backup as Table

SMALL = 1_000_000  # bytes of a crontab, runbook or record that are read
CRON = re.compile(r"(@\w+|(?:[\d*/,A-Za-z-]+\s+){4}[\d*/,A-Za-z-]+)\s+(.*)")


def look(visit: Visit) -> Backup:
    """List every place, read the newest backup, the last before the deployment and the first after it."""
    from acceptance.probes.backup_host import HostFolder
    from acceptance.probes.backup_places import S3

    known = visit.target.backup
    if known is None:
        raise ProbeError("backups", "the target has no [backup]")
    stores = _stores(visit, known)
    if not stores:
        raise ProbeError("backups", "the target's [backup] names neither folder nor s3")
    places = tuple(_place(store) for store in stores)
    release = visit.needs.get("release")
    started = release.started if release else None
    deployed = release.deployed if release else None
    read = _Reader(visit, known)
    kept = [(s, k) for s, p in zip(stores, places, strict=True) if isinstance(p, Place) for k in p.kept]
    remote = [(s, k) for s, k in kept if s.where.startswith("s3://")]
    before = [(s, k) for s, k in kept if k.at and k.at <= (started or visit.now + AHEAD)]
    after = [(s, k) for s, k in kept if k.at and deployed and k.at >= deployed]
    newest = read.newest(kept, "the newest backup")
    here = partial(_small, visit.target._folder)
    there = next((s.small for s in stores if isinstance(s, HostFolder)), here)
    return Backup(
        now=visit.now,
        started=started,
        deployed=deployed,
        since=known.since,
        database=visit.target.mongo.database if visit.target.mongo else "bot_core",
        home_region=known.home_region,
        places=places,
        newest=newest,
        before=read.newest(before, "the backup from before the deployment"),
        first_after=read.oldest(after) if after else None,
        remote=read.newest(remote, "the newest remote backup"),
        jobs=_unless_unseen("the schedule of backups", known.schedule, there, lambda lines: _jobs(lines, known.job)),
        configured_days=_unless_unseen(
            "the retention", known.retention, there, lambda t: _days(t, known.retention_key)
        ),
        tests=_unless_unseen("restore tests", known.restore_tests, here, _tests),
        procedure=_unless_unseen("the procedure of a restore", known.runbook, here, _procedure),
        back_migration=known.back_migration,
        repeated=tuple(each for store in stores if isinstance(store, S3) for each in store.repeated()),
        slices=_slices(visit, known),
    )


def newest(visit: Visit, known: Table) -> tuple[Store, Kept]:
    """The newest backup of all places that can be read; ProbeError when there is none."""
    lost = "no place of the target holds one"
    found: list[tuple[Store, Kept]] = []
    for store in _stores(visit, known):
        place = _place(store)
        if isinstance(place, Unseen):
            lost = place.why
        else:
            found += [(store, kept) for kept in place.kept]
    if not found:
        raise ProbeError("the newest backup", lost)
    return max(found, key=_time)


def _stores(visit: Visit, known: Table) -> list[Store]:
    from acceptance.probes.backup_host import HostFolder
    from acceptance.probes.backup_places import S3, Folder

    stores: list[Store] = []
    if known.folder and known.host:
        stores.append(HostFolder(visit, known.host, known.folder, known.home_region))
    elif known.folder:
        stores.append(Folder(visit.target._folder / known.folder, known.home_region))
    if known.s3:
        stores.append(S3(visit, known.s3))
    return stores


def _slices(visit: Visit, known: Table) -> tuple[Slice, ...] | Unseen:
    """Pieces of the oplog by the times in their names."""
    from acceptance.probes.backup_host import HostFolder
    from acceptance.probes.backup_places import S3, Folder, slices_of

    if not known.oplog:
        return ()
    store: Store
    try:
        if known.s3:
            store = S3(visit, known.s3.model_copy(update={"prefix": known.oplog}))
        elif known.host:
            store = HostFolder(visit, known.host, f"{known.folder}/{known.oplog}", "")
        else:
            store = Folder(visit.target._folder / known.folder / known.oplog)
        return slices_of(store.kept())
    except ProbeError as lost:
        return Unseen(lost.what, lost.why)


def _place(store: Store) -> Place | Unseen:
    try:
        kept = store.kept()
        return Place(store.where, kept, store.region, store.encrypted(), store.kept_days(), store.versioned())
    except ProbeError as lost:
        return Unseen(lost.what, lost.why)


class _Reader:
    """Reads each backup once, however often it is asked for."""

    def __init__(self, visit: Visit, known: Table) -> None:
        self._visit, self._known = visit, known
        self._read: dict[tuple[str, str], Dump | Unseen] = {}

    def newest(self, kept: list[tuple[Store, Kept]], what: str) -> Dump | Unseen:
        """The newest one, of the place that is named first."""
        return self._one(max(kept, key=_time), what) if kept else Unseen(what, "there is none")

    def oldest(self, kept: list[tuple[Store, Kept]]) -> Dump | Unseen:
        """The oldest one."""
        return self._one(min(kept, key=_time), "the first backup after the deployment")

    def _one(self, pair: tuple[Store, Kept], what: str) -> Dump | Unseen:
        store, kept = pair
        key = (store.where, kept.name)
        if key not in self._read:
            if kept.size_bytes > self._known.read_at_most_mb * 1_000_000:
                self._read[key] = Unseen(what, f"{kept!r} is larger than read_at_most_mb")
            else:
                try:
                    self._read[key] = read_dump(store, kept, self._migrations(), self._visit.time_left_s)
                except ProbeError as lost:
                    self._read[key] = Unseen(lost.what, lost.why)
        return self._read[key]

    def _migrations(self) -> tuple[str, str]:
        mongo = self._visit.target.mongo
        if mongo is None or mongo.migrations is None:
            return "", ""
        return f"{mongo.database}.{mongo.migrations.collection}", mongo.migrations.field


def _time(pair: tuple[Store, Kept]) -> float:
    return pair[1].at.timestamp() if pair[1].at else 0.0


class _Hashed:
    """A stream that adds up what was read of it."""

    def __init__(self, stream: IO[bytes]) -> None:
        self._stream = stream
        self.sha256 = hashlib.sha256()

    def read(self, size: int = -1) -> bytes:
        """Read and add up."""
        found = self._stream.read(size)
        self.sha256.update(found)
        return found


def read_dump(store: Store, kept: Kept, migrations: tuple[str, str], time_left_s: Callable[[float], float]) -> Dump:
    """Every document of one backup: counted, its oplog's last entry and the newest migration decoded."""
    counts: dict[str, int] = {}
    last_oplog, newest, newest_id = b"", None, None
    damage, encrypted = "", False
    with store.open(kept.name) as opened:
        stream: Any = _Hashed(opened)
        try:
            for namespace, document in store.documents(kept.name, stream):
                if namespace == OPLOG:
                    last_oplog = document or last_oplog
                    continue
                counts[namespace] = counts.get(namespace, 0) + bool(document)
                if namespace == migrations[0] and document:
                    read = decoded(document, namespace)
                    if newest_id is None or _later(read.get("_id"), newest_id):
                        newest, newest_id = text(read.get(migrations[1], ""), 120), read.get("_id")
                if counts[namespace] % 5000 == 0 and time_left_s(5) <= 0.1:
                    raise ProbeError(f"backup {kept.name}", "it was not read within the probe's deadline")
        except Damaged as problem:
            damage = str(problem)
        except Encrypted:
            encrypted = True
        while stream.read(1 << 20):
            pass
    at = _oplog_time(last_oplog)
    stated, found = store.checksum(kept.name), stream.sha256.hexdigest()
    return Dump(
        name=kept.name,
        at=at or kept.at,
        by_oplog=at is not None,
        sha256=found,
        checksum="missing" if not stated else "matches" if stated == found else "differs",
        damage=damage,
        encrypted=encrypted,
        collections=counts,
        newest_migration=newest,
    )


def _later(one: Any, other: Any) -> bool:
    """Whether one _id is above another; those of unlike types are compared as text."""
    try:
        return bool(one > other)
    except TypeError:
        return str(one) > str(other)


def _oplog_time(entry: bytes) -> datetime | None:
    """The time of an oplog entry; None where there is no oplog."""
    import bson

    if not entry:
        return None
    try:
        stamp = decoded(entry, OPLOG).get("ts")
    except Damaged:
        return None
    return stamp.as_datetime() if isinstance(stamp, bson.Timestamp) else None


def _small(folder: Path, path: str) -> str:
    with (folder / path).open(encoding="utf-8", errors="replace") as file:
        return file.read(SMALL)


def _unless_unseen(what: str, path: str, content: Callable[[str], str], read: Callable[[str], Any]) -> Any:
    """What stands in a file, or why that was not seen."""
    if not path:
        return Unseen(what, "the target's [backup] names no file for it")
    try:
        return read(content(path))
    except ProbeError as lost:
        return Unseen(what, lost.why)
    except (OSError, ValueError, KeyError, TypeError, AttributeError, OverflowError) as problem:
        return Unseen(what, f"{path} can't be read: {type(problem).__name__}")


def _jobs(crontab: str, word: str) -> tuple[Job, ...]:
    lines = [line.strip() for line in crontab.splitlines() if line.strip() and not line.strip().startswith("#")]
    found = [match for line in lines if word in line and (match := CRON.fullmatch(line))]
    return tuple(Job(text(m[1], 60), text(m[2], 200)) for m in found if m[1] != "@include")


def _days(settings: str, key: str) -> int | Unseen:
    found = re.search(rf"^\s*(?:export\s+)?{re.escape(key)}\s*[=:]\s*[\"']?(\d+)", settings, re.MULTILINE)
    return int(found[1]) if found else Unseen("the retention", f"no {key} in the file")


def _tests(lines: str) -> tuple[RestoreTest, ...]:
    """One JSON document a line: on, backup, took_s, dumped, restored."""
    found = []
    for line in lines.splitlines():
        if line.strip():
            test = json_of(line)
            at = datetime.fromisoformat(test["on"])
            if at.tzinfo is None:
                raise ValueError("a restore test without time zone")
            counts = [{text(k, 200): int(v) for k, v in test[part].items()} for part in ("dumped", "restored")]
            took_s = finite(float(test["took_s"]))
            if min(took_s, *counts[0].values(), *counts[1].values()) < 0:
                raise ValueError("a restore test with a number below zero")
            found.append(RestoreTest(at, text(test["backup"], 300), took_s, *counts))
    return tuple(found)


def _procedure(runbook: str) -> tuple[str, ...]:
    """Headings about restoring below which a block of commands stands that restores."""
    sections = re.split(r"^#+\s+", runbook, flags=re.MULTILINE)[1:]
    return tuple(
        text(section.splitlines()[0], 120)
        for section in sections
        if re.search(r"restor|recover", section.splitlines()[0], re.IGNORECASE)
        and re.search(r"```[\s\S]*?(mongorestore|restore)[\s\S]*?```", section)
    )
