"""The Observatory's rules at their bounds, on pages made by hand: what its own corpus may leave out."""

from __future__ import annotations

import pytest

from acceptance.grading.csp import frames_by_policy, result
from selftests.observatory_sites import graded, said

NO_UNSAFE = "csp-implemented-with-no-unsafe"


def scripts(*lines: str) -> str:
    return said("subresource-integrity", body="".join(f"<script {line}></script>" for line in lines))


PLAIN_WITH = 'src="http://cdn.foreign.test/a.js" integrity="sha384-A"'
PLAIN = 'src="http://cdn.foreign.test/a.js"'
SECURE = 'src="https://cdn.foreign.test/b.js"'
SECURE_WITH = 'src="https://cdn.foreign.test/b.js" integrity="sha384-A"'
OWN_WITH = 'src="/c.js" integrity="sha384-A"'


@pytest.mark.parametrize(
    "lines, expected",
    [
        ((PLAIN_WITH, SECURE), "sri-not-implemented-but-external-scripts-loaded-securely"),
        ((SECURE, PLAIN_WITH), "sri-not-implemented-but-external-scripts-loaded-securely"),
        ((PLAIN_WITH, SECURE_WITH, OWN_WITH), "sri-implemented-but-external-scripts-not-loaded-securely"),
        ((SECURE, PLAIN), "sri-not-implemented-and-external-scripts-not-loaded-securely"),
        ((SECURE_WITH, OWN_WITH), "sri-implemented-and-all-scripts-loaded-securely"),
        ((SECURE_WITH, 'src="/c.js"'), "sri-implemented-and-external-scripts-loaded-securely"),
        (('src="//site.example.com/a.js"',), "sri-not-implemented-and-external-scripts-not-loaded-securely"),
        (('src="https://other.example.com/a.js"',), "sri-not-implemented-but-all-scripts-loaded-from-secure-origin"),
    ],
)
def test_worst_script_by_the_observatorys_own_order(lines, expected):
    assert scripts(*lines) == expected


@pytest.mark.parametrize(
    "header, meta, expected",
    [
        ((), ("frame-ancestors 'none'",), "csp-not-implemented"),
        ((), ("frame-ancestors 'none'; report-uri /r; sandbox",), "csp-not-implemented"),
        ((), ("default-src 'self'; frame-ancestors http://a.test",), "csp-implemented-with-insecure-scheme"),
        (("default-src 'self'",), ("frame-ancestors 'none'",), NO_UNSAFE),
        (("img",), (), "csp-header-invalid"),
        (("default-src 'self'; default-src 'self'",), (), "csp-header-invalid"),
        (("default-src 'self'; report-uri /a; report-uri /b",), (), "csp-implemented-but-duplicate-directives"),
        (("default-src 'self'; script-src 'strict-dynamic'",), (), "csp-header-invalid"),
        (("default-src 'self'; script-src 'strict-dynamic' 'nonce-a' https: 'unsafe-inline'",), (), NO_UNSAFE),
        (("script-src 'self'",), (), "csp-implemented-with-unsafe-inline"),
        (("script-src 'self'; object-src 'none'",), (), "csp-implemented-with-unsafe-inline-in-style-src-only"),
        (("default-src 'self'; object-src https:",), (), "csp-implemented-with-unsafe-inline"),
        (("default-src https://*.example.com",), (), NO_UNSAFE),
        (("default-src 'self'; style-src 'unsafe-eval'",), (), "csp-implemented-with-unsafe-eval"),
        (
            ("default-src 'self'; img-src http:",),
            (),
            "csp-implemented-with-insecure-scheme-in-passive-content-only",
        ),
        (("default-src 'self'; script-src 'self' 'unsafe-inline' 'sha256-a'",), (), NO_UNSAFE),
        (("default-src",), (), "csp-implemented-with-no-unsafe-default-src-none"),
        (("default-src 'self' 'unsafe-inline', default-src 'self'",), (), NO_UNSAFE),
        (("default-src 'self'; base-uri *; form-action *",), (), NO_UNSAFE),
        (("default-src 'self'; report-uri http://a.test",), (), "csp-implemented-with-insecure-scheme"),
        (
            ("default-src 'self'; report-uri http://a.test; report-uri /b",),
            (),
            "csp-implemented-but-duplicate-directives",  # of two the last counts
        ),
        (("default-src 'self'; script-src *", "script-src 'self'"), (), "csp-implemented-with-no-unsafe"),
        (("default-src 'self'", "script-src 'unsafe-inline'"), (), NO_UNSAFE),  # the first has no such directive
        (
            ("default-src 'self'; script-src 'unsafe-inline'", "script-src 'unsafe-inline'", "script-src 'self'"),
            (),
            "csp-implemented-with-unsafe-inline",  # a third policy takes nothing away
        ),
        (
            ("default-src https://a.test/", "default-src https://a.test/x", "default-src https://a.test/x/"),
            (),
            NO_UNSAFE,
        ),
        (("DEFAULT-SRC 'Self'; Script-Src 'UNSAFE-INLINE'",), (), "csp-implemented-with-unsafe-inline"),
        (("default-src 'none' 'none'",), (), "csp-implemented-with-no-unsafe-default-src-none"),
        (("default-src 'self'; script-src 'nonce-a' 'unsafe-eval'",), (), "csp-implemented-with-unsafe-eval"),
        (("default-src 'self'; style-src 'unsafe-inline' 'nonce-a'",), (), NO_UNSAFE),
        (
            ("default-src 'self'; script-src 'strict-dynamic' 'nonce-a' data:",),
            (),
            "csp-implemented-with-unsafe-inline",
        ),
        (("default-src 'none'",), ("default-src 'self'",), "csp-implemented-with-no-unsafe-default-src-none"),
        ((), ("default-src 'self'; report-uri /r",), NO_UNSAFE),
        (("",), (), "csp-header-invalid"),
        (("default-src 'self',",), (), "csp-header-invalid"),
    ],
)
def test_policies(header, meta, expected):
    assert result(header, meta, report_only=False, https=True) == expected


