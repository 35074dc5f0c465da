"""How the API takes what it should refuse: malformed bodies, injected operators, templates, paths; and what it tells.

Only operations that can't change anything are asked: log-in with words that are no log-in, and reads.
"""

from __future__ import annotations

import json
import re
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from typing import TYPE_CHECKING, Any, NamedTuple

from acceptance.facts import ProbeError, Unseen, facts, offenders
from acceptance.leaks import digest, leaks
from acceptance.visit import Visit

if TYPE_CHECKING:
    import httpx

SLOW_MS = 1500.0  # above the calm answer: an injected delay of two seconds shows
PATIENCE_MS = 2500.0  # beyond that: a delay is one, however long it is
AT_ONCE = 4
READS = 100  # ordinary answers that are read
DELAYS = ("'; WAITFOR DELAY '0:0:2'--", "1;sleep(2000)", "';return(function(){sleep(2000)})()//", "$(sleep 2)")
TEMPLATES = ("{{31*331}}", "${31*331}", "<%= 31*331 %>", "#{31*331}")
PATHS = ("..%2f..%2f..%2fetc%2fpasswd", "....//....//etc/passwd", "%2e%2e/%2e%2e/etc/passwd")
OPERATORS: tuple[tuple[str, Any], ...] = (
    ("$ne", {"email": {"$ne": None}, "password": {"$ne": None}}),
    ("$gt", {"email": {"$gt": ""}, "password": {"$gt": ""}}),
    ("$regex", {"email": {"$regex": ".*"}, "password": {"$regex": ".*"}}),
    ("$where", {"email": {"$where": "return true"}, "password": "x"}),
    ("an array", {"email": ["a@example.com"], "password": ["x"]}),
    ("true", {"email": True, "password": True}),
)
BROKEN: tuple[tuple[str, bytes, str], ...] = (
    ("malformed JSON", b'{"email": ', "application/json"),
    ("a wrong type", b'{"email": 1, "password": {}}', "application/json"),
    ("a huge number", b'{"email": ' + b"9" * 400 + b', "password": 1e999}', "application/json"),
    ("deep nesting", b'{"email": ' + b"[" * 5000 + b"]" * 5000 + b"}", "application/json"),
    ("bad encoding", b'{"email": "\xff\xfe", "password": "\xc3"}', "application/json"),
    ("no Content-Type", b'{"email": "a", "password": "b"}', ""),
    ("a NUL byte", b'{"email": "a\\u0000b", "password": "x"}', "application/json"),
)


@facts
class Taken:
    """One wrong input and how it was taken."""

    operation: str
    what: str
    status: int  # 0: no answer came
    latency_ms: float
    got_data: bool
    signs: tuple[str, ...]  # what the answer told that it must not

    def __repr__(self) -> str:
        said = str(self.status or "no answer")
        return f"{self.operation} with {self.what}: {said} in {self.latency_ms:.0f} ms{', with data' if self.got_data else ''}"


@facts
class Malformed:
    """Injections, and broken input; the calm latency is that of a plain refusal."""

    calm_ms: float
    injections: tuple[Taken | Unseen, ...]
    broken: tuple[Taken | Unseen, ...]
    answers: dict[str, tuple[str, ...] | Unseen]  # ordinary answers by operation, with what they told

    def looked(self) -> str:
        return f"{len(self.injections)} injections, {len(self.broken)} broken inputs and {len(self.answers)} ordinary answers"

    def injections_taken(self) -> tuple[str, ...]:
        """Injections that got data, a 2xx, a 5xx, or a delay."""
        seen = [t for t in self.injections if isinstance(t, Taken)]
        wrong = [
            f"{t!r}, a 4xx at once expected" for t in seen
            if t.got_data or not 400 <= t.status < 500 or t.latency_ms > self.calm_ms + SLOW_MS
        ]  # fmt: skip
        return offenders(wrong, [t for t in self.injections if isinstance(t, Unseen)])

    def errors_that_tell(self) -> tuple[str, ...]:
        """Error answers that hold a secret, a stack trace, a path or a query."""
        every = (*self.injections, *self.broken)
        wrong = [f"{t!r} tells {', '.join(t.signs)}" for t in every if isinstance(t, Taken) and t.signs]
        return offenders(wrong, [t for t in every if isinstance(t, Unseen)])

    def answers_that_tell(self) -> tuple[str, ...]:
        """Ordinary answers that hold what they must not."""
        if not self.answers:
            raise ProbeError("ordinary answers", "no operation could be asked")
        wrong = [
            f"{name} tells {', '.join(told)}" for name, told in self.answers.items() if told and isinstance(told, tuple)
        ]
        return offenders(wrong, [told for told in self.answers.values() if isinstance(told, Unseen)])


class Sent(NamedTuple):
    """One wrong input as it is sent."""

    operation: str
    what: str
    method: str
    url: str
    options: dict[str, Any]


