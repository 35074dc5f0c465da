"""What a run tells GitHub Actions: a step summary, and an annotation for each item that stands in the way. Pure."""

from __future__ import annotations

from acceptance.record.markdown import code, prose
from acceptance.record.model import ItemRow, Record
from acceptance.record.words import LOOKS, advice, one_line, seen, spoken
from acceptance.verdict import Status

ANNOTATIONS = 10  # GitHub shows no more of a kind in one step
ROWS = 60


def summary(record: Record) -> str:
    """The step summary as Markdown: verdict, counts, what stands in the way and how to mend it."""
    verdict = record.verdict
    lines = [f"## {spoken(record)}", ""]
    lines.append(f"Target {code(record.target)}, version {code(record.version)}, commit {code(record.commit)}.")
    if not record.complete:
        lines.append("**The run was cut: it is not complete.**")
    if record.doubles:
        lines.append(f"Doubles, not the real thing: {', '.join(prose(name) for name in record.doubles)}.")
    counts = record.counts
    lines += ["", "| " + " | ".join(f"{LOOKS[status].sign} {status}" for status in counts) + " |"]
    lines += ["|" + "---|" * len(counts), "| " + " | ".join(str(count) for count in counts.values()) + " |"]
    rows = [record.by_id[id] for id in verdict.because if id in record.by_id]
    if rows:
        lines += ["", "| Item | Status | Sentence | Seen | To mend |", "|---|---|---|---|---|"]
        for item in rows[:ROWS]:
            cells = (item.id, item.status, prose(item.sentence), prose(seen(item)[:300]), prose(advice(item)))
            lines.append(f"| {' | '.join(cells)} |")
    if len(rows) > ROWS:
        lines += ["", f"and {len(rows) - ROWS} more, in the record."]
    return "\n".join(lines) + "\n"


def commands(record: Record) -> str:
    """Workflow commands: an error for each item that blocks, a warning for what needs approval."""
    rows = [record.by_id[id] for id in record.verdict.because if id in record.by_id]
    return "".join(_command(item) for item in rows[:ANNOTATIONS])


def _command(item: ItemRow) -> str:
    kind = "error" if item.severity == "critical" or item.status is Status.FAIL else "warning"
    message = one_line(f"{item.sentence}: {seen(item)}. {advice(item)}", 600)
    return f"::{kind} title={_property(f'{item.status} {item.id}')}::{_data(message)}\n"


def _data(text: str) -> str:
    return text.replace("%", "%25").replace("\r", "%0D").replace("\n", "%0A")


def _property(text: str) -> str:
    return _data(text).replace(":", "%3A").replace(",", "%2C")
