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
)
from acceptance.checklist import checklist
from acceptance.verdict import Status

R = Reading
NOW, ADVISE, HOLD, FIX = AT_ONCE[0], ADVISED[0], HELD[0], FORWARD[0]


def look(advisor: Advisor | None = None, **readings: Reading) -> tuple[Said, Advisor]:
    """A look in which all is green but what is named by its group."""
    named = {"now": NOW, "advise": ADVISE, "hold": HOLD, "fix": FIX, "also_now": AT_ONCE[1]}
    return (advisor or Advisor()).look(dict.fromkeys(ITEMS, R.GREEN) | {named[k]: v for k, v in readings.items()})


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


@pytest.mark.parametrize(
    "changes, line",
    [
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
