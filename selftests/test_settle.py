"""How people's word and the running version change a result: what an attestation settles, and what a waiver."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from acceptance.checklist import checklist
from acceptance.judge import Settled
from acceptance.record.model import Word
from acceptance.settle import NEEDS_ALLOW, Said, Signed, settle
from acceptance.signoff import Attestation, Plan, Release, Waiver, fingerprint
from acceptance.verdict import Result, Status
from acceptance.words import Words

NOW = datetime(2026, 3, 2, 9, tzinfo=UTC)
S = Status


def result(id: str, severity: str, status: Status, **more: object) -> Result:
    return Result(id, severity, status, status, **more)  # type: ignore[arg-type]  # fields by name


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


def test_only_a_version_that_is_known_on_both_sides_can_be_another_one() -> None:
    item, measured = checklist()["FUNC-API-03"], result("FUNC-API-03", "critical", S.FAIL, by="measured")
    blocked = settle(measured, item, said(), running="2.3.0")
    assert (blocked.status, blocked.found, blocked.by) == (S.BLOCKED, S.BLOCKED, "measured")
    for running, words in (("", said()), ("2.4.0", said()), ("2.3.0", Said(Words(), None, NOW))):
        assert settle(measured, item, words, running) is measured
    for status in (S.PENDING, S.NA, S.NOT_RUN, S.BLOCKED):
        assert settle(result(item.id, "critical", status), item, said(), running="2.3.0").note == ""


def test_phases_that_are_measured_on_what_runs() -> None:
    blocked = set()
    for item in checklist().items:
        if settle(result(item.id, item.severity, S.PASS), item, said(), running="2.3.0").status is S.BLOCKED:
            blocked.add((item.phase, item.attested))
    assert blocked == {("after", False), ("gate", False), ("rollback", False), ("monitoring", False)}


def test_a_word_on_an_attested_item_is_judged_by_its_own_test() -> None:
    attested = next(item for item in checklist().items if item.attested and item.severity == "high")
    for status in (S.PENDING, S.FAIL, S.BLOCKED):
        found = result(attested.id, attested.severity, status, note="n")
        assert settle(found, attested, said(attested.id)) is found


def test_by_a_word_everything_stands_in_the_record() -> None:
    pending = result(HIGH.id, "high", S.PENDING, note="no [hosts]", seconds=0.5)
    settled = settle(pending, HIGH, said(HIGH.id, says="s" * 301, evidence="e" * 301))
    looked = "attested by qa@example.com (QA Engineer) on 2026-03-02 08:00 UTC, until 2026-03-03 09:00 UTC"
    assert settled == Result(HIGH.id, "high", S.PASS, S.PENDING, "attested", (looked,), ("s" * 300, "e" * 300), "no [hosts]", 0.5)  # fmt: skip


def test_why_nobody_is_believed_is_added_to_what_was_found() -> None:
    pending = result(HIGH.id, "high", S.PENDING, note="no [hosts]")
    assert settle(pending, HIGH, said()) is pending
    lapsed = settle(pending, HIGH, said(HIGH.id, version="2.3.0"))
    assert lapsed.note == "no [hosts]; : was signed for version 2.3.0, 2.4.0 is judged; sign again"
    failed = result(HIGH.id, "high", S.FAIL)
    assert settle(failed, HIGH, said()) is failed
    assert settle(failed, HIGH, said(HIGH.id, version="2.3.0")) is failed
    mend = f": {HIGH.id}: a person's word settles no FAIL; mend it and look again"
    assert settle(failed, HIGH, said(HIGH.id)).note == mend
    assert settle(result(HIGH.id, "high", S.FAIL, note="n"), HIGH, said(HIGH.id)).note == f"n; {mend}"


def test_a_waiver_says_so_and_touches_nothing_else() -> None:
    failed = result(HIGH.id, "high", S.FAIL, note="n", evidence=("it is off",))
    waived = Result(HIGH.id, "high", S.WAIVED, S.FAIL, "waived", evidence=("it is off",), note="n")
    assert settle(failed, HIGH, said(HIGH.id, waive=True)) == waived
    idle = result(HIGH.id, "high", S.NOT_RUN)
    assert settle(idle, HIGH, said(HIGH.id, waive=True)) is idle
    for status in (S.PASS, S.NA):
        fine = result(HIGH.id, "high", status)
        assert settle(fine, HIGH, said(HIGH.id, waive=True)).note == "waiver no longer needed"
    noted = result(HIGH.id, "high", S.PASS, note="n")
    assert settle(noted, HIGH, said(HIGH.id, waive=True)).note == "n; waiver no longer needed"


def test_a_signature_that_counts_or_why_it_does_not() -> None:
    assert Signed(HIGH, said(HIGH.id)).require().by == "qa@example.com"
    with pytest.raises(Settled, match="nobody has signed") as missing:
        Signed(HIGH, said()).require()
    assert missing.value.status is S.PENDING
    with pytest.raises(Settled) as refused:
        Signed(HIGH, said(HIGH.id, outcome="refused", says="s" * 300)).require()
    assert refused.value.status is S.FAIL
    assert refused.value.why == f"qa@example.com (QA Engineer) refused it: {'s' * 300}"[:300]


def test_the_record_shows_every_word_in_force_or_not() -> None:
    later, before = NOW + timedelta(days=1), NOW - timedelta(hours=1)
    assert said().of(HIGH) == ()
    signed = ("qa@example.com", "QA Engineer", before, later, "seen", "https://example.com/1")
    assert said(HIGH.id).of(HIGH) == (Word("attestation", *signed, True, ""),)
    (old,) = said(HIGH.id, version="2.3.0").of(HIGH)
    assert (old.in_force, old.note) == (False, ": was signed for version 2.3.0, 2.4.0 is judged; sign again")
    waived = Word("waiver", "lead@example.com", "Tech Lead", NOW, later, "later", "", True, "")
    assert said(HIGH.id, waive=True).of(HIGH) == (waived,)
    plan = said(HIGH.id, plan=True)
    assert plan.of(HIGH) == (Word("plan", "y", "", None, later, "x", "", True, ""),)
    assert Said(plan.words, None, later).of(HIGH)[0].in_force
    over = Word("plan", "y", "", None, later, "x", "", False, "its date is over")
    assert Said(plan.words, None, later + timedelta(seconds=1)).of(HIGH) == (over,)
    assert (said().version, Said(Words(), None, NOW).version) == ("2.4.0", "")


@pytest.mark.parametrize("begun, counts", [(True, True), (False, False)])
def test_a_begun_release_keeps_what_counted_when_it_began(begun: bool, counts: bool) -> None:
    start = {"started": NOW - timedelta(minutes=30)} if begun else {}
    release = Release.model_validate({"version": "2.4.0", "commit": "a" * 40, **start})
    ended = said(HIGH.id, until=NOW - timedelta(minutes=10)).words
    assert isinstance(Said(ended, release, NOW).attestation(HIGH), Attestation) is counts
    waiver = said(HIGH.id, waive=True).words.waivers[HIGH.id]
    over = waiver.model_copy(update={"on": NOW - timedelta(days=1), "until": NOW - timedelta(minutes=10)})
    assert isinstance(Said(Words(waivers={HIGH.id: over}), release, NOW).waiver(HIGH), Waiver) is counts


def test_what_is_signed_while_a_release_goes_out_counts() -> None:
    begun = Release.model_validate({"version": "2.4.0", "commit": "a" * 40, "started": NOW - timedelta(minutes=30)})
    late = {"on": NOW - timedelta(minutes=10)}
    assert isinstance(Said(said(HIGH.id, **late).words, begun, NOW).attestation(HIGH), Attestation)
    waiver = said(HIGH.id, waive=True).words.waivers[HIGH.id].model_copy(update=late)
    assert isinstance(Said(Words(waivers={HIGH.id: waiver}), begun, NOW).waiver(HIGH), Waiver)


@pytest.mark.parametrize("version, counts", [("", True), ("2.4.0", True), ("2.3.0", False)])
def test_a_waiver_that_names_a_version_ends_with_it(version: str, counts: bool) -> None:
    waived = said(HIGH.id, waive=True)
    waiver = waived.words.waivers[HIGH.id].model_copy(update={"version": version})
    known = Said(Words(waivers={HIGH.id: waiver}), waived.release, NOW)
    (word,) = known.of(HIGH)
    assert word.in_force is counts
    assert bool(word.note) is not counts
    settled = settle(result(HIGH.id, "high", S.FAIL), HIGH, known)
    assert settled.status is (S.WAIVED if counts else S.FAIL)