def test_in_clear_an_insecure_scheme_costs_nothing():
    assert result(("default-src http://a.test",), (), report_only=False, https=False) == NO_UNSAFE


@pytest.mark.parametrize("report_only, expected", [(True, "-but-reporting-enabled"), (False, "")])
def test_report_only_enforces_nothing(report_only, expected):
    assert result((), (), report_only=report_only, https=True) == f"csp-not-implemented{expected}"


def test_frames_by_a_meta_policy_count_unless_alone():
    assert frames_by_policy((), ("default-src 'self'; frame-ancestors *",))
    assert not frames_by_policy((), ("frame-ancestors 'none'",))


@pytest.mark.parametrize(
    "value, expected",
    [
        ("max-age=15552000", "hsts-implemented-max-age-at-least-six-months"),
        ("max-age=15551999; preload", "hsts-implemented-max-age-less-than-six-months"),
        ("max-age=0", "hsts-implemented-max-age-less-than-six-months"),
        ("includeSubDomains", "hsts-header-invalid"),
        ("max-age=63072000, max-age=63072000", "hsts-header-invalid"),
        ("MAX-AGE=63072000", "hsts-implemented-max-age-at-least-six-months"),
        ("max-age=soon", "hsts-implemented-max-age-at-least-six-months"),
        ('max-age="0"', "hsts-implemented-max-age-at-least-six-months"),
        ("max-age=15552000; max-age=1", "hsts-implemented-max-age-less-than-six-months"),
        ("max-age =63072000", "hsts-header-invalid"),
        ("", "hsts-header-invalid"),
    ],
)
def test_hsts(value, expected):
    assert said("strict-transport-security", ["Strict-Transport-Security", value]) == expected


@pytest.mark.parametrize(
    "value, expected",
    [
        ("no-referrer, unsafe-url", "referrer-policy-unsafe"),
        ("unsafe-url, strict-origin, nonsense", "referrer-policy-private"),
        ("Same-Origin", "referrer-policy-private"),
        ("no-referrer-when-downgrade", "referrer-policy-unsafe"),
        ("nonsense", "referrer-policy-header-invalid"),
    ],
)
def test_last_known_referrer_policy_counts(value, expected):
    assert said("referrer-policy", ["Referrer-Policy", value]) == expected


