"""The files of a run that can be made again from its record at any time."""

from __future__ import annotations

from acceptance.checklist import checklist
from acceptance.record import html, junit, markdown
from acceptance.record.model import Record

NAMES = ("record.html", "checklist.md", "junit.xml")


def renderings(record: Record) -> dict[str, str]:
    """Every such file by its name."""
    return {
        "record.html": html.render(record),
        "checklist.md": markdown.render(record, checklist().text),
        "junit.xml": junit.render(record),
    }
