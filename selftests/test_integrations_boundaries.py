"""Boundaries of the exchange's and OpenAI's items, on facts made by hand."""

from __future__ import annotations

from dataclasses import replace

import pytest

from acceptance.facts import Unseen
from acceptance.probes.candles import Candles, candle_faults
from acceptance.probes.integrations import Integrations
from acceptance.probes.paper_orders import PaperOrder
from acceptance.probes.upstreams import (
    Completion,
    Exchange,
    Models,
    NoAnswer,
    Price,
    Quota,
    Rights,
    Upstream,
    Upstreams,
)
from selftests.judging import BLOCKED, FAIL, PASS, judge

UNSEEN = Unseen("it", "no route")


def upstreams(**changes: object) -> Upstreams:
    exchange = replace(Exchange(200, 40.0, 0.1), **{k: v for k, v in changes.items() if k in ("best_ms", "drift_s")})  # type: ignore[arg-type]
    rights = replace(Rights(200, False, True), **{k: v for k, v in changes.items() if k in ("withdrawals", "bound")})  # type: ignore[arg-type]
    return Upstreams(
        {
            "binance": Upstream(exchange=exchange, rights=rights, price=Price(200, 100.0)),
            "openai": Upstream(models=Models(200, 5)),
        },
        {},
    )


def test_upstreams() -> None:
    assert judge("FUNC-EXT-01", upstreams=upstreams(best_ms=999.0, drift_s=-0.99)) is PASS
    assert judge("FUNC-EXT-01", upstreams=upstreams(best_ms=1000.0)) is FAIL
    assert judge("FUNC-EXT-01", upstreams=upstreams(drift_s=-1.0)) is FAIL
    assert judge("FUNC-EXT-01", upstreams=Upstreams({"binance": UNSEEN}, {})) is BLOCKED
    assert len(upstreams(withdrawals=True, bound=False).key_faults()) == 2
    assert judge("SEC-SECRET-06", upstreams=upstreams(withdrawals=True)) is FAIL
    assert judge("SEC-SECRET-06", upstreams=upstreams(bound=False)) is FAIL


def test_what_gives_the_services_no_answer_is_unavailable() -> None:
    silent, refused, answers = NoAnswer("TimeoutError: timed out"), Models(401, 0), Upstream(models=Models(200, 5))

    def without(**looks: object) -> Upstreams:
        return Upstreams({"binance": Upstream(**looks), "openai": answers}, {"binance": "the suite gets one"})  # type: ignore[arg-type]

    assert judge("FUNC-ROLL-02", upstreams=upstreams(best_ms=4000.0, drift_s=9.0)) is PASS  # late is no outage
    assert judge("FUNC-ROLL-02", upstreams=without(exchange=silent, price=silent)) is FAIL
    assert judge("FUNC-ROLL-02", upstreams=without(exchange=silent, price=Price(200, 1.0))) is PASS
    assert judge("FUNC-ROLL-02", upstreams=without(exchange=silent, price=UNSEEN)) is BLOCKED
    assert judge("FUNC-ROLL-02", upstreams=without(models=refused)) is FAIL
    assert judge("FUNC-ROLL-02", upstreams=Upstreams({"binance": UNSEEN, "openai": answers}, {})) is BLOCKED
    assert judge("FUNC-ROLL-02", upstreams=Upstreams({}, {})) is BLOCKED
    assert "the suite gets one" in without(exchange=silent).unavailable()[0]
    assert judge("FUNC-EXT-01", upstreams=without(exchange=silent)) is FAIL
    assert judge("SEC-SECRET-06", upstreams=without(rights=silent)) is BLOCKED
    assert judge("SEC-SECRET-06", upstreams=without(rights=Rights(200, True, True), models=silent)) is FAIL


def integrations(**changes: object) -> Integrations:
    made = Integrations(True, 4.9, 86_399.0, 16, 9, (), 5, 100.0, Candles(60, 60, (), 404, False), 100.0, 100.9)
    return replace(made, **changes)  # type: ignore[arg-type]  # fields by name


def openai(**changes: object) -> Upstreams:
    """Both upstreams, with another look at OpenAI."""
    known = upstreams().upstreams
    return Upstreams({**known, "openai": replace(known["openai"], **changes)}, {})  # type: ignore[type-var]


