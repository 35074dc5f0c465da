"""Pages that would hold a browser up: each ends in a reason within seconds, never in a hang."""

from __future__ import annotations

import contextlib
import threading
import time
from collections.abc import Iterator
from datetime import UTC, datetime
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pytest
from playwright.sync_api import Error

from acceptance.facts import ProbeError, Unseen
from acceptance.probes import browser
from acceptance.probes.chromium import chromium, in_scope, resolver_rules
from acceptance.probes.seen import Opened
from acceptance.probes.tab import Tab
from acceptance.target import Target
from acceptance.visit import Visit

PAGES = {
    "/dialog": b"<title>d</title><h1>With a dialog</h1><script>alert('in the way')</script>",
    "/unload": b"<title>u</title><h1>Leaving</h1><script>onbeforeunload=()=>'stay'</script>",
    "/never": b"<h1>Never settles</h1><img src=/drip><script>setInterval(()=>fetch('/drip'),200)</script>",
    "/moving": b"<title>m</title><h1>Moving on</h1><script>setTimeout(()=>location.reload(),100)</script>",
    "/favicon.ico": b"",
    "/blank": b"<title>b</title><div id=root></div>",
    "/boundary": b"<title>e</title><h1>Something went wrong</h1>",
    "/error": b"<title>t</title><h1>With an error</h1><script>undefined.price</script>",
    "/missing": b"<title>i</title><h1>With a hole</h1><img src=/nowhere>",
}


class Handler(BaseHTTPRequestHandler):
    """Answers a path with its page, or misbehaves as the path says."""

    def do_GET(self) -> None:
        if self.path == "/drip":
            time.sleep(3)
        if self.path == "/loop":
            self.send_response(302)
            self.send_header("Location", "/loop")
        elif self.path == "/download":
            self.send_response(200)
            self.send_header("Content-Disposition", "attachment; filename=a.bin")
            self.send_header("Content-Type", "application/octet-stream")
        else:
            self.send_response(200 if self.path in PAGES else 404)
            self.send_header("Content-Type", "text/html")
        body = PAGES.get(self.path, b"")
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        with contextlib.suppress(BrokenPipeError, ConnectionResetError):  # the browser went on
            self.wfile.write(body)

    def log_message(self, *_: object) -> None:
        """Say nothing."""


@pytest.fixture(scope="module")
def tab(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Tab]:
    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    folder = tmp_path_factory.mktemp("browser")
    visit = a_visit(folder, server.server_port)
    try:
        with chromium(visit) as started:
            yield Tab(visit, started.new_context())
    except ProbeError as problem:
        pytest.skip(str(problem))
    finally:
        server.shutdown()
        server.server_close()


def a_visit(folder: Path, port: int) -> Visit:
    base = f"https://app.example.com:{port}"
    urls = {
        "base": base,
        "plain": f"http://app.example.com:{port}",
        "api": base,
        "ws": "wss://app.example.com/ws",
        "dashboard": base,
    }
    target = Target.model_validate(
        {"name": "t", "urls": urls, "resolve": {"app.example.com": ("127.0.0.1",)}, "browser": {}}
    )
    return Visit(target, datetime.now(UTC), folder, folder, folder, "acceptance-test", time.monotonic() + 120)


def opened(tab: Tab, path: str) -> Opened:
    tab.trouble.clear()
    return tab.open(f"{tab.visit.target.urls.plain}{path}")


def test_a_dialog_is_dismissed_and_told(tab):
    assert opened(tab, "/dialog").heading == "With a dialog"
    assert [each.kind for each in tab.trouble] == ["dialog"]


def test_a_page_that_wants_to_stay_is_left(tab):
    assert opened(tab, "/unload").error == ""
    assert opened(tab, "/error").heading == "With an error"


def test_a_page_that_never_settles_is_judged_by_what_it_shows(tab, monkeypatch):
    given, go = [], tab.page.goto

    def goto(url, **options):
        given.append(options["timeout"])
        return go(url, **{**options, "timeout": 500})  # before the picture is there

    monkeypatch.setattr(tab.page, "goto", goto)
    seen = opened(tab, "/never")
    assert (seen.heading, seen.error) == ("Never settles", "")
    assert [timeout_ms for timeout_ms in given if not 0 < timeout_ms <= 12_000] == []
    assert len(given) == 1


