"""Which item has which charts, drawn from the facts of its probe."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from acceptance.facts import ProbeError
from acceptance.record import load_charts, watch_charts
from acceptance.record.model import Chart

CHARTS: dict[str, tuple[str, Callable[..., tuple[Chart, ...]]]] = {
    **{id: ("api_load", draw) for id, draw in load_charts.CHARTS.items()},
    **watch_charts.CHARTS,
}


def charts_of(id: str, facts: Callable[[str], Any]) -> tuple[Chart, ...]:
    """The charts of an item; none where its probe could not look."""
    if id not in CHARTS:
        return ()
    probe, draw = CHARTS[id]
    try:
        return draw(facts(probe))
    except ProbeError:
        return ()
