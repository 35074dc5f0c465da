"""The database while the API is busy. Facts: acceptance/probes/mongo_burst.py."""

from acceptance import item


@item("PERF-DATA-01")
def test_queries_are_fast_enough_under_load(mongo_burst):
    """Create the index that the slow query lacks, or make it return less."""
    assert not mongo_burst.queries_slower_than(100)
