"""Rollback: ratios and error rates with their bands, and the suite's own traffic beside the baseline's."""

from __future__ import annotations

import random
from dataclasses import replace

import pytest

from acceptance.facts import Unseen
from acceptance.grading.degradation import Band, errors, ratio
from acceptance.probes.traffic import GENERATOR, Baseline, Kind, Traffic, Window, window_s
from acceptance.probes.traffic import _window as window_of
from acceptance.verdict import Status
from selftests.judging import BLOCKED, FAIL, PASS, judge

KIND = Kind("api.test:443", ("health", "portfolio"), 20.0, GENERATOR)


def windows(p95_ms: float, failed: int = 0, noise: float = 0.1, seed: int = 1) -> tuple[Window, ...]:
    draw = random.Random(seed)
    per_window = [failed // 12 + (i < failed % 12) for i in range(12)]
    drawn = [(bad, p95_ms * draw.lognormvariate(0, noise)) for bad in per_window]
    return tuple(Window(60 - bad, bad, ms / 2, ms, 1.4 * ms) for bad, ms in drawn)


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


@pytest.mark.parametrize("last, expected", [(59, BLOCKED), (60, PASS)])
def test_300_requests_tell_1_per_cent_of_errors_from_5(last: int, expected: Status) -> None:
    sent = tuple(Window(answered, 0, 30.0, 60.0, 90.0) for answered in (60, 60, 60, 60, last))
    assert judge("PERF-ROLL-02", traffic=traffic(windows=sent)) is expected


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


def test_a_window_holds_sixty_requests_or_three_seconds() -> None:
    assert [window_s(rate) for rate in (10, 20, 40, 50)] == [3.0, 3.0, 1.5, 1.2]
