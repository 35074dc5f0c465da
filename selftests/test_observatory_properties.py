"""Whatever a site sends, it gets a grade; and a better header never lowers it."""

from __future__ import annotations

from hypothesis import given, settings
from hypothesis import strategies as st

from acceptance.grading.observatory import grade
from acceptance.probes.answers import answer_of
from acceptance.probes.site import Chain, Site

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


def score(rungs: dict[str, int]) -> int:
    said = {name: LADDERS[name][rung] for name, rung in rungs.items()}
    body = said.pop("body") or ""
    lines = [("Content-Type", "text/html"), *((name, value) for name, value in said.items() if value is not None)]
    page = answer_of("page", "https://a.test/", 200, lines, body.encode())
    return grade(Site("a.test", Chain((), why="closed"), Chain((page,)))).score


@settings(max_examples=150, deadline=None)
@given(RUNGS, st.sampled_from(sorted(LADDERS)))
def test_a_better_header_never_lowers_the_score(rungs, name):
    better = rungs | {name: min(rungs[name] + 1, len(LADDERS[name]) - 1)}
    assert score(better) >= score(rungs)


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
