"""The sandbox's market: prices that move each second, candles without gaps, paper orders and portfolios."""

from __future__ import annotations

import math
import time
from typing import Any

SYMBOLS = {"BTCUSDT": 43_000.0, "ETHUSDT": 2_300.0, "BNBUSDT": 310.0, "SOLUSDT": 98.0}
TIMEFRAMES_S = {"1m": 60, "5m": 300, "1h": 3600}


def price(symbol: str, at: float | None = None) -> float:
    """A price that moves by the clock, the same for all who ask at once."""
    at = time.time() if at is None else at
    base = SYMBOLS[symbol]
    return round(base * (1 + 0.002 * math.sin(at / 97) + 0.0005 * math.sin(at * 1.7)), 2)


def candles(symbol: str, timeframe: str, limit: int) -> list[dict[str, Any]]:
    """The newest candles, oldest first; the last one is still open."""
    step = TIMEFRAMES_S[timeframe]
    newest = int(time.time()) // step * step
    return [_candle(symbol, newest - back * step, step) for back in range(limit - 1, -1, -1)]


def _candle(symbol: str, opens: int, step: int) -> dict[str, Any]:
    closes = min(opens + step, time.time())
    seen = [price(symbol, opens + (closes - opens) * part / 8) for part in range(9)]
    return {
        "open_time": opens * 1000, "open": seen[0], "high": max(seen), "low": min(seen), "close": seen[-1],
        "volume": 12.5, "is_closed": closes == opens + step,
    }  # fmt: skip


class Ledger:
    """Paper orders and balances, one book a user."""

    def __init__(self) -> None:
        self.orders: dict[str, dict[str, dict[str, Any]]] = {}
        self._next = 1

    def place(self, user: str, wish: dict[str, Any]) -> dict[str, Any]:
        """Keep an order that the market has not reached."""
        id = f"ord-{self._next}"
        self._next += 1
        order = {
            "id": id, "symbol": wish["symbol"], "side": wish["side"], "order_type": wish["order_type"],
            "quantity": wish["quantity"], "price": wish.get("price"), "status": "pending",
            "client_id": wish.get("client_id", ""), "created_at": time.time(),
        }  # fmt: skip
        self.orders.setdefault(user, {})[id] = order
        return order

    def pending(self, user: str) -> list[dict[str, Any]]:
        """A user's open orders."""
        return list(self.orders.get(user, {}).values())

    def cancel(self, user: str, id: str) -> bool:
        """Take an order back; False when there is none."""
        return self.orders.get(user, {}).pop(id, None) is not None


def balance(user: dict[str, Any]) -> float:
    """What a user's paper account holds, different for each."""
    return 10_000.0 + sum(map(ord, user["id"])) % 977
