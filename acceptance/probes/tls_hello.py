"""A hello of our own: offers what we like, reads what the server chooses, and hangs up before the key exchange.

It needs no library that still knows old ciphers, sees DH groups that libraries refuse, and is bounded in time.
"""

from __future__ import annotations

import os
import socket
import time
from collections.abc import Sequence
from dataclasses import dataclass

SSL_3_0, TLS_1_0, TLS_1_1, TLS_1_2, TLS_1_3 = 0x0300, 0x0301, 0x0302, 0x0303, 0x0304
EMPTY_RENEGOTIATION_INFO = 0x00FF
LIMIT = 200_000  # bytes of one answer
# Curves only: a server that is offered named DH groups need not show its own.
GROUPS = (0x001D, 0x0017, 0x0018, 0x0019, 0x001E, 0x0016, 0x0015, 0x0013, 0x001A, 0x001B, 0x001C)
SIGNATURES = (0x0403, 0x0503, 0x0603, 0x0804, 0x0805, 0x0806, 0x0401, 0x0501, 0x0601, 0x0203, 0x0201, 0x0202, 0x0101)
HANDSHAKE, ALERT = 22, 21
SERVER_HELLO, CERTIFICATE, SERVER_KEY_EXCHANGE, SERVER_HELLO_DONE = 2, 11, 12, 14


class NotTls(Exception):
    """What came back is no TLS."""


@dataclass(frozen=True)
class ServerHello:
    """What the server chose. `dh_bits` only where it sent a DH group."""

    version: int
    suite: int
    compression: bool
    secure_renegotiation: bool
    certificates: tuple[bytes, ...] = ()
    dh_bits: int | None = None


@dataclass(frozen=True)
class Where:
    """One server: address and port to connect to, the name for SNI ("" for none)."""

    address: str
    port: int
    name: str


def greet(where: Where, version: int, suites: Sequence[int], ends: float, dhe: frozenset[int]) -> ServerHello | None:
    """The server's choice among the suites at most at `version`; None when it refuses by alert or by closing.

    TimeoutError when it is not answered by `ends` (time.monotonic()), OSError for the network, NotTls for garbage.
    """
    with socket.create_connection((where.address, where.port), timeout=_left(ends)) as sock:
        sock.sendall(_client_hello(where.name, version, suites))
        reader = _Reader(sock, ends)
        try:
            return _read(reader, dhe)
        except EOFError:
            return None


def _left(ends: float) -> float:
    left = ends - time.monotonic()
    if left <= 0:
        raise TimeoutError("no whole answer in time")
    return left


class _Reader:
    """Bytes of a socket up to a moment and a limit, and the handshake messages in them."""

    def __init__(self, sock: socket.socket, ends: float) -> None:
        self.sock, self.ends, self.total = sock, ends, 0
        self.messages = b""

    def exactly(self, size: int) -> bytes:
        data = b""
        self.total += size
        if self.total > LIMIT:
            raise NotTls(f"more than {LIMIT} bytes in one handshake")
        while len(data) < size:
            self.sock.settimeout(_left(self.ends))
            more = self.sock.recv(size - len(data))
            if not more:
                raise EOFError
            data += more
        return data

    def message(self) -> tuple[int, bytes]:
        """The next handshake message; EOFError on an alert."""
        while len(self.messages) < 4 or len(self.messages) < 4 + int.from_bytes(self.messages[1:4], "big"):
            head = self.exactly(5)
            if head[0] not in (HANDSHAKE, ALERT) or head[1] != 3:
                raise NotTls(f"the first bytes are {head!r}")
            body = self.exactly(int.from_bytes(head[3:5], "big"))
            if head[0] == ALERT:
                if body[:1] == b"\x01":  # a warning, such as an unrecognised name
                    continue
                raise EOFError
            self.messages += body
        size = 4 + int.from_bytes(self.messages[1:4], "big")
        message, self.messages = self.messages[:size], self.messages[size:]
        return message[0], message[4:]


def _read(reader: _Reader, dhe: frozenset[int]) -> ServerHello:
    kind, body = reader.message()
    if kind != SERVER_HELLO or len(body) < 38:
        raise NotTls("the first message is no ServerHello")
    after = 35 + body[34]
    suite = int.from_bytes(body[after : after + 2], "big")
    extensions = _extensions(body[after + 3 :])
    version = int.from_bytes(extensions.get(0x002B, body[:2])[:2], "big")
    compression = body[after + 2 : after + 3] == b"\x01"
    hello = ServerHello(version, suite, compression, 0xFF01 in extensions or version >= TLS_1_3)
    if version >= TLS_1_3:
        return hello
    certificates: tuple[bytes, ...] = ()
    dh_bits: int | None = None
    while True:
        try:
            kind, body = reader.message()
        except EOFError:  # it chose and then gave up; the choice is what was asked
            break
        if kind == CERTIFICATE:
            certificates = _certificates(body)
        elif kind == SERVER_KEY_EXCHANGE and suite in dhe:
            size = int.from_bytes(body[:2], "big")
            dh_bits = int.from_bytes(body[2 : 2 + size], "big").bit_length()
        elif kind == SERVER_HELLO_DONE:
            break
    return ServerHello(version, suite, compression, hello.secure_renegotiation, certificates, dh_bits)


def _extensions(data: bytes) -> dict[int, bytes]:
    found, place = {}, 2
    while place + 4 <= len(data):
        size = int.from_bytes(data[place + 2 : place + 4], "big")
        found[int.from_bytes(data[place : place + 2], "big")] = data[place + 4 : place + 4 + size]
        place += 4 + size
    return found


def _certificates(body: bytes) -> tuple[bytes, ...]:
    found, place = [], 3
    while place + 3 <= len(body):
        size = int.from_bytes(body[place : place + 3], "big")
        found.append(body[place + 3 : place + 3 + size])
        place += 3 + size
    return tuple(found)


def _sized(data: bytes, width: int = 2) -> bytes:
    return len(data).to_bytes(width, "big") + data


def _numbers(numbers: Sequence[int]) -> bytes:
    return b"".join(number.to_bytes(2, "big") for number in numbers)


def _client_hello(name: str, version: int, suites: Sequence[int]) -> bytes:
    wire_version = min(version, TLS_1_2)
    body = wire_version.to_bytes(2, "big") + os.urandom(32)
    body += _sized(os.urandom(32) if version >= TLS_1_3 else b"", 1)
    body += _sized(_numbers([*suites, EMPTY_RENEGOTIATION_INFO]))
    body += _sized(b"\x00" if version >= TLS_1_3 else b"\x01\x00", 1)  # DEFLATE first: a server that can, does
    extensions: list[tuple[int, bytes]] = []
    if version > SSL_3_0:
        if name:
            extensions.append((0x0000, _sized(b"\x00" + _sized(name.encode("ascii")))))
        extensions += [(0x000A, _sized(_numbers(GROUPS))), (0x000B, _sized(b"\x00", 1))]
    if version >= TLS_1_2:
        extensions.append((0x000D, _sized(_numbers(SIGNATURES))))
    if version >= TLS_1_3:
        extensions.append((0x002B, _sized(_numbers([TLS_1_3, TLS_1_2, TLS_1_1, TLS_1_0]), 1)))
        extensions.append((0x0033, _sized(_numbers([0x001D]) + _sized(os.urandom(32)))))
    if extensions:
        body += _sized(b"".join(number.to_bytes(2, "big") + _sized(data) for number, data in extensions))
    handshake = b"\x01" + _sized(body, 3)
    return b"\x16" + min(version, TLS_1_0).to_bytes(2, "big") + _sized(handshake)
