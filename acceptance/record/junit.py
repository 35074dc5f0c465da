"""The run as JUnit XML for CI: every item is a case. FAIL is a failure, BLOCKED an error, the rest is skipped."""

from __future__ import annotations

from itertools import groupby
from xml.etree import ElementTree  # we only write

from acceptance.record.model import ItemRow, Record
from acceptance.record.words import advice, plain, seen, spoken
from acceptance.verdict import Status

_TAGS = {Status.FAIL: "failure", Status.BLOCKED: "error"}
Element = ElementTree.Element


def render(record: Record) -> str:
    """The run as JUnit XML. The same record gives the same bytes."""
    root = Element("testsuites", {"name": spoken(record), **_numbers(record.items)})
    properties = ElementTree.SubElement(root, "properties")
    verdict = record.verdict
    for name, value in (
        ("decision", str(verdict.decision)),
        ("approved", str(verdict.approved).lower()),
        ("because", " ".join(verdict.because)),
        ("target", record.target),
        ("version", record.version),
        ("commit", record.commit),
        ("complete", str(record.complete).lower()),
    ):
        ElementTree.SubElement(properties, "property", {"name": name, "value": plain(value)})
    for section, rows in groupby(record.items, key=lambda item: item.section):
        own = tuple(rows)
        stamp = record.started.isoformat(timespec="seconds")
        suite = ElementTree.SubElement(
            root, "testsuite", {"name": " / ".join(section), "timestamp": stamp, **_numbers(own)}
        )
        for item in own:
            suite.append(_case(item))
    ElementTree.indent(root)
    return '<?xml version="1.0" encoding="utf-8"?>\n' + ElementTree.tostring(root, encoding="unicode") + "\n"


def _case(item: ItemRow) -> Element:
    name = f"{item.id} {plain(item.sentence)}"
    case = Element("testcase", {"classname": ".".join(item.section), "name": name, "time": f"{item.seconds:.4f}"})
    details = "\n".join(plain(line) for line in (*item.looked, *item.evidence))
    if item.status is not Status.PASS:
        message = f"{item.status}: {plain(seen(item)) or advice(item) or 'no reason was recorded'}"
        tag = _TAGS.get(item.status, "skipped")
        outcome = ElementTree.SubElement(case, tag, {"message": message, "type": str(item.status)})
        if tag != "skipped":
            outcome.text = f"{details}\nTo mend: {plain(advice(item))}".strip()
            return case
    if details:
        ElementTree.SubElement(case, "system-out").text = details
    return case


def _numbers(items: tuple[ItemRow, ...]) -> dict[str, str]:
    failures = sum(item.status is Status.FAIL for item in items)
    errors = sum(item.status is Status.BLOCKED for item in items)
    passed = sum(item.status is Status.PASS for item in items)
    return {
        "tests": str(len(items)),
        "failures": str(failures),
        "errors": str(errors),
        "skipped": str(len(items) - failures - errors - passed),
        "time": f"{sum(item.seconds for item in items):.4f}",
    }
