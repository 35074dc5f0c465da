"""The sandbox's /ws: market data that moves, an echo, a heartbeat; closed to foreign origins and strangers."""

from __future__ import annotations

import asyncio
import json
import time
from typing import Any
from urllib.parse import parse_qs

from acceptance.sandbox import market
from acceptance.sandbox.fault import Fault
from acceptance.sandbox.world import World

EVERY_S = 0.25
PROBES = ("websocket", "integrations")
_ALL_BUT_HOLD = ("FUNC-WS-01", "FUNC-WS-02", "FUNC-WS-03", "FUNC-WS-04", "FUNC-WS-06", "FUNC-EXT-04", "INFRA-NET-06")
FAULTS: tuple[Fault, ...] = tuple(
    Fault(name, "stream", change, breaks)
    for name, change, breaks in (
        ("ws-refuses-all", "every upgrade is refused", _ALL_BUT_HOLD),
        ("ws-open-to-strangers", "no token is asked for", ("FUNC-WS-02",)),
        ("ws-any-origin", "foreign origins may connect", ("FUNC-WS-02",)),
        ("ws-no-heartbeat", "the application's heartbeat is not answered", ("FUNC-WS-03",)),
        ("ws-silent", "no market data is sent", ("FUNC-WS-04", "FUNC-WS-06", "FUNC-EXT-04")),
        ("ws-repeats-one-message", "one message is sent again and again", ("FUNC-WS-04", "FUNC-EXT-04")),
        ("ws-few-connections", "a fourth connection is refused", ("FUNC-WS-06",)),
    )
)


def message(symbol: str, at: float) -> str:
    """One market-data message."""
    data = {"symbol": symbol, "price": market.price(symbol, at), "timestamp": int(at * 1000)}
    return json.dumps({"type": "MarketData", "data": data, "timestamp": int(at * 1000)})


async def stream(world: World, engine: Any, origin: str, scope: Any, receive: Any, send: Any) -> None:
    """Serve one connection until either side ends it. Market data is sent to those who subscribe."""
    await receive()
    headers = {name.decode("latin-1"): value.decode("latin-1") for name, value in scope["headers"]}
    offered = [p.strip() for p in headers.get("sec-websocket-protocol", "").split(",")]
    token = offered[1] if offered[:1] == ["bearer"] and len(offered) == 2 else ""
    token = (
        token or headers.get("authorization", "")[7:] or parse_qs(scope["query_string"].decode()).get("token", [""])[0]
    )
    stranger = engine.tokens.check(token) is None and not world.on("ws-open-to-strangers")
    foreign = headers.get("origin", origin) != origin and not world.on("ws-any-origin")
    open_now = world.shared.setdefault("ws.open", set())
    crowded = world.on("ws-few-connections") and len(open_now) >= 3
    if scope["path"] != "/ws" or stranger or foreign or crowded or world.on("ws-refuses-all"):
        await send({"type": "websocket.close", "code": 1008})
        return
    accept: dict[str, Any] = {"type": "websocket.accept"}
    if offered[:1] == ["bearer"]:
        accept["subprotocol"] = "bearer"
    await send(accept)
    began = time.monotonic()
    subscribed: set[str] = set()
    open_now.add(id(scope))
    ticking = asyncio.create_task(_tick(world, subscribed, send, began))
    try:
        while True:
            event = await receive()
            if event["type"] == "websocket.disconnect":
                return
            await _reply(world, event, subscribed, send)
    finally:
        ticking.cancel()
        open_now.discard(id(scope))


async def _reply(world: World, event: Any, subscribed: set[str], send: Any) -> None:
    try:
        asked = json.loads(event.get("text") or "")
    except ValueError:
        return
    kind = asked.get("type") if isinstance(asked, dict) else None
    if kind == "Subscribe":
        subscribed.update(s for s in asked.get("symbols", []) if s in market.SYMBOLS)
    elif kind in ("Ping", "Echo"):
        if world.on("ws-slow-echo"):
            await asyncio.sleep(0.015)
        if not (world.on("ws-no-heartbeat") and kind == "Ping"):
            await send(
                {"type": "websocket.send", "text": json.dumps({**asked, "type": {"Ping": "Pong"}.get(kind, kind)})}
            )


async def _tick(world: World, subscribed: set[str], send: Any, began: float) -> None:
    stuck = time.time()
    while True:
        await asyncio.sleep(EVERY_S)
        held_s = time.monotonic() - began
        if (world.on("ws-closes-at-30-s") and held_s > 30) or (world.on("ws-closes-at-60-s") and held_s > 60):
            await send({"type": "websocket.close", "code": 1001})
            return
        if world.on("ws-silent"):
            continue
        at = stuck if world.on("ws-repeats-one-message") else time.time()
        for symbol in sorted(subscribed):
            await send({"type": "websocket.send", "text": message(symbol, at)})


def start(world: World) -> dict[str, Any]:  # noqa: ARG001  # part of the contract of a sandbox part
    """Nothing of its own: the edge hands connections over."""
    return {}
