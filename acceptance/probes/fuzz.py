"""Schemathesis against the API's own document: bounded, seeded, reads only unless writes are allowed."""

from __future__ import annotations

import json
import time
import warnings
from contextlib import suppress
from typing import Any

from acceptance.facts import ProbeError, facts, text
from acceptance.visit import Visit

EXAMPLES = 10  # an operation
OPERATIONS = 40


@facts
class Fuzzed:
    """What came of one operation's bad input."""

    operation: str
    sent: int
    server_errors: tuple[str, ...]  # input and status
    accepted: tuple[str, ...]  # input that breaks the operation's own schema, and was taken


@facts
class Fuzz:
    """All operations that were asked."""

    operations: tuple[Fuzzed, ...]
    not_asked: tuple[str, ...]

    def looked(self) -> str:
        sent = sum(each.sent for each in self.operations)
        return f"{sent} bad inputs to {len(self.operations)} operations, {len(self.not_asked)} not asked"

    def server_errors(self) -> tuple[str, ...]:
        """Inputs that were answered with a 5xx."""
        return tuple(f"{each.operation}: {line}" for each in self.operations for line in each.server_errors[:2])

    def bad_input_accepted(self) -> tuple[str, ...]:
        """Inputs against the schema that were answered with 2xx, or with success: false in a 200."""
        return tuple(f"{each.operation}: {line}" for each in self.operations for line in each.accepted[:2])


def look(visit: Visit) -> Fuzz:
    """Generate inputs that the document forbids, and send them as a user."""
    from acceptance import web

    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        import schemathesis

    docs = visit.target.urls.docs
    url = docs if docs.startswith("https://") else f"{visit.target.urls.api}{docs}"
    token = visit.live_secret("tokens").get("user", "")
    kinds = {(str(o.method), o.path): o for o in visit.target.operations.values()}
    asked: list[Fuzzed] = []
    left: list[str] = []
    with web.client(visit) as client:
        document = web.as_json(web.ask(client, "GET", url))
        if not isinstance(document, dict):
            raise ProbeError("the API's document", "it is no JSON object, so no input can be made from it")
        schema = schemathesis.openapi.from_dict(document)
        for result in schema.get_all_operations():
            operation: Any = result.ok() if hasattr(result, "ok") else None
            if operation is None:
                left.append("an operation whose schema is not valid")
                continue
            method, path = str(operation.method).upper(), str(operation.path)
            known = kinds.get((method, path))
            costly = known is not None and known.kind != "local"
            acting = known is not None and known.acting
            may = method in ("GET", "HEAD") or path == kinds_path(visit, "login") or "writes" in visit.allow
            if costly or acting or not may or len(asked) >= OPERATIONS or method == "DELETE":
                left.append(f"{method} {path}")
                continue
            if time.monotonic() > visit.ends - 5:
                raise ProbeError("bad input", f"{len(asked)} operations took the whole time")
            fuzzed = _fuzz(visit, client, operation, method, path, token)
            if fuzzed.sent:
                asked.append(fuzzed)
            else:
                left.append(f"{method} {path}, which takes no input")
    if not asked:
        raise ProbeError("bad input", "the API's document names no operation that may be asked")
    return Fuzz(tuple(asked), tuple(left))


def kinds_path(visit: Visit, name: str) -> str:
    """The path of a named operation."""
    operation = visit.target.operations.get(name)
    return operation.path if operation else ""


def _fuzz(visit: Visit, client: Any, operation: Any, method: str, path: str, token: str) -> Fuzzed:
    from hypothesis import HealthCheck, Phase, given, settings
    from hypothesis.errors import Unsatisfiable
    from schemathesis.generation import GenerationMode

    from acceptance import web

    errors: list[str] = []
    accepted: list[str] = []
    sent = 0

    @settings(
        max_examples=EXAMPLES, derandomize=True, database=None, deadline=None, phases=[Phase.generate],
        suppress_health_check=list(HealthCheck),
    )  # fmt: skip
    @given(case=operation.as_strategy(generation_mode=GenerationMode.NEGATIVE))
    def one(case: Any) -> None:
        nonlocal sent
        wire = case.as_transport_kwargs(base_url=visit.target.urls.api)
        options = {k: wire[k] for k in ("params", "json", "data") if wire.get(k) is not None}
        if "data" in options:
            options["content"] = (
                options.pop("data") if isinstance(options["data"], str | bytes) else json.dumps(options.pop("data"))
            )
        try:
            answer = web.ask(
                client, method, wire["url"], headers=web.bearer(token), extensions=_reason(method, visit), **options
            )
        except ProbeError as problem:
            if "InvalidURL" in problem.why or "UnicodeEncodeError" in problem.why or "ValueError" in problem.why:
                return  # it can't be written as a request
            raise
        sent += 1
        shown = text(
            json.dumps({"path": case.path_parameters, "query": case.query, "body": _body(case)}, default=str), 160
        )
        if answer.status_code >= 500:
            errors.append(f"{answer.status_code} for {shown}")
        elif answer.status_code < 300 and (violated := _violations(operation, case)):
            accepted.append(f"{answer.status_code} for {shown} ({violated})")

    with suppress(Unsatisfiable):  # it takes no input that could be bad
        one()
    return Fuzzed(f"{method} {path}", sent, tuple(errors), tuple(accepted))


def _reason(method: str, visit: Visit) -> dict[str, str]:
    return {} if method in ("GET", "HEAD") or "writes" in visit.allow else {"harmless": "no log-in has these words"}


def _body(case: Any) -> Any:
    return None if type(case.body).__name__ == "NotSet" else case.body


def _violations(operation: Any, case: Any) -> str:
    """Which declared parameter, or the body, breaks the schema as it goes over the wire; "" where none does."""
    import jsonschema

    raw = operation.definition.raw
    found = []
    for parameter in raw.get("parameters", []):
        values = {"query": case.query, "path": case.path_parameters}.get(parameter.get("in"))
        if not values or parameter.get("name") not in values:
            continue
        value = values[parameter["name"]]
        for candidate in (value, _as_number(value)):
            if not list(jsonschema.Draft202012Validator(parameter.get("schema", {})).iter_errors(candidate)):
                break
        else:
            found.append(str(parameter["name"]))
    body = raw.get("requestBody", {}).get("content", {}).get("application/json", {}).get("schema")
    if body and _body(case) is not None and list(jsonschema.Draft202012Validator(body).iter_errors(_body(case))):
        found.append("body")
    return ", ".join(found)


def _as_number(value: Any) -> Any:
    """What a server reads from the text of a parameter: a number where it is one, else the text."""
    if isinstance(value, str):
        try:
            return int(value)
        except ValueError:
            return value
    return str(value)
