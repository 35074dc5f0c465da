"""Redirect chains over real sockets: refused, untrusted, looping, and what a private CA changes."""

from __future__ import annotations

import socket
import ssl
import threading
import time
from collections.abc import Iterator
from datetime import UTC, datetime
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pytest
import trustme

from acceptance import web
from acceptance.facts import ProbeError
from acceptance.grading.observatory import grade
from acceptance.probes import headers
from acceptance.probes.site import Chain, chain, walk
from acceptance.target import Target
from acceptance.visit import Visit

HOST = "app.example.com"


class Handler(BaseHTTPRequestHandler):
    """In clear a redirect to the TLS port; over TLS a page, a loop at /loop."""

    tls_port = 0

    def do_GET(self) -> None:
        secure = isinstance(self.connection, ssl.SSLSocket)
        self.send_response(200 if secure and self.path != "/loop" else 301)
        if not secure:
            self.send_header("Location", f"https://{HOST}:{self.tls_port}{self.path}")
        elif self.path == "/loop":
            self.send_header("Location", "/loop")
        self.send_header("Set-Cookie", "session=1; Secure")
        self.send_header("Set-Cookie", "theme=dark")
        self.send_header("Content-Length", "0")
        self.end_headers()

    def log_message(self, *_: object) -> None:
        """Say nothing."""


@pytest.fixture(scope="module")
def ca(tmp_path_factory: pytest.TempPathFactory) -> trustme.CA:
    return trustme.CA()


@pytest.fixture(scope="module")
def ports(ca: trustme.CA) -> Iterator[tuple[int, int]]:
    """The port in clear and the one with TLS."""
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    ca.issue_cert(HOST).configure_cert(context)
    plain, secure = (ThreadingHTTPServer(("127.0.0.1", 0), Handler) for _ in range(2))
    secure.socket = context.wrap_socket(secure.socket, server_side=True, do_handshake_on_connect=False)
    secure.handle_error = lambda *_: None  # type: ignore[method-assign]  # clients that don't trust it hang up
    Handler.tls_port = secure.server_port
    for server in (plain, secure):
        threading.Thread(target=server.serve_forever, daemon=True).start()
    yield plain.server_port, secure.server_port
    for server in (plain, secure):
        server.shutdown()
        server.server_close()


def a_visit(folder: Path, ports: tuple[int, int], ca_file: Path | None) -> Visit:
    plain, base = f"http://{HOST}:{ports[0]}", f"https://{HOST}:{ports[1]}"
    target = Target.model_validate(
        {
            "name": "t",
            "urls": {"base": base, "plain": plain, "api": base, "ws": f"wss://{HOST}:{ports[1]}/ws", "dashboard": base},
            "resolve": {HOST: ("127.0.0.1",)},
            "trust": {"ca_file": str(ca_file) if ca_file else None},
        }
    )
    return Visit(target, datetime.now(UTC), folder, folder, folder, "acceptance-test", time.monotonic() + 20)


@pytest.fixture
def trusting(tmp_path: Path, ports: tuple[int, int], ca: trustme.CA) -> Visit:
    ca.cert_pem.write_to_path(tmp_path / "ca.pem")
    return a_visit(tmp_path, ports, tmp_path / "ca.pem")


def test_both_chains_are_walked_and_repeated_headers_kept(trusting):
    urls = trusting.target.urls
    site = walk(f"{urls.plain}/", f"{urls.base}/", lambda verify: web.client(trusting, verify=verify))
    assert [hop.status for hop in site.http.hops] == [301, 200]
    assert [each.name for each in site.https.jar()] == ["session", "theme"]
    assert grade(site).test("redirection").result == "redirection-to-https"


def test_a_ca_that_the_target_does_not_name_is_not_trusted(tmp_path, ports):
    visit = a_visit(tmp_path, ports, None)
    found = chain(f"{visit.target.urls.base}/", lambda verify: web.client(visit, verify=verify))
    assert found.hops
    assert not found.verified


def test_a_loop_ends_after_ten_redirects(trusting):
    found = chain(f"{trusting.target.urls.base}/loop", lambda verify: web.client(trusting, verify=verify))
    assert len(found.hops) == 11


def test_a_closed_port_is_an_answer_of_its_own(trusting):
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        found = chain(f"http://{HOST}:{free.getsockname()[1]}/", lambda verify: web.client(trusting, verify=verify))
    assert found == Chain((), why=found.why)
    assert "refused" in found.why


def test_without_https_there_are_no_headers_to_judge(tmp_path, ports):
    visit = a_visit(tmp_path, (ports[0], 1), None)
    with pytest.raises(ProbeError, match="https does not answer"):
        headers.look(visit)


def test_kinds_that_the_target_can_not_give_are_unseen(trusting):
    seen = headers.look(trusting)
    assert "the target names no operation that gives one" in str(seen.answers)
