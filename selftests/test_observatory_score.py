"""Redirects, sharing, cookies of whole sites by the Observatory's rules; the score's sum, its letters, what is not checked."""

from __future__ import annotations

import itertools

import pytest

from acceptance.grading.observatory import grade, letter, total
from acceptance.probes.site import walk
from selftests.observatory_sites import HOST, graded, opener, said

HTTPS = f"https://{HOST}/"
OTHER = "https://other.example.com/"


def redirected(*targets: str) -> str:
    """The result of an http chain that goes to each of the targets in turn."""
    route = [f"http://{HOST}/", *targets]
    routes = {here: {"status": 301, "headers": [["Location", there]]} for here, there in itertools.pairwise(route)}
    return said("redirection", routes=routes, http="same")


@pytest.mark.parametrize(
    "targets, expected",
    [
        ((), "redirection-missing"),
        ((HTTPS,), "redirection-to-https"),
        ((f"HTTPS://{HOST.upper()}/",), "redirection-to-https"),
        ((HTTPS, OTHER), "redirection-to-https"),
        ((OTHER,), "redirection-off-host-from-http"),
        ((OTHER, HTTPS), "redirection-off-host-from-http"),
        ((f"http://{HOST}/a", HTTPS), "redirection-not-to-https-on-initial-redirection"),
        (("http://other.example.com/", HTTPS), "redirection-not-to-https-on-initial-redirection"),
        ((f"http://{HOST}/a",), "redirection-not-to-https"),
        ((HTTPS, "http://other.example.com/"), "redirection-not-to-https"),
    ],
)
def test_redirection(targets, expected):
    assert redirected(*targets) == expected


def test_redirection_without_http_and_with_an_untrusted_certificate():
    assert said("redirection", http="closed") == "redirection-not-needed-no-http"
    untrusted = graded(https="self-signed")
    assert untrusted.test("redirection").result == "redirection-invalid-cert"
    assert untrusted.test("strict-transport-security").result == "hsts-invalid-cert"


@pytest.mark.parametrize(
    "allowed, expected",
    [
        (None, "not-implemented"),
        ("", "not-implemented"),
        ("*", "implemented-with-public-access"),
        ("https://partner.example.com", "implemented-with-restricted-access"),
        ("ECHO", "implemented-with-restricted-access"),  # SEC-WEB-17 refuses it
    ],
)
def test_cross_origin_sharing_costs_nothing(allowed, expected):
    credentials = ["Access-Control-Allow-Credentials", "true"]
    sent = [] if allowed is None else [["Access-Control-Allow-Origin", allowed], credentials]
    test = graded(options=sent).test("cross-origin-resource-sharing")
    assert (test.result, test.modifier) == (f"cross-origin-resource-sharing-{expected}", 0)


def test_a_preflight_that_is_refused_allows_nothing():
    sent = [["Access-Control-Allow-Origin", "*"]]
    found = said("cross-origin-resource-sharing", options=sent, options_status=405)
    assert found == "cross-origin-resource-sharing-not-implemented"


def test_of_a_header_that_may_not_repeat_the_first_counts():
    twice = [["Content-Type", "text/html"], ["Content-Type", "application/json"]]
    assert said("subresource-integrity", *twice, body="<script></script>").endswith("loaded-from-secure-origin")
    routes = {f"http://{HOST}/": {"status": 301, "headers": [["Location", HTTPS], ["Location", OTHER]]}}
    assert said("redirection", routes=routes) == "redirection-to-https"


def test_a_cookie_that_names_no_path_holds_below_its_own():
    """So the same name set deeper is a second cookie, and the first one's faults stay."""
    routes = {HTTPS: {"status": 302, "headers": [["Location", "/in/door"], ["Set-Cookie", "a=1"]]}}
    found = said("cookies", ["Set-Cookie", "a=1; Secure; SameSite=Lax"], routes=routes)
    assert found == "cookies-without-secure-flag"


@pytest.mark.parametrize(
    "losses, bonuses, score", [((-10,), (10, 5), 105), ((-5, -5), (5,), 95), ((-10, -5), (40,), 85)]
)
def test_bonuses_count_from_90_upwards(losses, bonuses, score):
    assert total([*losses, *bonuses]) == score


@pytest.mark.parametrize("score", range(0, 170, 5))
def test_letter_table(score):
    bounds = ((100, "A+"), (90, "A"), (85, "A-"), (80, "B+"), (70, "B"), (65, "B-"), (60, "C+"), (50, "C"), (45, "C-"),
              (40, "D+"), (30, "D"), (25, "D-"), (0, "F"))  # fmt: skip
    wanted = next(each for least, each in bounds if score >= least)
    assert {letter(score), letter(score + 4)} == {wanted}


def test_the_preload_list_is_said_to_be_unchecked_where_there_is_none():
    host, open_client = opener({"site": {"site": HOST}}, HOST)
    site = walk(f"http://{host}/", HTTPS, open_client)
    assert "preload list was not consulted" in grade(site).not_checked[0]
    assert grade(site, {"example.com": True}).test("strict-transport-security").result == "hsts-preloaded"
    assert grade(site, {"example.com": False}).test("strict-transport-security").result == "hsts-not-implemented"
    assert grade(site, {HOST: False}).test("redirection").result == "redirection-all-redirects-preloaded"
