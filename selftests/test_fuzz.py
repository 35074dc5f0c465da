"""Bad input by an API's document: which bounds are crossed, what counts as taken, and how a slow target is asked."""

from __future__ import annotations

import time
import warnings
from dataclasses import replace
from pathlib import Path
from typing import Any

import httpx
import pytest

from acceptance.facts import ProbeError
from acceptance.probes import fuzz
from acceptance.probes.bounds import beyond, fitting
from acceptance.probes.fuzz import Fuzz, Fuzzed
from acceptance.probes.fuzz_inputs import Input, inputs
from acceptance.sandbox.double import Reply, Request, serve
from selftests.judging import BLOCKED, FAIL, PASS, judge
from selftests.test_asking import visit

LIMIT = {"type": "integer", "minimum": 1, "maximum": 500}


@pytest.mark.parametrize(
    ("schema", "expected"),
    [
        (LIMIT, {"below its minimum of 1": 0, "above its maximum of 500": 501, "a negative number": -1, "no number": "abc"}),
        ({"type": "number", "exclusiveMinimum": 0}, {"below its minimum of 0": 0, "a negative number": -1}),
        ({"type": "integer", "minimum": 5, "exclusiveMinimum": True}, {"below its minimum of 5": 5, "zero": 0}),
        ({"type": "string", "enum": ["buy", "sell"]}, {"none of its enumeration": "no-such-value"}),
        ({"type": "string", "maxLength": 3}, {"longer than its 3 characters": "aaaa"}),
        ({"anyOf": [LIMIT, {"type": "null"}]}, {"below its minimum of 1": 0}),
        ({"type": "array", "maxItems": 1, "items": LIMIT}, {"more than its 1 items": [1, 1], "with an item that is below its minimum of 1": [0]}),
        ({"type": ["integer", "null"], "minimum": 2}, {"below its minimum of 2": 1}),
        ({"type": "boolean"}, {"no boolean": "perhaps"}),
    ],
)  # fmt: skip
def test_values_beyond_what_is_declared(schema: dict[str, Any], expected: dict[str, Any]) -> None:
    assert expected.items() <= dict(beyond(schema)).items()


@pytest.mark.parametrize(
    "schema", [LIMIT, {"enum": ["a"]}, {"type": "string", "minLength": 3}, {"anyOf": [{"type": "null"}, LIMIT]},
               {"type": "number", "exclusiveMinimum": 7}],
)  # fmt: skip
def test_the_other_parameters_are_as_they_should_be(schema: dict[str, Any]) -> None:
    import jsonschema

    jsonschema.validate(fitting(schema), schema)


def document(**parameter: Any) -> dict[str, Any]:
    path = {"name": "id", "in": "path", "required": True, "schema": {"type": "string"}}
    get = {
        "parameters": [path, {"name": "limit", "in": "query", **parameter}],
        "responses": {"200": {"description": "x"}},
    }
    components = {
        "schemas": {"Limit": LIMIT},
        "parameters": {"Limit": {"name": "limit", "in": "query", "schema": LIMIT}},
    }
    return {
        "openapi": "3.0.3", "info": {"title": "t", "version": "1"}, "paths": {"/a/{id}": {"get": get}},
        "components": components,
    }  # fmt: skip


def made(document: dict[str, Any]) -> list[Input]:
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        import schemathesis

        return [
            each
            for result in schemathesis.openapi.from_dict(document).get_all_operations()
            for each in inputs(result.ok(), "https://x", {"id": "one"})
        ]


@pytest.mark.parametrize("schema", [LIMIT, {"$ref": "#/components/schemas/Limit"}])
def test_a_negative_limit_is_always_sent_and_known_to_cross_the_bound(schema: dict[str, Any]) -> None:
    found = next(each for each in made(document(schema=schema)) if each.options.get("params") == {"limit": "-1"})
    assert found.url == "https://x/a/one"
    assert found.crosses == found.breaks == "query parameter limit a negative number"


def test_what_no_bound_forbids_is_sent_and_breaks_nothing() -> None:
    found = next(
        each for each in made(document(schema={"type": "integer"})) if each.options == {"params": {"limit": "-1"}}
    )
    assert found.breaks == ""


def test_a_body_is_wrong_in_one_property_at_a_time() -> None:
    schema = {
        "type": "object", "required": ["email"],
        "properties": {"email": {"type": "string", "maxLength": 3}, "age": {"type": "integer", "minimum": 0}},
    }  # fmt: skip
    whole = document(schema=LIMIT)
    body = {"required": True, "content": {"application/json": {"schema": schema}}}
    whole["paths"] = {"/login": {"post": {"requestBody": body, "responses": {"200": {"description": "x"}}}}}
    found = {each.crosses: each.options["json"] for each in made(whole) if each.crosses}
    assert found["the body's email an object"] == {"email": {"$ne": None}, "age": 1}
    assert found["the body's email missing"] == {"age": 1}
    assert found["the body's email longer than its 3 characters"] == {"email": "aaaa", "age": 1}
    assert found["the body's age below its minimum of 0"] == {"email": "a", "age": -1}
    assert "the body's age missing" not in found  # it may be


