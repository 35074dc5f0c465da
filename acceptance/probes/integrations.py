"""What the engine itself says of its upstreams, and whether market data flows through it: API, /ws and exchange agree."""

from __future__ import annotations

import math
import time
from dataclasses import field
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

from acceptance.facts import ProbeError, Unseen, facts, seen
from acceptance.probes import candles as series
from acceptance.probes import exchange
from acceptance.probes.api import _stamp, age_of, prices_of
from acceptance.probes.candles import Candles
from acceptance.probes.wire import Rejected, connect, read_json, receive, user_token
from acceptance.visit import Visit

if TYPE_CHECKING:
    import httpx

WATCHED_S = 4.0
BEHIND_S = 2.0  # a change must show within this
NEAR = 0.01  # prices and balances of two sources may differ by this share


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
    mode: str = "paper"  # "live": the balance is held against the exchange's; "": the engine does not say
    reference: float | Unseen | None = None  # the price of a public stream; None where the target names none
    asked: dict[str, str] = field(default_factory=dict)  # what each operation answered, for the evidence

    def _at(self, name: str) -> str:
        return self.asked.get(name, name)

    def looked(self) -> str:
        beside = {
            Unseen: "; the public stream could not be read", float: f"; the public stream says {self.reference}",
        }.get(type(self.reference), "")  # fmt: skip
        return (
            f"the engine's own report, {self.pushed} pushed prices beside the API's over {WATCHED_S:g} s, candles,"
            f" balances ({self.mode or 'unknown'} mode){beside}"
        )

    def stream_faults(self) -> tuple[str, ...]:
        """An upstream stream that is not connected, silent for five seconds, or of another market than the public one."""
        where = self._at("connection")
        wrong = [] if seen(self.stream_connected) else [f"{where}: the upstream stream is not connected"]
        if (age_s := seen(self.stream_age_s)) >= 5:
            wrong.append(f"{where}: the stream's last message is {age_s:.0f} s old, under 5 s expected")
        beside = self.reference if isinstance(self.reference, float) and self.api_price else self.api_price
        if abs(self.api_price - beside) > NEAR * beside:
            wrong.append(
                f"{self._at('prices')}: {self.api_price}, the public stream says {beside}; 1 % at most expected"
            )
        return tuple(wrong)

    def completion_older_than(self, *, hours: float, asked_now: bool) -> tuple[str, ...]:
        """The last real completion, where it is not younger than that; `asked_now` tells whether one just succeeded."""
        if asked_now:
            return ()
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
        if abs(self.api_price - exchange_price) > NEAR * exchange_price:
            wrong.append(
                f"{where}: the price is {self.api_price}, the exchange's {exchange_price}, 1 % at most expected"
            )
        return tuple(wrong)

    def candle_faults(self) -> tuple[str, ...]:
        """What is wrong with the series."""
        return tuple(f"{self._at('candles')}: {line}" for line in seen(self.candles).wrong())

    def balance_faults(self) -> tuple[str, ...]:
        """A balance that is no number, or not within one per cent of the exchange's (paper mode: the ledger's)."""
        balance, at = seen(self.balance), self._at("account")
        if balance is None:
            return (f"balance at {at}: no finite number",)
        ledger = seen(self.ledger)
        if ledger is not None and abs(balance - ledger) <= NEAR * abs(ledger):
            return ()
        book = "the exchange" if self.mode == "live" else f"ledger at {self._at('portfolio')}"
        told = "no finite number" if ledger is None else ledger
        return (f"balance at {at}: {balance}; {book}: {told}; within 1 % of each other expected",)


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
        candles = series.look(visit, client)
        balance = _number(visit, client, "account", "balance", asked)
        mode = _mode(visit, client, asked)
        ledger: float | Unseen | None
        if mode == "paper":
            ledger = _number(visit, client, "portfolio", "balance", asked)
        elif mode == "live":
            ledger = exchange.balance(visit)
        else:
            ledger = Unseen("what the balance is held against", "the engine does not say whether it trades live")
    reference = exchange.reference(visit)
    behind = [
        f"the API said {price} and no pushed price of the last {BEHIND_S:g} s is near it"
        for at, price in polled
        if at > BEHIND_S
        and not any(-BEHIND_S <= when - at <= 0.5 and abs(p - price) <= 0.001 * price for when, p in pushed)
    ]
    return Integrations(
        connected, age, completion, len(pushed), len({p for _, p in pushed}) - 1 if pushed else 0, tuple(behind[:3]),
        len({p for _, p in polled}) - 1 if polled else 0, polled[-1][1] if polled else 0.0, candles, balance, ledger, mode, reference, asked,
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


def _mode(visit: Visit, client: httpx.Client, asked: dict[str, str]) -> str:
    """ "live", "paper", or "" where the engine's word leaves it open."""
    from acceptance import web

    try:
        body = _get(visit, client, "trading_status", asked)
    except ProbeError:
        return ""
    enabled, mode = (web.pick(body, _field(visit, "trading_status", name)) for name in ("enabled", "mode"))
    if enabled is True or str(mode).lower() == "live":
        return "live"
    return "paper" if enabled is False else ""


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
