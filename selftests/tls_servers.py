"""Servers on loopback that do with each connection what a test wants; those of HTTPS are made from a context."""

from __future__ import annotations

import socket
import ssl
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress

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

        def accept() -> None:
            while True:
                try:
                    sock, _ = server.accept()
                except OSError:
                    return
                threading.Thread(target=one, args=(sock,), daemon=True).start()

        threading.Thread(target=accept, daemon=True).start()
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
