"""Log-in as it should and should not work: one call a role, shared by all who need a token, and three refusals."""

from __future__ import annotations

import json
import time
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

from acceptance.facts import ProbeError, Unseen, facts, text
from acceptance.visit import Visit

if TYPE_CHECKING:
    import httpx

ROLES = ("user", "other", "admin")
GAP_MS = 100.0  # a gap in time that is larger, and threefold, tells who exists (tried once more)


@facts
class Attempt:
    """One call of log-in."""

    who: str
    status: int
    success: bool  # False where the body says success: false
    has_token: bool
    body: str  # what a stranger reads, bounded; "" for a success
    latency_ms: float
    leaked: tuple[str, ...] = ()  # kinds of what the answer must not hold

    def __repr__(self) -> str:
        return f"{self.who}: {self.status}, success {self.success}, token {self.has_token}, {self.body[:60]!r}"


@facts
class Login:
    """Attempts with the right words, with a wrong password, an unknown user and a missing field."""

    url: str
    right: dict[str, Attempt | Unseen]
    wrong_password: tuple[Attempt, ...]  # a second one only where the gap was gross
    unknown_user: tuple[Attempt, ...]
    missing_field: Attempt
    token_in_url: bool

    def looked(self) -> str:
        tried = len(self.right) + len(self.wrong_password) + len(self.unknown_user) + 1
        return f"POST {self.url}: {tried} attempts as {', '.join(self.right)} and as nobody"

    def right_words_refused(self) -> tuple[str, ...]:
        """Roles that the right words did not let in with a token."""
        unseen = [a for a in self.right.values() if isinstance(a, Unseen)]
        seen = [a for a in self.right.values() if isinstance(a, Attempt)]
        wrong = tuple(repr(a) for a in seen if a.status != 200 or not a.success or not a.has_token)
        if not wrong and unseen:
            raise ProbeError(unseen[0].what, unseen[0].why)
        return wrong

    def wrong_words_let_in(self) -> tuple[str, ...]:
        """Wrong words that were not answered with 401."""
        tried = (*self.wrong_password, *self.unknown_user)
        return tuple(f"{a!r}, 401 expected" for a in tried if a.status != 401 or a.has_token)

    def tells_who_exists(self) -> tuple[str, ...]:
        """Differences between a wrong password and an unknown user: answer, or a gross gap in time, seen twice."""
        told = [
            f"{a!r} against {b!r}"
            for a, b in zip(self.wrong_password, self.unknown_user, strict=True)
            if (a.status, a.body) != (b.status, b.body)
        ]
        seen_twice = len(self.wrong_password) > 1
        if seen_twice and (gap(self.wrong_password, self.unknown_user) or gap(self.unknown_user, self.wrong_password)):
            told.append(
                f"{self.wrong_password[0].latency_ms:.0f} ms against {self.unknown_user[0].latency_ms:.0f} ms, twice"
            )
        return tuple(told)

    def answers_that_tell(self) -> tuple[str, ...]:
        """Answers of log-in that hold more than its token: a password's hash, a secret of the target."""
        every = [a for a in self.right.values() if isinstance(a, Attempt)]
        every += [*self.wrong_password, *self.unknown_user, self.missing_field]
        return tuple(f"POST {self.url} as {a.who} tells {', '.join(a.leaked)}" for a in every if a.leaked)

    def missing_field_not_refused(self) -> tuple[str, ...]:
        """A call without a password that was not answered with 400 or 422, or that got a token."""
        good = self.missing_field.status in (400, 422) and not self.missing_field.has_token
        return () if good else (f"{self.missing_field!r}, 400 or 422 expected",)


def gap(slower: Sequence[Attempt], faster: Sequence[Attempt]) -> bool:
    """Whether each latency of the first is over 100 ms and threefold above each of the second."""
    low, high = max(a.latency_ms for a in faster), min(a.latency_ms for a in slower)
    return high - low > GAP_MS and high > 3 * low


def look(visit: Visit) -> Login:
    """Log in once a role and keep the tokens live; then be refused."""
    from acceptance import ban, web
    from acceptance.leaks import digest, leaks
    from acceptance.redact import secrets_of

    operation = visit.target.operations.get("login")
    if operation is None:
        raise ProbeError("log-in", "the target has no [operations.login]")
    url = f"{visit.target.urls.api}{operation.path}"
    place = operation.fields.get("token", "data.token")
    roles = [role for role in ROLES if role in visit.target.credentials]
    if "user" not in roles:
        raise ProbeError("log-in", "the target has no [credentials.user]")
    digests = [digest(value) for value in secrets_of(visit.target) if len(value) >= 8]
    tokens: dict[str, str] = {}
    cookies: dict[str, tuple[str, str]] = {}  # name -> value, and the rest of its line

    def attempt(client: httpx.Client, who: str, body: dict[str, Any]) -> Attempt:
        began = time.perf_counter()
        response = ban.attempt(
            visit, client, "POST", url, json={**operation.body, **body}, extensions={"harmless": "log-in"}
        )
        took_ms = (time.perf_counter() - began) * 1000
        document = web.as_json(response)
        token = web.pick(document, place)
        if isinstance(token, str) and token:
            tokens[who] = token
        if who == "user" and response.is_success:  # a session may live in its cookie alone
            for line in response.headers.get_list("set-cookie"):
                pair, _, rest = line.partition(";")
                cookies[pair.partition("=")[0].strip()] = (pair.partition("=")[2], rest.strip())
        body_text = response.content[:500_000].decode("utf-8", "replace")
        leaked = tuple(kind for kind in leaks(body_text, digests) if kind != "a token")  # which belongs here
        success = not web.denies(document)
        shown = (
            ""
            if isinstance(token, str) and token
            else text(json.dumps(document) if document else response.content, 300)
        )
        return Attempt(who, response.status_code, success, bool(token), shown, round(took_ms, 2), leaked)

    with web.client(visit) as client:
        right: dict[str, Attempt | Unseen] = {}
        for role in roles:
            try:
                words = {"email": visit.target.credentials[role].user, "password": visit.secret(role)}
                right[role] = attempt(client, role, words)
            except ProbeError as problem:
                right[role] = Unseen(problem.what, problem.why)
        if all(isinstance(a, Unseen) for a in right.values()):
            first = next(iter(right.values()))
            raise ProbeError("log-in", first.why if isinstance(first, Unseen) else "")
        visit.keep_live("tokens", {role: tokens[role] for role in roles if role in tokens})
        visit.keep_live("cookies", cookies)
        account = "probe" if "probe" in visit.target.credentials else "user"
        nobody = f"{visit.marker.lower()}@acceptance-check.example"
        wrong, unknown = [], []
        for _ in range(2):
            known = visit.target.credentials[account].user
            wrong.append(attempt(client, "wrong password", {"email": known, "password": f"wrong {visit.marker}"}))
            unknown.append(attempt(client, "unknown user", {"email": nobody, "password": f"wrong {visit.marker}"}))
            if not gap(wrong, unknown) and not gap(unknown, wrong):
                break
        missing = attempt(client, "no password", {"email": nobody})
    in_url = operation.method == "GET" or "token" in (visit.target.urls.ws.partition("?")[2])
    return Login(web.path_of(url), right, tuple(wrong), tuple(unknown), missing, in_url)
