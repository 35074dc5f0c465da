"""Asking an API: one way to log in, to be patient, to turn pages, and to say in a sentence why it did not answer.

A read is repeated at most twice, after 429, 5xx or a broken connection; the evidence names each repetition.
"""

from __future__ import annotations

import base64
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from typing import TYPE_CHECKING, Any

from acceptance import web
from acceptance.facts import ProbeError, text
from acceptance.visit import Visit

if TYPE_CHECKING:
    import httpx

ATTEMPTS = 3
PAGES = 100  # more pages than this never end
PAUSES_S = (0.2, 0.6)
LONGEST_PAUSE_S = 20.0
PASSING = (429, 500, 502, 503, 504)
REASONS = {
    401: "401: the credentials are rejected",
    403: "403: the credentials may not read this",
    404: "404: there is nothing at this path",
}


@dataclass
class Api:
    """One API of the target: `name` as evidence calls it, `using` its client, `base` without a slash at the end."""

    name: str
    visit: Visit
    using: httpx.Client
    base: str
    headers: dict[str, str] = field(default_factory=dict)
    requests: int = 0
    repeated: list[str] = field(default_factory=list)

    def ask(self, method: str, path: str, *, harmless: str = "", **options: Any) -> httpx.Response:
        """The answer, whatever its status, asked again while it is a passing trouble. ProbeError: no answer.

        `harmless` says why a method other than GET changes nothing; only reads are repeated.
        """
        url = path if "://" in path else f"{self.base}{path}"
        headers = {**self.headers, **options.pop("headers", {})}
        if harmless:
            options["extensions"] = {"harmless": harmless}
        last = ATTEMPTS if method in ("GET", "HEAD") or harmless else 1
        for attempt in range(1, last + 1):
            self.requests += 1
            try:
                response = web.ask(self.using, method, url, headers=headers, **options)
            except ProbeError as problem:
                if attempt == last or not _is_passing(problem):
                    raise ProbeError(problem.what, f"{problem.why}{_attempts(attempt)}") from problem
                why, pause_s = problem.why.partition(":")[0], PAUSES_S[attempt - 1]
            else:
                if response.status_code not in PASSING or attempt == last:
                    return response
                why, pause_s = str(response.status_code), retry_after_s(_after(response), PAUSES_S[attempt - 1])
                if pause_s > min(LONGEST_PAUSE_S, self.visit.ends - time.monotonic()):
                    return response
            self.repeated.append(f"{method} {web.path_of(url)} after {why}")
            time.sleep(pause_s)
        raise AssertionError("the last attempt returns or raises")

    def json(self, path: str, *, method: str = "GET", kind: type = dict, **options: Any) -> Any:
        """The JSON document of a 2xx answer. ProbeError for every other answer, with the reason in words."""
        response = self.ask(method, path, **options)
        what = f"{self.name} {path.partition('?')[0]}"
        if not response.is_success:
            raise ProbeError(what, refusal(response))
        document = web.as_json(response)
        if not isinstance(document, kind):
            shown = text(response.content[:60], 60)
            raise ProbeError(what, f"{response.status_code}, but no JSON {kind.__name__}: {shown!r}")
        return document

    def pages(self, path: str, following: Callable[[httpx.Response], str]) -> Iterator[httpx.Response]:
        """Each page's answer; `following` gives the next path, "" at the end. ProbeError when pages never end."""
        asked: set[str] = set()
        while path:
            if path in asked or len(asked) == PAGES:
                raise ProbeError(f"{self.name} {path.partition('?')[0]}", f"pages without end after {len(asked)}")
            asked.add(path)
            response = self.ask("GET", path)
            if not response.is_success:
                raise ProbeError(f"{self.name} {path.partition('?')[0]}", refusal(response))
            yield response
            path = following(response)

    def evidence(self) -> tuple[str, ...]:
        """What had to be repeated, for the facts."""
        return tuple(text(each, 200) for each in self.repeated[:20])


@contextmanager
def reading(what: str) -> Iterator[None]:
    """While a foreign document is read: one of another form than it should have is a ProbeError."""
    try:
        yield
    except (KeyError, TypeError, ValueError, AttributeError, IndexError, OverflowError, RecursionError) as problem:
        raise ProbeError(
            what, f"an answer of another form than it should have: {text(repr(problem), 120)}"
        ) from problem


def refusal(response: httpx.Response) -> str:
    """Why an answer is no good, in words."""
    status = response.status_code
    if status == 429:
        wait_s = retry_after_s(_after(response), 0.0)
        return f"429: too many requests{f', asks to wait {wait_s:.0f} s' if wait_s else ''}"
    if status >= 500:
        return f"{status}: the service is in trouble, {ATTEMPTS} attempts at most"
    return REASONS.get(status, f"{status} instead of an answer")


def retry_after_s(value: str, otherwise: float) -> float:
    """Seconds that a `Retry-After` header asks for, as a number or as a date."""
    value = value.strip()
    if value.isdecimal():
        return min(float(value), 86_400.0)
    try:
        return max(0.0, (parsedate_to_datetime(value) - datetime.now(UTC)).total_seconds())
    except (ValueError, TypeError, OverflowError):
        return otherwise


def authorization(visit: Visit, credential: str) -> dict[str, str]:
    """The header for a credential of the target: Basic where it names a user, Bearer where it does not."""
    if not credential:
        return {}
    secret = visit.secret(credential)
    if user := visit.target.credentials[credential].user:
        return {"Authorization": "Basic " + base64.b64encode(f"{user}:{secret}".encode()).decode()}
    return web.bearer(secret)


def api(visit: Visit, name: str, base: str, using: httpx.Client, credential: str = "") -> Api:
    """An API of the target, logged in."""
    return Api(name, visit, using, base.rstrip("/"), authorization(visit, credential))


def _is_passing(problem: ProbeError) -> bool:
    import httpx

    return isinstance(problem.__cause__, httpx.TransportError) and not isinstance(
        problem.__cause__, httpx.UnsupportedProtocol
    )


def _after(response: httpx.Response) -> str:
    return str(response.headers.get("Retry-After", ""))


def _attempts(attempt: int) -> str:
    return f" ({attempt} attempts)" if attempt > 1 else ""
