"""The example that `acceptance init` copies: it shows every key of every table, and what it shows can be used as it is."""

from __future__ import annotations

import inspect
import json
import re
import tomllib
import typing
from collections.abc import Iterator
from pathlib import Path

from acceptance.tables import Table
from acceptance.target import Target

EXAMPLE = Path(__file__).parents[1] / "targets/example/target.toml"
NOT_A_PERSONS = {"Target.name", "Target.doubles"}  # the folder's name; what only the sandbox says


def keys_of(kind: type[Table], seen: set[str]) -> set[str]:
    """Every key of a table and of the tables in it, as Table.key."""
    for name, field in kind.model_fields.items():
        if (key := _key(kind, name)) not in seen:
            seen.add(key)
            for inner in _tables(field.annotation):
                keys_of(inner, seen)
    return seen


def _key(kind: type[Table], name: str) -> str:
    owner = next(each for each in kind.__mro__ if name in inspect.get_annotations(each))
    return f"{owner.__name__}.{name}"


def _tables(annotation: object) -> Iterator[type[Table]]:
    if isinstance(annotation, type) and issubclass(annotation, Table):
        yield annotation
    for inner in typing.get_args(annotation):
        yield from _tables(inner)


def shown(value: object) -> Iterator[str]:
    """The keys that a target sets."""
    inside: typing.Iterable[object] = ()
    if isinstance(value, Table):
        yield from (_key(type(value), name) for name in value.model_fields_set)
        inside = [getattr(value, name) for name in value.model_fields_set]
    elif isinstance(value, dict | tuple):
        inside = value.values() if isinstance(value, dict) else value
    for each in inside:
        yield from shown(each)


def test_every_key_of_every_table_is_shown_and_valid_with_the_comments_taken_off() -> None:
    bare = re.sub(r'^# (?=\[|[\w."-]+ = )', "", EXAMPLE.read_text(encoding="utf-8"), flags=re.MULTILINE)
    document = {"name": "example", **tomllib.loads(bare)}
    target = Target.model_validate_json(json.dumps(document, default=str))
    assert keys_of(Target, set()) - set(shown(target)) - NOT_A_PERSONS == set()
