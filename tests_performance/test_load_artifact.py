"""The load test of the release's commit. Facts: the pipeline's artifacts, acceptance/probes/ci.py."""

from acceptance import item


@item("PERF-GATE-01")
def test_load_test_of_this_commit_passed(ci):
    """Run the load test for this commit, and mend what fails."""
    assert not ci.failed_runs("load")
