"""The exchange beside the engine (public stream, the account as it knows it), and OpenAI's quota: what is seen, what is judged."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import threading
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from websockets.exceptions import ConnectionClosed
from websockets.sync.server import ServerConnection
from websockets.sync.server import serve as serve_stream

from acceptance import reach, web
from acceptance.collector import logs, upstream
from acceptance.collector.inside import RESOLVE
from acceptance.facts import ProbeError, Unseen
from acceptance.probes import exchange, upstreams
from acceptance.probes.integrations import _number
from acceptance.probes.upstreams import Completion, Models, NoAnswer, Quota, Upstream, Upstreams
from acceptance.sandbox.double import Reply, Request, serve
from acceptance.tables.upstream import Upstream as Table
from acceptance.tables.web import Operation
from acceptance.tables.witnesses import Witnesses
from acceptance.visit import Visit
from selftests.judging import BLOCKED, FAIL, PASS, judge
from selftests.misbehaving import target_of, visit
from selftests.test_integrations_boundaries import integrations
from selftests.test_integrations_boundaries import upstreams as both

UNSEEN = Unseen("it", "no route")
TRADE = {"e": "trade", "s": "BTCUSDT", "p": "101.5"}


@pytest.mark.parametrize(
    "message, price",
    [
        (TRADE, 101.5),
        ({"stream": "btcusdt@trade", "data": TRADE}, 101.5),
        ({"e": "kline", "s": "BTCUSDT", "k": {"c": "7.5"}}, 7.5),
        ({"e": "24hrTicker", "s": "btcusdt", "p": "-3", "c": "9"}, 9.0),  # p is the change there
        ({**TRADE, "s": "ETHUSDT"}, 0.0),
        ({**TRADE, "p": "NaN"}, 0.0),
        ({**TRADE, "e": "bookTicker"}, 0.0),
        ({"result": None, "id": 1}, 0.0),
        ([], 0.0),
    ],
)
def test_the_price_in_a_message_of_the_exchange(message: object, price: float) -> None:
    assert exchange.price_of(json.dumps(message), "BTCUSDT") == price


@pytest.fixture
def streaming() -> Iterator[tuple[str, list[str]]]:
    """A stream that sends what is in the list, and ends."""
    messages: list[str] = []

    def send(connection: ServerConnection) -> None:
        try:
            for message in messages:
                connection.send(message)
        except ConnectionClosed:
            return

    with serve_stream(send, "127.0.0.1", 0, compression=None) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        yield f"ws://127.0.0.1:{server.socket.getsockname()[1]}/ws/btcusdt@trade", messages
        server.shutdown()


def watching(folder: Path, url: str) -> Visit:
    return visit(target_of().model_copy(update={"witnesses": Witnesses(market=url)}), folder)


def test_the_public_stream_is_read_where_the_target_names_one(streaming: tuple[str, list[str]], tmp_path: Path) -> None:
    url, messages = streaming
    assert isinstance(exchange.reference(watching(tmp_path, url)), Unseen)
    messages += ["hello", json.dumps({**TRADE, "s": "ETHUSDT", "p": "3"}), json.dumps(TRADE)]
    assert exchange.reference(watching(tmp_path, url)) == 101.5
    assert exchange.reference(visit(target_of(), tmp_path)) is None


@pytest.mark.parametrize(
    "reference, status",
    [(None, PASS), (UNSEEN, PASS), (100.0, PASS), (101.0, PASS), (101.1, FAIL), (98.9, FAIL)],
    ids=["not named", "not reached", "same", "near", "above", "below"],
)
def test_a_stream_of_another_market(reference: Any, status: str) -> None:
    assert judge("FUNC-EXT-02", integrations=integrations(reference=reference)) is status


def test_without_a_price_of_the_engine_the_stream_is_not_compared() -> None:
    assert judge("FUNC-EXT-02", integrations=integrations(reference=50.0, api_price=0.0)) is PASS


@pytest.mark.parametrize(
    "changes, status",
    [
        ({"mode": "live", "ledger": 100.9}, PASS),
        ({"mode": "live", "ledger": 102.0}, FAIL),
        ({"mode": "live", "ledger": UNSEEN}, BLOCKED),
        ({"mode": "live", "ledger": UNSEEN, "balance": None}, FAIL),
        ({"mode": "", "ledger": UNSEEN}, BLOCKED),
    ],
)
def test_what_the_balance_is_held_against(changes: dict[str, Any], status: str) -> None:
    assert judge("FUNC-EXT-07", integrations=integrations(**changes)) is status


def account(folder: Path, monkeypatch: pytest.MonkeyPatch, answer: object, **table: str) -> float | Unseen | None:
    """What the exchange's account is seen to hold where the host answers so."""
    named = Table(kind="binance", host="app", service="engine", url="https://x.test", **table)
    here = visit(target_of().model_copy(update={"upstreams": {"binance": named}}), folder)
    monkeypatch.setattr(reach, "ask", lambda *_, **__: json.dumps({"account": {"binance": answer}}))
    return exchange.balance(here)


