"""The advice's groups are those of the checklist, and what beats what among them."""

from __future__ import annotations

import pytest

from acceptance.advice import (
    ADVISED,
    AT_ONCE,
    EXIT_CODES,
    FORWARD,
    HELD,
    ITEMS,
    Advice,
    Advisor,
    Reading,
    Said,
    in_one_look,
    reading,
)
from acceptance.checklist import checklist
from acceptance.verdict import Status
from selftests.bench import healthy_hours

R = Reading
NOW, ADVISE, HOLD, FIX = AT_ONCE[0], ADVISED[0], HELD[0], FORWARD[0]


def look(advisor: Advisor | None = None, **readings: Reading) -> tuple[Said, Advisor]:
    """A look in which all is green but what is named, by its id or its group."""
    named = {"now": NOW, "advise": ADVISE, "hold": HOLD, "fix": FIX, "also_now": AT_ONCE[1]}
    return (advisor or Advisor()).look(
        dict.fromkeys(ITEMS, R.GREEN) | {named.get(k, k): v for k, v in readings.items()}
    )


def test_the_groups_are_the_checklists() -> None:
    under = {
        title: [each.id for each in checklist().items if each.section[1].startswith(title)]
        for title in ("Decision: roll back at once", "Decision: rolling back is advised", "Decision: go on and fix")
    }
    assert [sorted(AT_ONCE), sorted(ADVISED), sorted(HELD + FORWARD)] == [sorted(ids) for ids in under.values()]
    assert FORWARD == ("INFRA-ROLL-06", "FUNC-ROLL-05")
    assert len(set(ITEMS)) == len(ITEMS) == 16


def test_words_and_exit_codes_that_scripts_rely_on() -> None:
    assert {str(each): code for each, code in EXIT_CODES.items()} == {
        "CONTINUE": 0,
        "ROLL BACK NOW": 10,
        "ROLLBACK ADVISED": 11,
        "CANNOT SAY": 12,
        "HOLD": 13,
        "FIX FORWARD": 14,
    }
    assert [str(each) for each in Reading] == ["green", "red", "undecided", "missing"]


@pytest.mark.parametrize(
    "readings, said",
    [
        ({"advise": R.RED, "now": R.UNDECIDED, "hold": R.RED}, Said(Advice.HOLD, (ADVISE,), confirmed=False)),
        ({"now": R.RED, "advise": R.RED, "hold": R.MISSING}, Said(Advice.HOLD, (NOW, ADVISE), confirmed=False)),
        ({"now": R.UNDECIDED, "hold": R.RED, "fix": R.MISSING}, Said(Advice.CANNOT_SAY, (FIX,))),
        ({"now": R.UNDECIDED}, Said(Advice.HOLD, (NOW,))),
        ({"advise": R.UNDECIDED, "hold": R.UNDECIDED, "fix": R.RED}, Said(Advice.HOLD, (ADVISE, HOLD))),
        ({"fix": R.UNDECIDED}, Said(Advice.FIX_FORWARD, (FIX,))),
    ],
)
def test_what_beats_what_in_one_look(readings: dict[str, Reading], said: Said) -> None:
    assert look(**readings)[0] == said


def test_of_two_groups_that_are_confirmed_the_first_is_said() -> None:
    _, advisor = look(now=R.RED, advise=R.RED)
    assert look(advisor, now=R.RED, advise=R.RED, also_now=R.RED)[0] == Said(Advice.ROLL_BACK_NOW, (NOW,))
    assert look(advisor, advise=R.RED, also_now=R.RED)[0] == Said(Advice.ROLLBACK_ADVISED, (ADVISE,))
    assert look(advisor, hold=R.RED)[0] == Said(Advice.HOLD, (HOLD,)), "seen red once, then green"


@pytest.mark.parametrize("between", [R.GREEN, R.MISSING, R.UNDECIDED])
def test_only_two_looks_in_a_row_count(between: Reading) -> None:
    _, advisor = look(now=R.RED)
    _, advisor = look(advisor, now=between)
    said, _ = look(advisor, now=R.RED)
    assert said == Said(Advice.HOLD, (NOW,), confirmed=False)


def test_a_line_that_nobody_judged_is_missing_and_a_strange_one_is_nothing() -> None:
    said, advisor = Advisor().look({"SEC-WEB-01": R.RED} | dict.fromkeys(ITEMS[:-1], R.GREEN))
    assert said == Said(Advice.CANNOT_SAY, ITEMS[-1:])
    assert set(advisor.last) == set(ITEMS)


def test_when_to_look_again() -> None:
    assert Said(Advice.HOLD, (ADVISE, NOW), confirmed=False).look_again_s == 30
    assert Said(Advice.HOLD, (ADVISE,), confirmed=False).look_again_s is None
    assert Said(Advice.ROLL_BACK_NOW, (NOW,)).look_again_s is None


def test_without_the_control_host_it_says_why() -> None:
    said, advisor = Advisor().look(dict.fromkeys(ITEMS, R.RED), control_reached=False)
    assert said == Said(Advice.CANNOT_SAY, ("the suite can't reach its control host",))
    assert advisor == Advisor()


def test_all_green_is_continue() -> None:
    assert look()[0] == Said(Advice.CONTINUE, ())


