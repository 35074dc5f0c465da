"""What a roll-up says of the items that it adds up: nothing passes because an item could not be judged or was not."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from acceptance.checklist import checklist
from acceptance.facts import ProbeError
from acceptance.judge import Case, Settled, catalogue, judge, parts_of
from acceptance.rollup import Judged
from acceptance.verdict import Status

S = Status
CRITICAL, HIGH, OTHER = "INFRA-START-03", "INFRA-HOST-01", "INFRA-HOST-02"
LONG = "x" * 200


def case(id: str, status: Status, why: str = "why\nand more") -> Case:
    """An item whose test ends in a status."""
    raised: dict[Status, Exception] = {S.FAIL: AssertionError(why), S.BLOCKED: ProbeError("the port", why)}

    def test() -> None:
        if status is not S.PASS:
            raise raised.get(status) or Settled(status, why)

    return Case(id, test)


def judged(*cases: Case, held: Callable[[Case], Settled | None] = lambda _: None) -> Judged:
    return Judged(list(cases), held, lambda name, case: pytest.fail(f"{case.id} asked for {name}"))


@pytest.mark.parametrize("red", [Judged.not_passed, Judged.red])
def test_what_fails_is_named_by_the_first_line_of_its_reason(red: Callable[[Judged], tuple[str, ...]]) -> None:
    rest = (case(OTHER, S.BLOCKED), case(OTHER, S.PENDING), case(OTHER, S.PASS))
    assert red(judged(case(HIGH, S.FAIL), *rest)) == (f"{HIGH}: why",)
    assert red(judged(case(HIGH, S.FAIL, ""), case(OTHER, S.FAIL), *rest)) == (f"{HIGH}: ", f"{OTHER}: why")
    assert red(judged(case(HIGH, S.FAIL, LONG))) == (f"{HIGH}: {LONG}"[:160],)


@pytest.mark.parametrize("red", [Judged.not_passed, Judged.red])
def test_nothing_red_is_no_verdict_while_one_could_not_be_judged(red: Callable[[Judged], tuple[str, ...]]) -> None:
    with pytest.raises(ProbeError) as blocked:
        red(judged(case(CRITICAL, S.PASS), case(HIGH, S.BLOCKED), case(OTHER, S.BLOCKED), case(OTHER, S.PENDING)))
    assert f"{HIGH}: the port" in str(blocked.value)
    assert str(blocked.value).startswith("an item that this one adds up")
    assert red(judged(case(HIGH, S.PASS), case(OTHER, S.NA))) == ()


@pytest.mark.parametrize("left", [S.PENDING, S.NOT_RUN])
def test_all_have_passed_only_when_each_was_judged(left: Status) -> None:
    with pytest.raises(Settled) as settled:
        judged(case(HIGH, S.PASS), case(OTHER, left)).not_passed()
    assert (settled.value.status, settled.value.why) == (S.PENDING, f"{OTHER}: why")


def test_a_signature_that_is_missing_is_named_before_what_was_not_run() -> None:
    with pytest.raises(Settled, match=f"{OTHER}: why"):
        judged(case(HIGH, S.NOT_RUN), case(OTHER, S.PENDING)).not_passed()


def test_no_item_at_all_is_no_pass() -> None:
    with pytest.raises(ProbeError, match="the items that this one adds up: there are none"):
        judged().not_passed()
    with pytest.raises(Settled, match="was judged"):
        judged(case(HIGH, S.PASS)).red(severity="critical")


def test_only_items_of_a_severity_count_where_one_is_named() -> None:
    assert judged(case(HIGH, S.FAIL), case(CRITICAL, S.PASS)).red(severity="critical") == ()
    assert judged(case(HIGH, S.PASS), case(CRITICAL, S.FAIL)).red(severity="critical") == (f"{CRITICAL}: why",)
    assert judged(case(HIGH, S.BLOCKED), case(CRITICAL, S.PASS)).red(severity="critical") == ()


@pytest.mark.parametrize(
    "statuses, lost",
    [
        ((S.FAIL, S.FAIL, S.PASS), ()),  # some of it works
        ((S.FAIL, S.FAIL, S.FAIL), ("FUNC-WS",)),
        ((S.FAIL, S.FAIL, S.BLOCKED, S.BLOCKED, S.BLOCKED), ("FUNC-WS",)),  # behind a page that stays empty
        ((S.FAIL, S.NA, S.NOT_RUN), ("FUNC-WS",)),
        ((S.FAIL, S.BLOCKED, S.NA), None),
        ((S.BLOCKED, S.BLOCKED, S.BLOCKED), None),
        ((S.BLOCKED, S.BLOCKED, S.PASS), ()),
        ((S.PENDING, S.NA, S.NOT_RUN), ()),
    ],
)
def test_a_group_is_lost_when_nothing_of_it_works(statuses: tuple[Status, ...], lost: tuple[str, ...] | None) -> None:
    group = [case(f"FUNC-WS-0{n}", status) for n, status in enumerate(statuses, 1)]
    whole = judged(case("FUNC-API-01", S.PASS), case("FUNC-API-02", S.FAIL), *group)
    if lost is None:
        with pytest.raises(ProbeError, match="whether FUNC-WS is lost"):
            whole.groups_lost()
    else:
        assert tuple(each.split()[2] for each in whole.groups_lost()) == lost
    also = judged(case("FUNC-UI-01", S.FAIL, LONG), *group).groups_lost()  # what is lost counts before what is unseen
    assert also[0] == f"nothing of FUNC-UI works: FUNC-UI-01: {LONG}"[:160]


def test_a_dead_dashboard_is_a_part_that_is_lost() -> None:
    rollup = catalogue()["FUNC-ROLL-03"]
    parts = {part.id for part in parts_of(rollup)}
    assert {f"FUNC-UI-{n:02d}" for n in range(1, 11)} | {f"FUNC-WS-0{n}" for n in range(1, 7)} < parts
    assert not {id for id in parts if checklist()[id].impact}  # each look of the watch asks for them

    def found(red: str) -> tuple[Status, str]:
        each = judged(*(case(id, S.FAIL if id.startswith(red) else S.PASS) for id in sorted(parts)))
        return judge(rollup, lambda _: each)

    for red in ("FUNC-API-01", "FUNC-EXT-02", "FUNC-UI", "FUNC-WS"):
        assert found(red)[0] is S.FAIL, red
    assert found("FUNC-UI-0")[0] is found("FUNC-API-02")[0] is S.PASS  # these are FUNC-ROLL-04's


@pytest.mark.parametrize("left", [(), (S.PENDING,), (S.NOT_RUN, S.PENDING)])
def test_nothing_red_wants_one_that_was_judged(left: tuple[Status, ...]) -> None:
    with pytest.raises(Settled) as settled:
        judged(*(case(HIGH, each) for each in left)).red()
    assert (settled.value.status, settled.value.why) == (
        S.PENDING,
        "none of the items that this one adds up was judged",
    )
    assert judged(case(OTHER, S.NA), *(case(HIGH, each) for each in left)).red() == ()


def test_what_settles_an_item_holds_in_a_roll_up_too() -> None:
    held = judged(case(HIGH, S.PASS), held=lambda each: Settled(S.NOT_RUN, f"{each.id} waits"))
    with pytest.raises(Settled, match=f"{HIGH}: {HIGH} waits"):
        held.not_passed()
    assert repr(held) == "1 items"


def test_each_item_is_judged_on_the_facts_that_it_asks_for() -> None:
    def test(ports: Any) -> None:
        assert ports == "right"

    cases = [Case(HIGH, test), Case(OTHER, test)]
    facts = {(HIGH, "ports"): "right", (OTHER, "ports"): "wrong"}
    found = Judged(cases, lambda _: None, lambda name, case: facts[case.id, name]).not_passed()
    assert [each.partition(":")[0] for each in found] == [OTHER]


@pytest.mark.parametrize(
    "statuses, found",
    [
        ((S.PASS, S.PASS, S.PASS), 0),
        ((S.FAIL, S.PASS, S.PASS), 0),
        ((S.FAIL, S.FAIL, S.PASS), 2),
        ((S.FAIL, S.FAIL, S.BLOCKED), 2),
        ((S.FAIL, S.BLOCKED, S.PASS), None),
        ((S.BLOCKED, S.PASS, S.PASS), None),
    ],
)
def test_one_may_fail_but_not_one_and_another_that_nobody_could_judge(
    statuses: tuple[Status, ...], found: int | None
) -> None:
    three = judged(*(case(id, status) for id, status in zip((CRITICAL, HIGH, OTHER), statuses, strict=True)))
    if found is None:
        with pytest.raises(ProbeError, match=r"can't be judged|the port"):
            three.red_beyond(1)
    else:
        assert len(three.red_beyond(1)) == found
