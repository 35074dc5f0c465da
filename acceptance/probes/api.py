"""What the API's read operations answer to a user: form by the OpenAPI document, owner, freshness, movement."""

from __future__ import annotations

import time
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

from acceptance.facts import ProbeError, Unseen, facts, seen, text
from acceptance.visit import Visit

if TYPE_CHECKING:
    import httpx

PORTFOLIO = ("portfolio", "pending_orders")
STRATEGIES = ("strategies",)
OWNED = ("profile", "portfolio")  # each user has their own
MAY_BE_NONE = ("pending_orders",)
SAMPLES = 3
PAUSE_S = 0.7
AHEAD_S = 60.0  # clocks differ; a time that lies further ahead tells no age


@facts
class Reading:
    """One operation's answer to the user, and whether a second user was shown the same owner."""

    operation: str
    status: int
    success: bool
    empty: bool
    schema_errors: tuple[str, ...]
    owner: str
    other_owner: str  # "" where there is no second user, or the answer names no owner
    same: bool = False  # what belongs to somebody was shown to a second user in the very same words

    def wrong(self) -> tuple[str, ...]:
        """What is wrong with it."""
        found = []
        if self.status != 200 or not self.success:
            found.append(f"{self.operation}: status {self.status}, success {self.success}")
        found += [f"{self.operation}: {error}" for error in self.schema_errors]
        if self.owner and self.owner == self.other_owner:
            found.append(f"{self.operation}: two users are shown the same owner")
        if not found and not self.owner and self.same:
            why = "two users are shown the same, and it names no owner; say where it does: fields = { owner = ... }"
            raise ProbeError(f"whose {self.operation} is", why)
        return tuple(found)


@facts
class Market:
    """Three samples of the market data."""

    operation: str
    status: int
    success: bool
    schema_errors: tuple[str, ...]
    prices: int
    moved: bool
    age_s: float | Unseen

    def wrong(self) -> tuple[str, ...]:
        """What is wrong with the answers' form."""
        bad = (
            () if self.status == 200 and self.success and self.prices else (f"{self.operation}: status {self.status}",)
        )
        return (*bad, *(f"{self.operation}: {error}" for error in self.schema_errors))


@facts
class Api:
    """Readings by operation name, and the market data."""

    readings: dict[str, Reading | Unseen]
    market: Market | Unseen
    limit_age_s: float

    def looked(self) -> str:
        return f"{len(self.readings)} read operations as a user and a second one, market data {SAMPLES} times"

    def wrong(self, *names: str) -> tuple[str, ...]:
        """What is wrong with some readings, all of which must have been seen; only of orders there may be none."""
        seen = {name: self.reading(name) for name in names}
        empty = tuple(
            f"{each.operation}: an empty answer" for n, each in seen.items() if each.empty and n not in MAY_BE_NONE
        )
        return empty or tuple(line for each in seen.values() for line in each.wrong())

    def reading(self, name: str) -> Reading:
        """One reading; ProbeError when it could not be had."""
        if name not in self.readings:
            raise ProbeError(f"operation {name}", f"the target has no [operations.{name}]")
        return seen(self.readings[name])

    def market_wrong(self) -> tuple[str, ...]:
        """What is wrong with the market data: form, constant prices, old time stamps."""
        market = seen(self.market)
        wrong = list(market.wrong())
        if not market.moved:
            wrong.append(f"{market.operation}: constant over {SAMPLES} samples")
        if not wrong and (age_s := seen(market.age_s)) > self.limit_age_s:
            wrong.append(f"{market.operation}: {age_s:.0f} s old, at most {self.limit_age_s:g} s expected")
        return tuple(wrong)


def look(visit: Visit) -> Api:
    """Read as a user, and as a second one; the market data three times."""
    from acceptance import web

    tokens = visit.live_secret("tokens")
    if not tokens.get("user"):
        raise ProbeError("the API as a user", "log-in gave no token")
    urls = visit.target.urls
    with web.client(visit) as client:
        docs = urls.docs if urls.docs.startswith("https://") else f"{urls.api}{urls.docs}"
        document = web.as_json(web.ask(client, "GET", docs))
        readings: dict[str, Reading | Unseen] = {}
        for name in ("profile", *PORTFOLIO, *STRATEGIES):
            if name in visit.target.operations:
                try:
                    readings[name] = _read(visit, client, name, tokens, document)
                except ProbeError as problem:
                    readings[name] = Unseen(problem.what, problem.why)
        try:
            market: Market | Unseen = _market(visit, client, tokens["user"], document)
        except ProbeError as problem:
            market = Unseen(problem.what, problem.why)
    if not readings and isinstance(market, Unseen):
        raise ProbeError("the API as a user", market.why)
    return Api(readings, market, visit.target.limits.market_data_age_s)


