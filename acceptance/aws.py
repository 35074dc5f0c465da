"""Asking AWS, or what speaks its APIs: reads only, bounded patience, and every refusal in words."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

from acceptance import guard
from acceptance.facts import ProbeError, text

if TYPE_CHECKING:
    from acceptance.visit import Visit

ATTEMPTS = 3
PAGES = 100
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
    "Throttling": "too many requests",
    "RequestLimitExceeded": "too many requests",
}


class Refusal(ProbeError):
    """AWS answered, and its answer was no."""


class Aws:
    """Clients of one account and region; `repeated` names what had to be asked again."""

    def __init__(self, visit: Visit, *, region: str, endpoint: str = "", access_key: str = "") -> None:
        import boto3
        from botocore.config import Config

        login: dict[str, Any] = {}
        if access_key:
            secret = visit.secret(access_key)
            user = visit.target.credentials[access_key].user
            login = {"aws_access_key_id": user, "aws_secret_access_key": secret}
        self.session: Any = boto3.Session(region_name=region, **login)
        self.options: dict[str, Any] = {
            "endpoint_url": endpoint or None,
            "verify": visit.target.trust.ca_file or None,
            "config": Config(
                connect_timeout=visit.time_left_s(5.0),
                read_timeout=visit.time_left_s(visit.target.limits.timeout_s),
                retries={"total_max_attempts": ATTEMPTS, "mode": "standard"},
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
        """One answer. Refusal when AWS says no, ProbeError when nobody answers."""
        from botocore.exceptions import BotoCoreError, ClientError
        from botocore.parsers import ResponseParserError

        what = f"{service} {call}"
        try:
            answer: dict[str, Any] = getattr(self.client(service), call)(**parameters)
        except ClientError as problem:
            code = str(problem.response.get("Error", {}).get("Code", "an error"))
            raise Refusal(what, f"{text(code, 60)}: {WORDS.get(code, 'refused')}") from problem
        except (BotoCoreError, ResponseParserError, ValueError) as problem:
            raise ProbeError(what, f"{type(problem).__name__}: {text(problem, 150)}") from problem
        if again := answer.get("ResponseMetadata", {}).get("RetryAttempts", 0):
            self.repeated.append(f"{what} ({again} more)")
        return answer

    def all(self, service: str, call: str, key: str, **parameters: Any) -> list[Any]:
        """What stands under `key` on all pages. ProbeError when they never end."""
        found: list[Any] = []
        tokens: dict[str, Any] = {}
        for _ in range(PAGES):
            answer = self.ask(service, call, **parameters, **tokens)
            found += answer.get(key) or []
            following = {
                "NextToken": answer.get("NextToken"), "Marker": answer.get("NextMarker"),
            }  # fmt: skip
            tokens = {name: value for name, value in following.items() if value}
            if not tokens:
                return found
        raise ProbeError(f"{service} {call}", f"pages without end after {PAGES}")


def _guarded(event_name: str, **_: Any) -> None:
    operation = event_name.rpartition(".")[2]
    guard.count(write=not operation.startswith(READS), what=f"AWS {operation}")
