"""The charts of a load run: how long requests took, against the limits, and how it went over time."""

from __future__ import annotations

from dataclasses import replace

from acceptance.probes.load import ApiLoad, Phase
from acceptance.record.charts import Limit, Line, distribution, over_time
from acceptance.record.model import Chart, Pair

PERCENTILES = ((50, 50), (95, 100), (99, 200))
LIMITS = tuple(Limit(f"p{percentile}", ms) for percentile, ms in PERCENTILES)


def latency(load: ApiLoad) -> tuple[Chart, ...]:
    """For the items on latency at the target's rate."""
    return (_latencies(load.steady), _times(load))


def throughput(load: ApiLoad) -> tuple[Chart, ...]:
    """For the item on throughput."""
    succeeded = Line("successes a second", [(second.at_s, second.succeeded) for second in load.seconds])
    failed = Line("failures a second", [(second.at_s, second.failed) for second in load.seconds])
    over = over_time("Throughput and errors over the load run", [succeeded, failed], "per s", Limit("needed", 1000))
    full = load.full
    rows = (
        Pair("offered", f"{full.offered} in {full.length_s:.0f} s"),
        Pair("successes a second (needed 1000)", f"{full.succeeded_within / full.length_s:.0f}"),
        Pair("failed", f"{full.failed} of {full.sent}"),
        *(Pair(label, str(count)) for label, count in list(load.errors.items())[:5]),
    )
    return (replace(over, rows=rows), _latencies(full))


def cpu(load: ApiLoad) -> tuple[Chart, ...]:
    """For the item on CPU usage under load."""
    if not isinstance(load.cpu, tuple):
        return ()
    line = Line("CPU usage", [(sample.at_s, sample.percent) for sample in load.cpu])
    return (over_time("CPU usage at the full rate", [line], "%", Limit("limit", 70)),)


CHARTS = {
    "PERF-API-01": latency,
    "PERF-API-02": latency,
    "PERF-API-03": latency,
    "PERF-GATE-02": latency,
    "PERF-LOAD-01": cpu,
    "PERF-LOAD-02": throughput,
}


def _latencies(phase: Phase) -> Chart:
    values = [us / 1000 for block in phase.blocks for us in block.latencies_us]
    chart = distribution(f"Latency of {len(values)} requests at {phase.rate_per_s:.0f}/s", values, LIMITS)
    at = sorted(values) or [0.0]
    rows = [
        Pair(f"p{p} (limit {ms} ms)", f"{at[min(len(at) - 1, len(at) * p // 100)]:.1f} ms") for p, ms in PERCENTILES
    ]
    rows += [
        Pair("slowest", f"{at[-1]:.1f} ms"),
        Pair("failed", f"{phase.failed} of {phase.sent}"),
        Pair("generator's lag p99 (limit 5 ms)", f"{phase.lag_p99_ms:.1f} ms"),
        Pair("shortest round trip", f"{phase.min_rtt_ms:.1f} ms"),
    ]
    return replace(chart, rows=tuple(rows))


def _times(load: ApiLoad) -> Chart:
    median = Line("median", [(second.at_s, second.median_ms) for second in load.seconds])
    slow = Line("p99", [(second.at_s, second.p99_ms) for second in load.seconds])
    return over_time("Latency over the load run", [median, slow], "ms", Limit("p99", 200))