GOOD = Fuzzed("GET /a", 10, 10, ("limit",), (), (), ())


@pytest.mark.parametrize(
    ("changes", "expected"),
    [
        ({}, PASS),
        ({"server_errors": ("500 for limit=-1",)}, FAIL),
        ({"accepted": ("200 for limit=-1",)}, FAIL),
        ({"sent": 3}, PASS),
        ({"sent": 2}, BLOCKED),
        ({"sent": 2, "made": 2}, PASS),
        ({"sent": 2, "accepted": ("200 for limit=-1",)}, FAIL),
    ],
)
def test_bad_input(changes: dict[str, Any], expected: object) -> None:
    assert judge("SEC-WEB-15", fuzz=Fuzz((GOOD, replace(GOOD, **changes)), ())) is expected


def test_looked_names_the_bounds_that_were_crossed_and_statuses_that_the_document_lacks() -> None:
    said = Fuzz((replace(GOOD, undocumented=(418,)),), ()).looked()
    assert "1 declared bounds crossed (GET /a: limit)" in said
    assert "undocumented statuses: GET /a 418" in said


def test_without_a_document_the_bodies_that_the_target_names_are_mutated(tmp_path: Path) -> None:
    operations = {
        "login": {"method": "POST", "path": "/login", "kind": "local"},
        "settings": {"method": "PUT", "path": "/settings/{id}", "kind": "local", "body": {"risk": 3}},
    }
    found = made(fuzz.document_of(visit(tmp_path, operations=operations).target.operations))
    crossed = {each.crosses: each.options["json"] for each in found if each.crosses}
    assert crossed["the body's email an object"]["email"] == {"$ne": None}
    assert "the body's email missing" not in crossed  # nobody said that it must be there
    assert any(each.url.startswith("https://x/settings/") and each.breaks == "the body" for each in found)


@pytest.mark.parametrize(
    ("reply", "expected"),
    [
        (Reply(status=404), (1, False)),
        (Reply(b"<h1>Bot Core</h1>"), (1, False)),
        (Reply({"error": "none"}), (1, False)),
        (Reply(status=503), "answered 503"),
    ],
)
def test_no_document_is_not_one_that_could_not_be_read(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, reply: Reply, expected: tuple[int, bool] | str
) -> None:
    base = serve(lambda request: reply if request.method == "GET" else Reply(status=400))
    monkeypatch.setattr("acceptance.web.client", lambda _: httpx.Client(trust_env=False))
    login = {"login": {"method": "POST", "path": "/login", "kind": "local"}}
    here = visit(tmp_path, seconds=60, operations=login)
    here = replace(
        here, target=here.target.model_copy(update={"urls": here.target.urls.model_copy(update={"api": base})})
    )
    here.keep_live("tokens", {"user": "t"})
    if isinstance(expected, str):
        with pytest.raises(ProbeError, match=expected):
            fuzz.look(here)
    else:
        seen = fuzz.look(here)
        assert (len(seen.operations), seen.documented) == expected
        assert "gives no document" in seen.looked()


