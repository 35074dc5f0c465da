"""What a grader of headers needs of one site: both redirect chains, the page at their end, a preflight's answer."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING
from urllib.parse import urljoin, urlsplit

from acceptance import web
from acceptance.facts import ProbeError, facts
from acceptance.probes.answers import Answer, Cookie, Header, answer

if TYPE_CHECKING:
    import httpx

REDIRECTS = (301, 302, 303, 307, 308)
REDIRECT_LIMIT = 10
FOREIGN = "https://origin.example"
ACCEPT = {"Accept": "text/html,application/xhtml+xml,application/xml;q=0.9,*/*;q=0.8"}


@facts
class Chain:
    """The answers from the first request to the last. None at all: `why` says what happened instead."""

    hops: tuple[Answer, ...]
    verified: bool = True
    why: str = ""

    def __repr__(self) -> str:
        return " → ".join(map(repr, self.hops))[:180] or f"no answer: {self.why}"[:180]

    def jar(self) -> tuple[Cookie, ...]:
        """The cookies that a browser would hold at the end; a later one of the same name, domain, path replaces."""
        kept = {(each.domain, each.path, each.name): each for hop in self.hops for each in hop.cookies if each.taken}
        return tuple(kept.values())


@facts
class Site:
    """One host as seen from both ports. `preflight` are the headers that answered an OPTIONS request."""

    host: str
    http: Chain
    https: Chain
    preflight: tuple[Header, ...] = ()

    def looked(self) -> str:
        return f"redirects of {self.host}: from http {self.http!r}; from https {self.https!r}"


def walk(plain: str, secure: str, open_client: Callable[[bool], httpx.Client]) -> Site:
    """Both chains of a site. `open_client(verify)` gives a client with a cookie jar of its own."""
    http, https = chain(plain, open_client), chain(secure, open_client)
    end = (https.hops or http.hops)[-1:]
    return Site(
        urlsplit(secure).hostname or "",
        http,
        https,
        _preflight(end[0].url, open_client(https.verified)) if end else (),
    )


def chain(url: str, open_client: Callable[[bool], httpx.Client]) -> Chain:
    """The chain from one address; an untrusted certificate is looked past once, and the chain marked."""
    try:
        return Chain(_follow(url, open_client(True)))
    except ProbeError as problem:
        if not _untrusted(problem):
            return Chain((), why=problem.why)
    try:
        return Chain(_follow(url, open_client(False)), verified=False, why="the certificate is not trusted")
    except ProbeError as problem:
        return Chain((), verified=False, why=problem.why)


def _follow(url: str, client: httpx.Client) -> tuple[Answer, ...]:
    hops: list[Answer] = []
    with client:
        while True:
            response = web.ask(client, "GET", url, headers=ACCEPT)
            target = next(iter(response.headers.get_list("location")), "")
            onward = response.status_code in REDIRECTS and bool(target) and len(hops) < REDIRECT_LIMIT
            hops.append(answer("redirect" if onward else "page", url, response))
            if not onward:
                return tuple(hops)
            url = urljoin(url, target)


def _preflight(url: str, client: httpx.Client) -> tuple[Header, ...]:
    """A refusal or no answer counts as none allowed, as the Observatory has it; SEC-WEB-17 asks on its own."""
    headers = {"Origin": FOREIGN, "Access-Control-Request-Method": "GET"}
    with client:
        try:
            response = web.ask(client, "OPTIONS", url, headers=headers)
        except ProbeError:
            return ()
    return answer("preflight", url, response).headers if response.is_success else ()


def _untrusted(problem: BaseException) -> bool:
    import ssl

    cause: BaseException | None = problem
    while cause is not None:
        if isinstance(cause, ssl.SSLCertVerificationError):
            return True
        cause = cause.__cause__ or cause.__context__
    return "CERTIFICATE_VERIFY_FAILED" in str(problem)
