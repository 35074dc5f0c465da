"""Probes against servers that are not there, say nothing, drip, let go or talk nonsense: blocked in time, no verdict."""

from __future__ import annotations

import socket
import struct
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from selftests.bad_servers import answers, serving, target, unclear, verdicts

NAMES = ("health", "status_document", "plain", "cors", "headers", "login", "api_document", "websocket",
         "websocket_hold", "mongo")  # fmt: skip


def silent(sock: socket.socket) -> None:
    time.sleep(10)


def drips(sock: socket.socket) -> None:
    for byte in b"HTTP/1.1 200 OK\r\nX: " + b"y" * 200:
        sock.sendall(bytes([byte]))
        time.sleep(0.2)


def resets(sock: socket.socket) -> None:
    sock.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))


def garbage(sock: socket.socket) -> None:
    sock.sendall(bytes(range(256)) * 40)


def closes(sock: socket.socket) -> None:
    sock.recv(65536)


def nobody() -> int:
    """A port on which nobody listens."""
    with socket.create_server(("127.0.0.1", 0)) as server:
        return int(server.getsockname()[1])


@pytest.fixture
def port(request: pytest.FixtureRequest) -> Iterator[int]:
    """The port of a server that behaves badly, or of none."""
    behave: Callable[[socket.socket], None] | None = request.param
    if behave is None:
        yield nobody()
        return
    with serving(behave) as number:
        yield number


@pytest.mark.parametrize("port", [None, silent, drips, resets, garbage, closes], indirect=True,
                         ids=["refuses", "silent", "drips", "resets", "garbage", "closes"])  # fmt: skip
def test_blocked_in_time(port: int, tmp_path: Path) -> None:
    found = answers(target(port, tmp_path), tmp_path, NAMES)
    assert unclear(found) == {}
    assert verdicts(found, tmp_path) == {}
