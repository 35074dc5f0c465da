"""Boundaries of the API's items, on facts made by hand: what is just good enough, and what just isn't."""

from __future__ import annotations

from dataclasses import replace

import pytest

from acceptance.facts import Unseen
from acceptance.leaks import digest, leaks
from acceptance.probes.api import Api, Market, Reading, stamps_of
from acceptance.probes.caching import Caching, Stored
from acceptance.probes.cors import Cors, CorsAnswers, foreign
from acceptance.probes.echo import Echo
from acceptance.probes.forgeries import Tokens, Try, forge
from acceptance.probes.guards import Guard, Guards
from acceptance.probes.health import Health, HealthAnswer, StatusDocument, Unwell
from acceptance.probes.hold import Hold, Holds
from acceptance.probes.integrations import Candles, Integrations, candle_faults
from acceptance.probes.limits import LoginLimit, RateLimit
from acceptance.probes.login import Attempt, Login
from acceptance.probes.malformed import Malformed
from acceptance.probes.paper_orders import PaperOrder
from acceptance.probes.plain import Clear, Plain
from acceptance.probes.registration import Registration
from acceptance.probes.sessions import Sessions, life_s
from acceptance.probes.upstreams import Exchange, Models, NoAnswer, Price, Rights, Upstream, Upstreams
from acceptance.probes.websocket import Stream, Websocket
from selftests.judging import BLOCKED, FAIL, PASS, judge

UNSEEN = Unseen("it", "no route")


def clear(**changes: object) -> Plain:
    one = Clear("GET", "/", 308, "https://bot.example.com/", (), 0)
    return Plain("http://bot.example.com", "https://bot.example.com", (replace(one, **changes),), 0, ())  # type: ignore[arg-type]  # fields by name


@pytest.mark.parametrize(
    "changes, redirects, in_clear",
    [
        ({}, PASS, PASS),
        ({"status": 301}, PASS, PASS),
        ({"status": 302}, FAIL, PASS),
        ({"location": "https://other.example/"}, FAIL, PASS),
        ({"location": "https://bot.example.com/home"}, FAIL, PASS),
        ({"location": "http://bot.example.com/"}, FAIL, FAIL),
        ({"status": 200, "location": ""}, FAIL, FAIL),
        ({"cookies": ("seen=…; Path=/",)}, FAIL, FAIL),
    ],
)
def test_plain_http(changes: dict[str, object], redirects: str, in_clear: str) -> None:
    assert judge("INFRA-NET-05", plain=clear(**changes)) is redirects
    assert judge("SEC-WEB-03", plain=clear(**changes)) is in_clear


def test_plain_http_wrong_beats_unseen() -> None:
    good = clear()
    assert judge("SEC-WEB-03", plain=replace(good, answers=(*good.answers, UNSEEN))) is BLOCKED
    wrong = clear(status=200, location="")
    assert judge("SEC-WEB-03", plain=replace(wrong, answers=(*wrong.answers, UNSEEN))) is FAIL
    assert judge("SEC-WEB-03", plain=replace(good, websocket_status=101)) is FAIL
    assert judge("SEC-WEB-03", plain=replace(good, websocket_status=UNSEEN)) is BLOCKED


def cors(**changes: object) -> CorsAnswers:
    own = Cors("/api/health", "GET", "https://bot.example.com", True, 200, "https://bot.example.com", False, "Origin")
    foreigner = Cors("/api/health", "GET", "https://evil.example", False, 200, "", False, "Origin")
    return CorsAnswers((own, replace(foreigner, **changes)))  # type: ignore[arg-type]  # fields by name


def test_foreign_origins() -> None:
    assert judge("SEC-WEB-17", cors=cors()) is PASS
    for let_in in ("https://evil.example", "*", "null"):
        assert judge("SEC-WEB-17", cors=cors(allow_origin=let_in)) is FAIL
    without_vary = replace(cors().answers[0], vary="Accept")  # type: ignore[type-var]  # the first one was seen
    assert judge("INFRA-NET-07", cors=CorsAnswers((without_vary,))) is FAIL


def test_look_alike_origins_are_among_the_foreign_ones() -> None:
    found = foreign("https://bot.example.com")
    assert "null" in found
    assert any(o.endswith("bot.example.com") and "://bot." not in o for o in found)  # a suffix comparison takes it
    assert any(o.startswith("https://bot.example.com.") for o in found)  # a prefix comparison takes it
    assert "http://bot.example.com" in found


