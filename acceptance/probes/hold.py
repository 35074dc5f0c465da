"""How long the WebSocket stays open: once with nothing sent at all, once under messages."""

from __future__ import annotations

import asyncio
import time

from acceptance.facts import ProbeError, Unseen, facts, seen, text
from acceptance.probes.wire import options, tcp, user_token
from acceptance.visit import Visit

WATCHED_S = 65.0  # longer than nginx's default of 60 s, at which it cuts an idle upstream


@facts
class Hold:
    """One connection; `closed_after_s` is None where it was still open when the look ended."""

    watched_s: float
    closed_after_s: float | None
    close_code: int | None


@facts
class Holds:
    """An idle connection and one under messages."""

    url: str
    idle: Hold | Unseen
    busy: Hold | Unseen

    def looked(self) -> str:
        return (
            f"{self.url} held open for {WATCHED_S:g} s, once idle with the client's keepalive off, once under messages"
        )

    @property
    def idle_closed_after_s(self) -> float | None:
        """Seconds until the idle connection was closed; None: it held. ProbeError when it could not be opened."""
        return self._held(self.idle)

    @property
    def busy_closed_after_s(self) -> float | None:
        """The same under messages."""
        return self._held(self.busy)

    def _held(self, hold: Hold | Unseen) -> float | None:
        found = seen(hold)
        if found.closed_after_s is None and found.watched_s < WATCHED_S:
            raise ProbeError("a WebSocket held open", f"it was watched for {found.watched_s:.0f} s only")
        return found.closed_after_s


def look(visit: Visit) -> Holds:
    """Hold two connections at once."""
    from acceptance import web

    token = user_token(visit)

    async def both() -> tuple[Hold | Unseen, Hold | Unseen]:
        return await asyncio.gather(_hold(visit, token, ""), _hold(visit, token, visit.target.websocket.subscribe))

    idle, busy = asyncio.run(both())
    return Holds(web.path_of(visit.target.urls.ws), idle, busy)


async def _hold(visit: Visit, token: str | None, first: str) -> Hold | Unseen:
    from websockets.asyncio.client import connect
    from websockets.exceptions import ConnectionClosed, WebSocketException

    from acceptance import guard, web

    guard.count(write=False, what="a WebSocket upgrade")
    url, extra = options(visit, token=token)
    try:
        sock, host = tcp(visit)
        sock.setblocking(False)
        connection = await connect(
            url, sock=sock, ssl=web.ssl_context(visit), server_hostname=host, open_timeout=10, close_timeout=1, **extra
        )
    except (WebSocketException, ProbeError, OSError, TimeoutError, EOFError, ValueError) as problem:  # a redirect too
        return Unseen("an open WebSocket", f"{type(problem).__name__}: {text(problem, 120)}")
    began = time.monotonic()
    try:
        if first:
            await connection.send(first)
        async with asyncio.timeout(WATCHED_S + 0.2):
            while True:
                await connection.recv()
    except TimeoutError:
        return Hold(round(time.monotonic() - began, 2), None, None)
    except ConnectionClosed as closed:
        held_s = round(time.monotonic() - began, 2)
        return Hold(held_s, held_s, closed.rcvd.code if closed.rcvd else None)
    finally:
        await connection.close()
