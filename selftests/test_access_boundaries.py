"""Boundaries of tokens, guards, sessions, and of who reads what. Facts made by hand."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from acceptance.facts import Unseen
from acceptance.probes.api import Api, Market, Reading, stamps_of
from acceptance.probes.defaults import Default, Defaults
from acceptance.probes.forgeries import Tokens, Try, forge
from acceptance.probes.guards import Guard, Guards
from acceptance.probes.sessions import Sessions, life_s
from selftests.judging import BLOCKED, FAIL, PASS, judge

UNSEEN = Unseen("it", "no route")


def tokens(**changes: object) -> Tokens:
    refused = Try("alg none", 401, False)
    made = Tokens(
        "/profile", 3, "RS256", ("exp", "iat", "sub"), (), 3600.0, 2048, Try("real", 200, True), Try("no token", 401, False),
        (refused,),
    )  # fmt: skip
    return replace(made, **changes)  # type: ignore[arg-type]  # fields by name


def test_tokens() -> None:
    assert judge("SEC-SECRET-05", forgeries=tokens()) is PASS
    assert judge("SEC-SECRET-05", forgeries=tokens(key_bits=2047)) is FAIL
    assert judge("SEC-SECRET-05", forgeries=tokens(header_alg="HS256")) is FAIL
    assert judge("SEC-SECRET-05", forgeries=tokens(forged=(Try("alg none", 200, True),))) is FAIL
    assert judge("SEC-SECRET-05", forgeries=tokens(forged=(Try("alg none", 500, False),))) is FAIL
    assert judge("SEC-SECRET-05", forgeries=tokens(forged=(Try("alg none", 401, True),))) is FAIL
    assert judge("SEC-SECRET-05", forgeries=tokens(forged=(UNSEEN,))) is BLOCKED
    assert judge("FUNC-API-05", forgeries=tokens(valid=Try("real", 401, False))) is FAIL
    for missing, status in (
        (Try("no token", 500, False), FAIL),
        (Try("no token", 200, True), FAIL),
        (Try("no token", 400, False), PASS),
    ):
        assert judge("FUNC-API-05", forgeries=tokens(without=missing)) is status
    assert judge("FUNC-API-04", forgeries=tokens()) is PASS
    assert judge("FUNC-API-04", forgeries=tokens(parts=2)) is FAIL
    assert judge("FUNC-API-04", forgeries=tokens(parts=5)) is FAIL  # encrypted: nobody can read its end
    assert judge("FUNC-API-04", forgeries=tokens(claims=("exp", "sub"))) is FAIL
    assert judge("FUNC-API-04", forgeries=tokens(sensitive_claims=("password",))) is FAIL


def test_every_forgery_differs_from_the_real_token() -> None:
    import jwt

    real = jwt.encode({"sub": "1", "iat": 1, "exp": 2}, "k" * 32, "HS256")
    made = forge(real, {"alg": "RS256", "kid": "1"}, {"sub": "1", "iat": 1, "exp": 2}, b"-----BEGIN PUBLIC KEY-----")
    kinds = " ".join(kind for kind, _ in made)
    assert real not in [value for _, value in made]
    for word in ("none", "public key", "fresh RSA", "jwk", "traversal", "injection", "cut", "payload"):
        assert word in kinds


def guards(*rows: Guard | Unseen, **more: object) -> Guards:
    return Guards(
        rows or (Guard("GET /a", "a stranger", 401), Guard("POST /b", "a stranger", 403)),
        more.pop("foreign", Guard("GET /p of another user", "a second user", 403)), (), (), (), **more
    )  # type: ignore[arg-type]  # fields by name  # fmt: skip


@pytest.mark.parametrize("status", [200, 201, 400, 404, 415, 422, 500])
def test_guard_was_passed_when_the_body_was_read(status: int) -> None:
    facts = guards(Guard("POST /orders", "a stranger", status))
    assert judge("SEC-GATE-03", guards=facts, forgeries=tokens(), defaults=defaults()) is FAIL


def defaults(*, let_in: bool = False) -> Defaults:
    return Defaults((Default("demo", "/login", "demo", 200 if let_in else 401, let_in),))


@pytest.mark.parametrize(
    "changes, status",
    [
        ({}, PASS),
        ({"guards": guards(UNSEEN)}, BLOCKED),
        ({"forgeries": tokens(valid=Try("real", 401, False))}, FAIL),  # a door that lets nobody in is no guard
        ({"forgeries": tokens(forged=(Try("alg none", 200, True),))}, FAIL),
        ({"defaults": defaults(let_in=True)}, FAIL),
        ({"defaults": Defaults((UNSEEN,))}, BLOCKED),
    ],
)
def test_only_who_shows_who_he_is_gets_in(changes: dict[str, Any], status: str) -> None:
    well = {"guards": guards(), "forgeries": tokens(), "defaults": defaults()}
    assert judge("SEC-GATE-03", **well | changes) is status


@pytest.mark.parametrize(
    "foreign, admin, status",
    [
        (Guard("GET /p", "a second user", 404), 403, PASS),
        (Guard("GET /p", "a second user", 200), 403, FAIL),
        (UNSEEN, 403, BLOCKED),  # nobody looked with a second user's eyes
        (UNSEEN, 200, FAIL),
    ],
)
def test_what_belongs_to_others(foreign: Guard | Unseen, admin: int, status: str) -> None:
    seen = replace(guards(foreign=foreign), admin=(Guard("GET /admin", "a user who is no admin", admin),))
    assert judge("SEC-WEB-05", guards=seen, signed=None) is status


@pytest.mark.parametrize(
    "owner, other, same, status",
    [
        ("u-1", "u-2", False, PASS),
        ("u-1", "u-1", False, FAIL),
        ("", "", False, PASS),  # no owner's name, but other data
        ("", "", True, BLOCKED),  # theirs, or everybody's
    ],
)
def test_whose_portfolio_it_is(owner: str, other: str, same: bool, status: str) -> None:
    reading = Reading("GET /x", 200, True, False, (), "u-1", "u-2")
    rows = {"portfolio": replace(reading, owner=owner, other_owner=other, same=same), "pending_orders": reading}
    assert judge("FUNC-API-08", api=api(readings=rows), guards=guards()) is status


@pytest.mark.parametrize(
    "name, item, status",
    [
        ("profile", "FUNC-API-07", FAIL),
        ("portfolio", "FUNC-API-08", FAIL),
        ("pending_orders", "FUNC-API-08", PASS),  # none is pending
        ("strategies", "FUNC-API-09", FAIL),
    ],
)
def test_nothing_is_no_answer(name: str, item: str, status: object) -> None:
    rows = {**api().readings, name: replace(api().reading(name), empty=True)}
    assert judge(item, api=api(), guards=guards()) is PASS
    assert judge(item, api=api(readings=rows), guards=guards()) is status
    broken = {**api().readings, name: replace(api().reading(name), status=500)}
    assert judge(item, api=api(readings=broken), guards=guards()) is FAIL


def api(**changes: object) -> Api:
    reading = Reading("GET /x", 200, True, False, (), "u-1", "u-2")
    market = Market("GET /prices", 200, True, (), 4, True, 1.0)
    rows: dict[str, Reading | Unseen] = dict.fromkeys(("profile", "portfolio", "pending_orders", "strategies"), reading)
    return replace(Api(rows, market, 60.0), **changes)  # type: ignore[arg-type]  # fields by name


def test_market_data() -> None:
    market = Market("GET /prices", 200, True, (), 4, True, 60.0)
    assert judge("FUNC-API-10", api=api(market=market)) is PASS
    assert judge("FUNC-API-10", api=api(market=replace(market, age_s=60.1))) is FAIL
    assert judge("FUNC-API-10", api=api(market=replace(market, moved=False))) is FAIL
    assert judge("FUNC-API-10", api=api(market=replace(market, success=False))) is FAIL
    assert judge("FUNC-API-10", api=api(market=replace(market, age_s=UNSEEN))) is BLOCKED


def test_time_stamps_of_every_shape() -> None:
    assert stamps_of({"time": "2026-03-02T08:10:00Z"}) == stamps_of({"time": "2026-03-02T15:10:00+07:00"})
    assert stamps_of({"rows": [{"timestamp": 1_772_000_000_000}]}) == [1_772_000_000.0]
    assert stamps_of({"last_updated": 1_772_000_000}) == [1_772_000_000.0]
    assert stamps_of({"price": 1_772_000_000, "time": "never"}) == []


def test_a_token_lives_until_its_end_whatever_it_says_of_its_beginning() -> None:
    now = 1_772_000_000.0
    assert life_s(now + 86_400, now, now) == 86_400
    assert life_s(now + 86_400, now, now - 30) == 86_400  # clocks differ a little
    assert life_s(now + 8_640_000, now + 8_639_000, now) > 86_400


def test_sessions() -> None:
    good = Sessions(86_400.0, 200, 401, "an earlier run", 200, 401, 401)
    assert judge("SEC-WEB-06", sessions=good, signed=None) is PASS
    assert judge("SEC-WEB-06", sessions=replace(good, life_s=86_401.0), signed=None) is FAIL
    assert judge("SEC-WEB-06", sessions=replace(good, expired_status=200), signed=None) is FAIL
    assert judge("SEC-WEB-06", sessions=replace(good, after_logout_status=200), signed=None) is FAIL
    assert judge("SEC-WEB-06", sessions=replace(good, fresh_status=401), signed=None) is FAIL
