"""GO, GO WITH APPROVAL or NO-GO, and no tick without a look."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from acceptance.verdict import Decision, Result, Status, Verdict, decide, no_false_tick

S = Status


def result(id: str, severity: str, status: Status, **more: object) -> Result:
    return Result(id, severity, status, status, **more)  # type: ignore[arg-type]  # fields by name


@pytest.mark.parametrize(
    "rows, planned, decision, approved",
    [
        ([("A", "critical", S.PASS), ("B", "high", S.PASS), ("C", "medium", S.NA)], (), Decision.GO, True),
        ([("A", "critical", S.FAIL)], (), Decision.NO_GO, False),
        ([("A", "critical", S.BLOCKED)], (), Decision.NO_GO, False),
        ([("A", "critical", S.PENDING)], (), Decision.NO_GO, False),
        ([("A", "critical", S.PASS), ("B", "high", S.FAIL)], (), Decision.GO_WITH_APPROVAL, False),
        ([("A", "critical", S.PASS), ("B", "high", S.WAIVED)], (), Decision.GO_WITH_APPROVAL, True),
        ([("A", "critical", S.PASS), ("C", "medium", S.FAIL)], ("C",), Decision.GO_WITH_APPROVAL, True),
        ([("A", "critical", S.PASS), ("B", "high", S.FAIL)], ("B",), Decision.GO_WITH_APPROVAL, False),
        ([("A", "critical", S.NOT_RUN)], (), Decision.NO_GO, False),
        ([], (), Decision.NO_GO, False),
    ],
)
def test_decision(
    rows: list[tuple[str, str, Status]], planned: tuple[str, ...], decision: Decision, approved: bool
) -> None:
    verdict = decide([result(*row) for row in rows], planned)
    assert (verdict.decision, verdict.approved) == (decision, approved)
    assert verdict.exit_code == (0 if decision is Decision.GO or approved else 1)


@given(st.lists(st.tuples(st.sampled_from(["critical", "high", "medium"]), st.sampled_from(list(Status)))))
def test_no_decision_is_better_than_its_worst_critical_item(rows: list[tuple[str, Status]]) -> None:
    verdict = decide([result(f"I{n}", severity, status) for n, (severity, status) in enumerate(rows)])
    bad = [s for severity, s in rows if severity == "critical" and s not in (S.PASS, S.NA, S.NOT_RUN)]
    assert (verdict.decision is Decision.NO_GO) == bool(bad or verdict.judged == 0)
    assert verdict.judged == sum(s is not S.NOT_RUN for _, s in rows)


def test_pass_without_a_look_or_without_evidence_is_none() -> None:
    assert no_false_tick(result("A", "high", S.PASS, evidence=("held",))).status is S.BLOCKED
    assert no_false_tick(result("A", "high", S.PASS, looked=("seen",))).status is S.BLOCKED
    assert no_false_tick(result("A", "high", S.PASS, looked=("seen",), evidence=("held",))).status is S.PASS


FAILED = [("A", "critical", S.FAIL), ("B", "high", S.FAIL), ("N", "critical", S.NOT_RUN)]
SHORT = [("A", "critical", S.PASS), ("B", "high", S.FAIL), ("C", "medium", S.FAIL), ("D", "medium", S.FAIL), ("W", "high", S.WAIVED)]  # fmt: skip
MISSING = "a waiver or, for medium items, a plan is missing for 2 items"
APPROVAL = Decision.GO_WITH_APPROVAL


@pytest.mark.parametrize(
    ("rows", "verdict", "scope"),
    [
        ([], Verdict(Decision.NO_GO, False, 0, 0, missing="nothing was judged"), "NO-GO for 0 of 0 items"),
        (FAILED, Verdict(Decision.NO_GO, False, 2, 3, ("A",), ("A",)), "NO-GO for 2 of 3 items"),
        (SHORT, Verdict(APPROVAL, False, 5, 5, ("B", "C", "D", "W"), ("B", "D"), MISSING), "GO WITH APPROVAL for 5 of 5 items"),
        (SHORT[:1] + SHORT[4:], Verdict(APPROVAL, True, 2, 2, ("W",), ("W",)), "GO WITH APPROVAL (approved) for 2 of 2 items"),
        (SHORT[:1] + FAILED[2:], Verdict(Decision.GO, True, 1, 2), "GO for 1 of 2 items"),
    ],
)  # fmt: skip
def test_the_whole_verdict(rows: list[tuple[str, str, Status]], verdict: Verdict, scope: str) -> None:
    found = decide([result(*row) for row in rows], planned=("B", "C"))
    assert found == verdict
    assert found.scope == scope


def test_words_that_records_and_their_readers_share() -> None:
    assert [str(each) for each in Status] == ["PASS", "FAIL", "BLOCKED", "PENDING", "WAIVED", "NA", "NOT-RUN"]
    assert [str(each) for each in Decision] == ["GO", "GO WITH APPROVAL", "NO-GO"]
    assert result("A", "high", S.PASS) == Result("A", "high", S.PASS, S.PASS, "measured", (), (), "", 0.0)
    bare = Verdict(Decision.GO, True, 1, 1)
    assert (bare.because, bare.to_go, bare.missing) == ((), (), "")


def test_a_false_tick_is_blocked_as_found_and_a_person_is_believed_without_evidence() -> None:
    blocked = no_false_tick(result("A", "high", S.PASS, evidence=("held",), seconds=0.5))
    assert blocked == Result("A", "high", S.BLOCKED, S.BLOCKED, evidence=("held",), note="passed without looking", seconds=0.5)  # fmt: skip
    assert no_false_tick(result("A", "high", S.PASS, by="attested")).status is S.PASS
    assert no_false_tick(result("A", "high", S.FAIL)).status is S.FAIL
