"""How the target's WebSocket is spoken to: where the token goes, what subscribes, what it answers to."""

from __future__ import annotations

from typing import Literal

from acceptance.tables import Table


class Websocket(Table):
    """Messages are JSON texts as they are sent. "" where the target has no such thing."""

    token: Literal["header", "subprotocol", "query", "none"] = "none"  # noqa: S105  # a way to send it, not a token
    subscribe: str = ""
    heartbeat: str = ""  # the application's own
    heartbeat_type: str = "Pong"  # the `type` of the answer
    echo: str = ""  # a message that comes back at once; PERF-WS-01 needs it
    symbols: tuple[str, ...] = ("BTCUSDT",)
    messages_per_symbol: int = 3
    window_s: float = 4.0
    symbol_field: str = "data.symbol"
    price_field: str = "data.price"
    time_field: str = "timestamp"
