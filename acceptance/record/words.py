"""Words, signs and colours of a record, in one table; and how foreign text is made safe to show."""

from __future__ import annotations

import re
import unicodedata
from dataclasses import dataclass, replace
from datetime import datetime

from acceptance.record.model import ItemRow, Record, Table
from acceptance.verdict import Decision, Status


@dataclass(frozen=True)
class Look:
    """How a status is shown: its sign, its colour on a terminal, what it says."""

    sign: str
    ansi: str
    says: str


LOOKS: dict[Status, Look] = {
    Status.FAIL: Look("✗", "31", "looked, and it is wrong"),
    Status.BLOCKED: Look("⊘", "33", "could not look"),
    Status.PENDING: Look("…", "34", "no access, or nobody has signed"),
    Status.WAIVED: Look("~", "35", "not as it should be, and somebody answers for it"),
    Status.PASS: Look("✓", "32", "looked or signed, and it holds"),
    Status.NA: Look("-", "90", "does not apply to this target"),
    Status.NOT_RUN: Look("○", "90", "outside this run"),
}
TABLES_LIMIT = 60_000  # characters of an item's tables that are shown
_TOO_LONG = "… (cut; all of it is in record.json)"


def plain(text: str, limit: int = 1_000) -> str:
    """Foreign text as bounded, visible text: control and direction-changing characters are spelt out."""
    cut = text[:limit] + (_TOO_LONG if len(text) > limit else "")
    if cut.isprintable():
        return cut
    return "".join(c if c.isprintable() or _harmless(c) else f"⟨U+{ord(c):04X}⟩" for c in cut)


def one_line(text: str, limit: int = 300) -> str:
    """Foreign text as one safe line."""
    return plain(" ".join(text.split()), limit)


def held_back(record: Record) -> str:
    """Writes that the target's pages were about to make, by operation; "" if none was held back."""
    return ", ".join(f"{one_line(each.operation, 120)} ({each.times})" for each in record.requests.held_back)


def within(tables: tuple[Table, ...], limit: int) -> tuple[Table, ...]:
    """Tables cut to so many characters: rows that don't fit are counted in a note."""
    kept = []
    for table in tables:
        rows = []
        for row in table.rows:
            limit -= sum(min(len(cell), 1_000) for cell in row)
            if limit < 0:
                break
            rows.append(row)
        more = len(table.rows) - len(rows)
        notes = (*table.notes, f"{more} more rows are in record.json") if more else table.notes
        kept.append(replace(table, rows=tuple(rows), notes=notes))
    return tuple(kept)


def is_link(text: str) -> bool:
    """Whether text may be shown as a link: nothing but http and https."""
    return bool(re.fullmatch(r"https?://[^\s\"'<>]{1,500}", text))


def moment(when: datetime | None) -> str:
    """A time as people read it, in UTC to the minute."""
    return when.strftime("%Y-%m-%d %H:%M UTC") if when else "no end"


def spoken(record: Record) -> str:
    """The decision as it is spoken, with what it covers: "GO for 52 of 350 items"."""
    verdict = record.verdict
    approval = ""
    if verdict.decision is Decision.GO_WITH_APPROVAL:
        approval = " (approved)" if verdict.approved else " (approval is missing)"
    return f"{verdict.decision}{approval} for {verdict.judged} of {verdict.of} items"


def seen(item: ItemRow) -> str:
    """What was seen that is not as it should be: the note, else the assertion that did not hold."""
    return item.note or (item.evidence[-1] if item.evidence and item.found is Status.FAIL else "")


def advice(item: ItemRow) -> str:
    """What to do so that an item no longer stands in the way."""
    if item.status is Status.FAIL:
        return item.mend or "Mend it and run again."
    if item.status is Status.BLOCKED:
        return "Remove what kept the suite from looking, then run again."
    if item.status is Status.PENDING:
        return f"Grant the access that it needs, or have it signed: acceptance attest {item.id}"
    if item.status is Status.WAIVED:
        return f"Waived; for a GO without approval: {item.mend or 'mend it and run again.'}"
    return ""


def _harmless(c: str) -> bool:
    return c in "\n\t" or unicodedata.category(c) not in ("Cc", "Cf", "Cs", "Co", "Cn", "Zl", "Zp")
