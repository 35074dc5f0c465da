"""A place that answered and then falls silent for everything has banned the suite; whoever follows asks no more."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pytest

from acceptance import ban, web
from acceptance.facts import ProbeError
from acceptance.target import Target
from acceptance.visit import Visit
from selftests.test_guard import URLS, visit

PAGE = b"<html><h1>Access denied</h1>Your address was blocked.</html>"


class Shield(ThreadingHTTPServer):
    """Answers log-ins with 401 until `mood` changes; then is silent, or shows a block page, to some or all."""

    daemon_threads = True
    mood = "fine"
    asked = 0


class Handler(BaseHTTPRequestHandler):
    server: Shield

    def do_POST(self) -> None:
        self._answer(self.server.mood, 401)

    def do_GET(self) -> None:
        self._answer(self.server.mood if self.server.mood.endswith("all") else "fine", 200)

    def _answer(self, mood: str, status: int) -> None:
        self.server.asked += 1
        if mood.startswith("silent"):
            self.close_connection = True
            return
        page = mood.startswith("page")
        body = PAGE if page else b"{}"
        self.send_response(403 if page else status)
        self.send_header("Content-Type", "text/html" if page else "application/json")
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *_: object) -> None:
        """Nothing is written."""


@pytest.fixture
def shield() -> Iterator[Shield]:
    server = Shield(("127.0.0.1", 0), Handler)
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02}, daemon=True)
    thread.start()
    yield server
    server.shutdown()
    server.server_close()
    thread.join(2)


@pytest.fixture
def here(tmp_path: Path) -> Visit:
    return visit(Target.model_validate({"name": "t", "urls": URLS}), tmp_path)


def log_in(here: Visit, shield: Shield) -> int:
    url = f"http://127.0.0.1:{shield.server_address[1]}/login"
    with web.client(here) as client:
        return ban.attempt(here, client, "POST", url, json={}, extensions={"harmless": "log-in"}).status_code


@pytest.mark.parametrize("mood", ["silent to all", "page to all"])
def test_a_ban_ends_the_attempts_and_tells_who_follows(mood: str, shield: Shield, here: Visit) -> None:
    assert log_in(here, shield) == 401
    shield.mood = mood
    with pytest.raises(ProbeError, match=ban.BANNED):
        log_in(here, shield)
    asked = shield.asked
    with web.client(here) as client, pytest.raises(ProbeError, match=ban.BANNED):
        web.ask(client, "GET", f"http://127.0.0.1:{shield.server_address[1]}/health")
    assert shield.asked == asked


def test_silence_for_log_ins_only_is_no_ban(shield: Shield, here: Visit) -> None:
    assert log_in(here, shield) == 401
    shield.mood = "silent"
    with pytest.raises(ProbeError) as silence:
        log_in(here, shield)
    assert ban.BANNED not in silence.value.why
    shield.mood = "fine"
    assert log_in(here, shield) == 401


def test_a_block_page_for_one_log_in_is_its_answer(shield: Shield, here: Visit) -> None:
    assert log_in(here, shield) == 401
    shield.mood = "page"
    assert log_in(here, shield) == 403


def test_a_server_that_never_answered_has_banned_nobody(shield: Shield, here: Visit) -> None:
    shield.mood = "silent to all"
    with pytest.raises(ProbeError) as silence:
        log_in(here, shield)
    assert ban.BANNED not in silence.value.why
