"""Boundaries of the API's items, on facts made by hand: what is just good enough, and what just isn't."""

from __future__ import annotations

from dataclasses import replace

import pytest

from acceptance.facts import Unseen
from acceptance.leaks import digest, leaks
from acceptance.probes.health import Health, HealthAnswer, StatusDocument, Unwell
from acceptance.probes.login import Attempt, Login
from acceptance.probes.malformed import Malformed
from acceptance.probes.registration import Registration
from selftests.judging import BLOCKED, FAIL, PASS, judge

UNSEEN = Unseen("it", "no route")


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


def test_registration() -> None:
    good = Registration("a@example.com", 201, 200, 409, {"password": 400}, ())
    assert judge("FUNC-API-06", registration=good) is PASS
    assert judge("FUNC-API-06", registration=replace(good, status=200)) is FAIL
    assert judge("FUNC-API-06", registration=replace(good, login_token=False)) is FAIL  # a failure in a 200
    assert judge("FUNC-API-06", registration=replace(good, twice_status=400)) is FAIL
    assert judge("FUNC-API-06", registration=replace(good, weak_statuses={"password": 201})) is FAIL
    assert "b@example.com" in replace(good, left=("b@example.com",)).looked()


def test_what_the_log_in_tells() -> None:
    quiet = Malformed(1.0, (), (), {"GET /a": ()})
    assert judge("SEC-WEB-13", malformed=quiet, login=login()) is PASS
    telling = Attempt("user", 200, True, True, "", 90.0, ("a password hash",))
    assert judge("SEC-WEB-13", malformed=quiet, login=login(right={"user": telling})) is FAIL


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
