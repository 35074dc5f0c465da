"""Security headers: the rules of SEC-WEB-04 at their boundaries, and the probe against a small site."""

from __future__ import annotations

from dataclasses import replace

import pytest

from acceptance.facts import ProbeError, Unseen, dump, load
from acceptance.grading.observatory import grade, total
from acceptance.probes.answers import Answer, Cookie, Header, answer_of, cookie
from acceptance.probes.headers import Headers
from acceptance.probes.site import Chain, Site
from selftests.judging import FAIL, PASS, judge

GOOD = {
    "content-type": "text/html",
    "strict-transport-security": "max-age=15552000",
    "x-content-type-options": "nosniff",
    "content-security-policy": "default-src 'self'; frame-ancestors 'none'",
    "referrer-policy": "no-referrer",
    "server": "edge",
}


def page(status: int = 200, url: str = "https://app.example.com/", **changed: str | None) -> Answer:
    said = GOOD | {name.replace("_", "-"): value for name, value in changed.items()}
    return Answer("page", url, status, tuple(Header(name, value) for name, value in said.items() if value is not None))


def seen(*answers: Answer | Unseen) -> Headers:
    good = page()
    plain = replace(page(301, "http://app.example.com/"), kind="redirect")
    return Headers(Site("app.example.com", Chain((plain, good)), Chain((good,))), (good, *answers))


def test_good_pages_have_no_offender():
    headers = seen(page(404))
    assert not headers.answers_without_hsts(days=180)
    assert not headers.pages_that_run_inline_scripts()
    assert not headers.pages_that_allow_any_source()
    assert not headers.pages_without_frame_protection()
    assert not headers.pages_without_referrer_policy()
    assert grade(headers.site).letter == "A+"


@pytest.mark.parametrize(
    "value, fine",
    [
        ("max-age=15552000", True),
        ('max-age="15552000"', True),
        ("max-age=15551999", False),
        ("max-age=soon", False),
        ("max-age=15552000, max-age=15552000", False),
        ("max-age=15552000; max-age=0", False),
        ("xmax-age=99999999", False),
        (None, False),
    ],
)
def test_hsts_at_its_boundary(value, fine):
    assert (not seen(page(404, strict_transport_security=value)).answers_without_hsts(days=180)) is fine


@pytest.mark.parametrize(
    "policy, runs_inline",
    [
        ("default-src 'self'", False),
        ("default-src 'self'; script-src 'unsafe-inline'", True),
        ("script-src 'unsafe-inline' 'nonce-abc'", False),
        ("style-src 'self'", True),
        ("script-src 'unsafe-inline', default-src 'self'", False),
        ("script-src 'unsafe-inline' 'strict-dynamic'", False),
        ("script-src 'self'; script-src-attr 'unsafe-inline'", True),
        ("script-src 'unsafe-inline'; script-src-elem 'self'", True),
        ("script-src-elem 'self', script-src-attr 'none'", False),
        (None, True),
    ],
)
def test_inline_scripts_are_stopped_by_any_one_policy(policy, runs_inline):
    assert bool(seen(page(500, content_security_policy=policy)).pages_that_run_inline_scripts()) is runs_inline


@pytest.mark.parametrize(
    "policy, offends",
    [
        ("default-src *", True),
        ("default-src 'self'; img-src *", True),
        ("frame-ancestors 'none'", True),
        (None, True),
        ("default-src 'self'; script-src https:", True),
        ("default-src 'self'; script-src data:", True),
        ("default-src 'self'; script-src https://*.example.com", False),
        ("default-src 'self'; script-src https:, script-src 'self'", False),
        ("default-src 'self'; script-src 'strict-dynamic' 'nonce-a' https:", False),
    ],
)
def test_any_source_is_an_offence(policy, offends):
    assert bool(seen(page(content_security_policy=policy)).pages_that_allow_any_source()) is offends


@pytest.mark.parametrize(
    "policy, options, protected",
    [
        ("default-src 'self'", None, False),
        ("default-src 'self'; frame-ancestors *", None, False),
        ("default-src 'self'; frame-ancestors https:", None, False),
        ("default-src 'self'", "ALLOWALL", False),
        ("default-src 'self'", "SAMEORIGIN", True),
        ("default-src 'self'", "DENY, DENY", True),
        ("default-src 'self'; frame-ancestors *", "DENY", False),  # browsers pass X-Frame-Options over
        ("default-src 'self'; frame-ancestors", None, True),
        ("default-src 'self'; frame-ancestors https://partner.example.com", None, True),
    ],
)
def test_frame_protection(policy, options, protected):
    found = seen(page(content_security_policy=policy, x_frame_options=options)).pages_without_frame_protection()
    assert (not found) is protected


