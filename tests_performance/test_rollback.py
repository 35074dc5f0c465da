"""Is the release slower or more faulty than the one before? The suite's own light traffic against the baseline's."""

from acceptance import item


@item("PERF-ROLL-01")
def test_performance_is_not_degraded_by_more_than_50_percent(traffic):
    """Roll back; the latency windows of both releases stand in the evidence."""
    assert not traffic.slower_by_more_than(percent=50)


@item("PERF-ROLL-02")
def test_error_rate_is_not_over_5_percent(traffic):
    """Roll back; look at the failing operations in the logs."""
    assert not traffic.errors_over(percent=5)


@item("PERF-ROLL-03")
def test_performance_is_not_degraded_by_20_percent_or_more(traffic):
    """Hold: find what became slower before more users meet it."""
    assert not traffic.slower_by(percent=20)


@item("PERF-ROLL-04")
def test_error_rate_is_under_1_percent(traffic):
    """Hold: find what fails before more users meet it."""
    assert not traffic.errors_not_under(percent=1)
