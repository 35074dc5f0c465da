"""How a failure is told: what was asked, as in the lines of what held, and what was seen instead."""

from __future__ import annotations

from types import SimpleNamespace
from typing import Any

import pytest

from acceptance.outcome import _told
from acceptance.run import Run


class Facts:
    """Facts with an answer."""

    def __init__(self, answer: object) -> None:
        self.answer = answer

    def missing_claims(self) -> object:
        """What the test asks for."""
        return self.answer


@pytest.mark.parametrize(
    ("answer", "expected"),
    [
        (("exp",), "not facts.missing_claims(): ('exp',)"),
        (("x" * 400,), f"not facts.missing_claims(): ('{'x' * 400}"[:300]),
    ],
)
def test_offenders_stand_behind_what_was_asked(answer: object, expected: str) -> None:
    facts = Facts(answer)
    with pytest.raises(AssertionError) as wrong:
        assert not facts.missing_claims()
    assert _told(wrong.value)[:60] == expected[:60]
    assert len(_told(wrong.value)) <= 300


def test_a_comparison_shows_both_sides() -> None:
    facts = Facts(85.5)
    with pytest.raises(AssertionError) as wrong:
        assert facts.missing_claims() < 70
    assert _told(wrong.value) == "facts.missing_claims() < 70: 85.5 < 70"


def test_nothing_where_something_is_needed() -> None:
    facts = Facts(())
    with pytest.raises(AssertionError) as wrong:
        assert facts.missing_claims()
    assert _told(wrong.value) == "facts.missing_claims(): ()"


@pytest.mark.parametrize("said, requests", [("a look", 1), ("x" * 500, 1234)])
def test_the_moment_stays_however_much_a_probe_says(said: str, requests: int) -> None:
    answer = {"from": "2026-03-02T08:10:00Z", "requests": requests}
    run: Any = SimpleNamespace(_answer=lambda _: answer, facts=lambda _: SimpleNamespace(looked=lambda: said))
    line = Run.looked(run, "probe")
    assert line.endswith(" (08:10:00Z, 1 request)" if requests == 1 else "… (08:10:00Z, 1234 requests)")
    assert len(line) <= 400
