"""The record as one page that opens anywhere: verdict first, then the checklist in its own order and words."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, replace
from itertools import groupby

from acceptance.record import page
from acceptance.record.model import WORST_FIRST, Deployment, ItemRow, Record, counts
from acceptance.record.words import TABLES_LIMIT, advice, held_back, one_line, plain, seen, spoken, within
from acceptance.verdict import Decision, Status

SHOWN_PER_ITEM = 5_000  # characters of looked and evidence lines, so that no page grows past 3 MB
CHART_LIMIT = 40_000
CHARTS_LIMIT = 400_000  # characters of all charts of a page
TONES = {Decision.GO: "go", Decision.GO_WITH_APPROVAL: "approval", Decision.NO_GO: "no-go"}


@dataclass(frozen=True)
class Section:
    """A heading of the checklist with its items."""

    title: str
    anchor: str
    items: tuple[ItemRow, ...]

    @property
    def counts(self) -> dict[Status, int]:
        """How many items have each status."""
        return counts(self.items)


@dataclass(frozen=True)
class Unjudged:
    """Items that were not judged for the same reason."""

    status: Status
    reason: str
    ids: tuple[str, ...]


def render(record: Record) -> str:
    """The page of one run. The same record gives the same bytes."""
    shown = _bounded(record)
    by_id = shown.by_id
    verdict = shown.verdict
    return page.render(
        "record.html.jinja",
        "record.js",
        record=shown,
        tone="running" if record.running else TONES[verdict.decision],
        spoken=spoken(shown),
        covers=spoken(shown).removeprefix(verdict.decision).strip(),
        because=[by_id[id] for id in verdict.because if id in by_id],
        to_go=[by_id[id] for id in verdict.to_go if id in by_id],
        phases=phases(shown.items),
        unjudged=unjudged(shown.items),
        bar=_bar(shown),
        advice=advice,
        seen=seen,
        held=held_back(shown),
        summary=_summary(shown),
        statuses=WORST_FIRST,
    )


def phases(items: Iterable[ItemRow]) -> list[tuple[str, list[Section]]]:
    """Top headings with their sections, in the checklist's order."""
    number = 0
    found: list[tuple[str, list[Section]]] = []
    for phase, rows in groupby(items, key=lambda item: item.section[0]):
        sections: list[Section] = []
        for title, own in groupby(rows, key=lambda item: item.section[1]):
            number += 1
            sections.append(Section(title, f"section-{number}", tuple(own)))
        found.append((phase, sections))
    return found


def unjudged(items: Iterable[ItemRow]) -> list[Unjudged]:
    """What was not judged, by status and reason, largest group first within a status."""
    groups: dict[tuple[Status, str], list[str]] = {}
    for item in items:
        if item.status in (Status.BLOCKED, Status.PENDING, Status.NOT_RUN, Status.NA):
            groups.setdefault((item.status, one_line(item.note) or "no reason was recorded"), []).append(item.id)
    return sorted(
        (Unjudged(status, reason, tuple(ids)) for (status, reason), ids in groups.items()),
        key=lambda group: (WORST_FIRST.index(group.status), -len(group.ids), group.reason),
    )


def _bounded(record: Record) -> Record:
    left = CHARTS_LIMIT
    items = []
    for item in record.items:
        charts = tuple(chart for chart in item.charts if len(chart.svg) <= CHART_LIMIT)
        charts = charts if sum(len(chart.svg) for chart in charts) <= left else ()
        left -= sum(len(chart.svg) for chart in charts)
        tables = within(item.tables, TABLES_LIMIT)
        note = item.note
        if len(charts) < len(item.charts) or tables != item.tables:
            note = f"{note}\nNot every chart or table is shown whole here: record.json has them.".lstrip()
        looked = _cut(item.looked, SHOWN_PER_ITEM // 2)
        evidence = _cut(item.evidence, SHOWN_PER_ITEM // 2)
        items.append(replace(item, charts=charts, tables=tables, note=note, looked=looked, evidence=evidence))
    return replace(record, items=tuple(items))


def _cut(lines: tuple[str, ...], limit: int) -> tuple[str, ...]:
    kept: list[str] = []
    for number, line in enumerate(lines):
        limit -= len(page.escaped(plain(line[:300])).encode())
        if limit < 0:
            return (*kept, f"… {len(lines) - number} more in record.json")
        kept.append(line if len(line) <= 300 else line[:299] + "…")
    return tuple(kept)


def _bar(record: Record) -> list[tuple[Status, int, float, float]]:
    left = 0.0
    parts = []
    for status, count in record.counts.items():
        width = round(1000 * count / max(1, len(record.items)), 2)
        parts.append((status, count, round(left, 2), width))
        left += width
    return parts


def _summary(record: Record) -> Deployment:
    own = record.deployment
    return replace(own, commit=own.commit or record.commit, version=own.version or record.version)
