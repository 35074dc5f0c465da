"""The rules on series: leaks, trends, anomalies. Shapes come from the bench; rates stand in docs/rollback-rules.md."""

from __future__ import annotations

import math
import random

import pytest

from acceptance.grading.anomaly import anomalies
from acceptance.grading.leak import Growth, judge
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
