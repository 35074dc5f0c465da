"""The charts of rollback and watch: latency windows against the baseline's, and series over the time watched."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta
from statistics import median

from acceptance.facts import Unseen
from acceptance.grading.memory import visible_leak
from acceptance.grading.sample_series import KINDS, series
from acceptance.probes.sample import Sample
from acceptance.probes.traffic import Traffic
from acceptance.probes.watch import Watch
from acceptance.record.charts import Limit, Line, over_time
from acceptance.record.model import Chart, Pair


def windows(traffic: Traffic) -> tuple[Chart, ...]:
    """The p95 of each window now, and of the baseline's windows."""
    now = Line("now", [(i + 1.0, w.p95_ms) for i, w in enumerate(traffic.windows) if w.answered])
    lines = [now]
    if not isinstance(traffic.baseline, Unseen):
        before = [(i + 1.0, w.p95_ms) for i, w in enumerate(traffic.baseline.windows) if w.answered]
        lines.append(Line(f"version {traffic.baseline.version}"[:26], before))
    chart = over_time("p95 of each window, now and in the baseline", lines, "ms", x_unit="window")
    rows = [
        Pair(f"median p95, {line.name}", f"{median(ms for _, ms in line.points):.1f} ms")
        for line in lines
        if line.points
    ]
    rows.append(Pair("failed now", f"{sum(w.failed for w in traffic.windows)} of {_sent(traffic)}"))
    return (replace(chart, rows=tuple(rows)),)


def latency(watch: Watch) -> tuple[Chart, ...]:
    """The median p95 of each sample, now and in the watch before."""
    lines = [Line("now", _line(watch.samples, _p95)), Line("the watch before", _line(watch.earlier, _p95))]
    return (over_time("p95 over the time watched", lines, "ms", x_unit="h"),)


def memory(watch: Watch) -> tuple[Chart, ...]:
    """Memory of the three containers that use most of their limit."""
    names = {name for sample in watch.samples for name in sample.memory_percent}
    lines = [Line(name, _line(watch.samples, _of(name))) for name in names]
    lines.sort(key=lambda line: -max(value for _, value in line.points))
    chart = over_time("Memory over the time watched", lines[:3], "% of its limit", Limit("limit", 80), x_unit="h")
    rows = [
        Pair(line.name, f"{line.points[0][1]:.1f} % at first, {line.points[-1][1]:.1f} % at last") for line in lines
    ]
    return (replace(chart, rows=tuple(rows[:8])),)


def anonymous(watch: Watch) -> tuple[Chart, ...]:
    """Anonymous memory of the three containers that hold most of it, which is what the leak rule judges."""
    names = {name for sample in watch.samples for name in sample.anon_bytes}
    lines = [Line(name, [(h, b / 1e6) for h, b in _line(watch.samples, _anonymous(name))]) for name in names]
    lines.sort(key=lambda line: -max(value for _, value in line.points))
    chart = over_time("Anonymous memory over the time watched", lines[:3], "MB", x_unit="h")
    rows = [
        Pair(line.name, f"{line.points[0][1]:.0f} MB at first, {line.points[-1][1]:.0f} MB at last") for line in lines
    ]
    return (replace(chart, rows=(*rows[:8], Pair("what would have shown", visible_leak()))),)


def everything(watch: Watch) -> tuple[Chart, ...]:
    """Every series in which the item on anomalies looks for them; of each kind the three that vary most."""
    charts = []
    for kind, (of, _) in KINDS.items():
        values = series(watch.samples, kind)
        most = sorted(values, key=lambda whose: min(values[whose]) - max(values[whose]))[:3]
        lines = [Line(whose or kind, _line(watch.samples, _its(of, whose))) for whose in most]
        title, _, unit = kind.partition(" in ")
        if lines:
            charts.append(over_time(f"{title[:1].upper()}{title[1:]} over the time watched", lines, unit, x_unit="h"))
    return tuple(charts)


CHARTS: dict[str, tuple[str, Callable[..., tuple[Chart, ...]]]] = {
    "PERF-ROLL-01": ("traffic", windows),
    "PERF-ROLL-03": ("traffic", windows),
    "PERF-WATCH-04": ("watch", memory),
    "PERF-WATCH-09": ("watch", latency),
    "PERF-WATCH-10": ("watch", everything),
    "PERF-WATCH-14": ("watch", latency),
    "PERF-LEAK-01": ("watch", anonymous),
}


def _sent(traffic: Traffic) -> int:
    return sum(w.failed + w.answered for w in traffic.windows)


def _p95(sample: Sample) -> float | None:
    return median(sample.p95_ms) if sample.p95_ms else None


def _its(of: Callable[[Sample], dict[str, float]], whose: str) -> Callable[[Sample], float | None]:
    return lambda sample: of(sample).get(whose)


def _of(name: str) -> Callable[[Sample], float | None]:
    return lambda sample: sample.memory_percent.get(name)


def _anonymous(name: str) -> Callable[[Sample], float | None]:
    return lambda sample: sample.anon_bytes.get(name)


def _line(samples: tuple[Sample, ...], of: Callable[[Sample], float | None]) -> list[tuple[float, float]]:
    """A series by hours after its first sample."""
    found = [((sample.at - samples[0].at) / timedelta(hours=1), of(sample)) for sample in samples]
    return [(hours, value) for hours, value in found if value is not None]
