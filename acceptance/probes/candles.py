"""Historical candles as the API gives them: count, order, gaps, prices, age; and what an unknown symbol gets."""

from __future__ import annotations

import math
from datetime import UTC, datetime
from itertools import pairwise
from typing import TYPE_CHECKING, Any

from acceptance.facts import ProbeError, Unseen, facts, text
from acceptance.probes.api import AHEAD_S, _stamp
from acceptance.visit import Visit

if TYPE_CHECKING:
    import httpx

TIMEFRAMES_S = {"1m": 60, "5m": 300, "15m": 900, "1h": 3600}


@facts
class Candles:
    """A requested series of candles, and what an unknown symbol gets."""

    asked: int
    got: int
    faults: tuple[str, ...]
    unknown_symbol_status: int
    unknown_symbol_empty_success: bool
    unknown_symbol_got: int = 0  # candles of a symbol that does not exist

    def wrong(self) -> tuple[str, ...]:
        """What is wrong with the series, and with the answer to a symbol that does not exist."""
        found = list(self.faults)
        if self.got != self.asked:
            found.append(f"{self.got} candles, {self.asked} asked")
        if self.unknown_symbol_empty_success:
            found.append(f"an unknown symbol gets {self.unknown_symbol_status} and an empty list, 404 expected")
        if self.unknown_symbol_got:
            found.append(f"an unknown symbol gets {self.unknown_symbol_got} candles, 404 expected")
        if self.unknown_symbol_status >= 500:
            found.append(f"an unknown symbol gets {self.unknown_symbol_status}, 404 expected")
        return tuple(found)


def look(visit: Visit, client: httpx.Client, asked: int = 60) -> Candles | Unseen:
    """Ask for the newest candles of the target's first symbol, and for those of none."""
    from acceptance import web

    operation = visit.target.operations.get("candles")
    if operation is None:
        return Unseen("candles", "the target has no [operations.candles]")
    symbol, timeframe = visit.target.websocket.symbols[0], "1m"

    def ask(name: str) -> Any:
        path = operation.path.replace("{symbol}", name).replace("{timeframe}", timeframe)
        return web.ask(client, "GET", f"{visit.target.urls.api}{path}?limit={asked}")

    try:
        good, unknown = ask(symbol), ask("NOSUCHCOIN")
    except ProbeError as problem:
        return Unseen(problem.what, problem.why)
    place, body = operation.fields.get("candles", "data"), web.as_json(good)
    rows, nothing = web.pick(body, place), web.pick(web.as_json(unknown), place)
    rows = [row for row in rows if isinstance(row, dict)] if isinstance(rows, list) else []
    wrong = candle_faults(rows, TIMEFRAMES_S[timeframe])
    if good.status_code != 200 or web.denies(body):
        wrong = (f"{symbol} gets {good.status_code}, {text(good.content, 80)}", *wrong)
    got = len(nothing) if unknown.is_success and isinstance(nothing, list) else 0
    empty = unknown.status_code == 200 and nothing == []
    return Candles(asked, len(rows), wrong, unknown.status_code, empty, got)


def _is_candle(row: dict[str, Any]) -> bool:
    """Whether a row has what every candle has, each of its kind."""
    prices = [row.get(name) for name in ("open", "high", "low", "close")]
    numbers = all(isinstance(p, int | float) and not isinstance(p, bool) and math.isfinite(p) for p in prices)
    return numbers and all(map(math.isfinite, _stamp(row.get("open_time")) or (math.inf,)))


def candle_faults(rows: list[dict[str, Any]], step_s: int) -> tuple[str, ...]:
    """Gaps, duplicates, disorder, impossible prices and age of candles in either order."""
    if broken := [row for row in rows if not _is_candle(row)]:
        return (f"{len(broken)} of {len(rows)} candles lack their time or a price: {text(broken[0], 80)}",)
    times = [int(_stamp(row["open_time"])[0]) for row in rows]
    if len(times) > 1 and times[0] > times[-1]:
        rows, times = rows[::-1], times[::-1]
    wrong = []
    for before, after in pairwise(times):
        if after - before != step_s:
            wrong.append(f"{after - before} s between two candles, {step_s} expected")
    for row in rows:
        if not all(row["low"] <= row[k] <= row["high"] for k in ("open", "close")):
            wrong.append(f"candle of {row.get('open_time')}: open and close don't lie between low and high")
    now = datetime.now(UTC).timestamp()
    if times and now - times[-1] > 2 * step_s:
        wrong.append(f"the newest candle opened {now - times[-1]:.0f} s ago, {2 * step_s} s at most expected")
    if times and times[-1] > now + AHEAD_S:
        wrong.append(f"the newest candle opens {times[-1] - now:.0f} s ahead of now")
    return tuple(wrong[:5])
