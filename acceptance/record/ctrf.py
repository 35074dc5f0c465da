"""The run in the Common Test Report Format, for dashboards that gather test results."""

from __future__ import annotations

import json
from datetime import datetime
from typing import Any

from acceptance.record.model import ItemRow, Record
from acceptance.record.words import advice, plain, seen
from acceptance.verdict import Status

STATUSES = {
    Status.PASS: "passed",
    Status.FAIL: "failed",
    Status.BLOCKED: "other",
    Status.PENDING: "pending",
    Status.WAIVED: "other",
    Status.NA: "skipped",
    Status.NOT_RUN: "skipped",
}


def render(record: Record) -> str:
    """The run as CTRF. The same record gives the same bytes."""
    tests = [_test(item) for item in record.items]
    verdict = record.verdict
    summary: dict[str, Any] = {"tests": len(tests)}
    for status in ("passed", "failed", "skipped", "pending", "other"):
        summary[status] = sum(test["status"] == status for test in tests)
    summary |= {"start": _milliseconds(record.started), "stop": _milliseconds(record.ended or record.started)}
    whole = {
        "reportFormat": "CTRF",
        "specVersion": "0.0.0",
        "runId": plain(record.run) or "run",
        "timestamp": f"{record.ended or record.started:%Y-%m-%dT%H:%M:%SZ}",
        "generatedBy": "bot-core-acceptance",
        "results": {
            "tool": {"name": "bot-core-acceptance"},
            "summary": summary,
            "tests": tests,
            "environment": {
                "appVersion": plain(record.version), "commit": plain(record.commit),
                "testEnvironment": plain(record.target),
            },
        },
        "extra": {
            "decision": str(verdict.decision), "approved": verdict.approved, "because": list(verdict.because),
            "complete": record.complete,
        },
    }  # fmt: skip
    return json.dumps(whole, ensure_ascii=False, indent=1) + "\n"


def _test(item: ItemRow) -> dict[str, Any]:
    test: dict[str, Any] = {
        "testId": item.id,
        "name": f"{item.id} {item.sentence}",
        "status": STATUSES[item.status],
        "rawStatus": str(item.status),
        "duration": round(item.seconds * 1000),
        "suite": list(item.section),
        "tags": [item.severity, *filter(None, (item.phase, item.impact))],
        "stdout": [plain(line) for line in (*item.looked, *item.evidence)],
    }
    if item.status is not Status.PASS:
        test["message"] = plain(seen(item)) or advice(item) or str(item.status)
    return test


def _milliseconds(when: datetime) -> int:
    return int(when.timestamp() * 1000)
