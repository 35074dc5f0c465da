"""People's word in the MITRE SAF attestation format: a list that the SAF tools apply to a run in HDF."""

from __future__ import annotations

import json
from typing import Any

from acceptance.record.model import ItemRow, Record, Word
from acceptance.record.words import plain
from acceptance.verdict import Status


def render(record: Record) -> str:
    """The attestations in force as JSON. The same record gives the same bytes."""
    said = [
        attestation(item, word)
        for item in record.items
        for word in item.words
        if word.kind == "attestation" and word.in_force
    ]
    return json.dumps(said, ensure_ascii=False, indent=1) + "\n"


def attestation(item: ItemRow, word: Word) -> dict[str, Any]:
    """One entry. The format counts in whole days: its end never lies after ours."""
    days = (word.until - word.on).days if word.until and word.on else 0
    return {
        "control_id": item.id,
        "explanation": plain(f"{word.why} ({word.evidence})" if word.evidence else word.why),
        "frequency": f"{max(0, days)}d",
        "status": "failed" if item.status is Status.FAIL else "passed",
        "updated": f"{word.on:%Y-%m-%dT%H:%M:%SZ}" if word.on else "",
        "updated_by": f"{plain(word.by)}, {plain(word.role)}",
    }
