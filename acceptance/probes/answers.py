"""One HTTP answer as facts: raw repeated headers, cookies by attribute, what its page declares. Values of cookies
are dropped where they are read.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from html.parser import HTMLParser
from typing import Protocol
from urllib.parse import urljoin, urlsplit

from acceptance.facts import facts, text

HTML = ("text/html", "application/xhtml+xml")
SET_COOKIE = "set-cookie"
HEADER_LIMIT = 2_000  # characters of one header that are kept
COUNT_LIMIT = 200  # headers, cookies, scripts of one answer that are kept


@facts
class Header:
    """One header line; the name in lower case."""

    name: str
    value: str


@facts
class Cookie:
    """A cookie without its value. `same_site` is None where the attribute is absent, "" where it has no value.

    `taken` is whether a browser would take it from this host.
    """

    name: str
    domain: str
    path: str
    secure: bool
    http_only: bool
    same_site: str | None
    taken: bool = True

    def __repr__(self) -> str:
        marks = ["Secure"] * self.secure + ["HttpOnly"] * self.http_only
        marks += [] if self.same_site is None else [f"SameSite={self.same_site}"]
        return f"cookie {self.name} ({', '.join(marks) or 'no attributes'})"


@facts
class Script:
    """A script element; `src` is "" for an inline one."""

    src: str
    integrity: bool


@facts
class Answer:
    """What came back for one request. `kind` says which kind of answer it is: page, api, asset, redirect …"""

    kind: str
    url: str
    status: int
    headers: tuple[Header, ...]
    cookies: tuple[Cookie, ...] = ()
    csp_metas: tuple[str, ...] = ()
    referrer_metas: tuple[str, ...] = ()
    scripts: tuple[Script, ...] = ()

    def __repr__(self) -> str:
        return f"{self.kind} {self.status} {urlsplit(self.url).path or '/'}"

    def values(self, name: str) -> tuple[str, ...]:
        """The values of a header in the order in which they were sent."""
        return tuple(header.value for header in self.headers if header.name == name)

    def joined(self, name: str) -> str:
        """A repeated header as one line, as RFC 9110 joins it; "" if absent."""
        return ", ".join(self.values(name))

    @property
    def media_type(self) -> str:
        """Type without parameters, the first where it was sent twice; "" if none was sent."""
        return next(iter(self.values("content-type")), "").split(";")[0].strip().lower()

    @property
    def html(self) -> bool:
        """Whether a browser would show it as a page."""
        return self.media_type in HTML


class Response(Protocol):
    """As much of httpx's response as is read."""

    status_code: int

    @property
    def content(self) -> bytes:
        """The body."""

    @property
    def headers(self) -> HeaderLines:
        """The headers."""


class HeaderLines(Protocol):
    """Headers that keep repeated lines apart."""

    @property
    def raw(self) -> list[tuple[bytes, bytes]]:
        """Name and value of each line."""


def answer(kind: str, url: str, response: Response) -> Answer:
    """The answer as facts."""
    lines = [(name.decode("latin-1"), value.decode("latin-1")) for name, value in response.headers.raw]
    return answer_of(kind, url, response.status_code, lines, response.content)


def answer_of(kind: str, url: str, status: int, lines: Iterable[tuple[str, str]], body: bytes) -> Answer:
    """The same from status, header lines and body."""
    kept = [(name.strip().lower(), text(value.strip(), HEADER_LIMIT)) for name, value in lines][:COUNT_LIMIT]
    bare = Answer(kind, url, status, tuple(Header(name, value) for name, value in kept if name != SET_COOKIE))
    host = urlsplit(url).hostname or ""
    below = (urlsplit(url).path.rpartition("/")[0] or "/") if urlsplit(url).path.startswith("/") else "/"
    cookies = tuple(
        made for name, value in kept if name == SET_COOKIE if (made := cookie(value, host, below)) is not None
    )
    if bare.media_type and not bare.html:
        return Answer(kind, url, status, bare.headers, cookies)
    page = _Page(url)
    page.feed(body.decode("utf-8", "replace"))
    page.close()
    metas = (tuple(page.policies), tuple(page.referrers)) if bare.html else ((), ())
    return Answer(kind, url, status, bare.headers, cookies, *metas, tuple(page.scripts[:COUNT_LIMIT]))


def cookie(line: str, host: str, below: str = "/") -> Cookie | None:
    """A Set-Cookie line without its value; None where it is no cookie at all. `below` is the path if it names none."""
    pair, *rest = line.split(";")
    name, equals, _ = pair.partition("=")
    if not equals or not name.strip():
        return None
    attributes = {key.strip().lower(): said.strip() for key, _, said in (part.partition("=") for part in rest)}
    domain = attributes.get("domain", "").lstrip(".").lower()
    path = attributes.get("path", "")
    secure = "secure" in attributes
    prefix = name.strip().lower()
    foreign = bool(domain) and domain != host and ("." not in domain or not host.endswith("." + domain))
    false_prefix = (prefix.startswith(("__secure-", "__host-")) and not secure) or (
        prefix.startswith("__host-") and (bool(domain) or path not in ("", "/"))
    )
    return Cookie(
        text(name.strip(), 100),
        domain or host,
        path if path.startswith("/") else below,
        secure,
        "httponly" in attributes,
        attributes.get("samesite"),
        not foreign and not false_prefix,
    )


class _Page(HTMLParser):
    """Policies, referrer metas and scripts of a page. What stands in a <template> is not there yet."""

    def __init__(self, url: str) -> None:
        super().__init__()
        self.policies: list[str] = []
        self.referrers: list[str] = []
        self.scripts: list[Script] = []
        self._base = ""
        self._url = url
        self._templates = 0

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        said: Mapping[str, str] = {name: value or "" for name, value in reversed(attrs)}
        if tag == "template":
            self._templates += 1
        if self._templates:
            return
        if tag == "base" and not self._base and said.get("href"):
            self._base = urljoin(self._url, said["href"])
        elif tag == "meta":
            self._meta(said)
        elif tag == "script":
            src = said.get("src", "").strip()
            whole = urljoin(self._base, src) if src and self._base else src
            self.scripts.append(Script(text(whole, 500), bool(said.get("integrity"))))

    handle_startendtag = handle_starttag

    def handle_endtag(self, tag: str) -> None:
        if tag == "template":
            self._templates = max(0, self._templates - 1)

    def _meta(self, said: Mapping[str, str]) -> None:
        content = text(said.get("content", ""), HEADER_LIMIT)
        if "http-equiv" in said and "content" in said:
            if content and said["http-equiv"].strip().lower() == "content-security-policy":
                self.policies.append(content)
        elif said.get("name", "").strip().lower() == "referrer" and content:
            self.referrers.append(content)
