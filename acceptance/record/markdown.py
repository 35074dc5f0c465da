"""The checklist, ticked: its own lines in its own order, with what was found nested under each."""

from __future__ import annotations

import re

from acceptance.record.model import ItemRow, Record, Table, Word
from acceptance.record.words import LOOKS, TABLES_LIMIT, held_back, moment, one_line, spoken, within
from acceptance.verdict import Status

_LINE = re.compile(r"- \[ \] `(?P<id>[A-Z]+-[A-Z]+-\d\d)` ")
_SPECIAL = re.compile(r"([\\`*_{}\[\]<>()#+!|~&])")


def render(record: Record, checklist: str) -> str:
    """The checklist's text with boxes ticked where an item passed. The same record gives the same bytes."""
    rows = record.by_id
    lines: list[str] = []
    for line in checklist.splitlines():
        match = _LINE.match(line)
        row = rows.get(match["id"]) if match else None
        if row is None:
            lines.append(line)
            if line.startswith("# "):
                lines += ["", *_head(record)]
            continue
        lines.append(line.replace("- [ ]", "- [x]", 1) if row.status is Status.PASS else line)
        lines += [f"  - {nested}" for nested in _nested(row)]
        lines += [line for table in within(row.tables, TABLES_LIMIT) for line in _table(table)]
    return "\n".join([*lines, "", *_signatures(record)]) + "\n"


def prose(text: str) -> str:
    """Foreign text as one line of Markdown that is nothing but text."""
    return _SPECIAL.sub(r"\\\1", one_line(text, 600))


def code(text: str) -> str:
    """Foreign text as a code span, with a fence that it can't close."""
    line = one_line(text) or "unknown"
    fence = "`" * (max((len(run) for run in re.findall("`+", line)), default=0) + 1)
    pad = " " if line.startswith("`") or line.endswith("`") else ""
    return f"{fence}{pad}{line}{pad}{fence}"


def _head(record: Record) -> list[str]:
    verdict = record.verdict
    counts = ", ".join(f"{count} {status}" for status, count in record.counts.items())
    lines = [f"**{spoken(record)}**" + ("" if not record.running else " so far: the run is not over"), ""]
    lines.append(
        f"Target {code(record.target)}, version {code(record.version)}, commit {code(record.commit)}, "
        f"{moment(record.started)}. {counts}. {record.requests.sent} requests, {record.requests.writes} wrote."
    )
    if held := held_back(record):
        lines += ["", f"Held back writes of pages: {prose(held)}."]
    for title, ids in (("Because", verdict.because), ("What would turn it to GO", verdict.to_go)):
        if ids:
            lines += ["", f"{title}: {', '.join(f'`{id}`' for id in ids)}."]
    if record.replayed_from:
        lines += ["", f"Judged again from the facts of {code(record.replayed_from)}."]
    if record.advice:
        lines += ["", f"Rollback: {prose(record.advice)}."]
    if record.doubles:
        lines += ["", f"Doubles, not the real thing: {', '.join(prose(name) for name in record.doubles)}."]
    return lines


def _nested(row: ItemRow) -> list[str]:
    found = f", found {row.found}" if row.found is not row.status else ""
    by = f" ({prose(row.by)}{found})" if row.looked or row.evidence or row.words else ""
    note = f": {prose(row.note)}" if row.note else ""
    lines = [f"{LOOKS[row.status].sign} **{row.status}**{by}{note}"]
    lines += [_said(word) for word in row.words]
    lines += [f"looked: {code(line)}" for line in row.looked]
    lines += [f"seen: {code(line)}" for line in row.evidence]
    if row.mend and row.status in (Status.FAIL, Status.WAIVED):
        lines.append(f"to mend: {prose(row.mend)}")
    return lines


def _table(table: Table) -> list[str]:
    """A table inside an item's list, with its notes."""
    lines = [f"  - {prose(table.title)}"]
    if table.rows:
        rows = [table.columns, tuple("---" for _ in table.columns), *table.rows]
        cells = [[cell if row is rows[1] else prose(cell) for cell in row] for row in rows]
        lines += ["", *(f"    | {' | '.join(row)} |" for row in cells), ""]
    return lines + [f"    - {prose(note)}" for note in table.notes]


def _said(word: Word) -> str:
    kind = {"attestation": "attested", "waiver": "waived", "plan": "planned"}[word.kind]
    until = f"until {moment(word.until)}" if word.until else "without an end"
    state = "" if word.in_force else f" **Not in force: {prose(word.note)}**"
    evidence = f" ({code(word.evidence)})" if word.evidence else ""
    who = f"{prose(word.by)}, {prose(word.role)}, {moment(word.on)}"
    return f"{kind} by {who}, {until}: {prose(word.why)}{evidence}{state}"


def _signatures(record: Record) -> list[str]:
    if not record.sign_off:
        return []
    lines = ["| Role | Name | Date | Signature |", "|---|---|---|---|"]
    for row in record.sign_off:
        when = moment(row.on) if row.on else ""
        lines.append(f"| {prose(row.role)} | {prose(row.by)} | {when} | {row.state or 'not signed'} |")
    return lines
