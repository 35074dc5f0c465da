"""Redirects, sharing, cookies of whole sites by the Observatory's rules; the score's sum, its letters, what is not checked."""

from __future__ import annotations

import itertools

import pytest

from acceptance.facts import ProbeError
from acceptance.grading.observatory import HeaderGrade, grade, letter, total
from acceptance.grading.observatory_table import BEST
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
    "losses, bonuses, score",
    [((-10,), (10, 5), 105), ((-5, -5), (5,), 95), ((-11,), (40,), 89), ((-10, -5), (40,), 85), ((-60, -50), (), 0)],
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


def test_a_grade_is_at_least_its_own_letter_and_all_worse_ones():
    order = ("A+", "A", "A-", "B+", "B", "B-", "C+", "C", "C-", "D+", "D", "D-", "F")
    for (i, mine), (j, asked) in itertools.product(enumerate(order), repeat=2):
        assert HeaderGrade(HOST, mine, 0, (), "").at_least(asked) is (i <= j)


@pytest.mark.parametrize("status", [200, 204, 300, 399, 401, 403])
def test_pages_that_are_graded(status):
    assert graded(status=status).host == HOST


@pytest.mark.parametrize("status", [199, 400, 402, 404, 500])
def test_a_page_with_an_error_is_not_graded(status):
    with pytest.raises(ProbeError, match=str(status)):
        graded(status=status)


def test_where_neither_port_answers_nothing_is_graded():
    with pytest.raises(ProbeError, match="neither port"):
        graded(https="closed", http="closed")


HEADERS = {
    "content-security-policy": "default-src 'none'",
    "cross-origin-embedder-policy": "require-corp",
    "cross-origin-opener-policy": "same-origin",
    "cross-origin-resource-policy": "same-origin",
    "referrer-policy": "no-referrer",
    "strict-transport-security": "max-age=15552000",
    "x-content-type-options": "nosniff",
    "x-frame-options": "DENY",
}


def test_nothing_lifts_the_best_grade_and_a_lone_fault_is_what_would():
    best = graded([list(each) for each in HEADERS.items()])
    assert (best.letter, best.score, best.lift) == ("A+", 150, "No single change lifts it.")
    for name in HEADERS:
        lacking = graded([[each, value] for each, value in HEADERS.items() if each != name])
        assert lacking.lift == f"Most would be gained by this: {BEST[name][1]}; then A+, 150."


def test_a_policy_that_is_only_reported_is_told_from_none():
    assert said("content-security-policy") == "csp-not-implemented"
    found = said("content-security-policy", ["Content-Security-Policy-Report-Only", "default-src 'self'"])
    assert found == "csp-not-implemented-but-reporting-enabled"
    meta = '<meta http-equiv="Content-Security-Policy" content="default-src http://a.test">'
    assert said("content-security-policy", body=meta).endswith("insecure-scheme")
    assert said("content-security-policy", body=meta, https="closed", http="open").endswith("no-unsafe")
