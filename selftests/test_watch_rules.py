"""The rules on series: leaks, trends, anomalies. Shapes come from the bench; rates stand in docs/rollback-rules.md."""

from __future__ import annotations

import itertools
import math
import random
import statistics
from collections.abc import Callable

import pytest

from acceptance.grading.anomaly import anomalies
from acceptance.grading.leak import Growth, Leak, _steps_residual, judge
from acceptance.grading.trend import mann_kendall_z, slope_beside_a_day, theil_sen
from selftests.bench import rollback_rules as bench

RUNS = 40


def shares(shape: bench.Shape, name: str) -> dict[Growth, float]:
    draw = random.Random(name)
    said = [judge(bench.HOURS, bench.noisy(shape(draw), draw)).growth for _ in range(RUNS)]
    return {growth: said.count(growth) / RUNS for growth in Growth}


@pytest.mark.parametrize(
    "name",
    ["flat", "warm-up 40 % in half an hour", "sawtooth 25 % every 2 to 4 h", "day cycle 10 %", "one step 15 %"],
)
def test_what_does_not_grow_for_good_is_not_called_so(name: str) -> None:
    assert shares(bench.TUNED_ON[name], name)[Growth.SUSTAINED] == 0


@pytest.mark.parametrize(
    "name", ["day cycle 25 %", "sawtooth 20 % over a day cycle of 15 %", "two steps 12 %", "saturating 50 % in 5 h"]
)
def test_nor_are_shapes_that_the_rule_has_not_met(name: str) -> None:
    assert shares(bench.NOT_TUNED_ON[name], name)[Growth.SUSTAINED] <= 0.05


@pytest.mark.parametrize("name, hits", [("leak 20 %", 0.85), ("leak 30 %", 0.95), ("leak 50 %", 0.95)])
def test_even_leaks_are_seen(name: str, hits: float) -> None:
    assert shares(bench.TUNED_ON[name], name)[Growth.SUSTAINED] >= hits


@pytest.mark.parametrize("name", ["load-driven leak 50 %", "leak 50 % under a sawtooth"])
def test_and_uneven_ones(name: str) -> None:
    assert shares(bench.NOT_TUNED_ON[name], name)[Growth.SUSTAINED] >= 0.85


def test_a_leak_under_a_days_cycle_is_not_called_no_growth() -> None:
    name = "leak 50 % over a day cycle of 20 %"
    assert shares(bench.TUNED_ON[name], name)[Growth.NONE] == 0


def test_memory_that_comes_and_goes_is_neither_called_growing_nor_doubted() -> None:
    name = "sawtooth 20 % over a day cycle of 5 %"
    assert shares(bench.TUNED_ON[name], name)[Growth.NONE] >= 0.95


@pytest.mark.parametrize("hours", [1.0, 12.0, 22.0])
def test_less_than_a_day_shows_nothing(hours: float) -> None:
    at = [h for h in bench.HOURS if h <= hours]
    assert judge(at, [100 + 10 * h for h in at]).growth is Growth.TOO_SHORT
    assert judge([], []).growth is Growth.TOO_SHORT


def test_trend_and_slope_are_those_of_scipy() -> None:
    from scipy.stats import kendalltau, theilslopes

    draw = random.Random(2)
    at = [float(i) for i in range(40)]
    values = [0.3 * i + draw.gauss(0, 2) for i in range(40)]
    assert theil_sen(at, values) == pytest.approx(theilslopes(values, at).slope)
    assert (mann_kendall_z(values) > 2.33) == (kendalltau(at, values, alternative="greater").pvalue < 0.01)
    assert mann_kendall_z([5.0] * 10) == 0.0