@pytest.mark.parametrize(
    "cookie, hsts, expected",
    [
        ("PHPSESSID=1; HttpOnly", False, "cookies-session-without-secure-flag"),
        ("login_a=1; HttpOnly", True, "cookies-session-without-secure-flag-but-protected-by-hsts"),
        ("sess=1; Secure", True, "cookies-session-without-httponly-flag"),
        ("csrftoken=1; Secure", True, "cookies-anticsrf-without-samesite-flag"),
        ("a=1; SameSite=None", True, "cookies-samesite-flag-invalid"),
        ("a=1; Secure; SameSite=Maybe", True, "cookies-samesite-flag-invalid"),
        ("a=sess", False, "cookies-without-secure-flag"),
        ("a=1; Secure", True, "cookies-secure-with-httponly-sessions"),
        ("a=1; Secure; SameSite=Lax", True, "cookies-secure-with-httponly-sessions-and-samesite"),
        ("heroku-session-affinity=1", True, "cookies-not-found"),
    ],
)
def test_cookies(cookie, hsts, expected):
    age = "max-age=15552000" if hsts else "max-age=15551999"
    assert said("cookies", ["Set-Cookie", cookie], ["Strict-Transport-Security", age]) == expected


@pytest.mark.parametrize(
    "name, value, expected",
    [
        ("X-Frame-Options", "sameorigin", "x-frame-options-sameorigin-or-deny"),
        ("X-Frame-Options", "ALLOW-FROM https://a.test", "x-frame-options-allow-from-origin"),
        ("X-Frame-Options", "DENY, DENY", "x-frame-options-header-invalid"),
        ("X-Content-Type-Options", "NoSniff", "x-content-type-options-nosniff"),
        ("X-Content-Type-Options", "nosniff, nosniff", "x-content-type-options-header-invalid"),
        ("Cross-Origin-Resource-Policy", "same-site", "corp-implemented-with-same-site"),
        ("Cross-Origin-Resource-Policy", "everyone", "corp-header-invalid"),
        ("Cross-Origin-Opener-Policy", "noopener-allow-popups", "coop-implemented-with-noopener-allow-popups"),
        ("Cross-Origin-Opener-Policy", "same-origin, same-origin", "coop-header-invalid"),
        ("Cross-Origin-Opener-Policy", 'same-origin; report-to="a;b"', "coop-implemented-with-same-origin"),
        ("Cross-Origin-Opener-Policy", "same-origin;a;b=?1; c=-1.5", "coop-implemented-with-same-origin"),
        ("Cross-Origin-Opener-Policy", "same-origin ;a", "coop-header-invalid"),
        ("Cross-Origin-Opener-Policy", 'same-origin; report-to="a', "coop-header-invalid"),
        ("Cross-Origin-Opener-Policy", '"same-origin"', "coop-header-invalid"),
        ("Cross-Origin-Opener-Policy", "Same-Origin", "coop-header-invalid"),
        ("Cross-Origin-Embedder-Policy", "require-corp; report-to=a b", "coep-header-invalid"),
        ("Cross-Origin-Embedder-Policy", "", "coep-not-implemented"),
        ("X-Frame-Options", "", "x-frame-options-not-implemented"),
        ("X-Content-Type-Options", "", "x-content-type-options-not-implemented"),
        ("Cross-Origin-Resource-Policy", "SAME-ORIGIN", "corp-implemented-with-same-origin"),
        ("Cross-Origin-Resource-Policy", "", "corp-not-implemented"),
        ("Referrer-Policy", "", "referrer-policy-header-invalid"),
        ("Cross-Origin-Embedder-Policy", "credentialless", "coep-implemented-with-credentialless"),
    ],
)
def test_small_headers(name, value, expected):
    results = [test.result for test in graded([[name, value]]).tests]
    assert expected in results