def test_a_page_that_moves_on_is_asked_again(tab):
    assert opened(tab, "/moving").heading == "Moving on"


@pytest.mark.parametrize("times", [1, 2, 7])
def test_a_question_that_a_page_took_with_it_is_asked_again(tab, monkeypatch, times):
    moved = []

    def evaluate(*_):
        if len(moved) < times:
            moved.append(1)
            raise Error("Page.evaluate: Execution context was destroyed, most likely because of a navigation")
        return {"heading": "Here"}

    monkeypatch.setattr(tab.page, "evaluate", evaluate)
    assert tab.summary() == {"heading": "Here"}


def test_a_page_that_never_stops_moving_is_named(tab, monkeypatch):
    def evaluate(*_):
        raise Error("Page.evaluate: Execution context was destroyed, most likely because of a navigation")

    monkeypatch.setattr(tab.page, "evaluate", evaluate)
    monkeypatch.setattr("acceptance.probes.tab.MOVING_S", 0.1)
    with pytest.raises(ProbeError, match="because of a navigation"):
        tab.summary()


def test_a_redirect_loop_is_no_page(tab):
    assert "REDIRECT" in opened(tab, "/loop").error


def test_a_download_is_no_page(tab):
    assert "download" in opened(tab, "/download").error


@pytest.mark.parametrize("path, error", [("/blank", "blank"), ("/boundary", "Something went wrong")])
def test_blank_pages_and_error_boundaries_are_no_page(tab, path, error):
    assert error in opened(tab, path).error


@pytest.mark.parametrize("path, kind", [("/error", "script error"), ("/missing", "failed request")])
def test_complaints_of_the_browser_are_kept(tab, path, kind):
    opened(tab, path)
    assert kind in {each.kind for each in tab.trouble}


def test_what_is_allowed_takes_no_place_from_what_is_not(tab, monkeypatch):
    monkeypatch.setattr("acceptance.probes.tab.TROUBLE_LIMIT", 2)
    tab.trouble.clear()
    for _ in range(3):
        tab.tell("failed request", "not resolved", "https://elsewhere.example/a.js")
    tab.tell("script error", "TypeError")
    assert [each.kind for each in tab.trouble] == ["failed request", "failed request", "script error"]


def test_the_console_is_heard_again_when_axe_core_fails(tab, monkeypatch):
    def run(*_):
        raise Error("Page.evaluate: blocked by Trusted Types")

    monkeypatch.setattr("axe_playwright_python.sync_playwright.Axe.run", run)
    opened(tab, "/missing")
    assert isinstance(browser.step("accessibility", lambda: browser.accessibility(tab)), Unseen)
    tab.trouble.clear()
    tab.tell("script error", "TypeError")
    assert [each.kind for each in tab.trouble] == ["script error"]


def test_a_picture_that_can_not_be_had_costs_nothing_else(tab, monkeypatch):
    def screenshot(**_):
        raise Error("Page.screenshot: Timeout 8000ms exceeded, waiting for fonts to load")

    monkeypatch.setattr(tab.page, "screenshot", screenshot)
    assert tab.shot("login") == ""


def test_a_name_that_is_none_of_the_targets_is_not_resolved(tab):
    with pytest.raises(ProbeError, match="ERR_NAME_NOT_RESOLVED"):
        tab.open("http://elsewhere.example/")
    assert not in_scope(tab.visit, "https://elsewhere.example/a.js")
    assert in_scope(tab.visit, f"{tab.visit.target.urls.base}/a.js")
    assert resolver_rules(tab.visit).startswith("MAP app.example.com 127.0.0.1")


def test_a_crashed_tab_is_named(tab):
    crashing = Tab(tab.visit, tab.context)
    with pytest.raises(ProbeError, match="crashed"):
        crashing.open("chrome://crash")
    with pytest.raises(ProbeError, match="crashed"):
        crashing.summary()
