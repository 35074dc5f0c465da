"""Rollback: ratios and error rates with their bands, the suite's own traffic, and the advice that follows."""

from __future__ import annotations

import random
from dataclasses import replace

import pytest

from acceptance.advice import (
    ADVISED,
    AT_ONCE,
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
from acceptance.facts import Unseen
from acceptance.grading.degradation import Band, errors, ratio
from acceptance.probes.traffic import GENERATOR, Baseline, Kind, Traffic, Window, window_s
from acceptance.probes.traffic import _window as window_of
from acceptance.verdict import Status
from selftests.bench import healthy_hours
from selftests.judging import BLOCKED, FAIL, PASS, judge

KIND = Kind("api.test:443", ("health", "portfolio"), 20.0, GENERATOR)


def windows(p95_ms: float, failed: int = 0, noise: float = 0.1, seed: int = 1) -> tuple[Window, ...]:
    draw = random.Random(seed)
    per_window = [failed // 12 + (i < failed % 12) for i in range(12)]
    drawn = [(bad, p95_ms * draw.lognormvariate(0, noise)) for bad in per_window]
    return tuple(Window(60 - bad, bad, ms / 2, ms, 1.4 * ms) for bad, ms in drawn)


NEW = Advisor()
BASELINE = Baseline("20260101T000000Z", "2.3.0", KIND, windows(60.0, seed=2), 2.0)


def traffic(p95_ms: float = 60.0, failed: int = 0, **changes: object) -> Traffic:
    made = Traffic(KIND, windows(p95_ms, failed), 2.0, BASELINE)
    return replace(made, **changes)  # type: ignore[arg-type]


@pytest.mark.parametrize("m, n", [(12, 2), (12, 3), (12, 5), (12, 12), (5, 7)])
def test_the_interval_holds_the_true_ratio_in_95_of_100_cases(m: int, n: int) -> None:
    draw = random.Random(11)
    held = 0
    for _ in range(400):
        before = [draw.lognormvariate(4, 0.3) for _ in range(m)]
        now = [1.6 * draw.lognormvariate(4, 0.3) for _ in range(n)]
        held += (found := ratio(before, now)).lower <= 1.6 <= found.upper
    assert held >= 400 * 0.92


def test_the_rank_is_that_of_the_exact_test() -> None:
    from scipy.stats import mannwhitneyu

    from acceptance.grading.degradation import _rank

    for m, n in ((12, 2), (12, 5), (12, 12)):
        k = _rank(m, n)  # the k-th smallest difference bounds the interval: P(U < k) <= 0.025
        low = list(range(m)), [-100.0 + i / n for i in range(n)]
        assert mannwhitneyu(low[1], low[0], alternative="less", method="exact").pvalue <= 0.025
        assert k >= 1
    assert _rank(12, 1) == 0
    assert _rank(12, 12) == 38  # tables of the Mann-Whitney test: critical value 37 for 12 and 12


def test_one_window_decides_nothing() -> None:
    assert ratio([60.0] * 12, [300.0]).band is Band.BETWEEN


@pytest.mark.parametrize(
    "failed, of, band",
    [
        (0, 300, Band.GREEN),
        (2, 300, Band.GREEN),
        (3, 300, Band.BETWEEN),
        (15, 300, Band.BETWEEN),
        (16, 300, Band.RED),
        (0, 50, Band.BETWEEN),
        (3, 50, Band.RED),
        (9, 1000, Band.GREEN),
        (10, 1000, Band.BETWEEN),
        (51, 1000, Band.RED),
    ],
)
def test_bands_of_the_error_rate(failed: int, of: int, band: Band) -> None:
    assert errors(failed, of).band is band


@pytest.mark.parametrize(
    "p95_ms, expected",
    [
        (60.0, (PASS, PASS)),
        (50.0, (PASS, PASS)),
        (78.0, (PASS, FAIL)),
        (74.0, (PASS, BLOCKED)),
        (88.0, (PASS, FAIL)),
        (180.0, (FAIL, FAIL)),
    ],
)
def test_slower_than_the_baseline(p95_ms: float, expected: tuple[Status, Status]) -> None:
    seen = traffic(p95_ms)
    assert (judge("PERF-ROLL-01", traffic=seen), judge("PERF-ROLL-03", traffic=seen)) == expected


@pytest.mark.parametrize(
    "failed, expected",
    [(0, (PASS, PASS)), (6, (PASS, PASS)), (9, (PASS, BLOCKED)), (20, (PASS, FAIL)), (72, (FAIL, FAIL))],
)
def test_more_errors(failed: int, expected: tuple[Status, Status]) -> None:
    seen = traffic(failed=failed)
    assert (judge("PERF-ROLL-02", traffic=seen), judge("PERF-ROLL-04", traffic=seen)) == expected


@pytest.mark.parametrize(
    "changes",
    [
        {"baseline": Unseen("a baseline", "none was accepted yet")},
        {"baseline": replace(BASELINE, kind=replace(KIND, rate_per_s=10.0))},
        {"baseline": replace(BASELINE, kind=replace(KIND, operations=("health",)))},
        {"baseline": replace(BASELINE, kind=replace(KIND, generator="paced threads 0"))},
        {"baseline": replace(BASELINE, windows=BASELINE.windows[:11])},
        {"lag_p99_ms": 80.0},
    ],
)
def test_without_a_like_baseline_or_with_a_lagging_machine_nothing_is_said(changes: dict[str, object]) -> None:
    seen = traffic(180.0, **changes)
    assert judge("PERF-ROLL-01", traffic=seen) is BLOCKED
    assert judge("PERF-ROLL-03", traffic=seen) is BLOCKED


def test_the_evidence_holds_each_percentile_beside_the_baselines() -> None:
    windows = tuple(Window(60, 0, 20.0 + i, 60.0 + i, 90.0 + i) for i in range(12))
    now = traffic(windows=windows, baseline=replace(BASELINE, windows=(*windows[:2], Window(0, 60, 0.0, 0.0, 0.0))))
    assert "720 requests" in now.looked()
    assert "p50/p95/p99 25.5/65.5/95.5 ms" in now.looked()
    assert "20.5/60.5/90.5 ms in run 20260101T000000Z of 2.3.0" in now.looked()


def test_a_windows_percentiles_are_those_of_what_was_answered() -> None:
    samples = [(0.0, float(ms), 0.0, True) for ms in range(100, 0, -1)] + [(0.0, 9e9, 0.0, False)] * 3
    assert window_of(samples) == Window(100, 3, 51.0, 96.0, 100.0)
    assert window_of(samples[-3:]) == Window(0, 3, 0.0, 0.0, 0.0)


def look(advisor: Advisor = NEW, **readings: Reading) -> tuple[Said, Advisor]:
    named = {id.replace("_", "-"): value for id, value in readings.items()}
    return advisor.look({id: named.get(id, Reading.GREEN) for id in ITEMS})


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
    ],
)
def test_the_line_of_a_single_run(changes: dict[str, tuple[Status, str]], line: str) -> None:
    rows = dict.fromkeys(ITEMS, (Status.PASS, "")) | changes
    assert in_one_look((id, found, words) for id, (found, words) in rows.items()) == line


def test_a_run_that_judged_a_part_of_the_decision_advises_nothing() -> None:
    assert in_one_look([("PERF-ROLL-01", Status.PASS, "")]) == ""


def test_a_window_holds_sixty_requests_or_three_seconds() -> None:
    assert [window_s(rate) for rate in (10, 20, 40, 50)] == [3.0, 3.0, 1.5, 1.2]
