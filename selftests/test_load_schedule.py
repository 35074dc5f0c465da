"""The schedule of a load, its samples, and what counts as a success."""

from __future__ import annotations

import pytest

from acceptance.load.answer import against_itself
from acceptance.load.samples import ERROR, REFUSED, Samples
from acceptance.load.schedule import Segment, arrivals, windows

SEGMENTS = (Segment("steady", 2.0, 100.0, 100.0),)


def due(**shares: int) -> list[tuple[float, int]]:
    return list(arrivals(SEGMENTS, [1], 1, **shares))


def test_the_schedule_has_the_rate_and_a_ramp_has_its_shape() -> None:
    ramp = (Segment("ramp", 10.0, 100.0, 300.0),)
    times = [at for at, _ in arrivals(ramp, [1], 3)]
    assert len(times) == pytest.approx(2000, rel=0.1)
    assert sum(at < 5 for at in times) == pytest.approx(750, rel=0.15)
    assert times == sorted(times)


def test_shares_of_two_add_up_to_the_schedule_of_one() -> None:
    both = due(share=0, shares=2) + due(share=1, shares=2)
    assert sorted(both) == due()


def test_windows_follow_each_other() -> None:
    first, second = windows((Segment("a", 2.0, 1, 1), Segment("b", 3.0, 1, 1)))
    assert (first.end_s, second.start_s, second.end_s) == (2.0, 2.0, 5.0)


def test_samples_survive_their_journey() -> None:
    samples = Samples(share=1, offered=2, started=5.0)
    samples.add(0.5, 12.25, 0.125, ERROR)
    samples.errors["health: 500"] += 1
    assert Samples.unpack(samples.pack()) == samples


def test_what_ended_lately_is_found_by_its_end() -> None:
    samples = Samples()
    for at_s, latency_ms, kind in ((0.0, 10.0, 0), (1.0, 10.0, ERROR), (0.5, 4000.0, 0), (4.6, 10.0, REFUSED)):
        samples.add(at_s, latency_ms, 0.0, kind)
    assert samples.recent(4.0) == ([10.0, 4000.0], 0, 1)


@pytest.mark.parametrize(
    "method, body, expected",
    [
        ("GET", b'{"success": true, "data": {}}', ""),
        ("GET", b"[]", ""),
        ("GET", b'{"success":false}', "success false"),
        (
            "GET",
            b'{"data": [' + b"1, " * 50_000 + b'1], "success" : false}',
            "success false",
        ),  # however late it says so
        (
            "GET",
            b'{"success": true, "data": [{"id": 7, "success": false}]}',
            "",
        ),  # a trade that failed is no failed answer
        ("GET", b'{"error": ""success":false', "no JSON"),
        ("GET", b"<!doctype html><div id=root>", "no JSON"),
        ("GET", b"", "no JSON"),
        ("HEAD", b"", ""),
    ],
)
def test_what_speaks_against_an_answer(method: str, body: bytes, expected: str) -> None:
    assert against_itself(method, body) == expected
