"""The WebSocket as a client meets it: upgrade, refusals, pings, market data, reconnects. RFC 6455."""

from __future__ import annotations

import math
import socket
import time
from contextlib import suppress
from itertools import pairwise
from typing import TYPE_CHECKING

from acceptance.facts import ProbeError, Unseen, facts, seen
from acceptance.probes.api import AHEAD_S
from acceptance.probes.wire import Rejected, connect, open_or_unseen, read_json, receive, user_token
from acceptance.visit import Visit

if TYPE_CHECKING:
    from websockets.sync.client import ClientConnection

CROWD = 20
FOREIGN = "https://acceptance-check.example"
REFUSING = (1008, 3000, 3003, 4001, 4003, 4401, 4403)  # codes of a close that refuses: policy, unauthorized, forbidden


@facts
class Stream:
    """Market data of one symbol within the window: receive times and ages in seconds, as they came."""

    symbol: str
    messages: int
    malformed: int
    distinct: int  # different (price, time) pairs
    ascending: bool
    oldest_age_s: float
    longest_gap_s: float


@facts
class Websocket:
    """What happened at each upgrade and message. A status is the upgrade's; 101 opened. Some close at once instead."""

    url: str
    status: int
    stranger_status: int | None  # None where the target takes no token
    foreign_origin_status: int
    pong_ms: float | Unseen
    heartbeat_ms: float | Unseen | None  # None where the target names none
    streams: tuple[Stream, ...] | Unseen
    wanted_messages: int
    reconnect_s: float | Unseen
    fresh_after_reconnect: bool
    crowd_held: int
    window_s: float
    bad_handshake: str = ""  # why a client must close a connection that was answered with 101

    def looked(self) -> str:
        said = [f"{self.url}: the upgrade was answered with {self.status}"]
        if self.status != 101 or self.bad_handshake:
            return said[0]  # nothing else was tried
        if self.stranger_status is not None:
            said.append(f"a stranger's with {self.stranger_status}")
        said.append(f"a foreign origin's with {self.foreign_origin_status}")
        said += [f"{what} after {ms:.1f} ms" for what, ms in self._round_trips() if not isinstance(ms, Unseen)]
        for s in () if isinstance(self.streams, Unseen) else self.streams:
            said.append(f"{s.symbol}: {s.messages} messages in {self.window_s:g} s, at most {s.oldest_age_s:.1f} s old")
        return ", ".join((*said, f"{self.crowd_held} of {CROWD} connections held at once"))

    def _round_trips(self) -> tuple[tuple[str, float | Unseen], ...]:
        beat = () if self.heartbeat_ms is None else (("heartbeat", self.heartbeat_ms),)
        back: float | Unseen = self.reconnect_s if isinstance(self.reconnect_s, Unseen) else self.reconnect_s * 1000
        return (("pong", self.pong_ms), *beat, ("a new connection", back))

    def handshake_faults(self) -> tuple[str, ...]:
        """What in a 101 makes a client close the connection."""
        return (f"the upgrade: 101, which no client may take: {self.bad_handshake}",) if self.bad_handshake else ()

    def opened_to_wrong_ones(self) -> tuple[str, ...]:
        """Strangers and foreign origins that the upgrade was granted to."""
        found = []
        if self.stranger_status is not None and self.stranger_status not in (401, 403, *REFUSING):
            found.append(f"a stranger got {self.stranger_status}")
        if self.foreign_origin_status == 101:
            found.append(f"the origin {FOREIGN} got 101")
        return tuple(found)

    def pings_unanswered(self) -> tuple[str, ...]:
        """Pings without their pong, and the heartbeat without its answer, on a connection that was open."""
        if self.status != 101 or self.bad_handshake:
            seen(self.pong_ms)
        found = [ms for ms in (self.pong_ms, self.heartbeat_ms) if isinstance(ms, Unseen)]
        return tuple(f"{each.what}: {each.why}" for each in found)

    def reconnect_faults(self) -> tuple[str, ...]:
        """A second connection that was refused, came late, or brought no data."""
        if isinstance(self.reconnect_s, Unseen):
            return (f"{self.reconnect_s.what}: {self.reconnect_s.why}",)
        if self.reconnect_s > 5:
            return (f"a new connection took {self.reconnect_s:.1f} s, at most 5 s expected",)
        return () if self.fresh_after_reconnect else ("no market data within 5 s on the new connection",)

    def stream_faults(self) -> tuple[str, ...]:
        """What is wrong with the market data: too few, malformed, repeated, unordered, old, with gaps."""
        found = []
        streams = seen(self.streams)
        if not streams:
            raise ProbeError("market data over the WebSocket", "the target's [websocket] symbols names none")
        for s in streams:
            if s.messages < self.wanted_messages:
                found.append(
                    f"{s.symbol}: {s.messages} messages in {self.window_s:g} s, {self.wanted_messages} expected"
                )
                continue
            if s.malformed:
                found.append(
                    f"{s.symbol}: {s.malformed} messages without price or time, or with a time that lies ahead"
                )
            if s.distinct < 2:
                found.append(f"{s.symbol}: one message is repeated")
            if not s.ascending:
                found.append(f"{s.symbol}: times don't ascend")
            if s.oldest_age_s >= 2:
                found.append(f"{s.symbol}: {s.oldest_age_s:.1f} s old, under 2 s expected")
            if s.longest_gap_s > 5:
                found.append(f"{s.symbol}: a gap of {s.longest_gap_s:.1f} s, at most 5 s expected")
        return tuple(found)