def test_a_policy_in_a_meta_element_counts_but_not_for_frames():
    body = b"<meta http-equiv=content-security-policy content=\"default-src 'self'; frame-ancestors 'none'\">"
    bare = answer_of("page", "https://app.example.com/", 404, [("Content-Type", "text/html")], body)
    assert not seen(bare).pages_that_run_inline_scripts()
    assert seen(bare).pages_without_frame_protection()


@pytest.mark.parametrize(
    "value, named",
    [
        ("nginx/1.22.1", True),
        ("nginx", False),
        ("Apache/2", True),
        ("gunicorn 20", True),
        ("Apache (v2.4)", True),
        ("AmazonS3", False),
        ("", False),
    ],
)
def test_server_versions(value, named):
    assert bool(seen(page(server=value)).servers_that_name_a_version()) is named


@pytest.mark.parametrize("value, fine", [("NoSniff", True), ("nosniff, nosniff", True), ("sniff, nosniff", False)])
def test_nosniff_as_browsers_read_it(value, fine):
    assert (not seen(page(x_content_type_options=value)).answers_without_nosniff()) is fine


def test_unseen_kinds_block_only_when_nothing_is_wrong():
    missing = Unseen("GET /api", "time-out")
    with pytest.raises(ProbeError, match="time-out"):
        seen(missing).answers_without_nosniff()
    assert seen(missing, page(x_content_type_options=None)).answers_without_nosniff()


@pytest.mark.parametrize(
    "changed",
    [
        {"strict_transport_security": None},
        {"strict_transport_security": "max-age=15551999"},
        {"x_content_type_options": None},
        {"content_security_policy": None},
        {"content_security_policy": "default-src 'self' 'unsafe-inline'; frame-ancestors 'none'"},
        {"content_security_policy": "default-src 'self'; img-src *; frame-ancestors 'none'"},
        {"content_security_policy": "default-src 'self'"},
        {"referrer_policy": None},
        {"server": "nginx/1.22.1"},
    ],
)
def test_each_header_counts_on_an_error_page_too(changed):
    assert judge("SEC-WEB-04", headers=seen(page(404))) is PASS
    assert judge("SEC-WEB-04", headers=seen(page(404, **changed))) is FAIL


def test_the_score_of_the_page_counts_beside_its_headers():
    def with_cookies(*names):
        cookies = tuple(Cookie(name, "app.example.com", "/", False, False, None) for name in names)
        good = replace(page(), cookies=cookies)
        return Headers(Site("app.example.com", seen().site.http, Chain((good,))), (good,))

    assert judge("SEC-WEB-04", headers=with_cookies("theme")) is PASS
    assert grade(with_cookies("session").site).letter == "B"
    assert judge("SEC-WEB-04", headers=with_cookies("session")) is FAIL


def test_facts_go_to_disk_and_back():
    headers = seen(Unseen("an asset", "time-out"))
    assert load(Headers, dump(headers)) == headers


def test_cookies_are_kept_without_their_value():
    line = "session=secret-value; Path=/; Secure; HttpOnly; SameSite=Lax"
    made = cookie(line, "app.example.com")
    assert made == Cookie("session", "app.example.com", "/", True, True, "Lax")
    kept = answer_of("page", "https://app.example.com/", 200, [("Set-Cookie", line)], b"")
    assert "secret-value" not in dump(kept)


@pytest.mark.parametrize(
    "line", ["a=1; Domain=other.example", "a=1; Domain=com", "__Host-a=1; Secure; Path=/x", "__Secure-a=1"]
)
def test_cookies_that_no_browser_would_take(line):
    made = cookie(line, "app.example.com")
    assert made
    assert not made.taken


@pytest.mark.parametrize("line", ["novalue", "=1", ""])
def test_lines_that_are_no_cookie(line):
    assert cookie(line, "app.example.com") is None


@pytest.mark.parametrize("modifiers, score", [((-10, 5), 95), ((-15, 30), 85), ((-120,), 0), ((40,), 140), ((), 100)])
def test_bonuses_count_only_from_90(modifiers, score):
    assert total(modifiers) == score


def test_an_answer_that_is_not_graded_gives_no_grade():
    site = Site("app.example.com", Chain((), why="refused"), Chain((page(500),)))
    with pytest.raises(ProbeError, match="500"):
        grade(site)
    with pytest.raises(ProbeError, match="neither port"):
        grade(Site("app.example.com", Chain((), why="refused"), Chain((), why="refused")))


def test_the_change_that_lifts_most_is_named():
    site = Site("app.example.com", Chain((), why="refused"), Chain((page(content_security_policy=None),)))
    assert "Content-Security-Policy" in grade(site).lift
