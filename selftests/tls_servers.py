"""Servers on loopback that do with each connection what a test wants; those of HTTPS are made from a context."""

from __future__ import annotations

import socket
import ssl
import struct
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress

from selftests.bad_servers import accepting

Behave = Callable[[socket.socket], None]
HSTS = b"Strict-Transport-Security: max-age=63072000\r\n"
ANSWER = b"HTTP/1.1 %s\r\n%sContent-Length: 0\r\nConnection: close\r\n\r\n"


@contextmanager
def listening() -> Iterator[Callable[..., int]]:
    """`start(behave, address, port)` gives the port; all servers end with the block."""
    servers: list[socket.socket] = []

    def start(behave: Behave, address: str = "127.0.0.1", port: int = 0) -> int:
        family = socket.AF_INET6 if ":" in address else socket.AF_INET
        server = socket.create_server((address, port), family=family, backlog=128)
        servers.append(server)

        def one(sock: socket.socket) -> None:
            with sock, suppress(OSError):
                behave(sock)

        accepting(server, one)
        return int(server.getsockname()[1])

    try:
        yield start
    finally:
        for server in servers:
            server.shutdown(socket.SHUT_RDWR)
            server.close()


def https(context: ssl.SSLContext, answer: bytes = b"") -> Behave:
    """Answers one request over TLS, with a good page if nothing else is wanted."""

    def behave(raw: socket.socket) -> None:
        raw.settimeout(15)
        with context.wrap_socket(raw, server_side=True) as secure:
            if secure.recv(4096):
                secure.sendall(answer or ANSWER % (b"200 OK", HSTS))

    return behave


SERVER_HELLO_HEAD = b"\x16\x03\x03\x00\x7a\x02\x00\x00\x76\x03\x03"


def heard(behave: Behave) -> Behave:
    """Behaves so after the first bytes of the client."""

    def listen_first(sock: socket.socket) -> None:
        sock.recv(4096)
        behave(sock)

    return listen_first


def drip(sock: socket.socket) -> None:
    """A byte every half second, for ever."""
    for byte in SERVER_HELLO_HEAD + bytes(200):
        sock.sendall(bytes([byte]))
        time.sleep(0.5)


def stall(sock: socket.socket) -> None:
    """The start of a handshake, then nothing."""
    sock.sendall(SERVER_HELLO_HEAD)
    time.sleep(30)


def silent(_: socket.socket) -> None:
    """Not a byte."""
    time.sleep(30)


def reset(sock: socket.socket) -> None:
    """Hangs up with a reset."""
    sock.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))


def tires(context: ssl.SSLContext, answers: int = 8) -> Behave:
    """Good HTTPS for so many connections, then silence."""
    left = iter(range(answers))

    def behave(sock: socket.socket) -> None:
        if next(left, None) is None:
            silent(sock)
        else:
            https(context)(sock)

    return behave