def look(visit: Visit) -> Websocket:
    """Connect as everybody, listen, cut, come back, and come as a crowd."""
    with open_or_unseen("an open WebSocket"):
        return _look(visit)


def _look(visit: Visit) -> Websocket:
    from acceptance import web

    ws, token = visit.target.websocket, user_token(visit)
    try:
        connection = connect(visit, token=token)
    except Rejected as refused:
        unseen = Unseen("an open WebSocket", str(refused))  # the refusal itself is FUNC-WS-01's finding
        return Websocket(
            web.path_of(visit.target.urls.ws), refused.status, None, 0, unseen, unseen, unseen,
            ws.messages_per_symbol, unseen, False, 0, ws.window_s, refused.why,
        )  # fmt: skip
    try:
        pong_ms = _ping(connection, visit)
        heartbeat = _heartbeat(connection, visit) if ws.heartbeat else None
        streams = (
            _listen(connection, visit)
            if ws.subscribe or ws.symbols
            else Unseen("market data", "[websocket] names no symbol")
        )
    finally:
        cut(connection)
    again, fresh = _reconnect(visit, token)
    return Websocket(
        web.path_of(visit.target.urls.ws), 101, None if token is None else _status(visit, token=None),
        _status(visit, token=token, origin=FOREIGN), pong_ms, heartbeat, streams, ws.messages_per_symbol, again, fresh,
        _crowd(visit, token), ws.window_s,
    )  # fmt: skip


def _status(visit: Visit, *, token: str | None, origin: str = "") -> int:
    """How an upgrade fared that must be refused; the code of a close that refuses at once, before any data."""
    from websockets.exceptions import ConnectionClosed

    from acceptance import ban

    try:
        with connect(visit, token=token, origin=origin) as connection, suppress(TimeoutError):
            connection.recv(timeout=1)
    except ConnectionClosed as closed:
        return closed.rcvd.code if closed.rcvd and closed.rcvd.code in REFUSING else 101
    except Rejected as refused:
        return refused.status
    except ProbeError:
        ban.suspect(visit, visit.target.urls.ws)
        raise
    return 101


def cut(connection: ClientConnection) -> None:
    """Cut the line without a closing handshake, as a lost network does."""
    with suppress(OSError):
        connection.socket.shutdown(socket.SHUT_RDWR)


def _ping(connection: ClientConnection, visit: Visit) -> float | Unseen:
    """Round trip of a ping whose payload comes back."""
    began = time.perf_counter()
    if not connection.ping(visit.marker[-40:].encode()).wait(visit.time_left_s(5)):
        return Unseen("a pong", "none with the ping's payload came within 5 s")
    return round((time.perf_counter() - began) * 1000, 3)