def look(visit: Visit) -> Malformed:
    """Send what must be refused, a few at once, and read what comes back."""
    from acceptance import web

    login = visit.target.operations.get("login")
    if login is None:
        raise ProbeError("malformed input", "the target has no [operations.login]")
    tokens = visit.live_secret("tokens")
    known = [digest(value) for value in (*_secrets(visit), *tokens.values())]
    place = login.fields.get("token", "data.token")
    with web.client(visit) as client, ThreadPoolExecutor(AT_ONCE) as pool:

        def send(each: Sent) -> Taken | Unseen:
            return take(client, each, place, known)

        calm = send(_to_login(visit, "an empty object", json={}))
        if isinstance(calm, Unseen):
            raise ProbeError(calm.what, calm.why)
        if calm.status in (404, 405):  # each wrong input would be refused there, by nobody
            raise ProbeError("malformed input", f"{calm.operation} answers {calm.status}: it is no log-in")
        slow_ms = calm.latency_ms + SLOW_MS

        def patient(each: Sent) -> Taken | Unseen:
            """Asked again when the answer is slow: a delay that was injected comes again, an accident does not."""
            first = take(client, each, place, known, slow_ms)
            delayed = isinstance(first, Taken) and first.latency_ms > slow_ms
            return take(client, each, place, known, slow_ms) if delayed else first

        broken = tuple(pool.map(send, _broken(visit)))
        answers = _answers(visit, client, pool, tokens, known)
        injections = tuple(pool.map(patient, _injections(visit, web.bearer(visit.token()))))
    return Malformed(calm.latency_ms, injections, broken, answers)


def take(
    client: httpx.Client, sent: Sent, place: str, known: list[str], slow_ms: float | None = None
) -> Taken | Unseen:
    """How one input was taken; a token at `place` is a log-in's own, data and no leak.

    With `slow_ms` no answer for longer than that is how it was taken, not a failure to look.
    """
    import httpx

    from acceptance import web

    began = time.perf_counter()
    try:
        patience = {} if slow_ms is None else {"timeout": (slow_ms + PATIENCE_MS) / 1000}
        answer = web.ask(client, sent.method, sent.url, **sent.options, **patience)
    except ProbeError as problem:
        waited_ms = (time.perf_counter() - began) * 1000
        if slow_ms and isinstance(problem.__cause__, httpx.ReadTimeout) and waited_ms > slow_ms:
            return Taken(sent.operation, sent.what, 0, round(waited_ms, 1), got_data=False, signs=())
        return Unseen(f"{sent.operation} with {sent.what}", problem.why)
    took_ms = round((time.perf_counter() - began) * 1000, 1)
    body = answer.content[:200_000].decode("utf-8", "replace")
    token = web.pick(web.as_json(answer), place)
    got = bool(token) or "10261" in body or "root:x:0" in body
    told = body.replace(token, "") if isinstance(token, str) else body
    return Taken(sent.operation, sent.what, answer.status_code, took_ms, got, leaks(told, known))


def _to_login(visit: Visit, what: str, query: str = "", **options: Any) -> Sent:
    login = visit.target.operations["login"]
    reason = {"harmless": "no log-in has these words"}
    url = f"{visit.target.urls.api}{login.path}{query}"
    return Sent(f"{login.method} {login.path}", what, "POST", url, {**options, "extensions": reason})


def _injections(visit: Visit, headers: dict[str, str]) -> Iterator[Sent]:
    for what, body in OPERATORS:
        yield _to_login(visit, what, json=body)
    yield _to_login(visit, "[$ne] in the query", "?email[$ne]=x&password[$ne]=x", json={})
    for value in (*DELAYS, *TEMPLATES):
        yield _to_login(visit, value, json={"email": value, "password": {"$ne": value}})
    for read, path in _reads_with_values(visit):
        for value in (*TEMPLATES[:2], *PATHS, *DELAYS[:2]):
            yield Sent(read, value, "GET", f"{visit.target.urls.api}{path.replace('{}', value)}", {"headers": headers})


def _broken(visit: Visit) -> Iterator[Sent]:
    for what, body, kind in BROKEN:
        yield _to_login(visit, what, content=body, headers={"Content-Type": kind} if kind else {})


def _secrets(visit: Visit) -> list[str]:
    from acceptance.redact import secrets_of

    return [value for value in secrets_of(visit.target) if len(value) >= 8]


def _reads_with_values(visit: Visit) -> list[tuple[str, str]]:
    """Local reads that take a value in the path, with {} in its place."""
    found = [
        (f"GET {o.path} as user", re.sub(r"\{[^}]*\}", "{}", o.path, count=1))
        for o in visit.target.operations.values()
        if o.method == "GET" and "{" in o.path and o.kind == "local"
    ]
    return [(name, re.sub(r"\{[^}]+\}", "1m", path)) for name, path in found[:2]]


def _answers(
    visit: Visit, client: httpx.Client, pool: ThreadPoolExecutor, tokens: dict[str, str], known: list[str]
) -> dict[str, tuple[str, ...] | Unseen]:
    """What ordinary reads tell to each role; a token belongs only where one is given out."""
    from acceptance import web

    def told(each: tuple[str, str]) -> tuple[str, ...] | Unseen:
        path, role = each
        try:
            answer = web.ask(client, "GET", f"{visit.target.urls.api}{path}", headers=web.bearer(tokens[role]))
        except ProbeError as problem:
            return Unseen(problem.what, problem.why)
        if answer.status_code in web.TURNED_AWAY:
            return Unseen(f"GET {path} as {role}", f"it was turned away with {answer.status_code}")
        return leaks(json.dumps(dict(answer.headers)) + answer.content[:500_000].decode("utf-8", "replace"), known)

    reads = [
        (operation.path, role)
        for operation in visit.target.operations.values()
        if operation.method == "GET" and "{" not in operation.path and operation.kind == "local"
        for role in ("user", "admin")
        if tokens.get(role)
    ][:READS]
    return {f"GET {path} as {role}": found for (path, role), found in zip(reads, pool.map(told, reads), strict=True)}
