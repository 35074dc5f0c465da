"""What the engine itself says of its upstreams, and whether market data flows through it: API, /ws and exchange agree."""

from __future__ import annotations

import math
import time
from datetime import UTC, datetime
from itertools import pairwise
from typing import TYPE_CHECKING, Any

from acceptance.facts import ProbeError, Unseen, facts, seen, text
from acceptance.probes.api import _stamp, age_of, prices_of
from acceptance.probes.wire import Rejected, connect, read_json, receive, user_token
from acceptance.visit import Visit

if TYPE_CHECKING:
    import httpx

WATCHED_S = 4.0
BEHIND_S = 2.0  # a change must show within this
TIMEFRAMES_S = {"1m": 60, "5m": 300, "15m": 900, "1h": 3600}


@facts
class Candles:
    """A requested series of candles, and what an unknown symbol gets."""

    asked: int
    got: int
    faults: tuple[str, ...]
    unknown_symbol_status: int
    unknown_symbol_empty_success: bool


@facts
class Integrations:
    """The engine's own words, prices by both ways, candles, and balances."""

    stream_connected: bool | Unseen
    stream_age_s: float | Unseen
    completion_age_s: float | Unseen
    pushed: int  # prices that came over /ws
    pushed_changes: int
    behind: tuple[str, ...]  # API prices that no pushed price of the last two seconds explains
    api_changes: int
    api_price: float
    candles: Candles | Unseen
    balance: float | Unseen
    ledger: float | Unseen

    def looked(self) -> str:
        return f"the engine's own report, {self.pushed} pushed prices beside the API's over {WATCHED_S:g} s, candles, balances"

    def stream_faults(self) -> tuple[str, ...]:
        """An upstream stream that is not connected, or silent for five seconds."""
        wrong = [] if seen(self.stream_connected) else ["the engine reports its upstream stream as not connected"]
        if (age_s := seen(self.stream_age_s)) >= 5:
            wrong.append(f"its last message is {age_s:.0f} s old, under 5 s expected")
        return tuple(wrong)

    @property
    def completion_age_h(self) -> float:
        """Hours since the last real completion."""
        return seen(self.completion_age_s) / 3600

    def flow_faults(self, exchange_price: float) -> tuple[str, ...]:
        """Prices that stand still, lag behind, or are not the exchange's."""
        if not self.pushed:
            return ("no price came over /ws",)
        wrong = list(self.behind)
        if not self.pushed_changes or not self.api_changes:
            wrong.append(f"{self.pushed_changes} changes over /ws, {self.api_changes} at the API in {WATCHED_S:g} s")
        if abs(self.api_price - exchange_price) > 0.01 * exchange_price:
            wrong.append(f"the API's price is {self.api_price}, the exchange's {exchange_price}")
        return tuple(wrong)

    def candle_faults(self) -> tuple[str, ...]:
        """What is wrong with the series."""
        found = seen(self.candles)
        wrong = list(found.faults)
        if found.got != found.asked:
            wrong.append(f"{found.got} candles, {found.asked} asked")
        if found.unknown_symbol_empty_success:
            wrong.append(f"an unknown symbol gets {found.unknown_symbol_status} and an empty list")
        return tuple(wrong)

    def balance_faults(self) -> tuple[str, ...]:
        """A balance that is no number, or not the ledger's within one per cent."""
        balance, ledger = seen(self.balance), seen(self.ledger)
        if balance < 0 or abs(balance - ledger) > 0.01 * abs(ledger):
            told = "no finite number" if balance < 0 else f"{balance}"
            return (f"the account's balance is {told}, the ledger's {ledger}; within 1 % expected",)
        return ()


def look(visit: Visit) -> Integrations:
    """Ask the engine, watch both ways of the prices, and read candles and balances."""
    from acceptance import web

    token = visit.token()
    with web.client(visit, headers=web.bearer(token)) as client:
        connected, age = _stream(visit, client)
        completion = _age(visit, client, "ai_info", "last_completion")
        pushed, polled = _watch(visit, client)
        candles = _candles(visit, client)
        balance = _number(visit, client, "account", "balance")
        ledger = _number(visit, client, "portfolio", "balance")
    behind = [
        f"the API said {price} and no pushed price of the last {BEHIND_S:g} s is near it"
        for at, price in polled
        if at > BEHIND_S
        and not any(-BEHIND_S <= when - at <= 0.5 and abs(p - price) <= 0.001 * price for when, p in pushed)
    ]
    return Integrations(
        connected, age, completion, len(pushed), len({p for _, p in pushed}) - 1 if pushed else 0, tuple(behind[:3]),
        len({p for _, p in polled}) - 1 if polled else 0, polled[-1][1] if polled else 0.0, candles, balance, ledger,
    )  # fmt: skip


