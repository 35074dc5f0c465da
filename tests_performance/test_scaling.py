"""Whether the groups really scale. Facts: their own history, acceptance/probes/cloud.py."""

from acceptance import item


@item("PERF-LOAD-04")
def test_auto_scaling_went_out_and_back_in(cloud):
    """Bind a scaling policy to an alarm on load, and provoke it once by a load test."""
    assert not cloud.groups_that_never_scaled(days=90)
