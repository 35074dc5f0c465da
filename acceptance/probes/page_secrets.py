"""What the page does with markup in its inputs, and what it leaves in the browser's storage."""

from __future__ import annotations

import re
from urllib.parse import parse_qsl, quote, urlencode, urljoin, urlsplit, urlunsplit

from acceptance import web
from acceptance.facts import text
from acceptance.probes import browser_scripts as scripts
from acceptance.probes.seen import Injection, Stored
from acceptance.probes.tab import Tab
from acceptance.tables.browser import Browser as Table

TOKEN_LIKE = re.compile(r"eyJ[\w-]{8,}\.[\w-]{8,}\.|\b(?=[\w-]*\d)(?=[\w-]*[A-Za-z])[\w-]{32,}\b")
MAIL_LIKE = re.compile(r"[\w.+-]+@[\w-]+\.[\w.]{2,}")
SECRET_NAME = re.compile(r"token|jwt|secret|passw|api.?key|auth(?!or)|credential|session.?id", re.IGNORECASE)

GO_WITHOUT_LOADING = "(to) => { history.pushState({}, '', to); dispatchEvent(new PopStateEvent('popstate')); }"


def injections(tab: Tab, table: Table) -> tuple[Injection, ...]:
    """Send a marker with markup to each input that is shown again, in the session and to the server itself."""
    with tab.own_doing():
        return _injections(tab, table)


def _injections(tab: Tab, table: Table) -> tuple[Injection, ...]:
    marker = "m" + re.sub(r"\W", "", tab.visit.marker)[-18:]
    markup = f'<i data-mark="{marker}">{marker}</i><img src=x onerror="window.{marker}=1">'
    found = []
    base = tab.visit.target.urls.base
    for template in table.reflected:
        path = template.replace("{marker}", quote(markup, safe=""))
        tab.evaluate(GO_WITHOUT_LOADING, path)
        tab.until(lambda: tab.evaluate(scripts.INJECTED, marker)["shown"], 1.5)
        seen = tab.evaluate(scripts.INJECTED, marker)
        raw = _raw(tab, urljoin(base, path), markup)
        found.append(Injection(text(template, 120), seen["shown"], seen["element"], seen["ran"], raw))
    raw = _raw(tab, f"{base}/{quote(markup, safe='')}", markup)
    found.append(Injection("an address that does not exist", False, False, False, raw))
    for url, headers in _calls(tab):
        raw = _raw(tab, _with_markup(url, markup), markup, headers)
        found.append(Injection(f"{text(web.path_of(url), 100)}, which the page calls", False, False, False, raw))
    return tuple(found)


def _calls(tab: Tab, at_most: int = 3) -> list[tuple[str, dict[str, str]]]:
    """Some of the page's own reads of its API, each path once."""
    kept = {web.path_of(url): (url, _session(headers)) for url, headers, status in tab.calls if status < 300}
    return sorted(kept.values(), key=lambda call: -len(call[0]))[:at_most]


def _session(headers: dict[str, str]) -> dict[str, str]:
    return {name: headers[name] for name in ("authorization", "cookie") if name in headers}


def _with_markup(url: str, markup: str) -> str:
    """The address with markup in its last segment and in each of its parameters."""
    parts = urlsplit(url)
    query = urlencode([(name, markup) for name, _ in parse_qsl(parts.query)])
    path = f"{parts.path.rpartition('/')[0]}/{quote(markup, safe='')}"
    return urlunsplit((parts.scheme, parts.netloc, path, query, ""))


def _raw(tab: Tab, url: str, markup: str, headers: dict[str, str] | None = None) -> bool:
    """Whether the server itself sends the markup back as HTML."""
    with web.client(tab.visit) as client:
        answer = web.ask(client, "GET", url, headers={"Accept": "text/html", **(headers or {})})
    html = "html" in answer.headers.get("content-type", "html")
    return html and markup.encode() in answer.content


def stored(tab: Tab, token: str) -> tuple[tuple[Stored, ...], str]:
    """Entries of the browser's storage that look like a secret; and how much was looked at. Values are dropped."""
    entries = tab.evaluate(scripts.STORAGE)
    found = [
        Stored(area, text(key, 80), looks)
        for area, key, value in entries
        if (looks := looks_like(str(key), str(value), token))
    ]
    return tuple(found), f"{len(entries)} entries of localStorage, sessionStorage and IndexedDB"


def looks_like(key: str, value: str, token: str = "") -> str:
    """What kind of secret a stored value looks like; "" if none."""
    if token and token in value:
        return "the session's token"
    if TOKEN_LIKE.search(value):
        return "a token"
    if MAIL_LIKE.search(value):
        return "an e-mail address"
    return "a key" if SECRET_NAME.search(key) and len(value.strip('"')) >= 8 else ""
