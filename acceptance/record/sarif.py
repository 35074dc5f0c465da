"""The security part of the run in SARIF 2.1.0, for code-scanning views: a rule and a result for each item."""

from __future__ import annotations

import json
import re
from typing import Any

from acceptance.checklist import checklist
from acceptance.record.model import ItemRow, Record
from acceptance.record.words import advice, plain, seen
from acceptance.verdict import Status

LEVELS = {"critical": "error", "high": "error", "medium": "warning"}
SCORES = {"critical": "9.5", "high": "8.0", "medium": "5.5"}  # GitHub sorts by it
KINDS = {
    Status.PASS: "pass",
    Status.FAIL: "fail",
    Status.BLOCKED: "open",
    Status.PENDING: "review",
    Status.WAIVED: "fail",
    Status.NA: "notApplicable",
}
HOME = "acceptance/checklist.md"
_ID = re.compile(r"- \[ \] `([^`]+)`")


def render(record: Record) -> str:
    """The items SEC-… of the run as SARIF. The same record gives the same bytes."""
    items = [item for item in record.items if item.id.startswith("SEC-")]
    lines = {
        match[1]: number for number, line in enumerate(checklist().text.splitlines(), 1) if (match := _ID.match(line))
    }
    run = {
        "tool": {
            "driver": {
                "name": "BotCoreAcceptance",
                "semanticVersion": "0.1.0",
                "rules": [_rule(item) for item in items],
            }
        },
        "automationDetails": {"id": f"acceptance/{plain(record.target)}/"},
        "invocations": [
            {
                "executionSuccessful": record.complete,
                "startTimeUtc": f"{record.started:%Y-%m-%dT%H:%M:%S.000Z}",
            }
        ],
        "results": [
            _result(item, number, lines.get(item.id, 1))
            for number, item in enumerate(items)
            if item.status is not Status.NOT_RUN
        ],
        "columnKind": "utf16CodeUnits",
        "properties": {"decision": str(record.verdict.decision), "approved": record.verdict.approved},
    }
    schema = "https://docs.oasis-open.org/sarif/sarif/v2.1.0/errata01/os/schemas/sarif-schema-2.1.0.json"
    return json.dumps({"$schema": schema, "version": "2.1.0", "runs": [run]}, ensure_ascii=False, indent=1) + "\n"


def _rule(item: ItemRow) -> dict[str, Any]:
    return {
        "id": item.id,
        "name": "".join(part.capitalize() for part in item.id.split("-")),
        "shortDescription": {"text": f"{item.sentence}."},
        "fullDescription": {"text": f"{item.sentence}."},
        "help": {"text": plain(item.mend) or f"{item.sentence}."},
        "defaultConfiguration": {"level": LEVELS[item.severity]},
        "properties": {"security-severity": SCORES[item.severity], "tags": ["security", item.severity]},
    }


def _result(item: ItemRow, index: int, line: int) -> dict[str, Any]:
    kind = KINDS[item.status]
    said = plain(seen(item)) or advice(item) or item.sentence
    result: dict[str, Any] = {
        "ruleId": item.id,
        "ruleIndex": index,
        "kind": kind,
        "level": LEVELS[item.severity] if kind == "fail" else "none",
        "message": {"text": f"{item.status}: {said.rstrip('.')}."},
        "locations": [{"physicalLocation": {"artifactLocation": {"uri": HOME}, "region": {"startLine": line}}}],
        "partialFingerprints": {"item/v1": item.id},
    }
    waivers = [word for word in item.words if word.kind == "waiver" and word.in_force]
    if item.status is Status.WAIVED:
        result["suppressions"] = [
            {"kind": "external", "status": "accepted", "justification": plain(word.why)} for word in waivers
        ]
    return result
