"""Two runs side by side, and many in a row: what changed, since when, how long mending took. Pure."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from acceptance.record.model import ItemRow, Record
from acceptance.record.words import spoken
from acceptance.verdict import FINE, Status

_TIMES = re.compile(
    r"\d{8}[Tt]\d{6}[Zz]"  # the id of a run
    r"|\d{4}-\d\d-\d\d(?:[T ]\d\d:\d\d(?::\d\d(?:\.\d+)?)?)?(?: ?(?:Z|UTC|[+-]\d\d:\d\d))?"
    r"|\b\d\d:\d\d:\d\d(?:\.\d+)?Z?"
)


@dataclass(frozen=True)
class Change:
    """One item that is not as it was. `what` is "better", "worse", "other", "evidence", "new", "gone" or "reworded"."""

    id: str
    what: str
    before: str
    after: str
    lines: tuple[str, ...] = ()  # "- line that went" and "+ line that came"


@dataclass(frozen=True)
class Difference:
    """What changed between two runs."""

    head: tuple[str, ...]  # verdict, version, commit: "verdict: NO-GO … -> GO …"
    changes: tuple[Change, ...]

    @property
    def nothing(self) -> bool:
        """Whether both say the same."""
        return not self.head and not self.changes


@dataclass(frozen=True)
class Past:
    """One item over many runs, oldest first."""

    id: str
    statuses: tuple[Status | None, ...]  # None where a run did not have the item
    since: datetime | None
    flaps: int  # how often it turned between fine and not fine
    mended_in: tuple[timedelta, ...]  # from the first run that was not fine to the next that was

    @property
    def now(self) -> Status | None:
        """As it is in the newest run."""
        return self.statuses[-1] if self.statuses else None


def difference(before: Record, after: Record) -> Difference:
    """What changed from one run to another, in evidence too; times alone are no change."""
    head = [
        f"{name}: {old} -> {new}"
        for name, old, new in (
            ("target", before.target, after.target),
            ("verdict", spoken(before), spoken(after)),
            ("version", before.version, after.version),
            ("commit", before.commit, after.commit),
            ("selection", before.selection, after.selection),
        )
        if old != new
    ]
    old, new = before.by_id, after.by_id
    changes = [Change(id, "gone", old[id].status, "") for id in old if id not in new]
    for id, item in new.items():
        if id not in old:
            changes.append(Change(id, "new", "", item.status))
        elif change := _change(old[id], item):
            changes.append(change)
    return Difference(tuple(head), tuple(changes))


def with_since(record: Record, newest_first: Iterable[Record]) -> Record:
    """The record with the time since when each item is as it is; runs in which it was not judged don't count.

    What an earlier run knew of its own past is believed, so that runs which are gone since don't make an item look new;
    no more runs are read than are needed.
    """
    judged = {item.id: item.status for item in record.items if item.status is not Status.NOT_RUN}
    since, unknown, any_earlier = dict.fromkeys(judged, record.started), set(judged), False
    for each in newest_first:
        if each.replayed_from or not each.complete or each.started >= record.started:
            continue
        any_earlier = True
        for row in each.items:
            if row.id not in unknown or row.status is Status.NOT_RUN:
                continue
            if row.status is judged[row.id]:
                since[row.id] = row.since or each.started
            if row.since or row.status is not judged[row.id]:
                unknown.discard(row.id)
        if not unknown:
            break
    if not any_earlier:
        return record
    return replace(record, items=tuple(replace(each, since=since.get(each.id)) for each in record.items))


def pasts(records: Sequence[Record]) -> tuple[Past, ...]:
    """Every item of the newest run over all runs, oldest first."""
    if not records:
        return ()
    rows = [(record.started, record.by_id) for record in records]
    return tuple(
        _past(item.id, [(started, by_id.get(item.id)) for started, by_id in rows]) for item in records[-1].items
    )


def _past(id: str, runs: list[tuple[datetime, ItemRow | None]]) -> Past:
    since: datetime | None = None
    last: Status | None = None
    broken_at: datetime | None = None
    fine: bool | None = None
    flaps = 0
    mended: list[timedelta] = []
    for started, row in runs:
        if row is None or row.status is Status.NOT_RUN:
            continue
        if row.status is not last:
            since, last = started if last else row.since or started, row.status
        now_fine = row.status in FINE
        if fine is not None and now_fine is not fine:
            flaps += 1
        if not now_fine and broken_at is None:
            broken_at = started
        if now_fine and broken_at is not None:
            mended.append(started - broken_at)
            broken_at = None
        fine = now_fine
    return Past(id, tuple(row.status if row else None for _, row in runs), since, flaps, tuple(mended))


def _change(old: ItemRow, new: ItemRow) -> Change | None:
    lines = _lines(old, new)
    if old.status is not new.status:
        better = (old.status in FINE) - (new.status in FINE)
        what = {1: "worse", -1: "better", 0: "other"}[better]
        return Change(new.id, what, old.status, new.status, lines)
    if (old.sentence, old.severity) != (new.sentence, new.severity):
        return Change(new.id, "reworded", f"{old.sentence} ({old.severity})", f"{new.sentence} ({new.severity})", lines)
    return Change(new.id, "evidence", old.status, new.status, lines) if lines else None


def _lines(old: ItemRow, new: ItemRow) -> tuple[str, ...]:
    went, came = ({_timeless(line): line for line in _said(row)} for row in (old, new))
    return (
        *(f"- {line}" for key, line in went.items() if key not in came),
        *(f"+ {line}" for key, line in came.items() if key not in went),
    )


def _said(row: ItemRow) -> tuple[str, ...]:
    words = tuple(f"{word.kind} by {word.by} ({word.role}): {word.why}" for word in row.words)
    return (*((row.note,) if row.note else ()), *words, *row.looked, *row.evidence)


def _timeless(line: str) -> str:
    return _TIMES.sub("…", line)
