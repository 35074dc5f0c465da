"""What the engine itself says of its upstreams, and whether market data flows through it: API, /ws and exchange agree."""

from __future__ import annotations

import math
import time
from dataclasses import field
from datetime import UTC, datetime
from itertools import pairwise
from typing import TYPE_CHECKING, Any

from acceptance.facts import ProbeError, Unseen, facts, seen, text
from acceptance.probes.api import AHEAD_S, _stamp, age_of, prices_of
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
    unknown_symbol_got: int = 0  # candles of a symbol that does not exist


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
    balance: float | Unseen | None  # None: no finite number
    ledger: float | Unseen | None
    asked: dict[str, str] = field(default_factory=dict)  # what each operation answered, for the evidence

    def _at(self, name: str) -> str:
        return self.asked.get(name, name)

    def looked(self) -> str:
        return f"the engine's own report, {self.pushed} pushed prices beside the API's over {WATCHED_S:g} s, candles, balances"

    def stream_faults(self) -> tuple[str, ...]:
        """An upstream stream that is not connected, or silent for five seconds."""
        where = self._at("connection")
        wrong = [] if seen(self.stream_connected) else [f"{where}: the upstream stream is not connected"]
        if (age_s := seen(self.stream_age_s)) >= 5:
            wrong.append(f"{where}: the stream's last message is {age_s:.0f} s old, under 5 s expected")
        return tuple(wrong)

    def completion_older_than(self, *, hours: float) -> tuple[str, ...]:
        """The last real completion, where it is not younger than that."""
        age_h = seen(self.completion_age_s) / 3600
        told = f"{self._at('ai_info')}: the last completion is {age_h:.1f} h old, under {hours:g} h expected"
        return (told,) if age_h >= hours else ()

    def flow_faults(self, exchange_price: float) -> tuple[str, ...]:
        """Prices that stand still, lag behind, or are not the exchange's."""
        if not self.pushed:
            return (f"{self._at('ws')}: no price came in {WATCHED_S:g} s",)
        where = self._at("prices")
        if not self.api_price:
            return (f"{where}: no price of the symbol that {self._at('ws')} pushes",)
        wrong = [f"{where}: {line}" for line in self.behind]
        if not self.pushed_changes or not self.api_changes:
            wrong.append(
                f"{self.pushed_changes} changes at {self._at('ws')}, {self.api_changes} at {where} in {WATCHED_S:g} s"
            )
        if abs(self.api_price - exchange_price) > 0.01 * exchange_price:
            wrong.append(
                f"{where}: the price is {self.api_price}, the exchange's {exchange_price}, 1 % at most expected"
            )
        return tuple(wrong)

    def candle_faults(self) -> tuple[str, ...]:
        """What is wrong with the series."""
        found = seen(self.candles)
        wrong = list(found.faults)
        if found.got != found.asked:
            wrong.append(f"{found.got} candles, {found.asked} asked")
        if found.unknown_symbol_empty_success:
            wrong.append(f"an unknown symbol gets {found.unknown_symbol_status} and an empty list, 404 expected")
        if found.unknown_symbol_got:
            wrong.append(f"an unknown symbol gets {found.unknown_symbol_got} candles, 404 expected")
        if found.unknown_symbol_status >= 500:
            wrong.append(f"an unknown symbol gets {found.unknown_symbol_status}, 404 expected")
        return tuple(f"{self._at('candles')}: {line}" for line in wrong)

    def balance_faults(self) -> tuple[str, ...]:
        """A balance that is no number, or not the ledger's within one per cent."""
        balance, ledger = seen(self.balance), seen(self.ledger)
        near = balance is not None and ledger is not None and abs(balance - ledger) <= 0.01 * abs(ledger)
        account, book = (
            f"{self._at(name)}: {'no finite number' if worth is None else worth}"
            for name, worth in (("account", balance), ("portfolio", ledger))
        )
        return () if near else (f"balance at {account}; ledger at {book}; within 1 % of each other expected",)


