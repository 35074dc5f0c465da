"""The verdict on a percentile: exact bounds, the block bootstrap, and the bands between them."""

from __future__ import annotations

import random

import pytest

from acceptance.grading import exceedance
from acceptance.grading.exceedance import Outcome, Share, at_most, block_upper, clopper_pearson, share


@pytest.mark.parametrize("hits, of", [(0, 299), (3, 299), (50, 5000), (300, 12000), (11900, 12000), (33000, 66000)])
def test_bounds_are_those_of_scipy(hits: int, of: int) -> None:
    from scipy.stats import beta

    lower, upper = clopper_pearson(hits, of)
    assert upper == pytest.approx(beta.ppf(0.95, hits + 1, of - hits), abs=1e-9)
    assert lower == pytest.approx(beta.ppf(0.05, hits, of - hits + 1) if hits else 0.0, abs=1e-9)


def test_p99_needs_299_samples_without_one_over() -> None:
    assert clopper_pearson(0, 299)[1] <= 0.01 < clopper_pearson(0, 298)[1]


def test_everything_and_nothing() -> None:
    assert clopper_pearson(0, 0) == (0.0, 1.0)
    assert clopper_pearson(5, 5)[1] == 1.0
    assert share([]).against(0.5) is Outcome.UNDECIDED


def even(over: int, of: int = 12_000, blocks: int = 12) -> list[tuple[int, int]]:
    """The same number over the limit in each block, as near as whole numbers allow."""
    return [(over // blocks + (i < over % blocks), of // blocks) for i in range(blocks)]


@pytest.mark.parametrize(
    "over, outcome",
    [(0, Outcome.PASS), (100, Outcome.PASS), (118, Outcome.UNDECIDED), (139, Outcome.FAIL), (360, Outcome.FAIL)],
)
def test_bands_of_p99(over: int, outcome: Outcome) -> None:
    assert share(even(over)).against(exceedance.allowed(99)) is outcome


def test_clusters_do_not_pass_where_even_ones_do() -> None:
    clustered = [(100, 1000), *[(0, 1000)] * 11]
    assert share(even(100)).against(0.01) is Outcome.PASS
    assert share(clustered).against(0.01) is Outcome.UNDECIDED


def test_three_per_cent_slow_is_red_for_p99_only() -> None:
    draw = random.Random(1)
    blocks = [(sum(draw.random() < 0.03 for _ in range(1000)), 1000) for _ in range(12)]
    assert share(blocks).against(0.01) is Outcome.FAIL
    assert share(blocks).against(0.05) is Outcome.PASS


def test_the_same_data_give_the_same_bounds() -> None:
    assert share(even(100)) == share(even(100))


@pytest.mark.parametrize(
    "lower, upper, by_blocks, outcome",
    [
        (0.0, 0.01, 0.01, Outcome.PASS),
        (0.0, 0.0101, 0.01, Outcome.UNDECIDED),
        (0.0, 0.01, 0.0101, Outcome.UNDECIDED),
        (0.01, 0.02, 0.02, Outcome.UNDECIDED),
        (0.0101, 0.02, 0.02, Outcome.FAIL),
        (0.0101, 0.02, 0.0, Outcome.FAIL),
    ],
)
def test_bounds_against_what_is_allowed(lower: float, upper: float, by_blocks: float, outcome: Outcome) -> None:
    assert Share(1, 100, lower, upper, by_blocks).against(0.01) is outcome


@pytest.mark.parametrize("percentile, share_allowed", [(50, 0.5), (95, 0.05), (99, 0.01)])
def test_what_a_percentile_allows(percentile: int, share_allowed: float) -> None:
    assert exceedance.allowed(percentile) == share_allowed


@pytest.mark.parametrize("of", [1, 7, 40])
@pytest.mark.parametrize("p", [0.0, 0.001, 0.3, 0.5, 0.97, 1.0])
def test_the_binomials_tail_is_that_of_scipy(of: int, p: float) -> None:
    from scipy.stats import binom

    for hits in range(of + 1):
        assert at_most(hits, of, p) == pytest.approx(binom.cdf(hits, of, p), abs=1e-12)


@pytest.mark.parametrize(
    "blocks, confidence, upper",
    [
        ([], 0.95, 1.0),
        ([(0, 0)], 0.95, 1.0),  # without a request nothing is known
        ([(0, 0), (1, 4)], 0.5, 0.25),
        ([(1, 10)] * 3, 0.95, 0.1),
        ([(0, 1), (1, 1)], 0.2, 0.0),  # both halves: a quarter none, a half one, a quarter both
        ([(0, 1), (1, 1)], 0.3, 0.5),
        ([(0, 1), (1, 1)], 0.7, 0.5),
        ([(0, 1), (1, 1)], 0.8, 1.0),
        ([(0, 1), (1, 1)], 1.0, 1.0),
    ],
)
def test_whole_blocks_are_drawn(blocks: list[tuple[int, int]], confidence: float, upper: float) -> None:
    assert block_upper(blocks, confidence) == upper


def test_the_share_is_of_all_blocks_together() -> None:
    found = share([(1, 10), (0, 30), (5, 10)])
    assert (found.over, found.of) == (6, 50)
    assert (found.lower, found.upper) == clopper_pearson(6, 50)
    assert found.block_upper == block_upper([(1, 10), (0, 30), (5, 10)])


def test_the_bound_is_the_share_that_so_many_draws_do_not_exceed(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(exceedance, "RESAMPLES", 4)
    blocks = [(over, 100) for over in (0, 3, 11, 26, 50, 97)]
    quarters = [block_upper(blocks, k / 4) for k in (1, 2, 3, 4)]
    assert quarters == sorted(set(quarters))  # each draw once
    assert block_upper(blocks, 0.51) == quarters[2]
