"""Doubles of Binance and OpenAI as the recorded host sees them, of a Grafana with a default log-in, and their faults."""

from __future__ import annotations

import json
import threading
import time
from contextlib import suppress
from typing import Any

from websockets.exceptions import ConnectionClosed
from websockets.sync.server import ServerConnection
from websockets.sync.server import serve as serve_stream

from acceptance.sandbox import market
from acceptance.sandbox.double import Reply, Request, serve
from acceptance.sandbox.fault import Fault
from acceptance.sandbox.world import World

PROBES = ("upstreams", "integrations", "paper_order", "defaults")
_GATE = "FUNC-GATE-01"
FAULTS: tuple[Fault, ...] = tuple(
    Fault(name, "upstream", change, breaks, seen_by)
    for name, change, breaks, seen_by in (
        (
            "egress-blocked",
            "the engine can't reach the exchange",
            ("FUNC-EXT-01", "FUNC-EXT-04", _GATE, "FUNC-ROLL-02", "SEC-SECRET-06"),
            (),
        ),
        (
            "openai-unreachable",
            "the AI service can't reach OpenAI",
            ("FUNC-EXT-03", _GATE, "FUNC-ROLL-02", "SEC-SECRET-06"),
            (),
        ),
        ("exchange-clock-drifts", "the exchange's clock is 5 s ahead of the host's", ("FUNC-EXT-01", _GATE), ()),
        ("upstream-down", "the engine's upstream stream is not connected", ("FUNC-EXT-02", _GATE), ()),
        ("upstream-silent", "the stream is connected and silent for two minutes", ("FUNC-EXT-02", _GATE), ()),
        (
            "openai-key-refused",
            "OpenAI refuses the key",
            ("FUNC-EXT-03", _GATE, "FUNC-ROLL-02", "SEC-SECRET-06"),
            (),
        ),
        ("openai-quota-used-up", "OpenAI answers a completion with insufficient_quota", ("FUNC-EXT-03", _GATE), ()),
        ("stream-of-another-market", "the public stream has other prices than the engine", ("FUNC-EXT-02", _GATE), ()),
        ("openai-silent", "the last completion is two days old", ("FUNC-EXT-03", _GATE), ()),
        ("exchange-elsewhere", "the API's prices are not the exchange's", ("FUNC-EXT-04",), ()),
        ("key-may-withdraw", "the exchange's key may withdraw", ("SEC-SECRET-06",), ()),
        ("key-unbound", "the exchange's key is bound to no address", ("SEC-SECRET-06",), ()),
        ("order-fails-in-a-200", "an order fails inside a 200", ("FUNC-EXT-05", "FUNC-EXT-06"), ()),
        ("order-never-listed", "the list of open orders is always empty", ("FUNC-EXT-05", "FUNC-EXT-06"), ()),
        ("order-stays-open", "a cancelled order stays open", ("FUNC-EXT-06",), ()),
        ("balance-nan", "the balance is a text", ("FUNC-EXT-07",), ()),
        ("balance-constant", "the balance is a mock's constant", ("FUNC-EXT-07",), ()),
        ("candles-with-a-gap", "a candle is missing", ("FUNC-EXT-08",), ()),
        ("candles-high-below-low", "a candle's high is below its low", ("FUNC-EXT-08",), ()),
        (
            "unknown-symbol-is-empty",
            "an unknown symbol gets 200 and an empty list",
            ("FUNC-EXT-08", "SEC-WEB-08"),
            ("malformed",),
        ),
        (
            "unknown-symbol-gets-candles",
            "any symbol gets the same candles",
            ("FUNC-EXT-08", "SEC-WEB-08"),
            ("malformed",),
        ),
        (
            "grafana-admin-admin",
            "Grafana lets admin in with admin",
            ("SEC-SECRET-08", "SEC-GATE-03", "INFRA-ENV-13"),
            (),
        ),
        ("demo-user-works", "the demo user of the log-in page can log in", ("SEC-SECRET-08", "SEC-GATE-03"), ()),
    )
)


