"""How fast the dashboard's page is for a desktop that has never seen it. Facts: acceptance/probes/pages.py."""

from acceptance import item


@item("PERF-PAGE-01")
def test_the_page_loads_in_less_than_2_seconds(pages):
    """Send less before the load event: split the scripts, compress them, load pictures late."""
    assert not pages.load_not_under(seconds=2)


@item("PERF-PAGE-02")
def test_the_page_is_interactive_in_less_than_3_seconds(pages):
    """Break up or put off the long tasks that are named."""
    assert not pages.interactive_not_under(seconds=3)
