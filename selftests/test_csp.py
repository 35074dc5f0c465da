"""The Observatory's reading of a Content-Security-Policy at its bounds, on policies made by hand."""

from __future__ import annotations

import pytest

from acceptance.grading.csp import frames_by_policy, result

NO_UNSAFE = "csp-implemented-with-no-unsafe"
INLINE = "csp-implemented-with-unsafe-inline"
INLINE_STYLE = "csp-implemented-with-unsafe-inline-in-style-src-only"
INSECURE = "csp-implemented-with-insecure-scheme"
PASSIVE = "csp-implemented-with-insecure-scheme-in-passive-content-only"
EVAL = "csp-implemented-with-unsafe-eval"
NONE = "csp-implemented-with-no-unsafe-default-src-none"
INVALID = "csp-header-invalid"
TWICE = "csp-implemented-but-duplicate-directives"


def of(*header, https=True):
    return result(header, (), report_only=False, https=https)


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
    "source", ["ftp:", "http:", "https:", "*", "http://*", "http://*.*", "https://*", "https://*.*"]
)
def test_each_source_that_is_too_broad(source):
    assert of(f"default-src 'self'; script-src {source}") == INLINE
    assert of(f"default-src 'self'; object-src {source}") == INLINE
    assert of(f"default-src 'self'; style-src {source}", https=False) == INLINE_STYLE
    assert of(f"default-src 'self'; script-src 'strict-dynamic' 'nonce-a' {source}") == NO_UNSAFE
    assert of(f"default-src 'self'; img-src {source}", https=False) == NO_UNSAFE


@pytest.mark.parametrize("source", ["'unsafe-inline'", "data:"])
def test_what_is_inline_counts_in_scripts_and_styles_only(source):
    assert of(f"default-src 'self'; script-src {source}") == INLINE
    assert of(f"default-src 'self'; style-src {source}") == INLINE_STYLE
    assert of(f"default-src 'self'; object-src {source}") == NO_UNSAFE


@pytest.mark.parametrize("source", ["'nonce-a'", "'sha256-a'", "'sha384-a'", "'sha512-a'"])
def test_a_nonce_or_hash_switches_unsafe_inline_off(source):
    assert of(f"default-src 'self'; script-src 'unsafe-inline' {source}") == NO_UNSAFE
    assert of(f"default-src 'self'; style-src 'unsafe-inline' {source}") == NO_UNSAFE
    assert of(f"default-src 'self'; script-src 'strict-dynamic' {source} 'self' http://a.test") == NO_UNSAFE


@pytest.mark.parametrize(
    "policy, expected, repeated",
    [
        ("default-src 'self'; script-src 'strict-dynamic' http:", INVALID, INVALID),
        ("default-src 'self'; script-src 'unsafe-inline' 'unsafe-eval' http://a.test", INLINE, INLINE),
        ("default-src 'self'; script-src 'unsafe-eval' ftp://a.test", INSECURE, INSECURE),
        ("default-src 'self'; script-src 'unsafe-eval'; media-src ftp:", EVAL, EVAL),
        ("default-src 'self'; style-src 'unsafe-inline'; media-src http://a.test", PASSIVE, TWICE),
        ("default-src 'none'; style-src 'unsafe-inline'", INLINE_STYLE, TWICE),
        ("default-src 'none'", NONE, TWICE),
        ("default-src 'none' 'self'", NO_UNSAFE, TWICE),
    ],
)
def test_the_first_that_matches_counts_and_a_repeated_report_only_where_it_passes(policy, expected, repeated):
    assert of(policy) == expected
    assert of(f"{policy}; report-to a; report-to b") == repeated


@pytest.mark.parametrize(
    "policy, expected",
    [
        ("abcde", INVALID),
        ("abcdef", INLINE),  # six characters are a policy, which says nothing of scripts
        ("  abcde  ", INVALID),
        ("abc\r\nde", INVALID),  # a folded line is one
        ("default-src 'self';; script-src *", INLINE),
        ("default-src 'self'; script-src", NO_UNSAFE),  # none at all
        ("default-src 'self'; frame-src 'self'; frame-src 'self'", INVALID),
        ("default-src https:/ https://*", NO_UNSAFE),  # a source that begins with another one is dropped
        ("default-src https://* https:/", NO_UNSAFE),
        ("default-src https:/, default-src https://*", INLINE),  # both have the narrower one
        ("default-src https://*, default-src https:/", INLINE),
        ("default-src https:, default-src https://a.test", NONE),  # wider only where it ends with a slash
        ("default-src https:/, default-src https:/, default-src https://*", INLINE),
        ("default-src https:/, default-src https:/, default-src 'self' http:", NO_UNSAFE),
    ],
)
def test_how_a_policy_is_read(policy, expected):
    assert of(policy) == expected


@pytest.mark.parametrize(
    "header, meta, expected",
    [
        (("frame-ancestors 'none'",), (), True),
        (("default-src 'self'",), (), False),
        (("default-src 'self'",), ("frame-ancestors 'none'",), True),
        (("img", "frame-ancestors 'none'"), (), False),  # an invalid policy says nothing
    ],
)
def test_frames_are_taken_from_any_policy_in_force(header, meta, expected):
    assert frames_by_policy(header, meta) is expected
