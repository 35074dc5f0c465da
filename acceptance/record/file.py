"""`record.json` to and from text. A file that was cut or edited is refused, and the place is named."""

from __future__ import annotations

import hashlib
import json
from typing import Any

from pydantic import TypeAdapter, ValidationError

from acceptance.record.model import Record
from acceptance.verdict import Status

HEAD = "record"  # the seal over everything but the items
_RECORD = TypeAdapter(Record)


class RecordError(ValueError):
    """A record that can't be trusted: the file and the place in it."""


def dump(record: Record) -> str:
    """The record as text; every item and the rest carry a seal, so that a later edit shows where it was made."""
    plain = plain_of(record)
    plain["seals"] = _seals(plain)
    return json.dumps(plain, ensure_ascii=False, allow_nan=False, indent=1) + "\n"


def load(text: str, name: str = "record.json") -> Record:
    """The record out of its text. Raises RecordError that names what was cut, edited or is not understood."""
    try:
        plain = json.loads(text, object_pairs_hook=_no_twins)
    except json.JSONDecodeError as wrong:
        raise RecordError(
            f"{name}: cut or damaged at line {wrong.lineno}, column {wrong.colno}: {wrong.msg}"
        ) from wrong
    except ValueError as wrong:
        raise RecordError(f"{name}: {wrong}") from wrong
    if not isinstance(plain, dict):
        raise RecordError(f"{name}: holds no object")
    if plain.get("schema") != 1:
        raise RecordError(f"{name}: schema is {plain.get('schema')!r}, this suite reads 1")
    seals = plain.pop("seals", None)
    try:
        record = _RECORD.validate_json(json.dumps(plain), strict=True)
    except ValidationError as wrong:
        first = wrong.errors(include_url=False)[0]
        raise RecordError(f"{name}: {place(first['loc'], plain)}: {first['msg']}") from wrong
    for where, seal in _seals(plain).items():
        if not isinstance(seals, dict) or seals.get(where) != seal:
            raise RecordError(f"{name}: {where}: changed after it was written (its seal does not fit)")
    _consistent(record, set(seals or ()), name)
    return record


def canonical(record: Record) -> bytes:
    """The bytes that a signature covers: the content alone, whatever its layout in the file."""
    return _bytes(plain_of(record))


def plain_of(record: Record) -> dict[str, Any]:
    """The record as JSON values, `schema` first."""
    plain: dict[str, Any] = _RECORD.dump_python(record, mode="json")
    return {"schema": plain.pop("schema"), **plain}


def place(loc: tuple[int | str, ...], plain: Any) -> str:
    """A spot in the file that a person finds: `items[3] (SEC-TLS-03).status`."""
    text = ""
    for step in loc:
        try:
            plain = plain[step]
        except (KeyError, IndexError, TypeError):
            plain = None  # what is missing has no inside
        text += f"[{step}]" if isinstance(step, int) else f".{step}" if text else step
        if isinstance(plain, dict) and isinstance(plain.get("id"), str):
            text += f" ({plain['id']})"
    return text


def _consistent(record: Record, sealed: set[str], name: str) -> None:
    ids = [item.id for item in record.items]
    known = set(ids)
    if len(known) != len(ids):
        twin = next(id for n, id in enumerate(ids) if id in ids[:n])
        raise RecordError(f"{name}: items: {twin} stands twice")
    if gone := sealed - known - {HEAD}:
        raise RecordError(f"{name}: items: {min(gone)} was taken out")
    verdict = record.verdict
    judged = sum(item.status is not Status.NOT_RUN for item in record.items)
    if (verdict.of, verdict.judged) != (len(ids), judged):
        raise RecordError(
            f"{name}: verdict: says {verdict.judged} of {verdict.of} items, the file holds {judged} of {len(ids)}"
        )
    for where, named in (("because", verdict.because), ("to_go", verdict.to_go)):
        if unknown := set(named) - known:
            raise RecordError(f"{name}: verdict.{where}: no item {min(unknown)}")


def _no_twins(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    made: dict[str, Any] = {}
    for key, value in pairs:
        if key in made:
            raise ValueError(f"the key {key!r} stands twice in one object")
        made[key] = value
    return made


def _seals(plain: dict[str, Any]) -> dict[str, str]:
    head = {key: value for key, value in plain.items() if key not in ("items", "seals")}
    return {HEAD: _seal(head), **{item["id"]: _seal(item) for item in plain["items"]}}


def _seal(value: Any) -> str:
    return hashlib.sha256(_bytes(value)).hexdigest()[:16]


def _bytes(value: Any) -> bytes:
    return json.dumps(value, sort_keys=True, separators=(",", ":"), ensure_ascii=False, allow_nan=False).encode()
