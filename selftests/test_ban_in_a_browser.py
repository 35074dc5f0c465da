"""A ban that the browser meets first is noticed there: one harmless request tells, and nobody asks any more."""

from __future__ import annotations

import shutil
import ssl
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pytest
import trustme

from acceptance import ban
from acceptance.facts import ProbeError, Unseen
from acceptance.probes import browser, pages
from acceptance.probes.chromium import chromium
from acceptance.target import Target
from acceptance.visit import Visit
from selftests.bad_servers import served
from selftests.misbehaving import visit

FORM = b"""<title>Sign in</title><h1>Sign in</h1><form><label>Email <input type=email></label>
<label>Password <input type=password></label><button type=submit>Sign in</button></form><script>
document.forms[0].onsubmit = e => { e.preventDefault();
  fetch('/login', {method: 'POST'}).then(r => { if (r.ok) document.body.innerHTML = '<h1>Home</h1>In here are prices, and more'; }) }
</script>"""
PAGE = b"<h1>Access denied</h1>Your address was blocked."


class Shield(ThreadingHTTPServer):
    """Serves a page with a form until it is asked for `bans_at`; from then on it is silent, or shows a block page."""

    daemon_threads = True

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), Handler)
        self.bans_at = ""
        self.how = ""
        self.for_all = True
        self.banned = False
        self.asked_after = 0


class Handler(BaseHTTPRequestHandler):
    server: Shield

    def do_GET(self) -> None:
        shield = self.server
        shield.asked_after += shield.banned
        own = self.path == shield.bans_at
        shield.banned = shield.banned or (own and shield.for_all)
        if (shield.banned or own) and shield.how == "silent":
            self.close_connection = True
            return
        body = PAGE if shield.banned or own else FORM
        self.send_response(403 if body is PAGE else 200)
        self.send_header("Content-Type", "text/html")
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    do_POST = do_GET

    def log_message(self, *_: object) -> None:
        """Nothing is written."""

    def handle(self) -> None:
        try:
            super().handle()
        except OSError:  # the browser went on
            return


@pytest.fixture
def shield() -> Iterator[Shield]:
    server = Shield()
    with served(server):
        yield server


@pytest.fixture
def here(shield: Shield, tmp_path: Path) -> Visit:
    """A visit to the shield, as a user who has a token."""
    if not shutil.which("chromium"):
        pytest.skip("there is no Chromium on this machine")
    authority = trustme.CA()
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    authority.issue_cert("app.sandbox.test").configure_cert(context)
    shield.socket = context.wrap_socket(shield.socket, server_side=True, do_handshake_on_connect=False)
    authority.cert_pem.write_to_path(str(tmp_path / "ca.pem"))
    (tmp_path / "word").write_text("a-long-enough-word", encoding="utf-8")
    https = f"https://app.sandbox.test:{shield.server_address[1]}"
    seen = visit(Target.model_validate({
        "name": "t", "resolve": {"app.sandbox.test": ("127.0.0.1",)}, "trust": {"ca_file": str(tmp_path / "ca.pem")},
        "urls": {"base": https, "plain": "http://app.sandbox.test", "api": https, "dashboard": https,
                 "ws": f"{https.replace('https', 'wss')}/ws"},
        "operations": {"login": {"method": "POST", "path": "/login", "public": True}},
        "browser": {"executable": "chromium", "deep_link": "/", "home": "/home"},
        "credentials": {"user": {"user": "u@example.com", "secret": f"file:{tmp_path / 'word'}"}},
    }), tmp_path)  # fmt: skip
    (tmp_path / "shots").mkdir()
    seen.keep_live("tokens", {"user": "eyJhbGciOiJSUzI1NiJ9.eyJzdWIiOiIxIn0.c2lnbmF0dXJl"})
    return seen


@pytest.mark.parametrize("how", ["silent", "page"])
@pytest.mark.parametrize("bans_at", ["/login", "/home"])
def test_a_ban_in_the_session_ends_it(bans_at: str, how: str, shield: Shield, here: Visit) -> None:
    shield.bans_at, shield.how = bans_at, how
    seen = browser.look(here)
    steps = [seen.login, seen.cards, seen.charts, seen.socket, seen.links, seen.logout]
    unseen = [each.why for each in steps if isinstance(each, Unseen)]
    assert unseen
    assert set(unseen) == {ban.BANNED}
    assert isinstance(seen.cards, Unseen)
    assert shield.asked_after <= 4  # what was under way, a browser's own second try, and the harmless one


@pytest.mark.parametrize("how", ["silent", "page"])
def test_a_ban_before_the_first_page(how: str, shield: Shield, here: Visit) -> None:
    shield.bans_at, shield.how = "/", how
    with pytest.raises(ProbeError, match=ban.BANNED):
        browser.look(here)
    with pytest.raises(ProbeError, match=ban.BANNED):
        ban.check(here, here.target.urls.api)


@pytest.mark.parametrize("how", ["silent", "page"])
def test_a_ban_while_pages_are_timed(how: str, shield: Shield, here: Visit, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(pages, "WATCH_S", 0.3)
    url = f"{here.target.urls.dashboard}/timed"
    with chromium(here) as started:
        pages.visit_page(here, started, url)
        shield.bans_at, shield.how = "/timed", how
        for _ in range(3):
            with pytest.raises(ProbeError, match=ban.BANNED):
                pages.visit_page(here, started, url)
    assert shield.asked_after <= 3


def test_a_block_page_for_one_address_is_no_ban_and_no_page_to_be_timed(
    shield: Shield, here: Visit, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(pages, "WATCH_S", 0.3)
    shield.bans_at, shield.how, shield.for_all = "/timed", "page", False
    with chromium(here) as started, pytest.raises(ProbeError, match="status 403"):
        pages.visit_page(here, started, f"{here.target.urls.dashboard}/timed")
    ban.check(here, here.target.urls.dashboard)
