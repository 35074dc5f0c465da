"""Bad input by the API's own document (its bounds, and Schemathesis): bounded, seeded, reads only unless writes are allowed."""

from __future__ import annotations

import re
import time
import warnings
from concurrent.futures import ThreadPoolExecutor
from itertools import zip_longest
from typing import TYPE_CHECKING, Any, NamedTuple

from acceptance.facts import ProbeError, facts, text
from acceptance.probes.fuzz_inputs import EXAMPLES, Input, inputs
from acceptance.visit import Visit

if TYPE_CHECKING:
    from acceptance.tables.web import Operation

OPERATIONS = 40
AT_ONCE = 4
HURRY_S = 8.0  # so near to the end no inputs are made up any more
SENDING_S = 14.0  # a slow target gets fewer inputs an operation, never fewer operations
TYPES = {str: "string", bool: "boolean", int: "integer", float: "number"}
INPUTS = 500  # of all operations together
LEAST = 3  # inputs of an operation; fewer show nothing


@facts
class Fuzzed:
    """What came of one operation's bad input."""

    operation: str
    sent: int
    made: int  # of which a slow target, or one with many operations, was sent only `sent`
    crossed: tuple[str, ...]  # declared bounds that were crossed
    server_errors: tuple[str, ...]  # input and status
    accepted: tuple[str, ...]  # input that breaks the operation's own schema, and was taken; failures in a 2xx
    undocumented: tuple[int, ...]  # statuses that the document does not name


@facts
class Fuzz:
    """All operations that were asked, as a user of the role `user`."""

    operations: tuple[Fuzzed, ...]
    not_asked: tuple[str, ...]
    documented: bool = True  # False: made from the operations that the target names

    def looked(self) -> str:
        sent, made = (sum(getattr(each, name) for each in self.operations) for name in ("sent", "made"))
        crossed = [f"{each.operation}: {bound}" for each in self.operations for bound in each.crossed]
        odd = {f"{each.operation} {status}" for each in self.operations for status in each.undocumented}
        return (
            f"{sent} bad inputs{f' of {made}' if made > sent else ''} as user to {len(self.operations)} operations, "
            f"{len(self.not_asked)} not asked; {len(crossed)} declared bounds crossed"
            + (f" ({'; '.join(crossed[:4])}{' …' if len(crossed) > 4 else ''})" if crossed else "")
            + ("" if self.documented else "; by the target's operations, for the API gives no document")
            + (f"; undocumented statuses: {', '.join(sorted(odd)[:6])}" if odd else "")
        )

    def server_errors(self) -> tuple[str, ...]:
        """Inputs that were answered with a 5xx."""
        return self._offenders(
            [f"{e.operation} as user: {line}" for e in self.operations for line in e.server_errors[:2]]
        )

    def bad_input_accepted(self) -> tuple[str, ...]:
        """Inputs against the schema that were answered with 2xx, or with success: false in a 200."""
        return self._offenders([f"{e.operation} as user: {line}" for e in self.operations for line in e.accepted[:2]])

    def _offenders(self, wrong: list[str]) -> tuple[str, ...]:
        few = [each for each in self.operations if each.sent < min(LEAST, each.made)]
        if few and not any(each.server_errors or each.accepted for each in self.operations):
            raise ProbeError(
                f"bad input to {few[0].operation}",
                f"{few[0].sent} of {few[0].made} inputs were read in time and not turned away ({len(few)} operations had too few)",
            )
        return tuple(wrong)


class Answered(NamedTuple):
    """One input and its answer; `failed`: the body says `success: false`."""

    input: Input
    status: int
    failed: bool


def look(visit: Visit) -> Fuzz:
    """Make inputs that the document forbids, and send them as a user: each operation in turn, a few at once."""
    from acceptance import web

    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        import schemathesis

    docs = visit.target.urls.docs
    url = docs if docs.startswith("https://") else f"{visit.target.urls.api}{docs}"
    with web.client(visit) as client:
        answer = web.ask(client, "GET", url)
        if answer.status_code >= 500:
            raise ProbeError("the API's document", f"{url} answered {answer.status_code}")
        given = web.as_json(answer)
        documented = answer.status_code < 400 and isinstance(given, dict) and "paths" in given
        document = given if documented else document_of(visit.target.operations)
        made: dict[str, list[Input]] = {}
        named: dict[str, set[str]] = {}
        left: list[str] = []
        for result in schemathesis.openapi.from_dict(document).get_all_operations():
            operation: Any = result.ok() if hasattr(result, "ok") else None
            if operation is None:
                left.append("an operation whose schema is not valid")
                continue
            method, path = str(operation.method).upper(), str(operation.path)
            name = f"{method} {path}"
            if len(made) >= OPERATIONS or not _may(visit, method, path):
                left.append(name)
                continue
            hurry = time.monotonic() > visit.ends - HURRY_S
            found = inputs(operation, visit.target.urls.api, _known(visit), hurry=hurry)
            if not _harmless(visit, method, path):  # what the document permits would be done, and can't be undone
                found = [each for each in found if each.breaks]
            if found or hurry:
                made[name] = found
                named[name] = set(map(str, operation.definition.raw.get("responses", {})))
            else:
                left.append(f"{name}, which takes no input that may be sent")
        if not made:
            raise ProbeError(
                "bad input",
                "neither the API's document nor the target names an operation that may be asked and takes input",
            )
        answers = _send(visit, client, made)
    return Fuzz(
        tuple(_fuzzed(name, len(made[name]) or EXAMPLES, answers[name], named[name]) for name in made),
        tuple(left),
        documented,
    )


