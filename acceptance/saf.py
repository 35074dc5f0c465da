"""Reads attestations in the MITRE SAF format (JSON or YAML) as people's word: who, in which role, until when."""

from __future__ import annotations

import hashlib
import re
from calendar import monthrange
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

from acceptance.checklist import checklist
from acceptance.foreign import NoDocument, yaml_of
from acceptance.signoff import ROLE_OF, ROLES, People, Release, fingerprint
from acceptance.words import WordsError

LIMIT = 1_000_000  # bytes
KEYS = ("control_id", "explanation", "frequency", "status", "updated", "updated_by")
OUTCOMES = {"passed": "done", "failed": "refused"}
NAMED = {
    "annually": "1y", "semiannually": "6m", "quarterly": "3m", "monthly": "1m", "every2weeks": "2w",
    "fortnightly": "2w", "weekly": "1w", "every3days": "3d", "daily": "1d",
}  # fmt: skip


def read(path: Path, people: People, release: Release | None) -> dict[str, dict[str, Any]]:
    """Fields of attestations.toml by item. WordsError names the entry that can't be taken."""
    try:
        data = path.read_bytes()[: LIMIT + 1]
        entries = yaml_of(data, words=True)
    except (OSError, NoDocument) as problem:
        raise WordsError(f"{path}: can't be read: {' '.join(str(problem).split())[:200]}") from None
    if len(data) > LIMIT or not isinstance(entries, list) or not all(isinstance(each, dict) for each in entries):
        raise WordsError(f"{path}: is no list of SAF attestations of at most {LIMIT} bytes")
    evidence = f"{path.name}, SHA-256 {hashlib.sha256(data).hexdigest()}"
    found: dict[str, dict[str, Any]] = {}
    for number, entry in enumerate(entries, 1):
        try:
            id, fields = _fields(entry, people)
            if id in found:
                raise ValueError(f"{id} stands twice")
        except (ValueError, OverflowError) as wrong:
            raise WordsError(f"{path}: entry {number}: {wrong}") from None
        found[id] = fields | {"evidence": evidence, "version": release.version if release else ""}
    return found


def _fields(entry: dict[str, Any], people: People) -> tuple[str, dict[str, Any]]:
    said = {key: str(entry.get(key) or "").strip() for key in KEYS}
    if missing := [key for key, value in said.items() if not value]:
        raise ValueError(f"{missing[0]} is missing")
    id = said["control_id"]
    if id not in checklist().by_id:
        raise ValueError(f"{id[:60]} is no item of the checklist")
    if said["status"] not in OUTCOMES:
        raise ValueError(f"status of {id} is {said['status'][:40]!r}; valid: {', '.join(OUTCOMES)}")
    by, role = _who(said["updated_by"], ROLE_OF.get(id, ""), people)
    on = datetime.fromisoformat(said["updated"])
    on = on if on.tzinfo else on.replace(tzinfo=UTC)
    return id, {
        "outcome": OUTCOMES[said["status"]],
        "by": by,
        "role": role,
        "on": on,
        "until": _after(on, said["frequency"]),
        "says": said["explanation"],
        "wording": fingerprint(checklist()[id].sentence),
    }


def _who(text: str, wanted: str, people: People) -> tuple[str, str]:
    """Address and role of `address, role`, or of an address, handle or name whose role is clear."""
    name, _, role = text.rpartition(", ")
    if role not in ROLES:
        name, role = text, wanted
    known = [who for who, person in people.people.items() if name in (who, person.handle, person.name)]
    if len(known) != 1:
        raise ValueError(f"updated_by {name[:80]!r} is {'several people' if known else 'nobody'} of people.toml")
    roles = people.people[known[0]].roles
    if not role and len(roles) != 1:
        raise ValueError(
            f"{known[0]} has several roles; write updated_by as '{known[0]}, {roles[0] if roles else 'role'}'"
        )
    return known[0], role or roles[0]


def _after(on: datetime, frequency: str) -> datetime:
    """The end of a word that must be renewed so often."""
    match = re.fullmatch(r"([1-9]\d{0,3}) ?([dwmy])", NAMED.get(frequency, frequency))
    if not match:
        raise ValueError(f"frequency {frequency[:40]!r} is none; write 7d, 2w, 3m or 1y")
    count, unit = int(match[1]), match[2]
    if unit in "dw":
        return on + timedelta(days=count * (7 if unit == "w" else 1))
    months = on.month - 1 + count * (12 if unit == "y" else 1)
    year, month = on.year + months // 12, months % 12 + 1
    if year > 9999:
        raise ValueError(f"frequency {frequency[:40]!r} has no end")
    return on.replace(year=year, month=month, day=min(on.day, monthrange(year, month)[1]))
