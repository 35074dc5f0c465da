"""Response times of the read operations under the target's load: one run feeds every test here."""

import pytest

from acceptance import item


@pytest.mark.parametrize(
    "percentile, limit_ms",
    [
        pytest.param(50, 50, marks=item("PERF-API-01")),
        pytest.param(95, 100, marks=item("PERF-API-02")),
        pytest.param(99, 200, marks=item("PERF-API-03")),
    ],
)
def test_api_latency(api_load, percentile, limit_ms):
    """Profile the slowest operation of the mix under this load, and mend the errors first."""
    assert not api_load.steady.stopped_because()
    assert api_load.steady.error_percent() < 0.1
    assert api_load.upper_bound_ms(percentile) < limit_ms


@item("PERF-GATE-02")
def test_95th_percentile_is_under_100_ms(api_load):
    """Profile the slowest operation of the mix under this load, and mend the errors first."""
    assert not api_load.steady.stopped_because()
    assert api_load.steady.error_percent() < 0.1
    assert api_load.upper_bound_ms(95) < 100