def document_of(operations: dict[str, Operation]) -> dict[str, Any]:
    """What the target names, as a document: types of body fields, and no more (nothing is known to be required)."""
    paths: dict[str, dict[str, Any]] = {}
    for known, operation in operations.items():
        body = {**operation.body, **({"email": "", "password": ""} if known == "login" else {})}
        told: dict[str, Any] = {"responses": {"default": {"description": "not documented"}}}
        told["parameters"] = [
            {"name": name, "in": "path", "required": True, "schema": {"type": "string"}}
            for name in re.findall(r"\{([^}]+)\}", operation.path)
        ]
        if body:
            fields = {name: {"type": TYPES[type(value)]} for name, value in body.items()}
            schema = {"type": "object", "properties": fields}
            told["requestBody"] = {"required": True, "content": {"application/json": {"schema": schema}}}
        paths.setdefault(operation.path, {})[operation.method.lower()] = told
    return {"openapi": "3.0.3", "info": {"title": "The target's operations", "version": "1"}, "paths": paths}


def _may(visit: Visit, method: str, path: str) -> bool:
    """Reads, the log-in (no log-in has these words), and where writes are allowed what the target names as its own.

    Never an order, nor a write that only the API's document knows: it may start, reset or pay for something.
    """
    named = visit.target.operations
    name, known = next(
        ((name, o) for name, o in named.items() if (str(o.method), o.path) == (method, path)), ("", None)
    )
    if method == "DELETE" or name == "place_order" or (known and (known.kind != "local" or known.acting)):
        return False
    return _harmless(visit, method, path) or (known is not None and "writes" in visit.allow)


def _harmless(visit: Visit, method: str, path: str) -> bool:
    """Whether any input may go there: it changes nothing."""
    login = visit.target.operations.get("login")
    return method in ("GET", "HEAD") or (login is not None and path == login.path)


def _known(visit: Visit) -> dict[str, Any]:
    """Values of parameters that the target itself names."""
    return {"symbol": visit.target.websocket.symbols[0], "timeframe": "1m"} if visit.target.websocket.symbols else {}


def _send(visit: Visit, client: Any, made: dict[str, list[Input]]) -> dict[str, list[Answered]]:
    """Each input's answer: the first of every operation, then the second of every, while there is time."""
    from acceptance import web

    ends = min(visit.ends - 5, time.monotonic() + SENDING_S)
    headers = web.bearer(visit.token())

    def one(name: str, each: Input) -> tuple[str, Answered] | None:
        method = name.partition(" ")[0]
        if time.monotonic() > ends:
            return None
        try:
            answer = web.ask(
                client, method, each.url, headers=headers, extensions=_reason(method, visit),
                timeout=max(0.5, ends + 2 - time.monotonic()), **each.options,
            )  # fmt: skip
        except ProbeError as problem:
            # it can't be written as a request, or no answer came in time
            if any(known in problem.why for known in ("InvalidURL", "UnicodeEncodeError", "ValueError", "Timeout")):
                return None
            raise
        if method in ("GET", "HEAD") and answer.status_code in web.TURNED_AWAY:
            return None
        return name, Answered(each, answer.status_code, web.denies(web.as_json(answer)))

    answers: dict[str, list[Answered]] = {name: [] for name in made}
    turns = [
        (name, each)
        for turn in zip_longest(*made.values())
        for name, each in zip(made, turn, strict=True)
        if each is not None
    ][:INPUTS]
    with ThreadPoolExecutor(AT_ONCE) as pool:
        for found in pool.map(lambda turn: one(*turn), turns):
            if found:
                answers[found[0]].append(found[1])
    return answers


def _fuzzed(name: str, made: int, answers: list[Answered], documented: set[str]) -> Fuzzed:
    known = documented | {f"{code}" for code in range(100, 600) if f"{code // 100}XX" in documented}
    taken = [a for a in answers if a.status < 300]
    return Fuzzed(
        name,
        len(answers),
        made,
        tuple(dict.fromkeys(text(a.input.crosses, 120) for a in answers if a.input.crosses)),
        tuple(f"{a.status} for {a.input.shown}" for a in answers if a.status >= 500)[:5],
        (
            *[f"{a.status} with success: false for {a.input.shown or 'no input'}" for a in taken if a.failed][:3],
            *[f"{a.status} for {a.input.shown}, which {_against(a.input)}" for a in taken if a.input.breaks][:5],
        ),
        tuple(sorted({a.status for a in answers if str(a.status) not in known and "default" not in known})),
    )


def _against(made: Input) -> str:
    return "the document forbids" if made.crosses else f"breaks {made.breaks}"


def _reason(method: str, visit: Visit) -> dict[str, str]:
    return {} if method in ("GET", "HEAD") or "writes" in visit.allow else {"harmless": "no log-in has these words"}
