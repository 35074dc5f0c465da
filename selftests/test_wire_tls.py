"""A TLS connection that is read and written at once: who waits for data keeps nobody from sending."""

from __future__ import annotations

import select
import socket
import ssl
import struct
import threading
from collections.abc import Iterator

import pytest
import trustme

from acceptance.probes.wire_tls import DuplexSocket


@pytest.fixture
def pair() -> Iterator[tuple[DuplexSocket, ssl.SSLSocket]]:
    """A client's and a server's end; the server's session tickets lie unread at the client's."""
    ca = trustme.CA()
    serving, asking = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER), ssl.create_default_context()
    ca.issue_cert("bot.example.com").configure_cert(serving)
    ca.configure_trust(asking)
    asking.sslsocket_class = DuplexSocket
    ours, theirs = socket.socketpair()
    ours.settimeout(5)
    theirs.settimeout(5)
    taken: list[ssl.SSLSocket] = []
    server = threading.Thread(target=lambda: taken.append(serving.wrap_socket(theirs, server_side=True)))
    server.start()
    client = asking.wrap_socket(ours, server_hostname="bot.example.com")
    server.join(5)
    assert isinstance(client, DuplexSocket)
    with client, taken[0]:
        yield client, taken[0]


def test_who_waits_for_data_keeps_nobody_from_sending(pair: tuple[DuplexSocket, ssl.SSLSocket]) -> None:
    client, server = pair
    heard: list[bytes] = []
    reader = threading.Thread(target=lambda: heard.append(client.recv(100)))
    reader.start()
    for _ in range(20):
        client.sendall(b"x" * 1000)
    got = 0
    while got < 20_000:
        got += len(server.recv(65536))
    server.sendall(b"answer")
    reader.join(5)
    assert heard == [b"answer"]


def test_a_read_ends_with_its_time_out_and_the_connection_stays_usable(
    pair: tuple[DuplexSocket, ssl.SSLSocket],
) -> None:
    client, server = pair
    client.settimeout(0.01)
    with pytest.raises(TimeoutError):
        client.recv(100)
    server.sendall(b"late")
    client.settimeout(5)
    assert client.recv(100) == b"late"


def test_the_other_side_s_end_is_an_end(pair: tuple[DuplexSocket, ssl.SSLSocket]) -> None:
    client, server = pair
    server.close()
    assert client.recv(100) == b""


def test_a_peer_that_went_before_the_handshake_is_an_error_of_the_connection() -> None:
    with socket.socket() as listening, socket.socket() as ours:
        listening.bind(("127.0.0.1", 0))
        listening.listen()
        ours.connect(listening.getsockname())
        theirs, _ = listening.accept()
        theirs.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        theirs.close()  # a reset
        select.select((ours,), (), (), 5)
        context = ssl.create_default_context()
        context.sslsocket_class = DuplexSocket
        with pytest.raises(ConnectionResetError):
            context.wrap_socket(ours, server_hostname="bot.example.com")
