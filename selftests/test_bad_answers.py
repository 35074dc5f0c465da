"""Probes against a server that shakes hands well and then answers without measure: bounded time and memory, no pass."""

from __future__ import annotations

import base64
import gzip
import hashlib
import os
import re
import resource
import socket
import ssl
import time
from collections.abc import Callable
from functools import cache
from pathlib import Path

import pytest
import trustme

from acceptance.verdict import Status
from selftests.bad_servers import NAME, answers, serving, target, unclear, verdicts

NAMES = (
    "health",
    "status_document",
    "plain",
    "cors",
    "headers",
    "login",
    "api_document",
    "websocket",
    "websocket_hold",
)
MORE_KIB = (
    100_000  # what a probe may need over what this process has when it is forked: eight at once stay under 1.5 GB
)
OK = b"HTTP/1.1 200 OK\r\nContent-Type: application/json\r\n"


def asked(sock: socket.socket) -> bytes:
    """The head of what was asked."""
    head = b""
    while b"\r\n\r\n" not in head and (chunk := sock.recv(65536)):
        head += chunk
    return head


def a_gigabyte(sock: socket.socket) -> None:
    asked(sock)
    sock.sendall(OK + b"Content-Length: 1000000000\r\n\r\n")
    for _ in range(15_000):
        sock.sendall(bytes(65536))


def chunks_without_end(sock: socket.socket) -> None:
    asked(sock)
    sock.sendall(OK + b"Transfer-Encoding: chunked\r\n\r\n")
    while True:
        sock.sendall(b"8000\r\n" + b" " * 0x8000 + b"\r\n")


@cache
def bomb() -> bytes:
    """A gigabyte of zeros, in a megabyte."""
    return gzip.compress(bytes(10_000_000), 9) * 100


def a_gzip_bomb(sock: socket.socket) -> None:
    asked(sock)
    sock.sendall(OK + b"Content-Encoding: gzip\r\nContent-Length: %d\r\n\r\n" % len(bomb()) + bomb())


def headers_without_end(sock: socket.socket) -> None:
    asked(sock)
    sock.sendall(b"HTTP/1.1 200 OK\r\n")
    while True:
        sock.sendall(b"X-More: " + b"y" * 1000 + b"\r\n")


def a_body_that_drips(sock: socket.socket) -> None:
    asked(sock)
    sock.sendall(OK + b"Content-Length: 100\r\n\r\n")
    for _ in range(100):
        sock.sendall(b" ")
        time.sleep(0.3)


def redirects_in_a_circle(sock: socket.socket) -> None:
    while (head := asked(sock)).count(b" ") > 1:
        where = head.split(b" ")[1]
        sock.sendall(b"HTTP/1.1 302 Found\r\nLocation: %s\r\nContent-Length: 0\r\n\r\n" % where)


def deep_json(sock: socket.socket) -> None:
    asked(sock)
    body = b"[" * 500_000
    sock.sendall(OK + b"Content-Length: %d\r\n\r\n" % len(body) + body)


def upgraded(sock: socket.socket) -> bool:
    """Whether a WebSocket was asked for; then it is open."""
    if not (key := re.search(rb"(?i)sec-websocket-key: *(\S+)", asked(sock))):
        return False
    accept = base64.b64encode(hashlib.sha1(key[1] + b"258EAFA5-E914-47DA-95CA-C5AB0DC85B11").digest())  # RFC 6455
    sock.sendall(
        b"HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
        b"Sec-WebSocket-Accept: %s\r\n\r\n" % accept
    )
    return True


def frames_without_end(sock: socket.socket) -> None:
    while upgraded(sock):
        while True:
            sock.sendall((b"\x81\x7e\x10\x00" + b"x" * 4096) * 16)


def a_frame_of_a_terabyte(sock: socket.socket) -> None:
    while upgraded(sock):
        sock.sendall(b"\x81\x7f" + (10**12).to_bytes(8, "big"))
        while True:
            sock.sendall(bytes(65536))


def fragments_without_end(sock: socket.socket) -> None:
    while upgraded(sock):
        sock.sendall(b"\x01\x7e\x10\x00" + b"x" * 4096)
        while True:
            sock.sendall((b"\x00\x7e\x10\x00" + b"x" * 4096) * 16)


BEHAVIOURS = (
    a_gigabyte, chunks_without_end, a_gzip_bomb, headers_without_end, a_body_that_drips, redirects_in_a_circle, deep_json,
    frames_without_end, a_frame_of_a_terabyte, fragments_without_end,
)  # fmt: skip


@pytest.fixture
def peaks_kib(monkeypatch: pytest.MonkeyPatch) -> list[int]:
    """The most memory that each probe had, from its own end: a mark of all children together shows no one's."""
    found: list[int] = []

    def wait(pid: int, options: int) -> tuple[int, int]:
        ended, status, used = os.wait4(pid, options)
        found.append(used.ru_maxrss)
        return ended, status

    monkeypatch.setattr(os, "waitpid", wait)
    return found


def resident_kib() -> int:
    return int(Path("/proc/self/statm").read_text().split()[1]) * resource.getpagesize() // 1024


@pytest.mark.parametrize("behave", BEHAVIOURS, ids=lambda behave: behave.__name__)
def test_no_answer_is_too_much(behave: Callable[[socket.socket], None], peaks_kib: list[int], tmp_path: Path) -> None:
    authority = trustme.CA()
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    authority.issue_cert(NAME).configure_cert(context)
    authority.cert_pem.write_to_path(str(tmp_path / "ca.pem"))
    bomb()  # packed before anybody is measured
    own_kib = resident_kib()
    with serving(behave, context) as port:
        found = answers(target(port, tmp_path, str(tmp_path / "ca.pem")), tmp_path, NAMES)
    assert len(peaks_kib) == len(NAMES)
    assert max(peaks_kib) < own_kib + MORE_KIB
    assert unclear(found) == {}
    assert {id: why for id, (status, why) in verdicts(found, tmp_path).items() if status is Status.PASS} == {}
