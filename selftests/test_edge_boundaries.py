"""Boundaries of what the edge does: redirects, origins, caches, limits. Facts made by hand."""

from __future__ import annotations

from dataclasses import replace

import pytest

from acceptance.facts import Unseen
from acceptance.probes.caching import Caching, Stored
from acceptance.probes.cors import Cors, CorsAnswers, foreign
from acceptance.probes.limits import LoginLimit, RateLimit
from acceptance.probes.plain import Clear, Plain
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


def test_a_preflight_that_is_refused_allows_nothing() -> None:
    own = "https://app.example.com"
    call = Cors("/api/health", "GET", own, True, 401, own, False, "Origin")
    assert judge("INFRA-NET-07", cors=CorsAnswers((call, replace(call, method="OPTIONS", status=204)))) is PASS
    assert judge("INFRA-NET-07", cors=CorsAnswers((call, replace(call, method="OPTIONS", status=404)))) is FAIL


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
