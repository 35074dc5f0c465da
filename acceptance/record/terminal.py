"""The last words of a run on the terminal: what blocks, what would turn it to GO, counts, where the record lies."""

from __future__ import annotations

from collections.abc import Callable

from acceptance.record.model import ItemRow, Record
from acceptance.record.words import LOOKS, advice, held_back, one_line, seen, spoken
from acceptance.verdict import Decision

SHOWN = 12  # lines of one list; the rest is counted and stands in the record
_DECISIONS = {Decision.GO: "32", Decision.GO_WITH_APPROVAL: "33", Decision.NO_GO: "31"}


def render(record: Record, folder: str, colour: bool = False) -> str:
    """The summary as text; colour only when the caller writes to a terminal."""
    verdict = record.verdict
    rows = record.by_id
    paint = _paint if colour else _bare
    lines = [paint(spoken(record), "1;" + _DECISIONS[verdict.decision])]
    if verdict.missing:
        lines.append(f"  {one_line(verdict.missing)}")
    because = [rows[id] for id in verdict.because if id in rows]
    to_go = [rows[id] for id in verdict.to_go if id in rows]
    lines += _list("What stands in the way", because, False, paint)
    lines += _list("What would turn it to GO", to_go, True, paint)
    counts = [paint(f"{LOOKS[s].sign} {count} {s}", LOOKS[s].ansi) for s, count in record.counts.items()]
    lines += ["", "  ".join(counts)]
    lines.append(f"Requests sent: {record.requests.sent}, of which {record.requests.writes} wrote")
    if held := held_back(record):
        lines.append(f"Held back writes of pages: {held}")
    if record.advice:
        lines.append(f"Rollback: {one_line(record.advice)}")
    if record.doubles:
        lines.append(f"Doubles, not the real thing: {', '.join(one_line(name) for name in record.doubles)}")
    if not record.complete:
        lines.append("The run was cut: it is not complete.")
    lines.append(f"Record: {folder.rstrip('/')}/record.html")
    return "\n".join(lines) + "\n"


def _list(title: str, items: list[ItemRow], todo: bool, paint: Callable[[str, str], str]) -> list[str]:
    if not items:
        return []
    lines = ["", f"{title}:"]
    for item in items[:SHOWN]:
        look = LOOKS[item.status]
        said = advice(item) if todo else f"{item.sentence}: {seen(item)}".removesuffix(": ")
        lines.append(f"  {paint(f'{look.sign} {item.status:<8}', look.ansi)} {item.id:<15} {one_line(said, 200)}")
    if len(items) > SHOWN:
        lines.append(f"  and {len(items) - SHOWN} more, in the record")
    return lines


def _paint(text: str, ansi: str) -> str:
    return f"\033[{ansi}m{text}\033[0m"


def _bare(text: str, _ansi: str) -> str:
    return text
