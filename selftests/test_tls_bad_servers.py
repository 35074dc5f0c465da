"""The TLS probe against servers that misbehave: a clear ProbeError, never a verdict, never a hang.

How soon is measured by `selftests.bench tls_scan`.
"""

from __future__ import annotations

import socket
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from acceptance.facts import ProbeError
from acceptance.probes import tls, tls_greetings
from acceptance.sandbox.certificates import server_context
from acceptance.sandbox.world import World
from selftests.judging import BLOCKED, PASS, judge
from selftests.tls_cases import HOST, visit
from selftests.tls_servers import drip, heard, listening, reset, silent, stall, tires


def garbage(sock: socket.socket) -> None:
    sock.sendall(b"SSH-2.0-OpenSSH_9.2\r\n" * 50)


def closes(sock: socket.socket) -> None:
    """Closes without a word."""


@pytest.fixture
def serving() -> Iterator[Callable[..., int]]:
    with listening() as start:
        yield start


@pytest.mark.parametrize("behave", [stall, silent, reset, garbage, closes], ids=lambda each: each.__name__)
def test_bad_server_is_a_probe_error(behave, serving, tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(tls_greetings, "HELLO_S", 1.0)
    port = serving(heard(behave))
    with pytest.raises(ProbeError, match=f"127.0.0.1:{port}"):
        tls.look(visit(port, None, tmp_path))


def test_server_that_drips_is_a_probe_error(serving, tmp_path: Path):
    port = serving(heard(drip))
    with pytest.raises(ProbeError, match=f"127.0.0.1:{port}"):
        tls.look(visit(port, None, tmp_path))


def test_server_that_goes_silent_later_is_given_up(serving, tmp_path: Path):
    world = World(tmp_path)
    port = serving(tires(server_context(world, HOST)))
    with pytest.raises(ProbeError, match="stopped to answer"):
        tls.look(visit(port, world.ca_file, tmp_path))


def test_page_that_drips_blocks_what_needs_it_and_nothing_else(serving, tmp_path: Path):
    world = World(tmp_path)
    context = server_context(world, HOST)

    def behave(sock: socket.socket) -> None:
        with context.wrap_socket(sock, server_side=True) as secure:
            if secure.recv(4096):
                for byte in b"HTTP/1.1 200 OK\r\nServer: " + b"x" * 200:
                    secure.sendall(bytes([byte]))
                    time.sleep(0.3)

    port = serving(behave)
    found = tls.look(visit(port, world.ca_file, tmp_path))
    assert judge("SEC-TLS-03", tls=found) is PASS
    assert judge("SEC-WEB-01", tls=found) is BLOCKED
    assert judge("SEC-WEB-02", tls=found) is BLOCKED


def test_closed_port_is_a_probe_error(tmp_path: Path):
    with socket.create_server(("127.0.0.1", 0)) as server:
        port = server.getsockname()[1]
    with pytest.raises(ProbeError, match="Refused"):
        tls.look(visit(port, None, tmp_path))
