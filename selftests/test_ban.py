"""A place that answered and then falls silent for everything has banned the suite; whoever follows asks no more."""

from __future__ import annotations

import ssl
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from urllib.parse import urlsplit

import pytest
import trustme

from acceptance import ban, web
from acceptance.facts import ProbeError, Unseen
from acceptance.probes import browser, forgeries, websocket
from acceptance.target import Target
from acceptance.visit import Visit
from selftests.bad_servers import served
from selftests.misbehaving import URLS, visit

PAGE = b"<html><h1>Access denied</h1>Your address was blocked.</html>"


class Shield(ThreadingHTTPServer):
    """Answers log-ins with 401 until `mood` changes; then is silent, or shows a block page, to some or all."""

    daemon_threads = True
    mood = "fine"
    asked = 0
    patience = 0  # GETs with a token after which the mood is `then`; 0: endless
    then = "silent to all"


class Handler(BaseHTTPRequestHandler):
    server: Shield

    def do_POST(self) -> None:
        self._answer(self.server.mood, 401)

    def do_GET(self) -> None:
        if self.server.patience and "Authorization" in self.headers:
            self.server.patience -= 1
            self.server.mood = self.server.mood if self.server.patience else self.server.then
        if self.server.mood == "deaf to upgrades" and "Upgrade" in self.headers:
            self.close_connection = True
            return
        if self.server.mood.startswith("429"):
            self._answer("fine", 429)
            return
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
    with served(server):
        yield server


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


@pytest.fixture
def behind_tls(shield: Shield, tmp_path: Path) -> Visit:
    """A visit to the shield, which speaks TLS, as a user with a token."""
    authority = trustme.CA()
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    authority.issue_cert("app.sandbox.test").configure_cert(context)
    shield.socket = context.wrap_socket(shield.socket, server_side=True)
    authority.cert_pem.write_to_path(str(tmp_path / "ca.pem"))
    (tmp_path / "word").write_text("a-long-enough-word", encoding="utf-8")
    https = f"https://app.sandbox.test:{shield.server_address[1]}"
    seen = visit(Target.model_validate({
        "name": "t", "resolve": {"app.sandbox.test": ("127.0.0.1",)}, "trust": {"ca_file": str(tmp_path / "ca.pem")},
        "urls": URLS | {"base": https, "api": https, "dashboard": https, "ws": f"{https.replace('https', 'wss')}/ws"},
        "operations": {"profile": {"path": "/p"}}, "browser": {},
        "credentials": {"user": {"user": "u@example.com", "secret": f"file:{tmp_path / 'word'}"}},
    }), tmp_path)  # fmt: skip
    seen.keep_live("tokens", {"user": "eyJhbGciOiJSUzI1NiJ9.eyJzdWIiOiIxIn0.c2lnbmF0dXJl"})
    return seen


@pytest.mark.parametrize("then", ["silent to all", "429 to all", "page to all"])
def test_a_ban_ends_the_forgeries(then: str, shield: Shield, behind_tls: Visit) -> None:
    shield.patience, shield.then = 4, then
    tokens = forgeries.look(behind_tls)
    first, *rest = [each for each in tokens.forged if isinstance(each, Unseen)]
    assert (first.why, {each.why for each in rest}) == (ban.BANNED, {ban.BANNED})
    assert len(rest) > 10
    assert shield.asked <= 6  # what was answered, the one that was not, and the harmless one


def test_a_limit_on_forged_tokens_alone_is_their_answer(shield: Shield, behind_tls: Visit) -> None:
    shield.patience, shield.then = 4, "deaf to upgrades"
    assert not [each for each in forgeries.look(behind_tls).forged if isinstance(each, Unseen)]


def test_silence_towards_a_foreign_origin_is_told_from_a_ban(shield: Shield, behind_tls: Visit) -> None:
    shield.mood = "deaf to upgrades"
    with pytest.raises(ProbeError) as silence:
        websocket._status(behind_tls, token=None, origin=websocket.FOREIGN)
    assert ban.BANNED not in silence.value.why
    shield.mood = "silent to all"
    with pytest.raises(ProbeError, match=ban.BANNED):
        websocket._status(behind_tls, token=None, origin=websocket.FOREIGN)


def test_websocket_and_browser_ask_nothing_of_a_place_that_has_banned(shield: Shield, behind_tls: Visit) -> None:
    ports = {urlsplit(url).port for url in (behind_tls.target.urls.ws, behind_tls.target.urls.dashboard)}
    (behind_tls.live / "banned").write_text("".join(f"app.sandbox.test:{port}\n" for port in ports), encoding="utf-8")
    for look in (websocket.look, browser.look):
        with pytest.raises(ProbeError, match=ban.BANNED):
            look(behind_tls)
    assert shield.asked == 0
