"""Bad inputs for one operation of an API's document: beyond each declared bound, and what Schemathesis makes up."""

from __future__ import annotations

import json
from contextlib import suppress
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import quote

from acceptance.facts import text
from acceptance.probes.bounds import beyond, fitting

EXAMPLES = 10  # that Schemathesis makes up for an operation
BEYOND = 16  # values beyond bounds for an operation


@dataclass(frozen=True)
class Input:
    """One request with bad input. `breaks` names what of the operation's schema it breaks, "" for nothing."""

    url: str
    shown: str
    breaks: str
    options: dict[str, Any] = field(default_factory=dict)
    crosses: str = ""  # the declared bound that it crosses


def inputs(operation: Any, base: str, known: dict[str, Any], *, hurry: bool = False) -> list[Input]:
    """Bounded, the same each time. `known` are values of parameters that the target itself names.

    In a hurry nothing is made up: that takes much longer than crossing each bound.
    """
    beside = [] if hurry else _made_up(operation, base)
    return [*_beyond_bounds(operation, base, known), *_wrong_bodies(operation, base), *beside]


def _beyond_bounds(operation: Any, base: str, known: dict[str, Any]) -> list[Input]:
    """One parameter at a time is wrong; the others are as they should be."""
    places = {"path": list(operation.path_parameters), "query": list(operation.query)}
    good = {
        each.name: known.get(each.name, fitting(each.validation_schema, tuple(each.examples[:1])))
        for each in (*places["path"], *(q for q in places["query"] if q.is_required))
    }
    found = []
    for place, several in places.items():
        for parameter in several:
            for what, value in beyond(parameter.validation_schema):
                values = {**good, parameter.name: value}
                outside = not _fits(parameter, value)
                path = str(operation.path)
                for each in places["path"]:
                    path = path.replace(f"{{{each.name}}}", quote(_wire(values.pop(each.name)), safe=""))
                told = f"{place} parameter {parameter.name} {what}" if outside else ""
                shown = text(f"{parameter.name}={_wire(value)}", 80)
                query = {name: _query(each) for name, each in values.items()}
                found.append(
                    Input(f"{base}{path}", f"{shown} ({what})", told, {"params": query} if query else {}, told)
                )
    return found[:BEYOND]


def _wrong_bodies(operation: Any, base: str) -> list[Input]:
    """One property of a JSON object at a time is missing, of another type, or beyond its bounds."""
    bodies = [each for each in operation.body if "json" in each.media_type]
    schema = bodies[0].validation_schema if bodies else None
    if not isinstance(schema, dict) or not isinstance(schema.get("properties"), dict) or "{" in str(operation.path):
        return []
    good = {name: fitting(each) for name, each in list(schema["properties"].items())[:20]}
    wrong: list[tuple[str, dict[str, Any]]] = []
    for name in good:
        wrong.append((f"{name} an object", {**good, name: {"$ne": None}}))
        wrong.append((f"{name} missing", {k: v for k, v in good.items() if k != name}))
        wrong += [(f"{name} {what}", {**good, name: value}) for what, value in beyond(schema["properties"][name])[:4]]
    return [
        Input(
            f"{base}{operation.path}", f"a body with {what}", f"the body's {what}", {"json": body}, f"the body's {what}"
        )
        for what, body in wrong
        if not bodies[0].is_valid(body)
    ][:BEYOND]


def _query(value: Any) -> Any:
    return [_wire(each) for each in value] if isinstance(value, list) else _wire(value)


def _wire(value: Any) -> str:
    if isinstance(value, list):
        return ",".join(map(_wire, value))
    return str(value).lower() if isinstance(value, bool) else str(value)


def _made_up(operation: Any, base: str) -> list[Input]:
    from hypothesis import HealthCheck, Phase, given, settings
    from hypothesis.errors import Unsatisfiable
    from schemathesis.generation import GenerationMode

    found: list[Input] = []

    @settings(
        max_examples=EXAMPLES, derandomize=True, database=None, deadline=None, phases=[Phase.generate],
        suppress_health_check=list(HealthCheck),
    )  # fmt: skip
    @given(case=operation.as_strategy(generation_mode=GenerationMode.NEGATIVE))
    def one(case: Any) -> None:
        wire = case.as_transport_kwargs(base_url=base)
        options = {k: wire[k] for k in ("params", "json") if wire.get(k) is not None}
        if (data := wire.get("data")) is not None:
            options["content"] = data if isinstance(data, str | bytes) else json.dumps(data)
        sent = {"path": case.path_parameters, "query": case.query, "body": _body(case)}
        shown = ", ".join(f"{name} {json.dumps(value, default=str)}" for name, value in sent.items() if value)
        found.append(Input(str(wire["url"]), text(shown, 160), _violations(operation, case), options))

    with suppress(Unsatisfiable):  # it takes no input that could be bad
        one()
    return found


def _body(case: Any) -> Any:
    return None if type(case.body).__name__ == "NotSet" else case.body


def _violations(operation: Any, case: Any) -> str:
    """Which declared parameter, or the body, breaks the schema as it goes over the wire; "" where none does."""
    found = [
        f"{place} parameter {parameter.name}"
        for place, several, values in (
            ("path", operation.path_parameters, case.path_parameters),
            ("query", operation.query, case.query),
        )
        for parameter in several
        if values and parameter.name in values and not _fits(parameter, values[parameter.name])
    ]
    bodies = [each for each in operation.body if "json" in each.media_type]
    body = _body(case)
    if bodies and body is not None and (isinstance(body, bytes) or not any(each.is_valid(body) for each in bodies)):
        found.append("the body")
    return ", ".join(found)


def _fits(parameter: Any, value: Any) -> bool:
    """Whether some reading of what goes over the wire fits the schema: as it is, as text, as a number, as a list."""
    readings = [value, _wire(value), *_numbers(_wire(value))]
    if not isinstance(value, list):
        readings.append([value])
    return any(parameter.is_valid(each) for each in readings)


def _numbers(written: str) -> list[Any]:
    """What a server may read from a text: a number, a boolean, nothing."""
    found: list[Any] = [{"true": True, "false": False, "null": None, "": None}[written]] if written in _WORDS else []
    for read in (int, float):
        with suppress(ValueError, OverflowError):
            found.append(read(written))
    return [each for each in found if each not in (float("inf"), float("-inf")) and each == each]  # NaN


_WORDS = ("true", "false", "null", "")