def start(world: World) -> dict[str, Any]:
    """The recorded host tells what the upstreams said; the default log-ins have doors of their own."""
    world.shared.setdefault("host.sections", {}).update(upstream=answers, account=accounts)
    refresh(world)
    door = serve(lambda request: _door(world, request))
    return {
        "doubles": ["Binance and OpenAI"],
        "upstreams": {
            "binance": {
                "kind": "binance", "host": "app", "service": "rust-core-engine", "url": door,
                "key": "BINANCE_API_KEY", "secret": "BINANCE_SECRET_KEY", "account": f"{door}/fapi/v2/account",
            },
            "openai": {
                "kind": "openai", "host": "app", "service": "python-ai-service", "url": door,
                "key": "OPENAI_API_KEY",
            },
        },
        "witnesses": {"market": _stream(world)},
        "defaults": {
            "grafana": {"url": f"{door}/api/org", "user": "admin", "word": "admin"},
            "demo user": {"url": f"{door}/api/auth/login", "kind": "json", "user": "trader@botcore.com", "word": "password123"},
        },
    }  # fmt: skip


def refresh(world: World) -> None:
    """The host's recording follows."""
    from acceptance.sandbox import host

    host.refresh(world)


def answers(world: World) -> dict[str, Any]:
    """The collector's section."""
    silent = {"no_answer": "TimeoutError: timed out"}
    drift = 5.0 if world.on("exchange-clock-drifts") else 0.02
    price = market.price("BTCUSDT") * (1.2 if world.on("exchange-elsewhere") else 1.0)
    refused = world.on("openai-key-refused")
    binance = {
        "exchange": {"status": 200, "best_ms": 41.0, "drift_s": drift},
        "rights": {"status": 200, "withdrawals": world.on("key-may-withdraw"), "bound": not world.on("key-unbound")},
        "price": {"status": 200, "price": price},
    }
    models = {"status": 401 if refused else 200, "models": 0 if refused else 61}
    return {
        "binance": dict.fromkeys(binance, silent) if world.on("egress-blocked") else binance,
        "openai": {
            "models": silent if world.on("openai-unreachable") else models,
            "quota": {"refused_s_ago": 60.0 if world.on("openai-quota-used-up") else None},
        },
    }


def accounts(world: World) -> dict[str, Any]:
    """The collector's section on what the exchange says that the account holds."""
    user = world.shared["engine"].accounts.users["user"]
    return {"binance": {"account": {"status": 200, "balance": market.balance(user)}}}


def _stream(world: World) -> str:
    """The URL of a public stream of trades."""

    def trades(connection: ServerConnection) -> None:
        with suppress(ConnectionClosed):
            while True:
                price = market.price("BTCUSDT") * (1.2 if world.on("stream-of-another-market") else 1.0)
                connection.send(
                    json.dumps({"e": "trade", "s": "BTCUSDT", "p": f"{price:.2f}", "T": int(time.time() * 1000)})
                )
                time.sleep(0.2)

    server = serve_stream(trades, "127.0.0.1", 0, compression=None)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    return f"ws://127.0.0.1:{server.socket.getsockname()[1]}/ws/btcusdt@trade"


def _door(world: World, request: Request) -> Reply:
    if request.path == "/api/v3/ping":
        return Reply({})
    if request.path == "/v1/models":
        return Reply({"error": {"message": "You didn't provide an API key."}}, 401)
    if request.path == "/api/org":
        right = request.basic() == ("admin", "admin") and world.on("grafana-admin-admin")
        return Reply({"name": "Main Org."}) if right else Reply({"message": "invalid username or password"}, 401)
    if world.on("demo-user-works") and b"password123" in request.body:
        return Reply({"success": True})
    return Reply({"success": False, "error": "e-mail or password is wrong"}, 401)