def _heartbeat(connection: ClientConnection, visit: Visit) -> float | Unseen:
    ws = visit.target.websocket
    began = time.perf_counter()
    connection.send(ws.heartbeat)
    while (left := 5 - (time.perf_counter() - began)) > 0:
        with suppress(TimeoutError):
            try:
                message = read_json(receive(connection, left))
            except EOFError as closed:
                return Unseen("the heartbeat's answer", str(closed))
            if isinstance(message, dict) and message.get("type") == ws.heartbeat_type:
                return round((time.perf_counter() - began) * 1000, 3)
    return Unseen("the heartbeat's answer", f"no message of type {ws.heartbeat_type} within 5 s")


def _listen(connection: ClientConnection, visit: Visit) -> tuple[Stream, ...]:
    """Market data of the window, by symbol."""
    from acceptance import web
    from acceptance.probes.api import _stamp

    ws = visit.target.websocket
    if ws.subscribe:
        connection.send(ws.subscribe)
    heard: dict[str, list[tuple[float, float | None, float | None]]] = {symbol: [] for symbol in ws.symbols}
    began, over = time.time(), time.monotonic() + ws.window_s  # by the clock that nobody sets
    while (left := over - time.monotonic()) > 0:
        try:
            message = read_json(receive(connection, left))
        except (TimeoutError, EOFError):
            break
        symbol = web.pick(message, ws.symbol_field)
        if symbol in heard and len(heard[symbol]) < 5000:
            price, stamps = web.pick(message, ws.price_field), _stamp(web.pick(message, ws.time_field))
            heard[symbol].append((time.time(), stamps[0] if stamps else None, _number(price)))
    ends = time.time()
    return tuple(_stream(symbol, rows, began, ends) for symbol, rows in heard.items())


def _number(price: object) -> float | None:
    """A price above 0; exchanges send it as a string too."""
    if isinstance(price, bool) or not isinstance(price, int | float | str):
        return None
    with suppress(ValueError):
        return number if math.isfinite(number := float(price)) and number > 0 else None
    return None


def _stream(symbol: str, rows: list[tuple[float, float | None, float | None]], began: float, ends: float) -> Stream:
    rows = [(at, stamp if stamp is not None and stamp <= at + AHEAD_S else None, price) for at, stamp, price in rows]
    times = [stamp for _, stamp, _ in rows if stamp is not None]
    received = [began, *(at for at, _, _ in rows), ends]
    ages = [at - stamp for at, stamp, _ in rows if stamp is not None]
    return Stream(
        symbol=symbol,
        messages=len(rows),
        malformed=sum(stamp is None or price is None for _, stamp, price in rows),
        distinct=len({(stamp, price) for _, stamp, price in rows}),
        ascending=times == sorted(times),
        oldest_age_s=round(max(ages, default=0.0), 3),
        longest_gap_s=round(max(b - a for a, b in pairwise(received)), 3),
    )


def _reconnect(visit: Visit, token: str | None) -> tuple[float | Unseen, bool]:
    """Seconds until a new connection stands, and whether fresh data comes on it."""
    began = time.monotonic()
    try:
        with connect(visit, token=token) as connection:
            took_s = round(time.monotonic() - began, 3)
            ws = visit.target.websocket
            if ws.subscribe:
                connection.send(ws.subscribe)
            return took_s, _is_fresh(connection, visit)
    except (Rejected, ProbeError, OSError, EOFError) as problem:
        return Unseen("a second connection", str(problem)), False


def _is_fresh(connection: ClientConnection, visit: Visit) -> bool:
    """Whether market data comes within 5 s; a greeting or the answer to the subscription is none."""
    from acceptance import web

    ws = visit.target.websocket
    ends = time.monotonic() + visit.time_left_s(5)
    while (left := ends - time.monotonic()) > 0:
        with suppress(TimeoutError):
            message = read_json(receive(connection, left))
            if not ws.symbols or web.pick(message, ws.symbol_field) in ws.symbols:
                return True
    return False


def _crowd(visit: Visit, token: str | None) -> int:
    """How many of 20 connections at once are open together and answer a ping."""
    held = []
    try:
        for _ in range(CROWD):
            with suppress(Rejected, ProbeError):
                held.append(connect(visit, token=token))
        pongs = [connection.ping() for connection in held]  # all asked before any is waited for
        ends = time.monotonic() + visit.time_left_s(5)
        return sum(pong.wait(max(0.0, ends - time.monotonic())) for pong in pongs)
    finally:
        for connection in held:
            cut(connection)