def _read(visit: Visit, client: httpx.Client, name: str, tokens: dict[str, str], document: Any) -> Reading:
    from acceptance import web

    operation = visit.target.operations[name]
    url = f"{visit.target.urls.api}{operation.path}"
    response = web.ask(client, "GET", url, headers=web.bearer(tokens["user"]))
    body = web.as_json(response)
    owner = web.pick(body, operation.fields.get("owner") or operation.fields.get("id") or "none")
    other, same = "", False
    if (owner or name in OWNED) and tokens.get("other"):
        again = web.as_json(web.ask(client, "GET", url, headers=web.bearer(tokens["other"])))
        other = text(web.pick(again, operation.fields.get("owner") or operation.fields.get("id") or "none") or "", 80)
        same = name in OWNED and again == body
    listed = web.pick(body, operation.fields.get("list", "none"))
    errors = list(schema_errors(document, operation.path, body))
    if isinstance(listed, list) and not listed:
        errors.append("the list is empty")
    return Reading(
        f"GET {operation.path}",
        response.status_code,
        _success(body),
        not body,
        tuple(errors),
        text(owner or "", 80),
        other,
        same,
    )


def _market(visit: Visit, client: httpx.Client, token: str, document: Any) -> Market:
    from acceptance import web

    operation = visit.target.operations.get("prices")
    if operation is None:
        raise ProbeError("market data", "the target has no [operations.prices]")
    url = f"{visit.target.urls.api}{operation.path}"
    samples, bodies, response = [], [], None
    for number in range(SAMPLES):
        if number:
            time.sleep(PAUSE_S)
        response = web.ask(client, "GET", url, headers=web.bearer(token))
        bodies.append(web.as_json(response))
        samples.append(prices_of(web.pick(bodies[-1], operation.fields.get("prices", "data"))))
    assert response is not None
    stamps = [stamp for body in bodies[-1:] for stamp in stamps_of(body)]
    age = age_of(stamps, "the age of market data", datetime.now(UTC).timestamp())
    moved = bool(samples[0]) and any(sample != samples[0] for sample in samples[1:])
    errors = schema_errors(document, operation.path, bodies[0])
    return Market(
        f"GET {operation.path}", response.status_code, _success(bodies[0]), errors, len(samples[0]), moved, age
    )


def _success(body: Any) -> bool:
    from acceptance import web

    return body is not None and not web.denies(body)


def prices_of(found: Any) -> dict[str, float]:
    """Prices by symbol, out of the shapes that answers have: {symbol: number}, {symbol: {price}}, [{symbol, price}]."""
    rows = found if isinstance(found, list) else []
    pairs = found.items() if isinstance(found, dict) else [(e.get("symbol"), e) for e in rows if isinstance(e, dict)]
    prices: dict[str, float] = {}
    for symbol, value in list(pairs)[:500]:
        number = (
            next((value[k] for k in ("price", "current_price", "close") if k in value), None)
            if isinstance(value, dict)
            else value
        )
        if isinstance(number, int | float) and not isinstance(number, bool) and number > 0:
            prices[text(symbol, 40)] = float(number)
    return prices


def age_of(stamps: list[float], what: str, now: float) -> float | Unseen:
    """Seconds since the newest of Unix times. One that lies ahead, such as the next funding's, tells no age."""
    past = [stamp for stamp in stamps if stamp <= now + AHEAD_S]
    if not past:
        return Unseen(what, "its time lies in the future" if stamps else "the answer has no time stamp")
    return round(now - max(past), 3)


def stamps_of(body: Any) -> list[float]:
    """Unix times of every time stamp in an answer: ISO 8601 text, or seconds or milliseconds as a number."""
    found: list[float] = []
    if isinstance(body, dict):
        for key, value in body.items():
            if any(word in str(key).lower() for word in ("time", "updated", "date")):
                found += _stamp(value)
            if isinstance(value, dict | list):
                found += stamps_of(value)
    elif isinstance(body, list):
        found = [stamp for each in body[:500] for stamp in stamps_of(each)]
    return found


def _stamp(value: Any) -> list[float]:
    if isinstance(value, str):
        try:
            moment = datetime.fromisoformat(value)
        except ValueError:
            return []
        return [(moment if moment.tzinfo else moment.replace(tzinfo=UTC)).timestamp()]
    if isinstance(value, int | float) and not isinstance(value, bool) and value > 1e9:
        return [value / 1000 if value > 1e11 else float(value)]
    return []


def schema_errors(document: Any, path: str, body: Any) -> tuple[str, ...]:
    """Where an answer differs from the schema that the OpenAPI document publishes for it, if it publishes one."""
    import jsonschema

    from acceptance import web

    content = document
    for key in ("paths", path, "get", "responses", "200", "content", "application/json", "schema"):
        content = content.get(key) if isinstance(content, dict) else None
    if not isinstance(content, dict):
        return ()
    try:
        validator = jsonschema.Draft202012Validator({**content, "components": web.pick(document, "components") or {}})
        errors = [e for _, e in zip(range(5), validator.iter_errors(body), strict=False)]
    except Exception as problem:  # noqa: BLE001  # a foreign schema may break its reader in many ways
        return (f"its published schema can't be used: {type(problem).__name__}",)
    return tuple(text(f"{error.json_path}: {error.message}", 160) for error in errors)
