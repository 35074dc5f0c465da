"""What http:// does: redirects, and whether anything is served in clear. Rule: items SEC-TLS-07 and SEC-WEB-03."""

from __future__ import annotations

from typing import TYPE_CHECKING
from urllib.parse import urlsplit

from acceptance.facts import ProbeError, Unseen, facts, offenders, text
from acceptance.probes.mixed_content import in_clear
from acceptance.visit import Visit

if TYPE_CHECKING:
    import httpx

PERMANENT = (301, 308)
ACME = "/.well-known/acme-challenge/"


@facts
class Clear:
    """One answer over http. `location` is "" where there was none; `body_bytes` counts what was served in clear."""

    method: str
    path: str
    status: int
    location: str
    cookies: tuple[str, ...]  # Set-Cookie lines, values cut away
    body_bytes: int

    def __repr__(self) -> str:
        return f"{self.method} {self.path} → {self.status} {self.location}"[:200]


@facts
class Plain:
    """What the plain address answered, and how a WebSocket upgrade in clear ended (its status; 0: no answer)."""

    origin: str
    expected: str  # the https origin that every redirect must name
    answers: tuple[Clear | Unseen, ...]
    websocket_status: int | Unseen
    secure_cookies: tuple[str | Unseen, ...]  # cookies of https answers without Secure, by name
    mixed_content: tuple[str | Unseen, ...] = ()  # what pages of https load in clear

    def looked(self) -> str:
        return f"{len(self.answers)} requests to {self.origin} and a WebSocket upgrade in clear"

    def _seen(self) -> list[Clear]:
        return [a for a in self.answers if isinstance(a, Clear)]

    def _unseen(self) -> list[Unseen]:
        return [a for a in self.answers if isinstance(a, Unseen)]

    def not_redirected_at_once(self) -> tuple[str, ...]:
        """Answers that are no 301 or 308 to the same path on the same host over https."""
        wrong = []
        for answer in self._seen():
            wanted = f"{self.expected}{answer.path}"
            if answer.status not in PERMANENT or answer.location != wanted:
                wrong.append(f"{answer!r}, expected 301 or 308 to {wanted}")
        return offenders(wrong, self._unseen())

    def served_in_clear(self) -> tuple[str, ...]:
        """Answers over http that are no redirect to https, or set a cookie."""
        wrong = [
            repr(a)
            for a in self._seen()
            if not (300 <= a.status < 400 and a.location.startswith("https://"))
            and a.status not in (400, 403, 404, 421, 426)
        ]
        return offenders(wrong, self._unseen())

    def cookies_in_clear(self) -> tuple[str, ...]:
        """Cookies set over http, and cookies of https answers that lack Secure."""
        over_http = [cookie for answer in self._seen() for cookie in answer.cookies]
        over_tls = [each for each in self.secure_cookies if isinstance(each, str)]
        unseen = [each for each in self.secure_cookies if isinstance(each, Unseen)]
        return offenders(over_http + over_tls, [*self._unseen(), *unseen])

    def loaded_in_clear(self) -> tuple[str, ...]:
        """What pages of https load or send over http."""
        found = [each for each in self.mixed_content if isinstance(each, str)]
        return offenders(found, [each for each in self.mixed_content if isinstance(each, Unseen)])

    def websocket_in_clear(self) -> tuple[str, ...]:
        """A WebSocket that was opened without TLS."""
        if isinstance(self.websocket_status, Unseen):
            raise ProbeError(self.websocket_status.what, self.websocket_status.why)
        return ("ws:// was answered with 101",) if self.websocket_status == 101 else ()


def paths(visit: Visit) -> list[tuple[str, str]]:
    """What is asked: the front page, deep paths with a query, the API, unknown paths; GET, HEAD and a write."""
    marker = visit.marker
    api = [
        operation.path
        for operation in visit.target.operations.values()
        if operation.public and operation.method == "GET"
    ]
    return [
        ("GET", "/"),
        ("HEAD", "/"),
        *(("GET", path) for path in api[:3]),
        ("GET", f"/no/such/path/{marker}?a=1&b=%20x"),
        ("POST", "/api/auth/login"),
    ]


