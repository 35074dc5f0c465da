"""What the system bears at 1,100 requests a second: throughput, CPU usage, and how the backends share the load."""

from acceptance import item


@item("PERF-LOAD-01")
def test_cpu_is_stable_under_load(api_load):
    """Find what piles up while the load lasts (queues, tasks, caches), or give the service more CPU."""
    assert api_load.cpu_mean_percent() < 70
    assert api_load.cpu_rise_points() < 10


@item("PERF-LOAD-02")
def test_throughput_is_over_1000_operations_per_second(api_load):
    """Scale out, or remove the bottleneck that the latency chart shows at the full rate."""
    assert not api_load.full.stopped_because()
    assert api_load.full.successes_per_s() > 1000
    assert api_load.full.error_percent() < 1
    assert api_load.full.upper_bound_ms(50) < 50
    assert api_load.full.upper_bound_ms(95) < 100
    assert api_load.full.upper_bound_ms(99) < 200


@item("PERF-LOAD-03")
def test_balancer_spreads_the_load_evenly(api_load):
    """Correct the balancer's weights, stickiness or health checks."""
    assert not api_load.uneven_backends(within_percent=20)
