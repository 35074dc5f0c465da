"""Many runs of one target as one page: runs, what needs attention, and every item over time."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import timedelta
from statistics import median

from acceptance.record import page
from acceptance.record.compare import Past, difference, pasts
from acceptance.record.html import TONES
from acceptance.record.model import ItemRow, Record
from acceptance.record.words import spoken
from acceptance.verdict import FINE, Status

SHOWN_RUNS = 30  # columns of the grid; older runs stand in the table of runs only


@dataclass(frozen=True)
class RunLine:
    """One run in the table of runs, compared with the one before it."""

    record: Record
    spoken: str
    worse: int
    better: int


@dataclass(frozen=True)
class Line:
    """One item over time."""

    item: ItemRow
    past: Past
    mending: str  # how long mending took, as people say it

    @property
    def troubled(self) -> bool:
        """Whether it needs attention: it is not fine now, or turns back and forth."""
        return (self.past.now not in (*FINE, Status.NOT_RUN, None)) or self.past.flaps > 1


def render(target: str, records: Sequence[Record], unreadable: Sequence[str] = ()) -> str:
    """The page of some runs, oldest first. The same runs give the same bytes."""
    shown = records[-SHOWN_RUNS:]
    lines = [Line(item, past, _mending(past)) for item, past in zip(_items(records), pasts(records), strict=True)]
    return page.render(
        "history.html.jinja",
        "history.js",
        target=target,
        newest=records[-1] if records else None,
        tone=TONES[records[-1].verdict.decision] if records else "running",
        runs=_runs(records),
        columns=shown,
        offset=len(records) - len(shown),
        lines=lines,
        troubled=sorted((line for line in lines if line.troubled), key=lambda line: (-line.past.flaps, line.item.id)),
        mending=_over_all(lines),
        unreadable=unreadable,
        spoken=spoken,
        said=said,
    )


def said(time: timedelta) -> str:
    """A stretch of time as people say it: "3 days", "5 hours"."""
    seconds = int(time.total_seconds())
    for size, name in ((86_400, "day"), (3_600, "hour"), (60, "minute")):
        if seconds >= size:
            count = round(seconds / size)
            return f"{count} {name}{'' if count == 1 else 's'}"
    return "under a minute"


def _items(records: Sequence[Record]) -> tuple[ItemRow, ...]:
    return records[-1].items if records else ()


def _runs(records: Sequence[Record]) -> list[RunLine]:
    lines = []
    for number, record in enumerate(records):
        changes = difference(records[number - 1], record).changes if number else ()
        worse = sum(change.what == "worse" for change in changes)
        better = sum(change.what == "better" for change in changes)
        lines.append(RunLine(record, spoken(record), worse, better))
    return lines[::-1]


def _mending(past: Past) -> str:
    return said(_median(past.mended_in)) if past.mended_in else ""


def _over_all(lines: Sequence[Line]) -> list[tuple[str, int, str]]:
    found = []
    for severity in ("critical", "high", "medium"):
        times = [time for line in lines if line.item.severity == severity for time in line.past.mended_in]
        found.append((severity, len(times), said(_median(times)) if times else "nothing was mended yet"))
    return found


def _median(times: Sequence[timedelta]) -> timedelta:
    return timedelta(seconds=median(time.total_seconds() for time in times))
