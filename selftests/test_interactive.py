"""Time to interactive and total blocking time by Lighthouse's definition."""

from __future__ import annotations

import pytest

from acceptance.facts import ProbeError
from acceptance.grading.interactive import time_to_interactive, total_blocking_time
from acceptance.probes import pages
from acceptance.probes.pages import Pages, PageVisit


@pytest.mark.parametrize(
    "tasks, requests, until, tti",
    [
        ((), (), 5_101, 100),  # quiet from the start: first paint counts
        ((), (), 5_100, None),  # not watched for long enough
        (((1_000, 1_049),), (), 6_000, 100),  # a task of 49 ms is short
        (((1_000, 1_050),), (), 6_049, None),
        (((1_000, 1_050),), (), 6_050, 1_050),
        (((500, 600), (4_000, 4_100)), (), 20_000, 4_100),
        (((6_000, 6_100),), (), 7_000, 100),  # after five quiet seconds it no longer matters
        ((), ((0, 3_000),) * 3, 7_999, None),  # three requests under way
        ((), ((0, 3_000),) * 3, 8_001, 100),  # the processor's period began earlier
        ((), ((0, 9_000),) * 2, 6_000, 100),  # two are quiet
        ((), ((0, 3_000),) * 3, 8_000, 100),
        ((), ((0, 9_000),) * 3, 9_500, None),  # and three are not, to the end
        ((), ((0, 1_000),) * 2 + ((1_000, 9_000),) * 2, 6_000, 100),  # one ends as the next begins
        ((), ((0, 9_000), (0, 9_000), (5_101, 5_200)), 6_000, 100),
        ((), ((0, 9_000), (0, 9_000), (5_100, 5_200)), 6_000, None),
        (((0, 2_000),), ((0, 3_000),) * 3, 8_000, 2_000),
        (((0, 3_500),), ((0, 3_000),) * 3, 8_500, 3_500),
        (((0, 3_500),), ((0, 3_000),) * 3, 8_499, None),
        (((0, 6_000), (11_000, 11_050)), ((0, 7_000),) * 3, 20_000, 11_050),  # the two must be quiet together
        (((0, 6_000), (12_000, 12_050)), ((0, 7_000),) * 3, 20_000, 6_000),
        ((), ((0, 1),) * 3 + ((5_500, 7_000),) * 3, 20_000, 100),
        (((7_000, 7_100),), ((0, 1_000),) * 3 + ((5_900, 8_000),) * 3, 20_000, 7_100),
        (((1_000, 4_000), (2_000, 3_000)), (), 9_000, 4_000),  # one task inside another
        (((0, 8_000),), ((0, 1_000),) * 3 + ((6_500, 7_000),) * 3, 20_000, 8_000),
    ],
)
def test_time_to_interactive(tasks, requests, until, tti):
    assert time_to_interactive(tasks, requests, 100, 90, until) == tti


def test_content_loaded_is_a_lower_bound():
    assert time_to_interactive((), (), 100, 700, 9_000) == 700


def test_total_blocking_time_counts_what_is_over_50_ms_after_first_paint():
    assert total_blocking_time(((0, 200), (300, 400), (900, 1_000)), 100, 950) == 50 + 50 + 0
    assert total_blocking_time(((100, 151), (200, 250), (300, 349)), 0, 400) == 1


def visit(load: float | None = 500.0, tti: float | None = 600.0) -> PageVisit:
    return PageVisit(load, tti, 10.0, 50.0, 60.0, 0.0, 0.0, None, 1_000, 20_000.0, ((700.0, 90.0),))


def test_the_median_decides():
    found = Pages("https://app.example.com", (visit(1_999.9), *[visit()] * 2, *[visit(9_000.0)] * 2))
    assert not found.load_not_under(seconds=2)
    assert Pages("https://app.example.com", (*[visit()] * 2, *[visit(2_000.0)] * 3)).load_not_under(seconds=2)


def test_a_page_that_never_settles_is_red_and_names_its_tasks():
    found = Pages("https://app.example.com", (visit(tti=None),) * 3 + (visit(),) * 2)
    assert "not reached in 20 s" in found.interactive_not_under(seconds=3)[0]
    assert "90 ms at 700" in found.interactive_not_under(seconds=3)[0]


def test_too_few_visits_are_no_verdict():
    with pytest.raises(ProbeError, match="3 visits of 5"):
        Pages("https://app.example.com", (visit(),) * 3).load_not_under(seconds=2)


@pytest.mark.parametrize(
    "tti, expected",
    [
        (600.0, "open finish open rest open rest open rest open rest finish finish finish finish"),
        (None, "open finish open finish open finish open finish open finish"),  # it may disturb the next one
    ],
)
def test_visits_share_their_quiet_time_where_the_first_one_saw_it(monkeypatch, tti, expected):
    said = []
    monkeypatch.setattr(pages, "_open", lambda *_: said.append("open") or pages.Opened("page", "gate"))
    monkeypatch.setattr(pages, "_watch", lambda *_: said.append("rest"))
    monkeypatch.setattr(pages, "_finish", lambda *_: said.append("finish") or visit(tti=tti))
    assert len(pages.visits(None, None, "https://app.example.com")) == 5
    assert " ".join(said) == expected


@pytest.mark.parametrize(
    "load, now, tasks, requests, expected",
    [
        (400, 1_101, (), (), True),
        (400, 1_100, (), (), False),  # no longer than half a second after the first visit's time to interactive
        (None, 9_000, (), (), False),
        (700, 1_200, (), (), False),
        (400, 2_000, ((1_450, 1_501),), (), False),
        (400, 2_000, ((1_450, 1_499),), (), True),
        (400, 2_000, (), ((900, 1_600),), False),
    ],
)
def test_the_next_visit_begins_when_the_one_before_is_at_rest(load, now, tasks, requests, expected):
    seen = {"load": load, "now": now, "tasks": tasks, "requests": requests}
    assert pages._at_rest(seen, from_ms=600.0) is expected