def test_the_slope_beside_a_day_is_that_of_least_squares() -> None:
    import numpy

    draw = random.Random(3)
    at = [1 + i / 2 for i in range(46)]
    values = [100 + 2 * h + 15 * math.sin(h / 3) + draw.gauss(0, 2) for h in at]
    turns = 2 * numpy.pi * numpy.array(at) / 24
    model = numpy.column_stack([numpy.ones(46), numpy.array(at), numpy.sin(turns), numpy.cos(turns)])
    assert slope_beside_a_day(at, values) == pytest.approx(numpy.linalg.lstsq(model, numpy.array(values))[0][1])


NOISE = [100 + random.Random(i).gauss(0, 1) for i in range(60)]


@pytest.mark.parametrize(
    "values",
    [
        [v + 20 * (i >= 30) for i, v in enumerate(NOISE)],
        [v + 20 * (i >= 50) for i, v in enumerate(NOISE)],
        [v + 50 * (i in (40, 41)) for i, v in enumerate(NOISE)],
        [v - 50 * (i >= 58) for i, v in enumerate(NOISE)],
        [0.0] * 40 + [3.0] * 20,
    ],
    ids=["step", "late step", "two samples", "the last two", "errors from none"],
)
def test_steps_and_lasting_outliers_are_found(values: list[float]) -> None:
    assert anomalies(values, limit=200.0)


@pytest.mark.parametrize(
    "values",
    [
        NOISE,
        [v + 50 * (i == 40) for i, v in enumerate(NOISE)],
        [v + 0.5 * i for i, v in enumerate(NOISE)],
        [100.0] * 60,
        [100.0] * 30 + [101.9] * 30,
        NOISE[:11],
    ],
    ids=["noise", "a single one", "drift", "constant", "within 1 % of the limit", "too few"],
)
def test_what_is_usual_is_no_anomaly(values: list[float]) -> None:
    assert anomalies(values, limit=200.0) == ()


@pytest.mark.parametrize(
    "values, s, variance",
    [
        (range(10), 45, 10 * 9 * 25 / 18),
        ([1, 1, 2, 3], 5, (4 * 3 * 13 - 2 * 1 * 9) / 18),
        ([1, 1, 1, 2, 2], 6, (5 * 4 * 15 - 3 * 2 * 11 - 2 * 1 * 9) / 18),
        ([1, 2, 3], 3, 3 * 2 * 11 / 18),
        ([1, 2], 1, math.inf),  # too few for any trend
        ([1, 3, 1], 1, math.inf),
    ],
)
def test_the_score_of_a_trend_by_its_formula(values, s, variance):
    values = list(map(float, values))
    assert mann_kendall_z(values) == pytest.approx((s - 1) / math.sqrt(variance))
    assert mann_kendall_z(values[::-1]) == pytest.approx((1 - s) / math.sqrt(variance))


@pytest.mark.parametrize("carried", [0.0, 0.3, 0.8])
def test_an_autocorrelated_series_has_the_variance_of_hamed_and_rao(carried):
    import numpy
    from scipy.stats import rankdata, theilslopes

    draw = random.Random(5)
    values, n = [0.0], 50
    for _ in range(n - 1):
        values.append(carried * values[-1] + 0.05 + draw.gauss(0, 1))
    ranks = rankdata(numpy.array(values) - theilslopes(values)[0] * numpy.arange(n), method="ordinal")
    ranks = ranks - ranks.mean()
    r = numpy.correlate(ranks, ranks, "full")[n:] / numpy.dot(ranks, ranks)
    left = n - numpy.arange(1, n)
    kept = numpy.where(numpy.abs(r) > 1.96 / math.sqrt(n), r, 0.0)
    factor = 1 + 2 / (n * (n - 1) * (n - 2)) * float(numpy.sum(left * (left - 1) * (left - 2) * kept))
    found = (mann_kendall_z(values) / mann_kendall_z(values, autocorrelated=True)) ** 2
    assert found == pytest.approx(max(1.0, factor))