@pytest.mark.parametrize("id", AT_ONCE)
def test_a_red_line_of_the_first_group_counts_when_two_looks_show_it(id: str) -> None:
    first, advisor = look(**{id: Reading.RED})
    assert (first.advice, first.look_again_s) == (Advice.HOLD, 30)
    second, advisor = look(advisor, **{id: Reading.RED})
    assert second == Said(Advice.ROLL_BACK_NOW, (id,))
    assert look(advisor)[0].advice is Advice.CONTINUE


@pytest.mark.parametrize("id", ADVISED)
def test_the_second_group_advises(id: str) -> None:
    first, advisor = look(**{id: Reading.RED})
    assert (first.advice, first.look_again_s) == (Advice.HOLD, None)
    assert look(advisor, **{id: Reading.RED})[0] == Said(Advice.ROLLBACK_ADVISED, (id,))


@pytest.mark.parametrize("id", HELD)
@pytest.mark.parametrize("how", [Reading.RED, Reading.UNDECIDED])
def test_the_bands_between_hold(id: str, how: Reading) -> None:
    assert look(**{id: how})[0] == Said(Advice.HOLD, (id,))


@pytest.mark.parametrize("id", FORWARD)
def test_small_things_are_mended_forward(id: str) -> None:
    assert look(**{id: Reading.RED})[0] == Said(Advice.FIX_FORWARD, (id,))


@pytest.mark.parametrize("id", ITEMS)
def test_what_could_not_be_seen_is_never_taken_for_green(id: str) -> None:
    assert look(**{id: Reading.MISSING})[0] == Said(Advice.CANNOT_SAY, (id,))


def test_red_beats_missing() -> None:
    seen = {"PERF-ROLL-02": Reading.RED, "FUNC-ROLL-03": Reading.MISSING}
    _, advisor = look(**seen)
    assert look(advisor, **seen)[0] == Said(Advice.ROLLBACK_ADVISED, ("PERF-ROLL-02",))


def test_without_the_control_host_nothing_is_said_and_nothing_remembered() -> None:
    _, advisor = look(**{"FUNC-ROLL-01": Reading.RED})
    said, advisor = advisor.look(dict.fromkeys(ITEMS, Reading.RED), control_reached=False)
    assert said.advice is Advice.CANNOT_SAY
    assert look(advisor, **{"FUNC-ROLL-01": Reading.RED})[0].advice is Advice.HOLD


@pytest.mark.parametrize(
    "status, evidence, expected",
    [
        (Status.PASS, "", Reading.GREEN),
        (Status.NA, "", Reading.GREEN),
        (Status.FAIL, "", Reading.RED),
        (Status.BLOCKED, "could not look: whether it is slower: undecided: 1.3 times", Reading.UNDECIDED),
        (Status.BLOCKED, "could not look: no route", Reading.MISSING),
        (Status.PENDING, "undecided", Reading.MISSING),
        (Status.NOT_RUN, "", Reading.MISSING),
    ],
)
def test_what_a_result_says(status: Status, evidence: str, expected: Reading) -> None:
    assert reading(status, evidence) is expected


def test_no_false_rollback_in_a_thousand_healthy_hours_of_whole_looks() -> None:
    said = healthy_hours.hours(1000)
    assert not [each for each in healthy_hours.BACK if said[each]]
    assert said[Advice.CONTINUE] > 0.85 * said.total()


@pytest.mark.parametrize("name", ["three times as slow", "15 % of the requests fail"])
def test_what_is_badly_ill_is_advised_within_15_minutes(name: str) -> None:
    assert healthy_hours.seen_within(15, healthy_hours.BACK, 100, **healthy_hours.ILL[name]) >= 99


def test_a_run_that_judged_a_part_of_the_decision_advises_nothing() -> None:
    assert in_one_look([("PERF-ROLL-01", Status.PASS, "")]) == ""


@pytest.mark.parametrize(
    "changes, line",
    [
        ({}, "CONTINUE"),
        ({"PERF-ROLL-03": (Status.BLOCKED, "could not look: undecided: 1.3")}, "HOLD because of PERF-ROLL-03"),
        (
            {"FUNC-ROLL-01": (Status.FAIL, "")},
            "HOLD because of FUNC-ROLL-01; seen once, acceptance rollback looks again",
        ),
        ({"FUNC-ROLL-01": (Status.PENDING, "")}, "CANNOT SAY because of FUNC-ROLL-01"),
        ({"FUNC-ROLL-01": (Status.NOT_RUN, "")}, ""),
        (dict.fromkeys(ITEMS, (Status.NA, "not deployed yet")), ""),
        ({FIX: (Status.FAIL, "")}, f"FIX FORWARD because of {FIX}"),
        (
            {NOW: (Status.FAIL, ""), ADVISE: (Status.FAIL, "")},
            f"HOLD because of {NOW}, {ADVISE}; seen once, acceptance rollback looks again",
        ),
        ({NOW: (Status.NA, "")}, "CONTINUE"),
        ({"SEC-WEB-01": (Status.FAIL, "")}, "CONTINUE"),
        ({"SEC-WEB-01": (Status.NOT_RUN, "")}, "CONTINUE"),
    ],
)
def test_the_line_of_one_run(changes: dict[str, tuple[Status, str]], line: str) -> None:
    rows = dict.fromkeys(ITEMS, (Status.PASS, "")) | changes
    assert in_one_look((id, *row) for id, row in rows.items()) == line


def test_all_items_but_one_give_no_line() -> None:
    assert in_one_look((id, Status.PASS, "") for id in ITEMS[1:]) == ""
