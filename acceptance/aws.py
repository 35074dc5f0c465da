"""Asking AWS, or what speaks its APIs: reads only, and every refusal in words.

Patience is that of `asking`: the same troubles pass, after the same pauses, and the evidence names each repetition.
"""

from __future__ import annotations

import time
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

from acceptance import asking, guard
from acceptance.facts import ProbeError, text

if TYPE_CHECKING:
    from acceptance.visit import Visit

READS = ("Describe", "Get", "List", "Head", "BatchGet")
WORDS = {
    "UnrecognizedClientException": "the credentials are rejected",
    "InvalidClientTokenId": "the credentials are rejected",
    "SignatureDoesNotMatch": "the credentials are rejected",
    "AuthFailure": "the credentials are rejected",
    "ExpiredToken": "the credentials have expired",
    "AccessDenied": "the credentials may not read this",
    "AccessDeniedException": "the credentials may not read this",
    "UnauthorizedOperation": "the credentials may not read this",
    "InvalidAccessKeyId": "the credentials are rejected",
    "403": "the credentials may not read this",
    "404": "there is nothing at this path",
    "NoSuchBucket": "there is no such bucket",
    "NoSuchKey": "there is nothing at this path",
    "PermanentRedirect": "it lies in another region",
}
TOO_MANY = (
    "Throttling", "ThrottlingException", "ThrottledException", "TooManyRequestsException", "RequestLimitExceeded",
    "SlowDown", "RequestThrottled", "RequestThrottledException",
)  # fmt: skip


class Refusal(ProbeError):
    """AWS answered, and its answer was no: `code` is its own word for why."""

    def __init__(self, what: str, code: str) -> None:
        super().__init__(what, f"{text(code, 60)}: {WORDS.get(code, 'refused')}")
        self.code = code


class Aws:
    """Clients of one account and region; `repeated` names what had to be asked again."""

    def __init__(
        self, visit: Visit, *, region: str, endpoint: str = "", access_key: str = "", read_s: float = 0.0
    ) -> None:
        import boto3
        from botocore.config import Config

        login: dict[str, Any] = {}
        if access_key:
            secret = visit.secret(access_key)
            user = visit.target.credentials[access_key].user
            login = {"aws_access_key_id": user, "aws_secret_access_key": secret}
        self.visit = visit
        self.session: Any = boto3.Session(region_name=region, **login)
        self.options: dict[str, Any] = {
            "endpoint_url": endpoint or None,
            "verify": visit.target.trust.ca_file or None,
            "config": Config(
                connect_timeout=visit.time_left_s(5.0),
                read_timeout=visit.time_left_s(read_s or visit.target.limits.timeout_s),
                retries={"total_max_attempts": 1},
                s3={"addressing_style": "path"} if endpoint else {},
            ),
        }
        self.clients: dict[str, Any] = {}
        self.repeated: list[str] = []

    def client(self, service: str) -> Any:
        """The client of a service; the guard sees what it sends."""
        if service not in self.clients:
            client = self.session.client(service, **self.options)
            client.meta.events.register("before-send", _guarded)
            if not self.options["endpoint_url"]:
                guard.permit(urlsplit(client.meta.endpoint_url).hostname or "")
            self.clients[service] = client
        return self.clients[service]

    def ask(self, service: str, call: str, **parameters: Any) -> dict[str, Any]:
        """One answer. Refusal when AWS says no, ProbeError when it is in trouble or nobody answers."""
        from botocore.exceptions import BotoCoreError, ClientError
        from botocore.parsers import ResponseParserError

        what = f"{service} {call}"
        for attempt in range(1, asking.ATTEMPTS + 1):
            try:
                answer: dict[str, Any] = getattr(self.client(service), call)(**parameters)
                return answer
            except ClientError as problem:
                passing, after = _passing(problem.response)
                if not passing:
                    code = str(problem.response.get("Error", {}).get("Code", "an error"))
                    raise Refusal(what, code) from problem
                if not self._again(what, attempt, passing.partition(":")[0], after):
                    raise ProbeError(what, f"{passing}, {asking.ATTEMPTS} attempts at most") from problem
            except (BotoCoreError, ResponseParserError, ValueError) as problem:
                kind = type(problem).__name__
                if not (_is_broken_off(problem) and self._again(what, attempt, kind, "")):
                    raise ProbeError(what, f"{kind}: {text(problem, 150)}") from problem
        raise AssertionError("the last attempt returns or raises")

    def _again(self, what: str, attempt: int, why: str, after: str) -> bool:
        """Pause before the next attempt; False when there is none, or the pause would be too long."""
        if attempt == asking.ATTEMPTS:
            return False
        pause_s = asking.retry_after_s(after, asking.PAUSES_S[attempt - 1])
        if pause_s > min(asking.LONGEST_PAUSE_S, self.visit.ends - time.monotonic()):
            return False
        self.repeated.append(f"{what} after {why}")
        time.sleep(pause_s)
        return True

    def evidence(self) -> tuple[str, ...]:
        """What had to be repeated, for the facts."""
        return tuple(self.repeated[:20])

    def all(self, service: str, call: str, key: str, **parameters: Any) -> list[Any]:
        """What stands under `key` on all pages. ProbeError when they never end."""
        found: list[Any] = []
        tokens: dict[str, Any] = {}
        for _ in range(asking.PAGES):
            answer = self.ask(service, call, **parameters, **tokens)
            found += answer.get(key) or []
            following = {
                "NextToken": answer.get("NextToken"), "Marker": answer.get("NextMarker"),
                "ContinuationToken": answer.get("NextContinuationToken"),
            }  # fmt: skip
            tokens = {name: value for name, value in following.items() if value}
            if not tokens:
                return found
        raise ProbeError(f"{service} {call}", f"pages without end after {asking.PAGES}")


def _passing(response: Any) -> tuple[str, str]:
    """A trouble that passes, in words, and what `Retry-After` says to it; two empty ones for a plain no."""
    about = response.get("ResponseMetadata", {})
    status, after = about.get("HTTPStatusCode", 0), about.get("HTTPHeaders", {}).get("retry-after", "")
    code = text(response.get("Error", {}).get("Code", status), 60)
    if status == 429 or code in TOO_MANY:
        wait_s = asking.retry_after_s(after, 0.0)
        return f"{code}: too many requests{f', asks to wait {wait_s:.0f} s' if wait_s else ''}", after
    return (f"{code}: the service is in trouble", after) if status >= 500 else ("", "")


def _is_broken_off(problem: Exception) -> bool:
    from botocore.exceptions import ConnectionError, HTTPClientError, SSLError

    return isinstance(problem, ConnectionError | HTTPClientError) and not isinstance(problem, SSLError)


def _guarded(event_name: str, **_: Any) -> None:
    operation = event_name.rpartition(".")[2]
    guard.count(write=not operation.startswith(READS), what=f"AWS {operation}")