def _get(visit: Visit, client: httpx.Client, name: str) -> Any:
    from acceptance import web

    operation = visit.target.operations.get(name)
    if operation is None:
        raise ProbeError(f"operation {name}", f"the target has no [operations.{name}]")
    return web.as_json(web.ask(client, "GET", f"{visit.target.urls.api}{operation.path}"))


def _field(visit: Visit, name: str, field: str) -> str:
    operation = visit.target.operations.get(name)
    return operation.fields.get(field, f"data.{field}") if operation else ""


def _stream(visit: Visit, client: httpx.Client) -> tuple[bool | Unseen, float | Unseen]:
    from acceptance import web

    try:
        body = _get(visit, client, "connection")
    except ProbeError as problem:
        return Unseen(problem.what, problem.why), Unseen(problem.what, problem.why)
    connected = web.pick(body, _field(visit, "connection", "websocket_connected"))
    stamps = _stamp(web.pick(body, _field(visit, "connection", "last_message")))
    what = "the stream's last message"
    return (
        connected if isinstance(connected, bool) else Unseen("the upstream stream", "the engine does not report it"),
        age_of(stamps, what, datetime.now(UTC).timestamp())
        if stamps
        else Unseen(what, "the engine does not report its time"),
    )


def _age(visit: Visit, client: httpx.Client, name: str, field: str) -> float | Unseen:
    from acceptance import web

    try:
        stamps = _stamp(web.pick(_get(visit, client, name), _field(visit, name, field)))
    except ProbeError as problem:
        return Unseen(problem.what, problem.why)
    return age_of(stamps, field, datetime.now(UTC).timestamp()) if stamps else Unseen(field, "it is not reported")


def _number(visit: Visit, client: httpx.Client, name: str, field: str) -> float | Unseen:
    """A finite number; a string, NaN or nothing is an offence, told as a number that agrees with none."""
    from acceptance import web

    try:
        value = web.pick(_get(visit, client, name), _field(visit, name, field))
    except ProbeError as problem:
        return Unseen(problem.what, problem.why)
    if isinstance(value, int | float) and not isinstance(value, bool) and math.isfinite(value):
        return float(value)
    return -1.0


def _watch(visit: Visit, client: httpx.Client) -> tuple[list[tuple[float, float]], list[tuple[float, float]]]:
    """(seconds, price) of the first symbol, pushed and polled, over the same few seconds."""
    from acceptance import web

    ws = visit.target.websocket
    symbol = ws.symbols[0]
    pushed: list[tuple[float, float]] = []
    polled: list[tuple[float, float]] = []
    try:
        connection = connect(visit, token=user_token(visit))
    except Rejected:
        return pushed, polled
    with connection:
        if ws.subscribe:
            connection.send(ws.subscribe)
        began = time.monotonic()
        next_poll = 0.5
        while (at := time.monotonic() - began) < WATCHED_S:
            try:
                message = read_json(receive(connection, 0.2))
            except TimeoutError:
                message = None
            except EOFError:
                break
            price = web.pick(message, ws.price_field)
            if web.pick(message, ws.symbol_field) == symbol and isinstance(price, int | float):
                pushed.append((time.monotonic() - began, float(price)))
            if at > next_poll:
                next_poll += 0.5
                prices = prices_of(web.pick(_get(visit, client, "prices"), _field(visit, "prices", "prices")))
                if symbol in prices:
                    polled.append((time.monotonic() - began, prices[symbol]))
    return pushed, polled


def _candles(visit: Visit, client: httpx.Client, asked: int = 60) -> Candles | Unseen:
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
    rows = web.pick(web.as_json(good), operation.fields.get("candles", "data"))
    nothing = web.pick(web.as_json(unknown), operation.fields.get("candles", "data"))
    rows = [row for row in rows if isinstance(row, dict)] if isinstance(rows, list) else []
    empty = unknown.status_code == 200 and nothing == []
    return Candles(asked, len(rows), candle_faults(rows, TIMEFRAMES_S[timeframe]), unknown.status_code, empty)


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
    if times and datetime.now(UTC).timestamp() - times[-1] > 2 * step_s:
        wrong.append(f"the newest candle opened {datetime.now(UTC).timestamp() - times[-1]:.0f} s ago")
    return tuple(wrong[:5])