def health(**changes: object) -> Health:
    first = HealthAnswer(200, True, True, "healthy", {"data.time": "1"}, {"mongodb": "up"}, "", "", "a")
    answers = [replace(first, live={"data.time": str(n)}) for n in range(3)]
    nowhere = replace(first, status=404, body_hash="b")
    made = Health("/api/health", *answers, "/api/health-x", nowhere)
    return replace(made, **changes)  # type: ignore[arg-type]  # fields by name


def test_health_that_lies() -> None:
    good = health()
    assert judge("FUNC-API-01", health=good) is PASS
    static = replace(good.first, live={})
    assert judge("FUNC-API-01", health=health(first=static, second=static, unique=static)) is FAIL
    assert judge("FUNC-API-01", health=health(second=replace(good.second, cache_hit="x-cache: HIT"))) is FAIL
    assert judge("FUNC-API-01", health=health(second=replace(good.second, age_s="3"))) is FAIL
    assert judge("FUNC-API-01", health=health(nowhere=replace(good.nowhere, status=200))) is FAIL
    assert judge("FUNC-API-01", health=health(first=replace(good.first, dependencies={"mongodb": "down"}))) is FAIL
    assert judge("FUNC-API-01", health=health(first=replace(good.first, success=False))) is FAIL


@pytest.mark.parametrize(
    ("unwell", "states", "expected"),
    [
        (Unwell("mongodb", "mongo", "not primary"), {"mongodb": "up"}, FAIL),
        (Unwell("mongodb", "mongo", "not primary"), {"mongo": "connected"}, FAIL),
        (Unwell("mongodb", "mongo", "not primary"), {"redis": "up"}, FAIL),  # a health that names no database
        (Unwell("redis", "redis", "loading"), {"mongodb": "up"}, PASS),  # the engine need not use it
        (Unwell("redis", "redis", "loading"), {"redis": "up"}, FAIL),
    ],
)
def test_health_that_the_services_themselves_deny(unwell: Unwell, states: dict[str, str], expected: object) -> None:
    good = health()
    lying = health(first=replace(good.first, dependencies=states), unwell=(unwell,))
    assert judge("FUNC-API-01", health=lying) is expected
    assert "asked by the suite" in "".join(lying.contradictions()) or expected is PASS


def test_status_that_the_services_themselves_deny() -> None:
    told = StatusDocument("/api/status", 200, {"redis": "healthy"}, ("redis",), "1", "c", "t")
    assert judge("FUNC-API-02", status_document=told) is PASS
    denied = replace(told, unwell=(Unwell("redis", "redis", "loading"),))
    assert judge("FUNC-API-02", status_document=denied) is FAIL


def login(**changes: object) -> Login:
    wrong = Attempt("wrong password", 401, False, False, "no", 80.0)
    right: dict[str, Attempt | Unseen] = {"user": Attempt("user", 200, True, True, "", 90.0)}
    missing = Attempt("no password", 400, False, False, "", 2.0)
    made = Login("/api/auth/login", right, (wrong,), (replace(wrong, who="unknown user"),), missing, False)
    return replace(made, **changes)  # type: ignore[arg-type]  # fields by name


def test_login() -> None:
    good = login()
    wrong = good.wrong_password[0]
    assert judge("FUNC-API-03", login=good) is PASS
    assert judge("FUNC-API-03", login=login(right={"user": Attempt("user", 200, False, False, "", 9.0)})) is FAIL
    assert judge("FUNC-API-03", login=login(right={"user": UNSEEN})) is BLOCKED
    assert judge("FUNC-API-03", login=login(unknown_user=(replace(wrong, body="unknown"),))) is FAIL
    assert judge("FUNC-API-03", login=login(missing_field=replace(wrong, status=500))) is FAIL
    let_in = replace(wrong, status=400, has_token=True)
    assert judge("FUNC-API-03", login=login(missing_field=let_in)) is FAIL, "refused, and yet with a token"
    assert judge("FUNC-API-03", login=login(token_in_url=True)) is FAIL
    slow = replace(wrong, latency_ms=400.0)
    assert judge("FUNC-API-03", login=login(wrong_password=(slow,))) is PASS  # seen once: chance
    both = login(wrong_password=(slow, slow), unknown_user=(wrong, wrong))
    assert judge("FUNC-API-03", login=both) is FAIL
    now_and_then = login(wrong_password=(slow, wrong), unknown_user=(wrong, slow))
    assert judge("FUNC-API-03", login=now_and_then) is PASS  # a busy machine, not a hint


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
    assert judge("SEC-GATE-03", guards=facts, forgeries=tokens()) is FAIL


