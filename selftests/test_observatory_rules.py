"""The Observatory's rules but the policy's at their bounds, on pages made by hand: what its own corpus may leave out."""

from __future__ import annotations

import itertools

import pytest

from acceptance.grading.observatory_rules import BAD_REFERRER, GOOD_REFERRER, hsts, is_preloaded
from acceptance.probes.answers import answer_of
from acceptance.probes.site import Chain, Site
from selftests.observatory_sites import graded, said


def scripts(*lines: str) -> str:
    return said("subresource-integrity", body="".join(f"<script {line}></script>" for line in lines))


PLAIN_WITH = 'src="http://cdn.foreign.test/a.js" integrity="sha384-A"'
PLAIN = 'src="http://cdn.foreign.test/a.js"'
SECURE = 'src="https://cdn.foreign.test/b.js"'
SECURE_WITH = 'src="https://cdn.foreign.test/b.js" integrity="sha384-A"'
OWN = "sri-not-implemented-but-all-scripts-loaded-from-secure-origin"
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
        (('src="https://other.example.com/a.js"',), OWN),
        (('src="https://OTHER.EXAMPLE.COM/a.js"',), OWN),
        (('src="http://site.example.com/a.js" integrity="a"',), OWN),  # integrity counts over https only
        (('integrity="a"',), OWN),  # no src: nothing is loaded
        (('src="HTTPS://cdn.foreign.test/b.js"',), "sri-not-implemented-but-external-scripts-loaded-securely"),
        (('src="HTTP://cdn.foreign.test/b.js"',), "sri-not-implemented-and-external-scripts-not-loaded-securely"),
    ],
)
def test_worst_script_by_the_observatorys_own_order(lines, expected):
    assert scripts(*lines) == expected


@pytest.mark.parametrize(
    "line, expected",
    [
        (OWN_WITH, OWN),
        ('src="https://site.example.com/c.js" integrity="a"', "sri-implemented-and-all-scripts-loaded-securely"),
    ],
)
def test_a_script_of_a_page_in_clear_is_loaded_as_its_url_says(line, expected):
    clear = {"https": "closed", "http": "open"}
    assert said("subresource-integrity", body=f"<script {line}></script>", **clear) == expected


@pytest.mark.parametrize(
    "host, source, own",
    [
        ("192.0.2.1", "192.0.2.1", True),
        ("192.0.2.1", "192.0.2.2", False),
        ("a.co.uk", "b.co.uk", False),
        ("a.github.io", "b.github.io", True),  # the list's private part is not looked at
        ("localhost", "localhost", True),
        ("localhost", "intranet", False),  # neither has a registrable domain
        ("site.example.com", "example.com", True),
    ],
)
def test_own_scripts_are_of_the_same_registrable_domain(host, source, own):
    found = said("subresource-integrity", body=f'<script src="https://{source}/a.js"></script>', site=host)
    assert found == (OWN if own else "sri-not-implemented-but-external-scripts-loaded-securely")


def test_scripts_are_sought_in_html_only():
    sent = ["Content-Type", "application/json"]
    assert said("subresource-integrity", sent, body=f"<script {PLAIN}></script>").endswith("response-not-html")


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
        ("max-age=-1", "hsts-implemented-max-age-less-than-six-months"),
        ("max-age= +15551999", "hsts-implemented-max-age-less-than-six-months"),
        ("max-age=15551999.9", "hsts-implemented-max-age-less-than-six-months"),
    ],
)
def test_hsts(value, expected):
    assert said("strict-transport-security", ["Strict-Transport-Security", value]) == expected


def test_digits_of_other_scripts_are_no_number():
    page = answer_of("page", "https://a.test/", 200, [("Strict-Transport-Security", "max-age=\u0661")], b"")
    assert hsts(Site("a.test", Chain(()), Chain((page,))), {}) == "hsts-implemented-max-age-at-least-six-months"


def test_without_https_there_is_no_hsts_and_its_last_answer_counts():
    assert said("strict-transport-security", https="closed", http="open") == "hsts-not-implemented-no-https"
    first = {"status": 302, "headers": [["Location", "/in"], ["Strict-Transport-Security", "max-age=15552000"]]}
    routes = {"https://site.example.com/": first}
    assert said("strict-transport-security", routes=routes) == "hsts-not-implemented"


