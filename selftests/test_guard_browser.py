"""Pages written to misbehave: what they write is held back and told, what they fetch is counted and stays in scope."""

from __future__ import annotations

import shutil
from collections.abc import Callable, Iterator
from dataclasses import replace
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pytest

from acceptance import guard
from acceptance.guard_browser import HELD_BACK
from acceptance.probes import pages
from acceptance.probes.chromium import chromium
from acceptance.probes.tab import Tab
from acceptance.target import Target
from acceptance.visit import Visit
from selftests.bad_servers import served
from selftests.misbehaving import Listener, answer, visit

# a worker that writes when it is told to, and hands on what a page that it controls fetches
WORKER = b"""
const write = () => fetch('/orders', {method: 'POST', body: 'worker'}).then(() => 0, () => 0);
self.addEventListener('install', () => self.skipWaiting?.());
self.addEventListener('activate', e => e.waitUntil(self.clients?.claim()));
self.addEventListener('message', write);
self.addEventListener('fetch', e => e.respondWith(fetch(e.request)));
"""
ACTIVE = "navigator.serviceWorker.register('/worker.js').then(() => navigator.serviceWorker.ready)"
WAYS = {
    "fetch": "() => fetch('/orders', {method: 'POST', body: 'x'})",
    "put": "() => fetch('/orders', {method: 'PUT', body: 'x'})",
    "delete": "() => fetch('/orders', {method: 'DELETE'})",
    "kept alive": "() => { fetch('/orders', {method: 'POST', body: 'x', keepalive: true}) }",
    "xhr": "() => { const x = new XMLHttpRequest(); x.open('POST', '/orders'); x.send('x') }",
    "beacon": "() => { navigator.sendBeacon('/orders', 'x') }",
    "form": """() => { document.body.innerHTML = '<form method=post action=/orders target=f></form><iframe name=f></iframe>';
                document.forms[0].submit() }""",
    "popup": """() => { const w = window.open('/'); w.onload = () => w.fetch('/orders', {method: 'POST', body: 'x'}) }""",
    "frame": """() => { const f = document.createElement('iframe'); f.src = '/';
                f.onload = () => f.contentWindow.fetch('/orders', {method: 'POST', body: 'x'}); document.body.append(f) }""",
    "worker": "() => { new Worker('/worker.js').postMessage(1) }",
    "service worker": f"() => {{ {ACTIVE}.then(r => r.active.postMessage(1)) }}",
    "through a service worker": f"""() => {{ {ACTIVE}.then(async () => {{
        while (!navigator.serviceWorker.controller) await new Promise(r => setTimeout(r, 20));
        fetch('/orders', {{method: 'POST', body: 'x'}}) }}) }}""",
}  # fmt: skip
WRITING_PAGE = b"<title>w</title><h1>Prices</h1><script>fetch('/orders', {method: 'POST', body: 'x'})</script>"


class Site(ThreadingHTTPServer):
    """A site on localhost, so that workers may run; it keeps what it was asked."""

    daemon_threads = True

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), Handler)
        self.asked: list[tuple[str, str]] = []
        self.origin = f"http://localhost:{self.server_address[1]}"

    def wrote(self) -> list[str]:
        """The methods of what would have changed it."""
        return [method for method, path in self.asked if path == "/orders" and method != "GET"]


class Handler(BaseHTTPRequestHandler):
    server: Site

    def do_GET(self) -> None:
        self.server.asked.append((self.command, self.path))
        self.rfile.read(int(self.headers.get("Content-Length") or 0))
        body = {"/worker.js": WORKER, "/writing": WRITING_PAGE}.get(self.path, b"<title>p</title><h1>Prices</h1>")
        self.send_response(200)
        self.send_header("Content-Type", "text/javascript" if self.path == "/worker.js" else "text/html")
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    do_POST = do_PUT = do_DELETE = do_GET

    def log_message(self, *_: object) -> None:
        """Say nothing."""


@pytest.fixture
def site() -> Iterator[Site]:
    server = Site()
    with served(server):
        yield server


@pytest.fixture(autouse=True)
def clean_sheet() -> Iterator[None]:
    """What this process's guard counted before is another test's."""
    state = {name: getattr(guard._State, name) for name in ("sent", "writes", "held", "refused")}
    guard._State.sent, guard._State.writes, guard._State.held, guard._State.refused = 0, 0, type(state["held"])(), ""
    yield
    for name, value in state.items():
        setattr(guard._State, name, value)


def browsing(site: Site, folder: Path, allow: frozenset[str] = frozenset()) -> Visit:
    """A visit whose browser may go to the site, and nowhere else."""
    if not shutil.which("chromium"):
        pytest.skip("there is no Chromium on this machine")
    https = site.origin.replace("http", "https")
    urls = {
        "base": https,
        "plain": site.origin,
        "api": https,
        "ws": f"{https.replace('https', 'wss')}/ws",
        "dashboard": https,
    }
    target = Target.model_validate({
        "name": "t", "urls": urls, "resolve": {"localhost": ("127.0.0.1",)}, "browser": {"executable": "chromium"},
        "operations": {"login": {"method": "POST", "path": "/login", "public": True},
                       "place_order": {"method": "POST", "path": "/orders"},
                       "start": {"path": "/start", "acting": True}},
    })  # fmt: skip
    return replace(visit(target, folder), allow=allow)