def test_on_a_busy_machine_bounds_are_crossed_and_nothing_is_made_up(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """An operation for which nothing is left then was not looked at, which is no pass."""
    whole = document(schema=LIMIT)
    whole["paths"]["/free"] = {
        "get": {
            "parameters": [{"name": "word", "in": "query", "schema": {}}],
            "responses": {"200": {"description": "x"}},
        }
    }
    base = serve(lambda request: Reply(whole) if request.path.endswith(".json") else Reply(status=400))
    monkeypatch.setattr("acceptance.web.client", lambda _: httpx.Client(trust_env=False))
    monkeypatch.setattr(fuzz, "HURRY_S", 100.0)
    here = visit(tmp_path, seconds=60)
    here = replace(
        here, target=here.target.model_copy(update={"urls": here.target.urls.model_copy(update={"api": base})})
    )
    here.keep_live("tokens", {"user": "t"})
    bounded, free = fuzz.look(here).operations
    assert (bounded.operation, len(bounded.crossed), bounded.sent) == ("GET /a/{id}", bounded.sent, bounded.made)
    assert (free.operation, free.sent) == ("GET /free", 0)
    assert judge("SEC-WEB-15", fuzz=Fuzz((bounded, free), ())) is BLOCKED


@pytest.mark.parametrize(
    ("method", "path", "expected"),
    [
        ("GET", "/list", True), ("POST", "/other", True), ("POST", "/orders", False), ("DELETE", "/other", False),
        ("GET", "/paid", False), ("POST", "/reset", False),
    ],
)  # fmt: skip
def test_only_writes_that_the_target_names_and_never_an_order(
    tmp_path: Path, method: str, path: str, expected: bool
) -> None:
    operations = {
        "place_order": {"method": "POST", "path": "/orders", "kind": "local"},
        "other": {"method": "POST", "path": "/other", "kind": "local"},
        "ai": {"path": "/paid", "kind": "paid"},
    }
    here = visit(tmp_path, allow=frozenset({"writes"}), operations=operations)
    assert fuzz._may(here, method, path) is expected


def test_what_writes_gets_only_what_it_must_refuse(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    answers = {"responses": {"200": {"description": "x"}}}
    paths = {f"/{name}": {"post": answers} for name in ("settings", "free", "reset")} | {"/list": {"get": answers}}
    whole = {"openapi": "3.0.3", "info": {"title": "x", "version": "1"}, "paths": paths}
    asked: list[str] = []

    def answer(request: Request) -> Reply:
        asked.append(f"{request.method} {request.path}?{request.query.get('n', '')}")
        return Reply(whole if request.path.endswith(".json") else {}, 200 if request.path.endswith(".json") else 400)

    def three(operation: Any, base: str, *_: object, **__: object) -> list[Input]:
        if operation.path == "/free":
            return [Input(f"{base}/free?n=1", "anything", "")]
        return [Input(f"{base}{operation.path}?n={n}", f"n={n}", n * "forbidden") for n in (0, 1)]

    base = serve(answer)
    monkeypatch.setattr("acceptance.web.client", lambda _: httpx.Client(trust_env=False))
    monkeypatch.setattr(fuzz, "inputs", three)
    operations = {name: {"method": "POST", "path": f"/{name}", "kind": "local"} for name in ("settings", "free")}
    here = visit(tmp_path, 60, frozenset({"writes"}), operations=operations)
    urls = here.target.urls.model_copy(update={"api": base})
    here = replace(here, target=here.target.model_copy(update={"urls": urls}))
    here.keep_live("tokens", {"user": "t"})
    found = fuzz.look(here)
    assert sorted(asked[1:]) == ["GET /list?0", "GET /list?1", "POST /settings?1"]
    assert {each.partition(",")[0] for each in found.not_asked} == {"POST /free", "POST /reset"}


@pytest.mark.parametrize(
    ("reply", "expected"),
    [(Reply({"success": False}), True), (Reply({"success": True}), False), (Reply({"success": False}, 400), False)],
)
def test_a_failure_in_a_200_is_seen_whatever_the_input(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, reply: Reply, expected: bool
) -> None:
    base = serve(lambda _: reply)
    monkeypatch.setattr("acceptance.web.client", lambda _: httpx.Client(trust_env=False))
    here = visit(tmp_path)
    here.keep_live("tokens", {"user": "t"})
    with httpx.Client(trust_env=False) as client:
        answers = fuzz._send(here, client, {"GET /a": [Input(f"{base}/a", "GET /a", "")]})
    found = fuzz._fuzzed("GET /a", 1, answers["GET /a"], {"200", "400"})
    assert bool(found.accepted) is expected


def test_a_slow_target_is_sent_less_to_each_operation_rather_than_to_fewer(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The clock is told, not waited for: each answer takes 2 s of it."""
    clock, asked = [0.0], []

    def ask(_: object, __: str, url: str, **options: Any) -> Any:
        asked.append(url)
        clock[0] += 2
        if options["timeout"] < 2:
            raise ProbeError("it", "ReadTimeout: late")
        return httpx.Response(400)

    here = visit(tmp_path)
    here.keep_live("tokens", {"user": "t"})
    monkeypatch.setattr("acceptance.web.ask", ask)
    monkeypatch.setattr(fuzz, "AT_ONCE", 1)
    monkeypatch.setattr(time, "monotonic", lambda: clock[0])
    several = {name: [Input(f"{name} {n}", "", "") for n in range(10)] for name in ("GET /a", "GET /b")}
    answers = fuzz._send(replace(here, ends=60.0), None, several)
    assert asked[:4] == ["GET /a 0", "GET /b 0", "GET /a 1", "GET /b 1"]
    assert {name: len(found) for name, found in answers.items()} == {"GET /a": 4, "GET /b": 4}
    assert clock[0] <= fuzz.SENDING_S + 2
