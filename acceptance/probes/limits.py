"""Whether too many requests are refused, and service returns: at the edge, and at log-in. Stops at the first refusal."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING, Any

from acceptance.facts import ProbeError, facts, text
from acceptance.visit import Visit

if TYPE_CHECKING:
    import httpx

LOGIN_ATTEMPTS = 20


@facts
class RateLimit:
    """A burst at one path until the first refusal."""

    path: str
    sent: int
    refused_status: int | None  # None: never refused
    retry_after: str
    served_again_after_s: float | None  # None: still refused after two windows
    second_address_status: int | None  # another address meanwhile; None where the target names none

    def looked(self) -> str:
        end = f"{self.refused_status} at request {self.sent}" if self.refused_status else f"none refused of {self.sent}"
        return f"a burst at {self.path}: {end}, Retry-After {self.retry_after or 'absent'}"

    def never_refused(self) -> tuple[str, ...]:
        """The burst, where it went through."""
        told = f"GET {self.path} as a stranger: none of {self.sent} requests was refused, 429 expected"
        return () if self.refused_status else (told,)

    def still_refused(self) -> tuple[str, ...]:
        """Who was refused, where service did not come back."""
        told = f"GET {self.path} as a stranger: still {self.refused_status} after two windows, 200 expected"
        return (told,) if self.served_again_after_s is None else ()

    def others_refused(self) -> tuple[str, ...]:
        """The second address, where it had to suffer for the first."""
        told = f"GET {self.path} from a second address: {self.second_address_status} meanwhile, 200 expected"
        return () if self.second_address_status in (None, 200) else (told,)


def look_at_edge(visit: Visit) -> RateLimit:
    """Ask the health operation until it is refused; from an address that no allow-list spares."""
    from acceptance import web

    limits, operation = visit.target.limits, visit.target.operations.get("health")
    path = operation.path if operation else "/api/health"
    url = f"{visit.target.urls.api}{path}"
    with web.client(visit, source=limits.rate_limit_source) as client:
        sent, refused, retry = 0, None, ""
        while sent < limits.rate_limit_requests and refused is None:
            response = web.ask(client, "GET", url)
            sent += 1
            if response.status_code in (429, 503):
                if sent == 1:  # an outage, or somebody else's burst: no word on this one
                    raise ProbeError("the rate limit", f"GET {path}: the first request got {response.status_code}")
                refused, retry = response.status_code, text(response.headers.get("retry-after", ""), 20)
            elif response.status_code >= 400:
                raise ProbeError("the rate limit", f"{path} answered {response.status_code}")
        second = None
        if refused and limits.rate_limit_second_source:
            with web.client(visit, source=limits.rate_limit_second_source) as other:
                second = web.ask(other, "GET", url).status_code
        again = _served_again(client, url, limits.rate_limit_window_s) if refused else None
    return RateLimit(path, sent, refused, retry, again, second)


def _served_again(client: httpx.Client, url: str, window_s: float) -> float | None:
    from acceptance import web

    began = time.monotonic()
    while (waited := time.monotonic() - began) < 2 * window_s:
        time.sleep(max(0.2, window_s / 10))
        if web.ask(client, "GET", url).status_code == 200:
            return round(waited, 1)
    return None


@facts
class LoginLimit:
    """Wrong passwords for the account `lockout` until the first refusal, then the right one after the window."""

    path: str
    attempts: int
    refused_status: int | None
    retry_after: str
    right_words_status: int | None  # after the window; None where nothing was refused
    right_words_token: bool = True  # whether they got a token

    def looked(self) -> str:
        end = (
            f"{self.refused_status} at attempt {self.attempts}"
            if self.refused_status
            else f"none refused of {self.attempts}"
        )
        return f"wrong passwords at {self.path}: {end}; the right one later: {self.right_words_status}"

    def never_refused(self) -> tuple[str, ...]:
        """The wrong passwords, where each of them was looked at."""
        told = f"POST {self.path} as lockout: none of {self.attempts} wrong passwords got 429 or 423"
        return () if self.refused_status else (told,)

    def locked_for_good(self) -> tuple[str, ...]:
        """The right password, where it does not work after the window."""
        got = f"{self.right_words_status} {'with' if self.right_words_token else 'without'} a token"
        told = f"POST {self.path} as lockout: the right password got {got} after the window, 200 with a token expected"
        return () if self.right_words_status == 200 and self.right_words_token else (told,)


def look_at_login(visit: Visit) -> LoginLimit:
    """Fail to log in as the account that the target names for this, at most 20 times."""
    from acceptance import ban, web

    operation = visit.target.operations.get("login")
    if operation is None or "lockout" not in visit.target.credentials:
        raise ProbeError("the log-in limit", "the target has no [operations.login] or no [credentials.lockout]")
    url = f"{visit.target.urls.api}{operation.path}"
    user = visit.target.credentials["lockout"].user
    reason = {"harmless": "log-in of the account that is there for this"}

    def attempt(client: httpx.Client, password: str) -> Any:
        body = {**operation.body, "email": user, "password": password}
        return ban.attempt(visit, client, "POST", url, limit_sought=True, json=body, extensions=reason)

    with web.client(visit) as client:
        refused, retry, attempts = None, "", 0
        while attempts < LOGIN_ATTEMPTS and refused is None:
            response = attempt(client, f"wrong {attempts}")
            attempts += 1
            if response.status_code in (423, 429):
                refused, retry = response.status_code, text(response.headers.get("retry-after", ""), 20)
            elif response.status_code not in (400, 401, 403):
                raise ProbeError("the log-in limit", f"a wrong password was answered with {response.status_code}")
        right, token = None, True
        if refused:
            time.sleep(visit.target.limits.login_window_s)
            answer = attempt(client, visit.secret("lockout"))
            right = answer.status_code
            token = bool(web.pick(web.as_json(answer), operation.fields.get("token", "data.token")))
    return LoginLimit(operation.path, attempts, refused, retry, right, token)
