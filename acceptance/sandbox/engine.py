"""The sandbox's API: what Bot Core's engine answers when it is healthy, and how it may lie."""

from __future__ import annotations

import json
import secrets
import time
from collections.abc import Awaitable, Callable
from datetime import UTC, datetime, timedelta
from typing import Any

from acceptance.sandbox import market, slowness
from acceptance.sandbox.accounts import Accounts, Answer, no, ok, public
from acceptance.sandbox.engine_faults import FAULTS as FAULTS
from acceptance.sandbox.openapi import OPERATIONS, ROUTES, document
from acceptance.sandbox.world import World

PROBES = (
    "health", "status_document", "login", "api", "forgeries", "guards", "sessions", "registration", "api_document",
)  # fmt: skip
STARTED = time.time()


def now() -> str:
    """The time as the API writes it."""
    return datetime.now(UTC).isoformat()


class Engine:
    """Users, tokens and orders of one sandbox, and an answer for each route."""

    def __init__(self, world: World) -> None:
        self.world = world
        self.accounts = Accounts(world)
        self.tokens = self.accounts.tokens
        self.ledger = market.Ledger()
        self.frozen_prices = {symbol: market.price(symbol, STARTED) for symbol in market.SYMBOLS}
        self.document = document(world.version)
        self._routes = {(m, p): g for m, p, g, _, _ in ROUTES}

    async def answer(
        self, method: str, path: str, query: dict[str, str], headers: dict[str, str], body: bytes
    ) -> Answer:
        """What the API answers to one request."""
        await slowness.delay(self.world, path)
        if slowness.fails(self.world, path):
            return no(500, "internal error")
        route, values = self._match(path)
        if route is None:
            return self._unknown(path)
        if "orders" in route and method != "GET" and self.world.on("orders-missing"):
            return self._unknown(path)
        guard = self._routes.get((method, route))
        if guard is None:
            return no(405, "method not allowed")
        claims = None
        if guard:
            claims = self._claims(headers)
            if claims is None and not self._open(method, route):
                if "authorization" not in headers and self.world.on("missing-token-gives-400"):
                    return no(400, "the header authorization is missing")
                return no(401, "authentication is required")
            if guard == "admin" and (claims or {}).get("role") != "admin" and not self.world.on("admin-open-to-users"):
                return no(403, "admins only")
        wish: Any = None
        if method in ("POST", "PUT", "PATCH") and (headers.get("content-length", "0") != "0" or body):
            if "application/json" not in headers.get("content-type", ""):
                return no(415, "application/json is expected")
            try:
                wish = json.loads(body)
            except (ValueError, RecursionError):
                if self.world.on("stack-trace-on-bad-json"):
                    return no(500, 'Traceback (most recent call last): File "/app/src/api.py", line 41, in parse')
                return no(400, "the body is no JSON")
        name = f"{method.lower()}{route.replace('/api', '', 1)}".replace("/", "_").replace("-", "_")
        name = name.replace("{", "").replace("}", "")
        handler: Callable[..., Answer | Awaitable[Answer]] = getattr(self, name, None) or getattr(self.accounts, name)
        user = self._user(claims)
        result = handler(user=user, query=query, wish=wish, headers=headers, **values)
        return result if isinstance(result, tuple) else await result

    def _match(self, path: str) -> tuple[str | None, dict[str, str]]:
        if ("GET", path) in self._routes or ("POST", path) in self._routes:
            return path, {}
        parts = path.split("/")
        for _, route in self._routes:
            wanted = route.split("/")
            if len(wanted) == len(parts) and all(
                w == p or (w[:1] == "{" and p) for w, p in zip(wanted, parts, strict=True)
            ):
                return route, {w[1:-1]: p for w, p in zip(wanted, parts, strict=True) if w[:1] == "{"}
        return None, {}

    def _unknown(self, path: str) -> Answer:
        if path == "/api/login" and self.world.on("login-limited-elsewhere"):
            return self.accounts.old_log_in()
        below_health = path.startswith("/api/health/") and self.world.on("health-answers-below")
        if below_health or self.world.on("fallback-page-for-any-path"):
            return self.get_health(user=None)
        return no(404, "there is nothing here")

    def _claims(self, headers: dict[str, str]) -> dict[str, Any] | None:
        scheme, _, token = headers.get("authorization", "").partition(" ")
        if scheme != "Bearer" and self.world.on("cookie-session-without-guard"):
            scheme, token = "Bearer", headers.get("cookie", "").partition("session=")[2].partition(";")[0]
        return self.tokens.check(token) if scheme == "Bearer" and token else None

    def knows(self, headers: dict[str, str]) -> bool:
        """Whether a user asks."""
        return self._claims(headers) is not None

    def _open(self, method: str, route: str) -> bool:
        on = self.world.on
        return (
            on("every-route-open")
            or (on("only-accounts-guarded") and not route.startswith("/api/auth/"))
            or (on("trading-route-open") and route == "/api/paper-trading/orders")
            or (on("missing-token-gives-data") and route == "/api/auth/profile")
            or (on("delete-open") and method == "DELETE")
        )

    def _user(self, claims: dict[str, Any] | None) -> dict[str, Any]:
        id = (claims or {}).get("sub", "u-user")
        return next((user for user in self.accounts.users.values() if user["id"] == id), self.accounts.users["user"])

    # one method a route, named for its method and path

    def get_health(self, **_: Any) -> Answer:
        if self.world.on("health-static"):
            return 200, {"success": True, "data": "Bot is running", "error": None}
        dependencies = {"mongodb": "up", "redis": "up", "rabbitmq": "up", "binance": "up", "openai": "up"}
        status = "healthy" if set(dependencies.values()) == {"up"} else "degraded"
        data = {"status": status, "time": now(), "uptime_s": round(time.time() - STARTED, 3)}
        if self.world.on("health-calls-redis-down"):
            dependencies["redis"] = "down"
        if self.world.on("health-frozen-cache"):
            data = self.world.shared.setdefault("health.cached", data)
        return ok({**data, "request_id": secrets.token_hex(8), "dependencies": dependencies})

    def get_status(self, **_: Any) -> Answer:
        states = {service: {"state": "healthy"} for service in self.world.services}
        if self.world.on("status-misses-a-service") or self.world.on("rolled-back-in-vain"):
            del states["redis"]
        if self.world.on("status-reports-unhealthy"):
            states["rabbitmq"] = {"state": "unhealthy"}
        commit = self.world.commit
        return ok({"services": states, "version": self.world.version, "commit": commit, "time": now()})

    def get_market_prices(self, **_: Any) -> Answer:
        constant = self.world.on("market-constant")
        stamp = datetime.fromtimestamp(
            time.time() - (3600 if self.world.on("market-an-hour-old") else 0), UTC
        ).isoformat()
        prices = self.frozen_prices if constant else {symbol: market.price(symbol) for symbol in market.SYMBOLS}
        if self.world.on("market-success-false"):
            return no(200, "no feed")
        return ok({symbol: {"price": value, "time": stamp} for symbol, value in prices.items()})

    def get_market_symbols(self, **_: Any) -> Answer:
        return ok({"symbols": list(market.SYMBOLS), "available_timeframes": list(market.TIMEFRAMES_S)})

    def get_market_candles_symbol_timeframe(
        self, *, symbol: str, timeframe: str, query: dict[str, str], **_: Any
    ) -> Answer:
        text = query.get("limit", "100")
        if text.startswith("-") and self.world.on("negative-limit-500"):
            return no(500, "internal error")
        if not (text.isascii() and text.isdigit() and len(text) < 5 and 1 <= int(text) <= 500):
            return no(400, "limit is a number from 1 to 500")
        if symbol not in market.SYMBOLS and self.world.on("unknown-symbol-gets-candles"):
            symbol = "BTCUSDT"
        if symbol not in market.SYMBOLS or timeframe not in market.TIMEFRAMES_S:
            return ok([]) if self.world.on("unknown-symbol-is-empty") else no(404, "unknown symbol or time frame")
        found = market.candles(symbol, timeframe, int(text))
        if self.world.on("candles-with-a-gap"):
            found = [c for n, c in enumerate(found) if n != len(found) // 2]
        if self.world.on("candles-high-below-low"):
            found[0] = {**found[0], "high": found[0]["low"] - 1}
        return ok(found)

    def get_paper_trading_status(self, **_: Any) -> Answer:
        return ok({"mode": "live" if self.world.on("engine-in-live-mode") else "paper", "is_running": True})

    def get_paper_trading_portfolio(self, *, user: dict[str, Any], query: dict[str, str], **_: Any) -> Answer:
        owner = user
        if self.world.on("foreign-portfolio-by-id") and "user_id" in query:
            owner = next((u for u in self.accounts.users.values() if u["id"] == query["user_id"]), user)
        if self.world.on("one-portfolio-for-all"):
            owner = self.accounts.users["admin"]
        worth = market.balance(owner)
        data: dict[str, Any] = {"user_id": owner["id"], "current_balance": worth, "equity": worth}
        if self.world.on("portfolio-misses-a-field") or self.world.on("rolled-back-in-vain"):
            del data["equity"]
        return ok(data)

    def get_paper_trading_pending_orders(self, *, user: dict[str, Any], **_: Any) -> Answer:
        return ok([] if self.world.on("order-never-listed") else self.ledger.pending(user["id"]))

    def post_paper_trading_orders(self, *, user: dict[str, Any], wish: Any, **_: Any) -> Answer:
        if (
            not isinstance(wish, dict)
            or not isinstance(wish.get("symbol"), str)
            or wish["symbol"] not in market.SYMBOLS
            or wish.get("side") not in ("buy", "sell")
        ):
            return no(400, "symbol and side are needed")
        numbers = [wish.get("quantity"), wish.get("price")]
        if wish.get("order_type") != "limit" or not all(
            isinstance(n, int | float) and not isinstance(n, bool) and 0 < n < 1e9 for n in numbers
        ):
            return no(400, "a limit order needs quantity and price above 0")
        if wish["quantity"] > 1000:
            return no(400, "quantity is 1000 at most")
        if self.world.on("order-fails-in-a-200"):
            return ok({"id": "ord-0", "status": "failed", "error": "no feed"})
        return ok(self.ledger.place(user["id"], wish))

    def delete_paper_trading_pending_orders_id(self, *, user: dict[str, Any], id: str, **_: Any) -> Answer:
        if self.world.on("order-stays-open"):
            return ok({})
        return ok({}) if self.ledger.cancel(user["id"], id) else no(404, "there is no such order")

    def post_paper_trading_reset(self, *, user: dict[str, Any], **_: Any) -> Answer:
        self.ledger.orders.pop(user["id"], None)
        return ok({})

    def get_strategies(self, **_: Any) -> Answer:
        names = ("rsi", "macd", "volume", "bollinger")
        rows = [{"id": name, "name": name.upper(), "enabled": True} for name in names]
        return ok([] if self.world.on("strategies-empty") else rows)

    def get_ai_info(self, **_: Any) -> Answer:
        days = 2 if self.world.on("openai-silent") else 0
        last = datetime.now(UTC) - timedelta(days=days, minutes=4)
        return ok({"model": "gpt-4o-mini", "last_completion": last.isoformat()})

    def get_trading_account(self, *, user: dict[str, Any], **_: Any) -> Answer:
        worth: Any = "NaN" if self.world.on("balance-nan") else market.balance(user)
        if self.world.on("balance-constant"):
            worth = 12450.32
        return ok({"balance": worth, "asset": "USDT"})

    def get_trading_status(self, **_: Any) -> Answer:
        live = self.world.on("engine-in-live-mode")
        positions = None if self.world.on("trading-unknown") else int(self.world.on("position-open"))
        data = {"mode": "live" if live else "paper", "testnet": False, "enabled": live, "open_positions": positions}
        return ok(data)

    def get_monitoring_connection(self, **_: Any) -> Answer:
        silent = self.world.on("upstream-silent")
        stamp = datetime.fromtimestamp(time.time() - (120 if silent else 0.5), UTC).isoformat()
        return ok({"websocket_connected": not self.world.on("upstream-down"), "last_message": stamp})

    def get_monitoring_system(self, **_: Any) -> Answer:
        cpu = slowness.cpu_percent(self.world)
        return ok({"cpu_usage_percent": cpu, "uptime_s": round(time.time() - STARTED, 3)})

    def get_admin_users(self, **_: Any) -> Answer:
        return ok([public(user) for user in self.accounts.users.values()])


def start(world: World) -> dict[str, Any]:
    """Make the engine that the edge serves; the target is told who may log in, and which operations there are."""
    engine = world.shared["engine"] = Engine(world)
    old = engine.tokens.issue(engine.accounts.users["user"], ends_in_s=-3600)
    return {
        "credentials": {
            **{
                name: {"user": user["email"], "secret": world.secret(f"password-{name}", user["password"])}
                for name, user in engine.accounts.users.items()
            },
            "expired_token": {"secret": world.secret("expired-token", old)},
        },
        "operations": OPERATIONS,
    }
