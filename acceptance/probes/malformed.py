"""How the API takes what it should refuse: malformed bodies, injected operators, templates, paths; and what it tells.

Only operations that can't change anything are asked: log-in with words that are no log-in, and reads.
"""

from __future__ import annotations

import json
import time
from typing import TYPE_CHECKING, Any

from acceptance.facts import ProbeError, Unseen, facts, offenders
from acceptance.leaks import digest, leaks
from acceptance.visit import Visit

if TYPE_CHECKING:
    import httpx

SLOW_MS = 1500.0  # above the calm answer: an injected delay of two seconds shows
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
    status: int
    latency_ms: float
    got_data: bool
    signs: tuple[str, ...]  # what the answer told that it must not

    def __repr__(self) -> str:
        return f"{self.operation} with {self.what}: {self.status} in {self.latency_ms:.0f} ms{', with data' if self.got_data else ''}"


@facts
class Malformed:
    """Injections, and broken input; the calm latency is that of a plain refusal."""

    calm_ms: float
    injections: tuple[Taken | Unseen, ...]
    broken: tuple[Taken | Unseen, ...]
    answers: dict[str, tuple[str, ...]]  # ordinary answers by operation, with what they told

    def looked(self) -> str:
        return f"{len(self.injections)} injections, {len(self.broken)} broken inputs and {len(self.answers)} ordinary answers"

    def injections_taken(self) -> tuple[str, ...]:
        """Injections that got data, a 2xx, a 5xx, or a delay."""
        seen = [t for t in self.injections if isinstance(t, Taken)]
        wrong = [
            repr(t) for t in seen
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
        return tuple(f"{name} tells {', '.join(signs)}" for name, signs in self.answers.items() if signs)


def look(visit: Visit) -> Malformed:
    """Send what must be refused, and read what comes back."""
    from acceptance import web

    login = visit.target.operations.get("login")
    if login is None:
        raise ProbeError("malformed input", "the target has no [operations.login]")
    url = f"{visit.target.urls.api}{login.path}"
    place = login.fields.get("token", "data.token")
    tokens = visit.live_secret("tokens")
    known = [digest(value) for value in (*_secrets(visit), *tokens.values())]
    reason = {"harmless": "no log-in has these words"}

    def send(client: httpx.Client, name: str, what: str, method: str, to: str, **options: Any) -> Taken | Unseen:
        began = time.perf_counter()
        try:
            answer = web.ask(client, method, to, **options)
        except ProbeError as problem:
            return Unseen(f"{name} with {what}", problem.why)
        took = round((time.perf_counter() - began) * 1000, 1)
        body = answer.content[:200_000].decode("utf-8", "replace")
        token = web.pick(web.as_json(answer), place)
        got = bool(token) or "10261" in body or "root:x:0" in body
        told = body.replace(token, "") if isinstance(token, str) else body  # a log-in's own token is data, no leak
        return Taken(name, what, answer.status_code, took, got, leaks(told, known))

    name = f"{login.method} {login.path}"
    injections: list[Taken | Unseen] = []
    with web.client(visit) as client:
        calm = send(client, name, "an empty object", "POST", url, json={}, extensions=reason)
        if isinstance(calm, Unseen):
            raise ProbeError(calm.what, calm.why)
        for what, body in OPERATORS:
            injections.append(send(client, name, what, "POST", url, json=body, extensions=reason))
        injections.append(
            send(
                client,
                name,
                "[$ne] in the query",
                "POST",
                f"{url}?email[$ne]=x&password[$ne]=x",
                json={},
                extensions=reason,
            )
        )
        for value in (*DELAYS, *TEMPLATES):
            body = {"email": value, "password": {"$ne": value}}
            injections.append(send(client, name, value, "POST", url, json=body, extensions=reason))
        for read, path in _reads_with_values(visit):
            for value in (*TEMPLATES[:2], *PATHS, *DELAYS[:2]):
                to = f"{visit.target.urls.api}{path.replace('{}', value)}"
                injections.append(send(client, read, value, "GET", to, headers=web.bearer(tokens.get("user", ""))))
        broken = [
            send(
                client,
                name,
                what,
                "POST",
                url,
                content=body,
                headers={"Content-Type": kind} if kind else {},
                extensions=reason,
            )
            for what, body, kind in BROKEN
        ]
        answers = _answers(visit, client, tokens, known)
    return Malformed(calm.latency_ms, tuple(injections), tuple(broken), answers)


def _secrets(visit: Visit) -> list[str]:
    from acceptance.redact import secrets_of

    return [value for value in secrets_of(visit.target) if len(value) >= 8]


def _reads_with_values(visit: Visit) -> list[tuple[str, str]]:
    """Local reads that take a value in the path, with {} in its place."""
    import re

    found = [
        (f"GET {o.path}", re.sub(r"\{[^}]*\}", "{}", o.path, count=1))
        for o in visit.target.operations.values()
        if o.method == "GET" and "{" in o.path and o.kind == "local"
    ]
    return [(name, re.sub(r"\{[^}]+\}", "1m", path)) for name, path in found[:2]]


def _answers(
    visit: Visit, client: httpx.Client, tokens: dict[str, str], known: list[str]
) -> dict[str, tuple[str, ...]]:
    """What ordinary reads tell to each role; a token belongs only where one is given out."""
    from acceptance import web

    found: dict[str, tuple[str, ...]] = {}
    for operation in visit.target.operations.values():
        if operation.method != "GET" or "{" in operation.path or operation.kind != "local":
            continue
        for role in ("user", "admin"):
            if token := tokens.get(role):
                answer = web.ask(client, "GET", f"{visit.target.urls.api}{operation.path}", headers=web.bearer(token))
                headers = json.dumps(dict(answer.headers))
                signs = leaks(headers + answer.content[:500_000].decode("utf-8", "replace"), known)
                found[f"GET {operation.path} as {role}"] = signs
    return found