@pytest.mark.parametrize("allow", [frozenset[str](), frozenset({"writes"})], ids=["held", "allowed"])
@pytest.mark.parametrize("way", WAYS)
def test_each_way_in_which_a_page_writes(way: str, allow: frozenset[str], site: Site, tmp_path: Path) -> None:
    here = browsing(site, tmp_path, allow)
    with chromium(here) as browser:
        tab = Tab(here, browser.new_context())
        tab.page.goto(site.origin)
        tab.evaluate(f"() => {{ ({WAYS[way]})() }}")
        told = lambda: bool(guard.counts()["held"] or site.wrote())  # noqa: E731
        assert tab.until(told, 5), "it never tried, so nothing is proven"
        tab.wait(0.1)
    assert bool(site.wrote()) is bool(allow)
    assert bool(guard.counts()["held"]) is not bool(allow)
    assert (guard.counts()["writes"] > 0) is bool(allow)


def test_a_shared_worker_is_not_to_be_had(site: Site, tmp_path: Path) -> None:
    here = browsing(site, tmp_path)
    with chromium(here) as browser:
        tab = Tab(here, browser.new_context())
        tab.page.goto(site.origin)
        tab.evaluate("() => { setTimeout(() => new SharedWorker('/worker.js')) }")
        assert tab.until(lambda: bool(tab.trouble), 5)
    assert [each.allowed for each in tab.trouble] == [HELD_BACK]
    assert ("GET", "/worker.js") not in site.asked


def test_what_is_held_back_is_named_by_its_operation(site: Site, tmp_path: Path) -> None:
    here = browsing(site, tmp_path)
    asks = [
        ("POST", "/orders"),
        ("POST", "/orders"),
        ("DELETE", "/orders/1"),
        ("GET", "/start"),
        ("POST", "/login"),
        ("GET", "/x"),
    ]
    script = "async asks => { for (const [method, path] of asks) await fetch(path, {method}).catch(() => 0) }"

    def look(v: Visit) -> object:
        with chromium(v) as browser:
            tab = Tab(v, browser.new_context())
            tab.page.goto(site.origin)
            tab.evaluate(script, asks)
            tab.until(lambda: len(tab.trouble) >= 4, 1)
            return [each for each in tab.trouble if not each.allowed]

    found = answer(look, tmp_path, target=here.target)
    assert found["value"]["said"] == "[]", found
    assert found["held"] == {"place_order": 2, "DELETE /orders/1": 1, "start": 1}
    assert (found["requests"], found["writes"]) == (len(site.asked), 0)
    assert ("POST", "/login") in site.asked
    assert not {("POST", "/orders"), ("DELETE", "/orders/1"), ("GET", "/start")} & set(site.asked)


def test_a_page_that_writes_while_it_is_timed(site: Site, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(pages, "WATCH_S", 0.3)
    here = browsing(site, tmp_path)

    def look(v: Visit) -> object:
        with chromium(v) as browser:
            return [pages.visit_page(v, browser, f"{site.origin}/writing").load_ms for _ in range(2)]

    found = answer(look, tmp_path, target=here.target)
    assert found["held"] == {"place_order": 2}, found
    assert found["requests"] == len(site.asked) > 0
    assert site.wrote() == []


def test_a_step_of_the_session_is_no_write(site: Site, tmp_path: Path) -> None:
    here = browsing(site, tmp_path)
    post = "() => fetch('/form', {method: 'POST', body: 'x'}).then(() => 'sent', () => 'held')"
    with chromium(here) as browser:
        tab = Tab(here, browser.new_context())
        tab.page.goto(site.origin)
        tab.gate.session = True
        assert tab.evaluate(post) == "sent"
        tab.gate.session = False
        assert tab.evaluate(post) == "held"


def timed(v: Visit, url: str) -> object:
    with chromium(v) as browser:
        return [pages.visit_page(v, browser, url).load_ms for _ in range(9)]


def fetched(v: Visit, url: str) -> object:
    with chromium(v) as browser:
        tab = Tab(v, browser.new_context())
        tab.page.goto(url)
        tab.evaluate("async () => { for (let i = 0; i < 9; i++) await fetch('/' + i).catch(() => 0) }")
    return "swallowed"


@pytest.mark.parametrize("ask", [timed, fetched])
def test_more_requests_of_a_page_than_the_budget(
    ask: Callable[[Visit, str], object], site: Site, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(pages, "WATCH_S", 0.3)
    here = browsing(site, tmp_path)
    found = answer(lambda v: ask(v, site.origin), tmp_path, target=here.target, requests=5)
    assert "the budget of 5 requests is used up" in found["failure"]["why"]
    assert len(site.asked) <= 6  # the one that was counted first over the budget may be on its way


def test_a_page_that_fetches_from_elsewhere(site: Site, outside: Listener, tmp_path: Path) -> None:
    here = browsing(site, tmp_path)
    with chromium(here) as browser:
        page = browser.new_page()
        page.goto(site.origin)
        for url in (f"http://{outside.where}/", f"http://elsewhere.test:{outside.port}/"):
            script = (
                f"fetch('{url}', {{method: 'POST', mode: 'no-cors', body: 'x'}}).then(() => 'sent', () => 'refused')"
            )
            assert page.evaluate(script) == "refused"
    assert site.asked
    assert (outside.connections, outside.got) == (0, b"")