@pytest.mark.parametrize("item", ["FUNC-EXT-03", "FUNC-GATE-01"])
@pytest.mark.parametrize(
    ("seen", "age_s", "status"),
    [
        (upstreams(), 86_399.0, PASS),
        (upstreams(), 86_400.0, FAIL),
        (upstreams(), UNSEEN, BLOCKED),
        (openai(completion=Completion(200, "")), 90_000.0, PASS),  # one just succeeded
        (openai(completion=Completion(200, "")), UNSEEN, PASS),
        (openai(models=Models(401, 0)), 60.0, FAIL),
        (openai(models=Models(200, 0)), 60.0, FAIL),
        (openai(quota=Quota(300.0)), 600.0, FAIL),
        (openai(quota=Quota(300.0)), 60.0, PASS),  # a completion came since
        (openai(quota=Quota(None)), 600.0, PASS),
        (openai(completion=Completion(429, "insufficient_quota")), 60.0, FAIL),
        (openai(completion=Completion(500, "")), 60.0, BLOCKED),
    ],
)
def test_openai(item: str, seen: Upstreams, age_s: float | Unseen, status: object) -> None:
    assert judge(item, upstreams=seen, integrations=integrations(completion_age_s=age_s)) is status


def test_the_gate_asks_for_the_exchange_too() -> None:
    assert judge("FUNC-GATE-01", upstreams=upstreams(best_ms=1000.0), integrations=integrations()) is FAIL
    assert judge("FUNC-GATE-01", upstreams=upstreams(), integrations=integrations(stream_connected=False)) is FAIL


def test_integrations() -> None:
    assert judge("FUNC-EXT-02", integrations=integrations()) is PASS
    assert judge("FUNC-EXT-02", integrations=integrations(stream_age_s=5.0)) is FAIL
    assert judge("FUNC-EXT-02", integrations=integrations(stream_connected=False)) is FAIL
    assert judge("FUNC-EXT-03", integrations=integrations(completion_age_s=86_400.0), upstreams=upstreams()) is FAIL
    assert judge("FUNC-EXT-04", integrations=integrations(), upstreams=upstreams()) is PASS
    assert judge("FUNC-EXT-04", integrations=integrations(pushed_changes=0), upstreams=upstreams()) is FAIL
    assert judge("FUNC-EXT-04", integrations=integrations(api_price=101.1), upstreams=upstreams()) is FAIL
    assert judge("FUNC-EXT-07", integrations=integrations(ledger=98.9)) is FAIL
    assert judge("FUNC-EXT-07", integrations=integrations(balance=None)) is FAIL
    assert judge("FUNC-EXT-07", integrations=integrations(ledger=None)) is FAIL
    assert judge("FUNC-EXT-07", integrations=integrations(balance=-5.0, ledger=-5.0)) is PASS  # a debt is a number
    assert judge("FUNC-EXT-04", integrations=integrations(behind=("the API said 1",)), upstreams=upstreams()) is FAIL
    unpriced = Upstreams({"binance": Upstream(price=Price(429, 0.0))}, {})  # the exchange gave none: not the engine's
    assert judge("FUNC-EXT-04", integrations=integrations(), upstreams=unpriced) is BLOCKED
    assert judge("FUNC-EXT-04", integrations=integrations(pushed=0), upstreams=upstreams()) is FAIL
    assert judge("FUNC-EXT-04", integrations=integrations(api_price=0.0), upstreams=upstreams()) is FAIL


@pytest.mark.parametrize(
    "change, status",
    [
        ({"got": 59}, FAIL),
        ({"unknown_symbol_status": 500}, FAIL),
        ({"unknown_symbol_status": 200, "unknown_symbol_empty_success": True}, FAIL),
        ({"unknown_symbol_status": 200, "unknown_symbol_got": 60}, FAIL),  # one answer for any symbol
        ({"unknown_symbol_status": 200}, PASS),  # it says that it failed
    ],
)
def test_what_an_unknown_symbol_gets(change: dict[str, object], status: str) -> None:
    candles = replace(Candles(60, 60, (), 404, False), **change)  # type: ignore[arg-type]  # fields by name
    assert judge("FUNC-EXT-08", integrations=integrations(candles=candles)) is status


def test_a_paper_order_that_was_never_listed_was_not_cancelled() -> None:
    order = PaperOrder(("/a", "/b"), 201, "pending", True, 200, True, 0)
    assert judge("FUNC-EXT-06", paper_order=order) is PASS
    assert judge("FUNC-EXT-05", paper_order=replace(order, state="failed")) is FAIL
    assert judge("FUNC-EXT-06", paper_order=replace(order, seen_open=False)) is FAIL
    assert judge("FUNC-EXT-06", paper_order=replace(order, gone=False)) is FAIL


def test_candles() -> None:
    import time

    newest = int(time.time()) // 60 * 60
    row = {"open": 2.0, "high": 3.0, "low": 1.0, "close": 2.5}
    rows = [{**row, "open_time": (newest - 60 * back) * 1000} for back in range(5)]
    assert candle_faults(rows, 60) == ()
    assert candle_faults(rows[:2] + rows[3:], 60)
    assert candle_faults([rows[0], *rows], 60)
    assert candle_faults([{**rows[0], "high": 0.5}, *rows[1:]], 60)
    assert candle_faults([{**r, "open_time": r["open_time"] + 7_200_000} for r in rows], 60)
    assert candle_faults([{**r, "open_time": r["open_time"] - 7_200_000} for r in rows], 60)
