"""Resource usage over a window. Facts: two samples of every host and container, and what containers reach."""

from acceptance import item


@item("PERF-USE-01")
def test_cpu_is_not_used_up(usage):
    """Give the container more CPU, or find out what it computes."""
    assert not usage.cpu_over(70)


@item("PERF-USE-02")
def test_memory_is_not_used_up(usage):
    """Raise the limit, or find out what it keeps."""
    assert not usage.memory_over(80)


@item("PERF-USE-03")
def test_disks_keep_up(usage):
    """Find the writer (iotop), or move to faster storage."""
    assert not usage.disks_busier_than(percent=80, wait_ms=20)


@item("PERF-USE-04")
def test_every_service_reaches_what_it_depends_on(usage):
    """Look at the container's network, DNS and the egress rules."""
    assert not usage.unreached()