def test_the_account_as_the_exchange_knows_it(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    url = "https://fapi.x.test/fapi/v2/account"

    def seen(answer: object, where: str = url) -> float | Unseen | None:
        return account(tmp_path, monkeypatch, answer, account=where)

    assert seen({"account": {"status": 200, "balance": 99.5}}) == 99.5
    for answer in ({"account": {"status": 401, "balance": None}}, {"account": {"no_answer": "timed out"}}, {}, None):
        assert isinstance(seen(answer), Unseen)
    unnamed = seen({"account": {"status": 200, "balance": 99.5}}, "")
    assert isinstance(unnamed, Unseen)
    assert "names its account" in unnamed.why


def inside(answer: Any, **ask: Any) -> dict[str, Any]:
    """What the look from inside a container says of a server that answers so."""
    told = {"pid": str(os.getpid()), "places": [], "seconds": 5, "hosts": "", "resolv": "", "key": "K", "secret": "S"}
    words = [
        sys.executable,
        "-IB",
        "-c",
        RESOLVE + upstream.UPSTREAM,
        json.dumps({**told, "url": serve(answer), **ask}),
    ]
    ended = subprocess.run(words, capture_output=True, text=True, timeout=30, check=True)
    found: dict[str, Any] = json.loads(ended.stdout)
    return found


def test_a_completion_costs_one_token_and_tells_openais_code() -> None:
    asked: list[Request] = []

    def answer(request: Request) -> Reply:
        asked.append(request)
        return Reply({"error": {"code": "insufficient_quota", "message": "You exceeded your current quota"}}, 429)

    found = inside(answer, looks=["completion"], model="gpt-4o-mini")
    assert found == {"completion": {"status": 429, "code": "insufficient_quota"}}
    assert (asked[0].method, asked[0].path) == ("POST", "/v1/chat/completions")
    assert json.loads(asked[0].body)["max_completion_tokens"] == 1


@pytest.mark.parametrize(
    "document, place, balance",
    [
        ({"totalWalletBalance": "99.5"}, "totalWalletBalance", 99.5),
        ({"balances": [{"free": 3}]}, "balances.0.free", 3.0),
        ({"balances": []}, "balances.0.free", None),
    ],
)
def test_the_accounts_number_is_read_where_the_target_says(document: object, place: str, balance: float | None) -> None:
    url = serve(lambda request: Reply(document if "signature" in request.query else {}))
    found = inside(lambda _: Reply({}), looks=["account"], account=f"{url}/fapi/v2/account", balance=place)
    assert found["account"] == {"status": 200, "balance": balance}


def test_the_newest_line_that_tells_of_the_quota(monkeypatch: pytest.MonkeyPatch) -> None:
    lines = [(100.0, "insufficient_quota", 9), (940.0, "429 insufficient_quota", 9), (990.0, "asked again", 9)]
    monkeypatch.setattr(logs.time, "time", lambda: 1000.0)
    monkeypatch.setattr(upstream, "newest_lines", lambda *_: (lines, True))
    assert upstream.last_told({}, "insufficient_quota") == {"refused_s_ago": 60.0}
    assert upstream.last_told({}, "billing") == {"refused_s_ago": None}


def openai(**looks: Any) -> Upstreams:
    found = both()
    return replace(found, upstreams={**found.upstreams, "openai": Upstream(models=Models(200, 5), **looks)})


@pytest.mark.parametrize(
    "looks, completed_s_ago, status",
    [
        ({}, 3600.0, PASS),
        ({}, 86_400.0, FAIL),
        ({"quota": Quota(60.0)}, 3600.0, FAIL),
        ({"quota": Quota(3600.0)}, 60.0, PASS),  # topped up since
        ({"quota": Quota(60.0)}, UNSEEN, FAIL),
        ({"quota": UNSEEN}, 60.0, PASS),  # the report alone tells of a completion
        ({"completion": Completion(200, "")}, 90_000.0, PASS),
        ({"completion": Completion(200, "")}, UNSEEN, PASS),
        ({"completion": Completion(429, "insufficient_quota")}, UNSEEN, FAIL),
        ({"completion": Completion(429, "rate_limit_exceeded")}, UNSEEN, BLOCKED),
        ({"completion": Completion(404, "model_not_found")}, UNSEEN, BLOCKED),
        ({"completion": Completion(401, "invalid_api_key")}, UNSEEN, FAIL),
        ({"completion": NoAnswer("timed out")}, UNSEEN, FAIL),
        ({"completion": UNSEEN}, UNSEEN, BLOCKED),
    ],
)
def test_openais_quota(looks: dict[str, Any], completed_s_ago: Any, status: str) -> None:
    said = integrations(completion_age_s=completed_s_ago)
    assert judge("FUNC-EXT-03", upstreams=openai(**looks), integrations=said) is status
    assert judge("FUNC-GATE-01", upstreams=openai(**looks), integrations=said) is status


@pytest.mark.parametrize(
    "model, allow, completed_s_ago, asked",
    [
        ("m", {"writes"}, 90_000.0, True),
        ("m", {"writes"}, UNSEEN, True),
        ("m", {"writes"}, 60.0, False),
        ("m", {"load"}, UNSEEN, False),
        ("", {"writes"}, UNSEEN, False),
    ],
    ids=["too old", "not told", "of today", "not allowed", "no model named"],
)
def test_a_completion_is_paid_for_only_where_nothing_else_tells(
    model: str, allow: set[str], completed_s_ago: Any, asked: bool, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    wanted: dict[str, Any] = {}

    def ask(*_: object, upstreams: dict[str, Any]) -> str:
        wanted.update(upstreams["openai"])
        raise ProbeError("host app", "no matter")

    monkeypatch.setattr(reach, "ask", ask)
    table = Table(kind="openai", host="app", service="ai", url="https://x.test", model=model)
    here = visit(target_of().model_copy(update={"upstreams": {"openai": table}}), tmp_path)
    needs = {"integrations": integrations(completion_age_s=completed_s_ago)}
    upstreams.look(replace(here, allow=frozenset(allow), needs=needs))
    assert ("completion" in wanted["looks"]) is asked


@pytest.mark.parametrize(
    "told, number",
    [("12.5", 12.5), ("-5", -5.0), ("NaN", None), ("Infinity", None), ('"12.5"', None), ("null", None), ("true", None)],
)
def test_a_balance_is_a_finite_number(told: str, number: float | None, tmp_path: Path) -> None:
    url = serve(lambda _: Reply(f'{{"data": {{"balance": {told}}}}}'.encode()))
    target = target_of()
    urls = target.urls.model_copy(update={"api": url})
    here = visit(
        target.model_copy(update={"urls": urls, "operations": {"account": Operation(path="/account")}}), tmp_path
    )
    with web.client(here) as client:
        assert _number(here, client, "account", "balance", {}) == number