@pytest.mark.parametrize(
    "at, values, slope",
    [([0, 0, 1], [5, 9, 7], 0.0), ([1, 1], [1, 2], 0.0), ([3], [7], 0.0), ([2, 4, 6], [1, 2, 9], 2.0)],
)
def test_slopes_of_samples_at_the_same_time_say_nothing(at, values, slope):
    assert theil_sen(at, values) == slope


HALVES = [i / 2 for i in range(47)]  # 23 hours, 45 samples after the first one


def grown(shape: Callable[[float], float], at: list[float] = HALVES) -> Growth:
    """What a series is called that is 100 at noon, with a ripple of a twentieth of a per cent, sampled from 07:00 on."""
    return judge([7 + h for h in at], [100 + shape(h - 12) + 0.05 * (-1) ** i for i, h in enumerate(at)]).growth


def wave(h: float) -> float:
    """The day's cycle, lowest at six and highest at eighteen hours."""
    return math.sin(2 * math.pi * h / 24)


def bent(before: float, after: float) -> Callable[[float], float]:
    """Growth a day, another one from noon on."""
    return lambda h: h / 24 * (before if h < 0 else after)


@pytest.mark.parametrize(
    "shape, growth",
    [
        (lambda h: 9.9 * h / 24, Growth.NONE),
        (lambda h: 10.1 * h / 24, Growth.SUSTAINED),
        (lambda h: -40 * h / 24, Growth.NONE),
        (lambda h: -100.0, Growth.NONE),
        (lambda h: 6.9 * h / 24 + 5 * wave(h), Growth.NONE),  # the rest is the day's
        (lambda h: 7.1 * h / 24 + 5 * wave(h), Growth.SLOWING),
        (lambda h: 24.9 * h / 24 - 15 * wave(h), Growth.NONE),
        (lambda h: 25.1 * h / 24 - 15 * wave(h), Growth.HIDDEN),
        (bent(20, 20 * 0.53), Growth.SUSTAINED),
        (bent(20, 20 * 0.47), Growth.SLOWING),
        (bent(24, 24 * 0.28), Growth.SLOWING),
        (bent(24, 24 * 0.22), Growth.NONE),  # the last third brings under a fifth
        (bent(24 * 0.28, 24), Growth.SUSTAINED),
        (bent(24 * 0.22, 24), Growth.NONE),
        (lambda h: 20 * h / 24 - 8 * (h > 7.5), Growth.NONE),  # the last sixth fell back
        (lambda h: 20 * h / 24 - 2 * (h > 7.5), Growth.SUSTAINED),
        (lambda h: 6.0 * sum(h > at for at in (-6, 0, 6)), Growth.SLOWING),
        (lambda h: 0.59 * h + 6.0 * sum(h > at for at in (-6, 0, 6)), Growth.SLOWING),
        (lambda h: 0.63 * h + 6.0 * sum(h > at for at in (-6, 0, 6)), Growth.SUSTAINED),
        (lambda h: 3.0 * sum(h > at for at in (-9, -6, -3, 0, 3, 6, 9)), Growth.SUSTAINED),
    ],
)
def test_growth_at_its_bounds(shape, growth):
    assert grown(shape) is growth


@pytest.mark.parametrize(
    "at, growth",
    [
        (HALVES, Growth.SUSTAINED),
        (HALVES[:-1], Growth.TOO_SHORT),  # 22.5 hours
        ([0.0, *(1 + 22 * i / 39 for i in range(40))], Growth.SUSTAINED),  # 40 samples after the first hour
        ([0.0, *(1 + 22 * i / 38 for i in range(39))], Growth.TOO_SHORT),
        ([0.0, 0.9, *(1 + 22 * i / 38 for i in range(39))], Growth.TOO_SHORT),
    ],
)
def test_a_day_and_forty_samples_are_needed(at, growth):
    assert grown(lambda h: 20 * h / 24, at) is growth


def test_no_memory_at_all_does_not_grow():
    assert judge(HALVES, [0.0] * len(HALVES)) == Leak(Growth.NONE, 0.0, 23.0)


