"""Ratios and error rates at the edges of their bands, and the intervals against values worked out by hand."""

from __future__ import annotations

import math

import pytest

from acceptance.grading.degradation import Band, Errors, Ratio, _rank, _ways, errors, ratio


@pytest.mark.parametrize(
    "value, lower, upper, band",
    [
        (1.51, 1.21, 2.0, Band.RED),
        (1.5, 1.21, 2.0, Band.BETWEEN),
        (1.51, 1.2, 2.0, Band.BETWEEN),
        (1.19, 1.0, 1.49, Band.GREEN),
        (1.2, 1.0, 1.49, Band.BETWEEN),
        (1.19, 1.0, 1.5, Band.BETWEEN),
        (1.0, 0.0, math.inf, Band.BETWEEN),
    ],
)
def test_bands_of_the_ratio(value: float, lower: float, upper: float, band: Band) -> None:
    assert Ratio(value, lower, upper).band is band


@pytest.mark.parametrize(
    "failed, lower, upper, band",
    [
        (51, 0.011, 0.1, Band.RED),
        (50, 0.011, 0.1, Band.BETWEEN),
        (51, 0.01, 0.1, Band.BETWEEN),
        (9, 0.0, 0.049, Band.GREEN),
        (10, 0.0, 0.049, Band.BETWEEN),
        (9, 0.0, 0.05, Band.BETWEEN),
    ],
)
def test_bands_of_errors(failed: int, lower: float, upper: float, band: Band) -> None:
    assert Errors(failed, 1000, lower, upper).band is band


def test_what_stands_in_the_evidence() -> None:
    assert str(Ratio(1.234, 1.0, 1.5)) == "1.23 times the baseline's (1.00 to 1.50)"
    assert str(Errors(3, 300, 0.0021, 0.0289)) == "3 of 300 (0.21 to 2.89 %)"
    assert [str(each) for each in Band] == ["green", "between", "red"]


def test_the_ratio_is_the_median_of_all_pairs_within_its_interval() -> None:
    before, now = [1.0, 2.0, 4.0, 8.0, 16.0], [2.0**k for k in range(1, 6)]
    found = ratio(before, now)
    pairs = sorted(math.log2(y / x) for x in before for y in now)
    assert _rank(5, 5) == 3  # of the table of the Mann-Whitney test at 5 %: U = 2
    assert math.log2(found.value) == pytest.approx(pairs[12])
    assert (math.log2(found.lower), math.log2(found.upper)) == pytest.approx((pairs[2], pairs[-3]))


@pytest.mark.parametrize("m, n, critical", [(3, 5, 0), (4, 4, 0), (5, 6, 3), (6, 6, 5), (8, 8, 13), (12, 12, 37), (10, 20, 55), (20, 20, 127)])  # fmt: skip
def test_ranks_of_the_printed_table(m: int, n: int, critical: int) -> None:
    assert _rank(m, n) == _rank(n, m) == critical + 1


def test_where_no_rank_may_lie_outside_the_interval_is_open() -> None:
    assert _rank(2, 2) == _rank(3, 3) == 0
    assert ratio([1.0, 1.0], [2.0, 2.0]) == Ratio(pytest.approx(2.0), 0.0, math.inf)


def test_many_windows_take_the_normal_approximation() -> None:
    assert _rank(31, 30) == pytest.approx(_by_counting(31, 30), abs=1)


def _by_counting(m: int, n: int) -> int:
    total, below = math.comb(m + n, n), 0
    for u in range(m * n + 1):
        below += _ways(m, n, u)
        if below > 0.025 * total:
            return u
    return 0


@pytest.mark.parametrize("m, n, u, ways", [(2, 2, -1, 0), (2, 2, 0, 1), (2, 2, 2, 2), (2, 2, 4, 1), (2, 2, 5, 0), (0, 3, 0, 1), (3, 0, 0, 1), (0, 3, 1, 0)])  # fmt: skip
def test_orders_are_counted(m: int, n: int, u: int, ways: int) -> None:
    assert _ways(m, n, u) == ways


@pytest.mark.parametrize("before, now", [([], [1.0]), ([1.0], [])])
def test_an_empty_side_is_no_ratio(before: list[float], now: list[float]) -> None:
    with pytest.raises(ValueError, match="both sides"):
        ratio(before, now)


def test_the_share_of_errors_is_bounded_on_both_sides() -> None:
    from scipy.stats import beta

    found = errors(5, 300)
    assert (found.failed, found.of) == (5, 300)
    assert found.lower == pytest.approx(beta.ppf(0.025, 5, 296), abs=1e-9)
    assert found.upper == pytest.approx(beta.ppf(0.975, 6, 295), abs=1e-9)
