"""What is made of pushed prices: received times, ages, order, repetition, gaps."""

from __future__ import annotations

from typing import Any

import pytest

from acceptance.probes.websocket import Stream, _stream

WELL = {"messages": 3, "malformed": 0, "distinct": 3, "ascending": True, "oldest_age_s": 0.5, "longest_gap_s": 1.5}
ROWS: list[tuple[float, float | None, float | None]] = [(101.0, 100.5, 1.0), (102.5, 102.4, 1.0), (103.0, 102.9, 2.0)]


@pytest.mark.parametrize(
    "at, row, change",
    [
        (1, (102.5, 102.4, 1.0), {}),
        (1, (102.5, 99.0, 1.0), {"oldest_age_s": 3.5, "ascending": False}),
        (1, (102.5, None, 1.0), {"malformed": 1}),
        (1, (102.5, 102.4, None), {"malformed": 1}),
        (1, (101.0, 100.5, 1.0), {"distinct": 2, "longest_gap_s": 2.0}),
        (2, (103.0, 163.0, 2.0), {}),  # clocks differ
        (2, (103.0, 163.1, 2.0), {"malformed": 1}),  # a time that lies ahead is not fresh for ever
        (0, (100.1, 100.0, 1.0), {"longest_gap_s": 2.4, "oldest_age_s": 0.1}),
        (2, (102.6, 102.5, 2.0), {"longest_gap_s": 1.5, "oldest_age_s": 0.5}),
    ],
)
def test_of_received_prices(at: int, row: tuple[float, float | None, float | None], change: dict[str, Any]) -> None:
    rows = [*ROWS[:at], row, *ROWS[at + 1 :]]
    assert _stream("BTCUSDT", rows, 100.0, 104.0) == Stream("BTCUSDT", **(WELL | change))  # type: ignore[arg-type]


def test_silence_is_one_gap() -> None:
    assert _stream("BTCUSDT", [], 100.0, 110.0) == Stream("BTCUSDT", 0, 0, 0, True, 0.0, 10.0)
    assert _stream("BTCUSDT", ROWS, 100.0, 110.0).longest_gap_s == 7.0
