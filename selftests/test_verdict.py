"""GO, GO WITH APPROVAL or NO-GO; and how people's word and the running version change a result."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from acceptance.checklist import checklist
from acceptance.settle import NEEDS_ALLOW, Said, settle
from acceptance.signoff import Attestation, Plan, Release, Waiver, fingerprint
from acceptance.verdict import Decision, Result, Status, Verdict, decide, no_false_tick
from acceptance.words import Words

NOW = datetime(2026, 3, 2, 9, tzinfo=UTC)
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


def attestation(id: str, **changes: object) -> Attestation:
    fields = {
        "outcome": "done", "by": "qa@example.com", "role": "QA Engineer", "on": NOW - timedelta(hours=1),
        "until": NOW + timedelta(days=1), "says": "seen", "evidence": "https://example.com/1",
        "wording": fingerprint(checklist()[id].sentence), "version": "2.4.0", **changes,
    }  # fmt: skip
    return Attestation.model_validate(fields)


def said(id: str = "", *, waive: bool = False, plan: bool = False, **changes: object) -> Said:
    release = Release.model_validate({"version": "2.4.0", "commit": "a" * 40})
    words = Words(
        attestations={id: attestation(id, **changes)} if id and not (waive or plan) else {},
        waivers={
            id: Waiver.model_validate(
                {"approver": "lead@example.com", "role": "Tech Lead", "on": NOW, "until": NOW + timedelta(days=1),
                 "reason": "later", "wording": fingerprint(checklist()[id].sentence)}
            )
        } if waive else {},
        plans={id: Plan.model_validate({"what": "x", "who": "y", "until": NOW + timedelta(days=1)})} if plan else {},
        releases={"2.4.0": release},
    )  # fmt: skip
    return Said(words, release, NOW)


HIGH, CRITICAL = checklist()["INFRA-HOST-01"], checklist()["INFRA-START-03"]


@pytest.mark.parametrize("found", [S.FAIL, S.BLOCKED])
def test_attestation_never_settles_what_was_looked_at(found: Status) -> None:
    settled = settle(result(HIGH.id, "high", found), HIGH, said(HIGH.id))
    assert settled.status is found
    assert settled.note.endswith(f"{HIGH.id}: a person's word settles no {found}; mend it and look again")


def test_attestation_settles_pending_and_keeps_what_was_found() -> None:
    settled = settle(result(HIGH.id, "high", S.PENDING), HIGH, said(HIGH.id))
    assert (settled.status, settled.found, settled.by) == (S.PASS, S.PENDING, "attested")
    assert settled.looked
    assert settled.evidence


def test_attestation_settles_what_needs_allow_but_not_what_was_not_selected() -> None:
    gated = result(HIGH.id, "high", S.NOT_RUN, note=f"{NEEDS_ALLOW}load")
    assert settle(gated, HIGH, said(HIGH.id)).status is S.PASS
    assert settle(result(HIGH.id, "high", S.NOT_RUN, note="not selected"), HIGH, said(HIGH.id)).status is S.NOT_RUN


@pytest.mark.parametrize(
    "changes",
    [
        {"until": NOW - timedelta(seconds=1)},
        {"on": NOW + timedelta(seconds=1)},
        {"wording": "000000"},
        {"version": "2.3.0"},
    ],
)
def test_lapsed_attestation_settles_nothing_and_says_why(changes: dict[str, object]) -> None:
    settled = settle(result(HIGH.id, "high", S.PENDING), HIGH, said(HIGH.id, **changes))
    assert settled.status is S.PENDING
    assert "sign" in settled.note


def test_refused_attestation_is_red() -> None:
    assert settle(result(HIGH.id, "high", S.PENDING), HIGH, said(HIGH.id, outcome="refused")).status is S.FAIL


@pytest.mark.parametrize("found", [S.FAIL, S.BLOCKED, S.PENDING])
def test_waiver_keeps_what_was_found(found: Status) -> None:
    settled = settle(result(HIGH.id, "high", found), HIGH, said(HIGH.id, waive=True))
    assert (settled.status, settled.found) == (S.WAIVED, found)


def test_waiver_of_what_passes_is_no_longer_needed() -> None:
    settled = settle(result(HIGH.id, "high", S.PASS), HIGH, said(HIGH.id, waive=True))
    assert settled.status is S.PASS
    assert "no longer needed" in settled.note


def test_critical_item_is_never_waived() -> None:
    assert settle(result(CRITICAL.id, "critical", S.FAIL), CRITICAL, said(CRITICAL.id, waive=True)).status is S.FAIL


def test_another_version_that_runs_blocks_what_was_measured_after_deployment() -> None:
    item = checklist()["FUNC-API-03"]
    settled = settle(result(item.id, "critical", S.PASS), item, said(), running="2.3.0")
    assert settled.status is S.BLOCKED
    assert settled.note == "2.3.0 runs, 2.4.0 is judged"
    assert settle(result(HIGH.id, "high", S.PASS), HIGH, said(), running="2.3.0").status is S.PASS
    record = checklist()["INFRA-RECORD-02"]
    assert settle(result(record.id, "high", S.FAIL), record, said(), running="2.3.0").status is S.FAIL