@pytest.mark.parametrize(
    "listed, expected",
    [
        ({"a.b.test": False}, True),
        ({"b.test": True}, True),
        ({"b.test": False}, False),
        ({"test": True}, True),
        ({"x.a.b.test": True}, False),
        ({}, False),
    ],
)
def test_a_host_is_preloaded_by_name_or_by_a_parent_with_its_subdomains(listed, expected):
    assert is_preloaded("a.b.test", listed) is expected


@pytest.mark.parametrize(
    "value, expected",
    [
        *((value, "referrer-policy-private") for value in GOOD_REFERRER),
        *((value, "referrer-policy-unsafe") for value in BAD_REFERRER),
        ("no-referrer, unsafe-url", "referrer-policy-unsafe"),
        ("unsafe-url, strict-origin, nonsense", "referrer-policy-private"),
        ("Same-Origin", "referrer-policy-private"),
        ("no-referrer-when-downgrade", "referrer-policy-unsafe"),
        ("nonsense", "referrer-policy-header-invalid"),
    ],
)
def test_last_known_referrer_policy_counts(value, expected):
    assert said("referrer-policy", ["Referrer-Policy", value]) == expected


def test_the_last_meta_element_comes_after_the_header():
    metas = [f'<meta name="referrer" content="{value}">' for value in ("no-referrer", "unsafe-url", "nonsense")]
    assert said("referrer-policy", ["Referrer-Policy", "no-referrer"], body=metas[1]) == "referrer-policy-unsafe"
    assert said("referrer-policy", body=metas[1] + metas[0]) == "referrer-policy-private"
    assert said("referrer-policy", ["Referrer-Policy", "no-referrer"], body=metas[2]) == "referrer-policy-private"
    assert said("referrer-policy") == "referrer-policy-not-implemented"


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


WORST_FIRST = {
    False: (
        ("sess=1; HttpOnly", "cookies-session-without-secure-flag"),
        ("login=1; Secure", "cookies-session-without-httponly-flag"),
        ("XCSRF=1; Secure", "cookies-anticsrf-without-samesite-flag"),
        ("a=1; Secure; SameSite=Never", "cookies-samesite-flag-invalid"),
        ("b=1", "cookies-without-secure-flag"),
        ("c=1; Secure", "cookies-secure-with-httponly-sessions"),
        ("d=1; Secure; SameSite=none", "cookies-secure-with-httponly-sessions-and-samesite"),
    ),
    True: (
        ("csrf=1; Secure", "cookies-anticsrf-without-samesite-flag"),
        ("a=1; SameSite=None", "cookies-samesite-flag-invalid"),
        ("sess=1; HttpOnly", "cookies-session-without-secure-flag-but-protected-by-hsts"),
        ("b=1", "cookies-without-secure-flag-but-protected-by-hsts"),
        ("c=1; Secure", "cookies-secure-with-httponly-sessions"),
    ),
}


@pytest.mark.parametrize("hsts", [True, False])
def test_the_worst_cookie_decides(hsts):
    age = ["Strict-Transport-Security", f"max-age={15552000 if hsts else 0}"]
    for (worse, expected), (better, alone) in itertools.pairwise(WORST_FIRST[hsts]):
        assert said("cookies", ["Set-Cookie", better], ["Set-Cookie", worse], age) == expected
        assert said("cookies", ["Set-Cookie", better], age) == alone


@pytest.mark.parametrize(
    "prefix, header, values",
    [
        (
            "coop",
            "Cross-Origin-Opener-Policy",
            "same-origin same-origin-allow-popups noopener-allow-popups unsafe-none",
        ),
        ("coep", "Cross-Origin-Embedder-Policy", "require-corp credentialless unsafe-none"),
        ("corp", "Cross-Origin-Resource-Policy", "same-origin same-site cross-origin"),
    ],
)
def test_each_known_isolation(prefix, header, values):
    results = {value: {test.result for test in graded([[header, value]]).tests} for value in values.split()}
    assert all(f"{prefix}-implemented-with-{value}" in found for value, found in results.items())
    assert f"{prefix}-not-implemented" in {test.result for test in graded([]).tests}


def test_an_origin_that_is_allowed_twice_is_not_everybody():
    found = said("cross-origin-resource-sharing", options=[["Access-Control-Allow-Origin", "*"]] * 2)
    assert found == "cross-origin-resource-sharing-implemented-with-restricted-access"


@pytest.mark.parametrize(
    "name, value, expected",
    [
        ("X-Frame-Options", "Deny", "x-frame-options-sameorigin-or-deny"),
        ("X-Frame-Options", "allowall", "x-frame-options-header-invalid"),
        ("X-Content-Type-Options", "none", "x-content-type-options-header-invalid"),
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
