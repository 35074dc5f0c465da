"""Charts: well-formed, readable aloud, bounded, and without anything foreign that could run."""

from __future__ import annotations

import random
from pathlib import Path
from xml.etree import ElementTree

import pytest

from acceptance.record import charts, load_charts
from acceptance.record.charts import Limit, Line, distribution, over_time, sparkline
from acceptance.record.html import CHART_LIMIT
from acceptance.record.model import Chart
from selftests.test_load_facts import HEALTHY

SVG = "{http://www.w3.org/2000/svg}"
DRAW = random.Random(3)
LATENCIES = [DRAW.lognormvariate(3, 0.6) for _ in range(12_000)]
LONG = Line("p99", [(i, DRAW.random()) for i in range(10_000)])


@pytest.mark.parametrize(
    "chart",
    [
        distribution("Latency", LATENCIES, [Limit("p99", 200)]),
        distribution("Nothing", [], []),
        over_time("Errors <over> time", [LONG, LONG, LONG], "ms", Limit("p99", 200)),
        over_time("Nothing", [], "ms"),
        over_time("One point", [Line("a", [(3.0, 0.0)])], "%"),
        sparkline("Memory", [5.0, 5.0, 5.0], "MiB"),
        sparkline("Nothing", []),
        sparkline("Not a number", [1.0, float("nan"), 3.0]),
    ],
    ids=lambda chart: chart.title,
)
def test_a_chart_is_well_formed_titled_and_small(chart: Chart) -> None:
    root = ElementTree.fromstring(chart.svg)
    assert root.findtext(f"{SVG}title") == chart.title
    assert root.findtext(f"{SVG}desc")
    assert root.get("aria-labelledby") == "t d"
    assert len(chart.svg) < CHART_LIMIT
    assert "nan" not in chart.svg.replace("Not a number", "")


def test_a_peak_survives_thinning() -> None:
    points = [(float(i), 1.0) for i in range(10_000)]
    points[7_321] = (7_321.0, 99.0)
    thin = charts.thinned(points)
    assert len(thin) <= charts.POINTS
    assert (7_321.0, 99.0) in thin


def test_what_is_over_the_last_limit_is_marked() -> None:
    assert 'class="over"' in distribution("Latency", [10.0, 300.0], [Limit("p99", 200)]).svg
    assert 'class="over"' not in distribution("Latency", [10.0, 20.0], [Limit("p99", 200)]).svg


@pytest.mark.parametrize("id", load_charts.CHARTS)
def test_every_load_item_has_its_charts(id: str) -> None:
    drawn = load_charts.CHARTS[id](HEALTHY)
    assert drawn
    assert all(len(chart.svg) < CHART_LIMIT for chart in drawn)


def test_every_item_of_the_watch_has_its_charts(tmp_path: Path) -> None:
    from acceptance.record.drawn import CHARTS, charts_of
    from selftests.test_rollback import traffic
    from selftests.test_watch import World, seen

    facts = {"watch": seen(World(tmp_path)), "traffic": traffic(), "api_load": HEALTHY}
    for id in CHARTS:
        drawn = charts_of(id, facts.__getitem__)
        assert drawn
        assert all(len(chart.svg) < CHART_LIMIT and ElementTree.fromstring(chart.svg) is not None for chart in drawn)


def test_a_probe_that_could_not_look_leaves_no_chart() -> None:
    from acceptance.facts import ProbeError
    from acceptance.record.drawn import charts_of

    def blind(name: str) -> object:
        raise ProbeError(name, "no route")

    assert charts_of("PERF-API-01", blind) == ()
    assert charts_of("SEC-TLS-03", blind) == ()
