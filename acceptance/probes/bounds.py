"""Values at and beyond the bounds that an API's document declares of a parameter. Pure: from its JSON schema."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

HUGE = 10**20  # above every integer that a database or a loop would take
LONGEST = 4000  # a bound above this is not crossed: the URL itself would be refused first
MOST_ITEMS = 100
KEPT = 8  # values of one parameter


def beyond(schema: Any) -> tuple[tuple[str, Any], ...]:
    """What a value does, and the value: below a minimum, over a length, none of an enumeration. Bounded."""
    found: dict[str, tuple[str, Any]] = {}
    for what, value in _values(schema):
        found.setdefault(repr(value), (what, value))
    return tuple(found.values())[:KEPT]


def _values(schema: Any, depth: int = 0) -> Iterator[tuple[str, Any]]:
    if not isinstance(schema, dict) or depth > 3:
        return
    for key in ("anyOf", "oneOf", "allOf"):
        for branch in schema.get(key) or ():
            yield from _values(branch, depth + 1)
    if schema.get("enum"):
        yield "none of its enumeration", "no-such-value"
    declared = schema.get("type")
    kinds = declared if isinstance(declared, list) else [declared]
    for kind in kinds:
        if kind in ("integer", "number"):
            yield from _numbers(schema, whole=kind == "integer")
        elif kind == "string":
            yield from _texts(schema)
        elif kind == "boolean":
            yield "no boolean", "perhaps"
        elif kind == "array":
            yield from _lists(schema, depth)


def _numbers(schema: dict[str, Any], *, whole: bool) -> Iterator[tuple[str, Any]]:
    lowest, highest = _bound(schema, "inimum"), _bound(schema, "aximum")
    if lowest is not None:
        yield f"below its minimum of {lowest[0]}", lowest[0] if lowest[1] else lowest[0] - 1
    if highest is not None:
        yield f"above its maximum of {highest[0]}", highest[0] if highest[1] else highest[0] + 1
    yield "a negative number", -1
    yield "zero", 0
    yield "a huge number", HUGE
    yield "no number", "abc"
    if whole:
        yield "a fraction", 1.5


def _bound(schema: dict[str, Any], key: str) -> tuple[float, bool] | None:
    """A limit and whether it is itself outside; OpenAPI 3.0 says so by a boolean, 3.1 by a number."""
    plain, exclusive = schema.get(f"m{key}"), schema.get(f"exclusiveM{key}")
    if isinstance(exclusive, int | float) and not isinstance(exclusive, bool):
        return exclusive, True
    return (plain, exclusive is True) if isinstance(plain, int | float) else None


def _texts(schema: dict[str, Any]) -> Iterator[tuple[str, Any]]:
    most, least = schema.get("maxLength"), schema.get("minLength")
    if isinstance(most, int) and 0 <= most <= LONGEST:
        yield f"longer than its {most} characters", "a" * (most + 1)
    if isinstance(least, int) and 1 < least <= LONGEST:
        yield f"shorter than its {least} characters", "a" * (least - 1)


def _lists(schema: dict[str, Any], depth: int) -> Iterator[tuple[str, Any]]:
    item = fitting(schema.get("items"))
    most = schema.get("maxItems")
    if isinstance(most, int) and 0 <= most <= MOST_ITEMS:
        yield f"more than its {most} items", [item] * (most + 1)
    for what, value in list(_values(schema.get("items"), depth + 1))[:3]:
        yield f"with an item that is {what}", [value]


def fitting(schema: Any, examples: tuple[Any, ...] = ()) -> Any:
    """A value that the schema takes, so that another parameter alone is what a server may object to."""
    schema = schema if isinstance(schema, dict) else {}
    for key in ("anyOf", "oneOf", "allOf"):
        for branch in schema.get(key) or ():
            if isinstance(branch, dict) and branch.get("type") != "null":
                schema = {**branch, **{k: v for k, v in schema.items() if k != key}}
                break
    for known in (*examples, *(schema.get("enum") or ()), *([schema["default"]] if "default" in schema else ())):
        return known
    declared = schema.get("type")
    kind = declared[0] if isinstance(declared, list) and declared else declared
    if kind in ("integer", "number"):
        lowest = _bound(schema, "inimum")
        return 1 if lowest is None else lowest[0] + 1 if lowest[1] else max(1, lowest[0])
    if kind == "boolean":
        return True
    if kind == "array":
        return [fitting(schema.get("items"))]
    return "a" * max(1, min(LONGEST, schema.get("minLength") or 1))