def look(visit: Visit) -> Plain:
    """Ask the plain address; each answer that could not be had stands as Unseen."""
    from acceptance import web

    urls = visit.target.urls
    origin = urls.plain.rstrip("/")
    answers: list[Clear | Unseen] = []
    with web.client(visit) as client:
        for method, path in paths(visit):
            try:
                # the body can't be parsed, so that nothing happens should the plain address serve it
                options = (
                    {"content": b"{", "extensions": {"harmless": "no parser takes it"}} if method == "POST" else {}
                )
                response = web.ask(client, method, f"{origin}{path}", **options)
            except ProbeError as problem:
                answers.append(Unseen(problem.what, problem.why))
                continue
            cookies = tuple(_shown(c) for c in response.headers.get_list("set-cookie"))
            location = text(response.headers.get("location", ""), 300)
            answers.append(Clear(method, path, response.status_code, location, cookies, len(response.content)))
        cookies_seen, mixed = _over_tls(visit, client)
    if all(isinstance(a, Unseen) for a in answers):
        first = answers[0]
        raise ProbeError("the plain address", first.why if isinstance(first, Unseen) else "no answer")
    return Plain(origin, urls.base, tuple(answers), _upgrade(visit), cookies_seen, mixed)


def _over_tls(visit: Visit, client: httpx.Client) -> tuple[tuple[str | Unseen, ...], tuple[str | Unseen, ...]]:
    """Cookies without Secure that answers over https set, and what their pages load in clear."""
    from acceptance import web

    urls = visit.target.urls
    wanted = [f"{urls.base}{path}" for path in [path for method, path in paths(visit) if method == "GET"][:2]]
    cookies: list[str | Unseen] = []
    mixed: list[str | Unseen] = []
    for url in {(urlsplit(url).netloc, urlsplit(url).path or "/"): url for url in (*wanted, urls.dashboard)}.values():
        try:
            response = web.ask(client, "GET", url)
        except ProbeError as problem:
            for kept in (cookies, mixed):
                kept.append(Unseen(problem.what, problem.why))
            continue
        lines = response.headers.get_list("set-cookie")
        cookies += [_shown(each) for each in lines if "secure" not in [p.strip().lower() for p in each.split(";")[1:]]]
        kind, policy = response.headers.get("content-type", ""), response.headers.get("content-security-policy", "")
        if kind.lower().startswith("text/html") and "upgrade-insecure-requests" not in policy.lower():
            mixed += [f"{web.path_of(url)}: {each}" for each in in_clear(text(response.content, web.BODY_LIMIT))]
    return tuple(cookies), tuple(mixed)


def _shown(cookie: str) -> str:
    """A Set-Cookie line without its value."""
    name, _, rest = cookie.partition("=")
    return text(f"{name}=…;{rest.partition(';')[2]}", 200)


def _upgrade(visit: Visit) -> int | Unseen:
    """The status that a WebSocket upgrade gets without TLS; 0 where the connection is closed without an answer."""
    import http.client

    from acceptance import web

    parts = urlsplit(visit.target.urls.plain)
    host = parts.hostname or ""
    path = urlsplit(visit.target.urls.ws).path or "/"
    upgrade = {
        "Host": parts.netloc, "Upgrade": "websocket", "Connection": "Upgrade", "Sec-WebSocket-Version": "13",
        "Sec-WebSocket-Key": "AAAAAAAAAAAAAAAAAAAAAA==", "Origin": visit.target.urls.base,
    }  # fmt: skip
    try:
        connection = http.client.HTTPConnection(
            web.addresses(visit, host)[0], parts.port or 80, timeout=visit.time_left_s(5)
        )
        try:
            connection.request("GET", path, headers=upgrade)
            return connection.getresponse().status
        finally:
            connection.close()
    except (http.client.RemoteDisconnected, ConnectionResetError):
        return 0
    except (OSError, http.client.HTTPException) as problem:
        return Unseen("a WebSocket upgrade in clear", f"{type(problem).__name__}: {text(problem, 100)}")
