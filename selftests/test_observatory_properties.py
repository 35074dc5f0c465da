"""Whatever a site sends, it gets a grade; and a better header never lowers it."""

from __future__ import annotations

from hypothesis import given, settings
from hypothesis import strategies as st

from acceptance.grading.observatory import grade
from acceptance.grading.observatory_rules import redirection
from acceptance.grading.observatory_table import MODIFIERS
from acceptance.probes.answers import answer_of
from acceptance.probes.site import Chain, Site

ANY_CASE = ("Strict-Transport-Security", "X-Content-Type-Options", "X-Frame-Options", "Referrer-Policy",
            "Cross-Origin-Resource-Policy", "Content-Security-Policy")  # fmt: skip
NONCE = "'nonce-abc'"
LADDERS: dict[str, tuple[str | None, ...]] = {  # each value at least as good as the one before
    "Strict-Transport-Security": (None, "max-age=86400", "max-age=15552000"),
    "X-Content-Type-Options": (None, "nosniff"),
    "X-Frame-Options": (None, "ALLOW-FROM https://a.example", "DENY"),
    "Referrer-Policy": ("unsafe-url", None, "no-referrer"),
    "Cross-Origin-Resource-Policy": ("nonsense", "cross-origin", "same-origin"),
    "Cross-Origin-Opener-Policy": ("nonsense", "unsafe-none", "same-origin"),
    "Cross-Origin-Embedder-Policy": ("nonsense", None, "require-corp"),
    "Set-Cookie": ("session=1", "session=1; HttpOnly", "session=1; HttpOnly; Secure; SameSite=Lax"),
    "Content-Security-Policy": (
        None, "default-src *", "default-src 'self' 'unsafe-inline'", "default-src 'self' 'unsafe-eval'",
        "default-src 'self'; style-src 'unsafe-inline'", "default-src 'self'", "default-src 'none'",
    ),
    "body": (
        '<script src="http://b.test/a.js"></script>', '<script src="http://b.test/a.js" integrity="x"></script>',
        '<script src="https://b.test/a.js"></script>', '<script src="https://b.test/a.js" integrity="x"></script>',
    ),
}  # fmt: skip
RUNGS = st.fixed_dictionaries({name: st.integers(0, len(values) - 1) for name, values in LADDERS.items()})


def score(rungs: dict[str, int], twice: str = "", shout: bool = False) -> int:
    said = {name: LADDERS[name][rung] for name, rung in rungs.items()}
    body = said.pop("body") or ""
    lines = [("Content-Type", "text/html"), *((name, value) for name, value in said.items() if value is not None)]
    lines += [(name, value) for name, value in lines if name == twice]
    if shout:
        lines = [(name.upper(), value.upper() if name in ANY_CASE else value) for name, value in lines]
    page = answer_of("page", "https://a.test/", 200, lines, body.encode())
    return grade(Site("a.test", Chain((), why="closed"), Chain((page,)))).score


@settings(max_examples=150, deadline=None)
@given(RUNGS, st.sampled_from(sorted(LADDERS)))
def test_a_better_header_never_lowers_the_score(rungs, name):
    better = rungs | {name: min(rungs[name] + 1, len(LADDERS[name]) - 1)}
    assert score(better) >= score(rungs)


@settings(max_examples=100, deadline=None)
@given(RUNGS, st.sampled_from(sorted(set(LADDERS) - {"body"})))
def test_a_header_sent_twice_never_scores_more_than_once(rungs, name):
    assert score(rungs, twice=name) <= score(rungs)


@settings(max_examples=100, deadline=None)
@given(RUNGS)
def test_case_of_names_and_values_is_nothing(rungs):
    assert score(rungs, shout=True) == score(rungs)


HOPS = st.builds("{}://{}.example.com/{}".format, *map(st.sampled_from, (["http", "https"], ["a", "b"], ["", "x"])))


@settings(max_examples=200, deadline=None)
@given(
    st.lists(HOPS, max_size=5),
    st.booleans(),
    st.dictionaries(st.sampled_from(["a.example.com", "example.com"]), st.booleans()),
)
def test_a_redirect_chain_costs_nothing_only_if_no_hop_after_the_first_is_in_clear(route, verified, preloaded):
    """Two ways out: nothing answers in clear at all, or browsers know every host beforehand."""
    chain = Chain(tuple(answer_of("redirect", url, 301, [], b"") for url in route), verified)
    result = redirection(chain, preloaded)
    free = not MODIFIERS[result]
    if free and result == "redirection-to-https":
        assert verified
        assert route[1].startswith("https://")
        assert route[-1].startswith("https://")
    elif free:
        assert result in ("redirection-not-needed-no-http", "redirection-all-redirects-preloaded")
        assert not route or verified


NAMES = st.sampled_from([*(name for name in LADDERS if name != "body"), "Content-Security-Policy", "Content-Type"])
TOKENS = st.sampled_from(
    ["default-src", "script-src", "'self'", NONCE, "'strict-dynamic'", "*", ";", ",", "=", "secure"]
)
VALUES = st.one_of(st.text(max_size=40), st.lists(TOKENS, max_size=12).map(" ".join))


@settings(max_examples=150, deadline=None)
@given(st.lists(st.tuples(NAMES, VALUES), max_size=8), st.text(max_size=200), st.booleans())
def test_no_answer_breaks_the_grader(lines, body, verified):
    page = answer_of("page", "https://a.test/", 200, lines, body.encode())
    found = grade(Site("a.test", Chain((page,)), Chain((page,), verified)))
    assert 0 <= found.score <= 165
    assert found.letter
