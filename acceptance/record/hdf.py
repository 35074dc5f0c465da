"""The run in the Heimdall Data Format (an InSpec report), for tools that gather security evidence.

A waived item stays as it was found, with the waiver beside it; the verdict stands under `passthrough`.
"""

from __future__ import annotations

import hashlib
import json
from typing import Any

from acceptance.record.html import phases
from acceptance.record.model import ItemRow, Record, Word
from acceptance.record.saf import attestation
from acceptance.record.words import advice, plain, seen, spoken
from acceptance.verdict import Status

IMPACTS = {"critical": 0.9, "high": 0.7, "medium": 0.5}
RESULTS = {Status.PASS: "passed", Status.FAIL: "failed", Status.BLOCKED: "error"}  # the others are skipped


def render(record: Record) -> str:
    """The run as HDF. The same record gives the same bytes."""
    controls = [_control(item, record) for item in record.items]
    profile = {
        "name": "bot-core-acceptance",
        "title": "Bot Core production acceptance",
        "version": plain(record.version),
        "summary": spoken(record),
        "sha256": hashlib.sha256("\n".join(item.id + item.sentence for item in record.items).encode()).hexdigest(),
        "supports": [],
        "attributes": [],
        "groups": [
            {
                "id": section.anchor,
                "title": f"{phase} / {section.title}",
                "controls": [item.id for item in section.items],
            }
            for phase, sections in phases(record.items)
            for section in sections
        ],
        "controls": controls,
        "status": "loaded",
    }
    verdict = record.verdict
    whole = {
        "platform": {
            "name": "bot-core-acceptance", "release": plain(record.version), "target_id": plain(record.target),
        },
        "profiles": [profile],
        "statistics": {"duration": round(sum(item.seconds for item in record.items), 4)},
        "version": "1.0.0",
        "passthrough": {
            "verdict": {
                "decision": str(verdict.decision), "approved": verdict.approved, "judged": verdict.judged,
                "of": verdict.of, "because": list(verdict.because),
            },
            "commit": plain(record.commit), "run": plain(record.run), "complete": record.complete,
        },
    }  # fmt: skip
    return json.dumps(whole, ensure_ascii=False, indent=1) + "\n"


def _control(item: ItemRow, record: Record) -> dict[str, Any]:
    control: dict[str, Any] = {
        "id": item.id,
        "title": item.sentence,
        "desc": plain(item.note) or item.sentence,
        "descriptions": [{"label": "fix", "data": plain(item.mend)}] if item.mend else [],
        "impact": 0.0 if item.status is Status.NA else IMPACTS[item.severity],
        "refs": [],
        "tags": {"severity": item.severity, "status": str(item.status), "section": list(item.section)},
        "code": "\n".join(plain(line) for line in item.evidence),
        "source_location": {},
        "results": [_result(item, record)],
    }
    for word in item.words:
        if word.in_force and word.kind == "waiver":
            control["waiver_data"] = _waiver(word)
        elif word.in_force and word.kind == "attestation":
            control["attestation_data"] = attestation(item, word)
    return control


def _result(item: ItemRow, record: Record) -> dict[str, Any]:
    status = RESULTS.get(item.found if item.status is Status.WAIVED else item.status, "skipped")
    said = f"{item.status}: {plain(seen(item)) or advice(item) or 'as it should be'}"
    result: dict[str, Any] = {
        "status": status,
        "code_desc": "\n".join(plain(line) for line in item.looked) or item.sentence,
        "run_time": item.seconds,
        "start_time": f"{record.started:%Y-%m-%dT%H:%M:%SZ}",
    }
    if status == "skipped":
        result["skip_message"] = said
    elif status != "passed":
        result["message"] = said
    return result


def _waiver(word: Word) -> dict[str, Any]:
    return {
        "justification": plain(word.why),
        "expiration_date": f"{word.until:%Y-%m-%d}" if word.until else None,
        "message": f"{plain(word.by)}, {plain(word.role)}",
        "run": True,
        "skipped_due_to_waiver": False,
    }