def look(visit: Visit) -> Integrations:
    """Ask the engine, watch both ways of the prices, and read candles and balances."""
    from acceptance import web

    token = visit.token()
    asked = {name: f"GET {each.path} as user" for name, each in visit.target.operations.items() if each.method == "GET"}
    asked["ws"] = visit.target.urls.ws.partition("?")[0]
    with web.client(visit, headers=web.bearer(token)) as client:
        connected, age = _stream(visit, client, asked)
        completion = _age(visit, client, "ai_info", "last_completion", asked)
        pushed, polled = _watch(visit, client, asked)
        candles = _candles(visit, client)
        balance = _number(visit, client, "account", "balance", asked)
        ledger = _number(visit, client, "portfolio", "balance", asked)
    behind = [
        f"the API said {price} and no pushed price of the last {BEHIND_S:g} s is near it"
        for at, price in polled
        if at > BEHIND_S
        and not any(-BEHIND_S <= when - at <= 0.5 and abs(p - price) <= 0.001 * price for when, p in pushed)
    ]
    return Integrations(
        connected, age, completion, len(pushed), len({p for _, p in pushed}) - 1 if pushed else 0, tuple(behind[:3]),
        len({p for _, p in polled}) - 1 if polled else 0, polled[-1][1] if polled else 0.0, candles, balance, ledger, asked,
    )  # fmt: skip


def _get(visit: Visit, client: httpx.Client, name: str, asked: dict[str, str]) -> Any:
    """The answer's document; None for one that says itself that it failed, which `asked` then tells."""
    from acceptance import web

    operation = visit.target.operations.get(name)
    if operation is None:
        raise ProbeError(f"operation {name}", f"the target has no [operations.{name}]")
    answer = web.ask(client, "GET", f"{visit.target.urls.api}{operation.path}")
    body, told = web.as_json(answer), f"GET {operation.path} as user"
    failed = web.denies(body)
    if answer.status_code == 200 and not failed:
        return body
    asked[name] = f"{told} ({answer.status_code}{', success: false' if failed else ''})"
    return None


def _field(visit: Visit, name: str, field: str) -> str:
    operation = visit.target.operations.get(name)
    return operation.fields.get(field, f"data.{field}") if operation else ""


def _stream(visit: Visit, client: httpx.Client, asked: dict[str, str]) -> tuple[bool | Unseen, float | Unseen]:
    from acceptance import web

    try:
        body = _get(visit, client, "connection", asked)
    except ProbeError as problem:
        return Unseen(problem.what, problem.why), Unseen(problem.what, problem.why)
    connected = web.pick(body, _field(visit, "connection", "websocket_connected"))
    stamps = _stamp(web.pick(body, _field(visit, "connection", "last_message")))
    what = "the stream's last message"
    untold = Unseen("the upstream stream", f"{asked.get('connection')} does not report it")
    return (
        connected if isinstance(connected, bool) else untold,
        age_of(stamps, what, datetime.now(UTC).timestamp())
        if stamps
        else Unseen(what, f"{asked.get('connection')} does not report its time"),
    )


def _age(visit: Visit, client: httpx.Client, name: str, field: str, asked: dict[str, str]) -> float | Unseen:
    from acceptance import web

    try:
        stamps = _stamp(web.pick(_get(visit, client, name, asked), _field(visit, name, field)))
    except ProbeError as problem:
        return Unseen(problem.what, problem.why)
    untold = Unseen(field, f"{asked.get(name)} does not report it")
    return age_of(stamps, field, datetime.now(UTC).timestamp()) if stamps else untold


def _number(visit: Visit, client: httpx.Client, name: str, field: str, asked: dict[str, str]) -> float | Unseen | None:
    """A finite number; None, an offence, for a string, NaN, nothing, or an answer that failed."""
    from acceptance import web

    try:
        value = web.pick(_get(visit, client, name, asked), _field(visit, name, field))
    except ProbeError as problem:
        return Unseen(problem.what, problem.why)
    if isinstance(value, int | float) and not isinstance(value, bool) and math.isfinite(value):
        return float(value)
    return None


def _watch(
    visit: Visit, client: httpx.Client, asked: dict[str, str]
) -> tuple[list[tuple[float, float]], list[tuple[float, float]]]:
    """(seconds, price) of the first symbol, pushed and polled, over the same few seconds."""
    from acceptance import web

    ws = visit.target.websocket
    symbol = ws.symbols[0]
    pushed: list[tuple[float, float]] = []
    polled: list[tuple[float, float]] = []
    try:
        connection = connect(visit, token=user_token(visit))
    except Rejected as refusal:
        asked["ws"] += f" (as user {refusal})"
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
                prices = prices_of(web.pick(_get(visit, client, "prices", asked), _field(visit, "prices", "prices")))
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