def test_guards() -> None:
    assert judge("SEC-GATE-03", guards=guards(), forgeries=tokens()) is PASS
    assert judge("SEC-GATE-03", guards=guards(UNSEEN), forgeries=tokens()) is BLOCKED


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


def websocket(**changes: object) -> Websocket:
    stream = Stream("BTCUSDT", 12, 0, 12, True, 1.9, 5.0)
    made = Websocket("/ws", 101, 401, 403, 1.0, 1.0, (stream,), 3, 0.2, True, 20, 4.0)
    return replace(made, **changes)  # type: ignore[arg-type]  # fields by name


@pytest.mark.parametrize(
    "change", [{"messages": 2}, {"distinct": 1}, {"ascending": False}, {"oldest_age_s": 2.0}, {"longest_gap_s": 5.01}, {"malformed": 1}]
)  # fmt: skip
def test_streams(change: dict[str, object]) -> None:
    good = websocket()
    assert judge("FUNC-WS-04", websocket=good) is PASS
    assert isinstance(good.streams, tuple)
    assert judge("FUNC-WS-04", websocket=websocket(streams=(replace(good.streams[0], **change),))) is FAIL  # type: ignore[arg-type]


def test_websocket_refusals_and_crowds() -> None:
    assert judge("FUNC-WS-02", websocket=websocket(stranger_status=101)) is FAIL
    assert judge("FUNC-WS-02", websocket=websocket(foreign_origin_status=101)) is FAIL
    assert judge("FUNC-WS-03", websocket=websocket(pong_ms=UNSEEN)) is FAIL
    assert judge("FUNC-WS-06", websocket=websocket(crowd_held=19)) is FAIL
    assert judge("FUNC-WS-06", websocket=websocket(reconnect_s=5.1)) is FAIL


def test_connection_holds() -> None:
    held = Hold(65.2, None, None)
    assert judge("FUNC-WS-05", websocket_hold=Holds("/ws", held, held)) is PASS
    assert judge("FUNC-WS-05", websocket_hold=Holds("/ws", Hold(60.1, 60.1, 1001), held)) is FAIL
    assert judge("FUNC-WS-05", websocket_hold=Holds("/ws", held, Hold(30.0, 30.0, None))) is FAIL
    assert judge("FUNC-WS-05", websocket_hold=Holds("/ws", Hold(64.9, None, None), held)) is BLOCKED
    assert judge("FUNC-WS-05", websocket_hold=Holds("/ws", UNSEEN, held)) is BLOCKED


def test_websocket_latency() -> None:
    echo = Echo(1000, 1.0, 10.01, 12.0, 1.0, 0.02, 3.0)
    assert judge("PERF-WS-01", websocket_echo=echo) is PASS  # 9.99 ms of the server's own
    assert judge("PERF-WS-01", websocket_echo=replace(echo, echo_p95_ms=10.02)) is FAIL
    assert judge("PERF-WS-01", websocket_echo=replace(echo, lag_p99_ms=3.1)) is BLOCKED
    assert judge("PERF-WS-01", websocket_echo=replace(echo, echoes=999)) is BLOCKED


def test_limits() -> None:
    limit = RateLimit("/api/health", 41, 429, "2", 2.0, 200)
    assert judge("INFRA-NET-08", rate_limit=limit) is PASS
    assert judge("INFRA-NET-08", rate_limit=replace(limit, refused_status=None)) is FAIL
    assert judge("INFRA-NET-08", rate_limit=replace(limit, served_again_after_s=None)) is FAIL
    lockout = LoginLimit("/login", 6, 429, "60", 200)
    assert judge("SEC-WEB-07", login_limit=lockout) is PASS
    assert (
        judge("SEC-WEB-07", login_limit=replace(lockout, attempts=20, refused_status=None, right_words_status=None))
        is FAIL
    )
    assert judge("SEC-WEB-07", login_limit=replace(lockout, right_words_status=429)) is FAIL
    assert judge("SEC-WEB-07", login_limit=replace(lockout, right_words_token=False)) is FAIL  # a failure in a 200
    assert judge("INFRA-NET-08", rate_limit=replace(limit, second_address_status=429)) is FAIL


