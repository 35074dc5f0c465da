"""Opens the target's WebSocket as a probe needs it: addresses and trust of the target, no keepalive of our own."""

from __future__ import annotations

import socket
from collections.abc import Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any
from urllib.parse import quote, urlsplit

from acceptance.facts import ProbeError, text
from acceptance.foreign import NoDocument, json_of
from acceptance.visit import Visit

if TYPE_CHECKING:
    from websockets.sync.client import ClientConnection

FRAME_LIMIT = 1_000_000


class Rejected(Exception):
    """The server answered the upgrade with another status than 101."""

    why = ""  # what was wrong with a 101

    def __init__(self, status: int) -> None:
        super().__init__(f"the upgrade was answered with {status}")
        self.status = status


class BadHandshake(Rejected):
    """The server answered 101, and a client must close the connection nevertheless (RFC 6455, section 4.1)."""

    def __init__(self, why: str) -> None:
        super().__init__(101)
        self.args = (f"the upgrade was answered with 101, which no client may take: {why}",)
        self.why = why


def options(visit: Visit, *, token: str | None, origin: str = "") -> tuple[str, dict[str, Any]]:
    """The URL and the client's options: no pings of its own, so that an idle connection is truly idle."""
    from acceptance import web

    url = visit.target.urls.ws
    way = visit.target.websocket.token
    headers: dict[str, str] = {}
    extra: dict[str, Any] = {}
    if token and way == "header":
        headers = web.bearer(token)
    elif token and way == "subprotocol":
        extra["subprotocols"] = ["bearer", token]
    elif token and way == "query":
        url += f"{'&' if '?' in url else '?'}token={quote(token)}"
    parts = urlsplit(visit.target.urls.dashboard)
    return url, {
        "additional_headers": headers, "origin": origin or f"{parts.scheme}://{parts.netloc}", "ping_interval": None,
        "max_size": FRAME_LIMIT, "user_agent_header": visit.marker, "compression": None, "proxy": None, **extra,
    }  # fmt: skip


def tcp(visit: Visit) -> tuple[socket.socket, str]:
    """A connected socket to the WebSocket's address, and the host name for TLS."""
    from acceptance import web

    parts = urlsplit(visit.target.urls.ws)
    host = parts.hostname or ""
    try:
        sock = socket.create_connection((web.addresses(visit, host)[0], parts.port or 443), visit.time_left_s(10))
    except OSError as problem:
        raise ProbeError(f"a connection to {host}", text(problem, 120)) from None
    sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
    return sock, host


def connect(visit: Visit, *, token: str | None, origin: str = "") -> ClientConnection:
    """An open connection. Rejected when the server refuses the upgrade, BadHandshake when it grants it as no client may
    take it, ProbeError when nothing can be had.
    """
    from websockets.exceptions import InvalidHeader, InvalidStatus, NegotiationError, WebSocketException
    from websockets.sync.client import connect as open_connection

    from acceptance import ban, guard, web
    from acceptance.probes.wire_tls import DuplexSocket

    ban.check(visit, visit.target.urls.ws)
    guard.count(write=False, what="a WebSocket upgrade")
    url, extra = options(visit, token=token, origin=origin)
    sock, host = tcp(visit)
    context = web.ssl_context(visit)
    context.sslsocket_class = DuplexSocket
    try:
        opened: ClientConnection = open_connection(
            url, sock=sock, ssl=context, server_hostname=host, open_timeout=visit.time_left_s(10),
            close_timeout=1, legacy=True, **extra,
        )  # fmt: skip
    except InvalidStatus as refused:
        raise Rejected(refused.response.status_code) from None
    except ValueError as redirect:  # the library would follow it, were the socket its own
        if isinstance(redirect.__cause__, InvalidStatus):
            raise Rejected(redirect.__cause__.response.status_code) from None
        raise ProbeError("the WebSocket upgrade", text(redirect, 120)) from None
    except (InvalidHeader, NegotiationError) as broken:
        sock.close()
        raise BadHandshake(text(broken, 120)) from None
    except (WebSocketException, OSError, TimeoutError, EOFError) as problem:
        sock.close()
        raise ProbeError("the WebSocket upgrade", f"{type(problem).__name__}: {text(problem, 120)}") from None
    if extra.get("subprotocols") and opened.subprotocol is None:
        opened.close()
        raise BadHandshake("none of the subprotocols that were offered was chosen")
    return opened


def receive(connection: ClientConnection, seconds: float) -> str | bytes:
    """The next message; EOFError when the connection was closed meanwhile, TimeoutError when none came."""
    from websockets.exceptions import ConnectionClosed

    try:
        return connection.recv(timeout=seconds)
    except ConnectionClosed as closed:
        raise EOFError(f"the connection was closed: {text(closed, 120)}") from None


@contextmanager
def open_or_unseen(what: str) -> Iterator[None]:
    """ProbeError when the server closes the connection while something is said on it."""
    from websockets.exceptions import ConnectionClosed

    try:
        yield
    except ConnectionClosed as closed:
        raise ProbeError(what, f"the connection was closed: {text(closed, 120)}") from None


def read_json(message: str | bytes) -> Any:
    """A message as JSON, or None."""
    try:
        return json_of(message)
    except NoDocument:
        return None


def user_token(visit: Visit) -> str | None:
    """The user's token, or None where the target's WebSocket takes none."""
    if visit.target.websocket.token == "none":  # noqa: S105  # a way to send it, not a token
        return None
    return visit.token()