def test_the_first_hour_is_left_out_and_the_slope_is_of_a_day():
    found = judge(HALVES, [1_000.0 if h < 1 else 100 + h + 0.05 * (-1) ** i for i, h in enumerate(HALVES)])
    assert (found.growth, found.hours) == (Growth.SUSTAINED, 23.0)
    assert found.percent_a_day == pytest.approx(100 * 24 / 112, rel=0.01)


def test_the_best_steps_are_those_of_every_choice():
    draw = random.Random(4)
    values = [draw.gauss(0, 1) + 3 * (i > 3) for i in range(9)]

    def left(cuts: tuple[int, ...]) -> float:
        parts = [values[a:b] for a, b in itertools.pairwise((0, *cuts, len(values)))]
        return sum((v - statistics.fmean(part)) ** 2 for part in parts for v in part)

    best = min(left(cuts) for cuts in itertools.combinations(range(1, len(values)), 3))
    assert _steps_residual(values) == pytest.approx(best)


RIPPLE = [99.0, 100.0, 101.0] * 20
FLAT = [100.0] * 60


def raised(values: list[float], by: float, *where: int) -> list[float]:
    return [v + by * (i in where) for i, v in enumerate(values)]


@pytest.mark.parametrize(
    "values, found",
    [
        (raised(FLAT, 2.1, 40, 41), [(40, "outlier", 100.0, 102.1)]),
        (raised(FLAT, 2.0, 40, 41), []),  # 1 % of the limit
        (raised(FLAT, -2.1, 40, 41), [(40, "outlier", 100.0, 97.9)]),
        (raised(FLAT, 9.0, 40, 42), []),
        (raised(FLAT, 9.0, 20, 21, 22, 40, 41), [(20, "outlier", 100.0, 109.0), (40, "outlier", 100.0, 109.0)]),
        (raised(RIPPLE, 5.0, 40, 42, 44), []),
        ([*RIPPLE[:40], 105.9, 105.9, *RIPPLE[42:]], []),  # six times the usual distance from the middle
        ([*RIPPLE[:40], 106.1, 106.1, *RIPPLE[42:]], [(40, "outlier", 100.0, 106.1)]),
        (raised(FLAT, 2.1, *range(30, 60)), [(30, "change", 100.0, 102.1)]),
        (raised(FLAT, 2.0, *range(30, 60)), []),
        (raised(FLAT, -5.0, *range(57, 60)), [(57, "change", 100.0, 95.0)]),
        (raised(FLAT, -5.0, *range(3)), [(3, "change", 95.0, 100.0)]),
        (raised(FLAT, 5.0, 59), []),
        (raised(RIPPLE, 5.9, *range(30, 60)), []),
        (raised(RIPPLE, 6.1, *range(30, 60)), [(30, "change", 100.0, 106.1)]),
        (FLAT[:6] + [110.0] * 6, [(6, "change", 100.0, 110.0)]),
        (FLAT[:6] + [110.0] * 5, []),  # eleven samples
    ],
)
def test_anomalies_at_their_bounds(values, found):
    seen = [(each.index, each.kind, each.usual, each.seen) for each in anomalies(values, limit=200.0)]
    assert [each[:2] for each in seen] == [each[:2] for each in found]
    assert [each[2:] for each in seen] == [pytest.approx(each[2:]) for each in found]


@pytest.mark.parametrize("samples, kind", [(5, "change"), (6, "outlier")])
def test_what_rises_slowly_is_no_change_of_level(samples, kind):
    ramp = [100 + 10 * (i + 1) / samples for i in range(samples)]
    assert anomalies([*FLAT[:30], *ramp, *[110.0] * (30 - samples)], 200.0)[0].kind == kind


def test_an_anomaly_says_where_and_how_far():
    assert str(anomalies(FLAT[:30] + [120.0] * 30, 200.0)[0]) == "change at sample 31: 120, usually 100"