def test_a_token_lives_until_its_end_whatever_it_says_of_its_beginning() -> None:
    now = 1_772_000_000.0
    assert life_s(now + 86_400, now, now) == 86_400
    assert life_s(now + 86_400, now, now - 30) == 86_400  # clocks differ a little
    assert life_s(now + 8_640_000, now + 8_639_000, now) > 86_400


def test_registration() -> None:
    good = Registration("a@example.com", 201, 200, 409, {"password": 400}, ())
    assert judge("FUNC-API-06", registration=good) is PASS
    assert judge("FUNC-API-06", registration=replace(good, status=200)) is FAIL
    assert judge("FUNC-API-06", registration=replace(good, login_token=False)) is FAIL  # a failure in a 200
    assert judge("FUNC-API-06", registration=replace(good, twice_status=400)) is FAIL
    assert judge("FUNC-API-06", registration=replace(good, weak_statuses={"password": 201})) is FAIL
    assert "b@example.com" in replace(good, left=("b@example.com",)).looked()


def test_a_preflight_that_is_refused_allows_nothing() -> None:
    own = "https://app.example.com"
    call = Cors("/api/health", "GET", own, True, 401, own, False, "Origin")
    assert judge("INFRA-NET-07", cors=CorsAnswers((call, replace(call, method="OPTIONS", status=204)))) is PASS
    assert judge("INFRA-NET-07", cors=CorsAnswers((call, replace(call, method="OPTIONS", status=404)))) is FAIL


def test_what_the_log_in_tells() -> None:
    quiet = Malformed(1.0, (), (), {"GET /a": ()})
    assert judge("SEC-WEB-13", malformed=quiet, login=login()) is PASS
    telling = Attempt("user", 200, True, True, "", 90.0, ("a password hash",))
    assert judge("SEC-WEB-13", malformed=quiet, login=login(right={"user": telling})) is FAIL


def test_sessions() -> None:
    good = Sessions(86_400.0, 200, 401, "an earlier run", 200, 401, 401)
    assert judge("SEC-WEB-06", sessions=good, signed=None) is PASS
    assert judge("SEC-WEB-06", sessions=replace(good, life_s=86_401.0), signed=None) is FAIL
    assert judge("SEC-WEB-06", sessions=replace(good, expired_status=200), signed=None) is FAIL
    assert judge("SEC-WEB-06", sessions=replace(good, after_logout_status=200), signed=None) is FAIL
    assert judge("SEC-WEB-06", sessions=replace(good, fresh_status=401), signed=None) is FAIL


@pytest.mark.parametrize(
    "asset, answer, status",
    [
        ("public, max-age=86400", "no-store", PASS),
        ("public, max-age=86400", "private, max-age=60", PASS),
        ("", "no-store", FAIL),
        ("no-store, max-age=60", "no-store", FAIL),
        ("public, max-age=86400", "public, max-age=60", FAIL),
        ("public, max-age=86400", "", FAIL),
        ("s-maxage=86400", "no-store", FAIL),
    ],
)
def test_caching(asset: str, answer: str, status: str) -> None:
    facts = Caching((Stored("/a/app.js", 200, asset, False),), (Stored("/api/x", 200, answer, False),))
    assert judge("INFRA-NET-10", caching=facts) is status


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


@pytest.mark.parametrize(
    "text, kind",
    [
        ('Traceback (most recent call last):\n  File "/app/src/api.py", line 3', "a stack trace"),
        ("thread 'main' panicked at src/main.rs:4", "a stack trace"),
        ("can't open /app/src/config.toml", "a file path"),
        ("MongoServerError: E11000 duplicate key", "a database query"),
        ("mongodb://bot:hunter22@db:27017/bot_core", "a password in a URL"),
        ("-----BEGIN RSA PRIVATE KEY-----", "a private key"),
        ("$2b$12$abcdefghijklmnopqrstuv", "a password hash"),
    ],
)
def test_leaks_by_shape(text: str, kind: str) -> None:
    assert kind in leaks(text)


def test_leaks_by_hash_and_ordinary_answers() -> None:
    assert leaks('{"x": "correct-horse-battery"}', [digest("correct-horse-battery")]) == ("a secret of this target",)
    assert leaks("token=correct-horse-battery;", [digest("correct-horse-battery")]) == ("a secret of this target",)
    assert (
        leaks('{"success": false, "error": "email and password are needed"}', [digest("correct-horse-battery")]) == ()
    )
    assert leaks('{"path": "/api/health", "url": "https://bot.example.com/a"}') == ()
