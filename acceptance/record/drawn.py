"""Which item has which charts and tables, drawn from the facts of its probe."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, TypeVar

from acceptance.facts import ProbeError
from acceptance.record import header_tables, load_charts, tls_tables, watch_charts
from acceptance.record.model import Chart, Table

T = TypeVar("T")
Facts = Callable[[str], Any]
CHARTS: dict[str, tuple[str, Callable[..., tuple[Chart, ...]]]] = {
    **{id: ("api_load", draw) for id, draw in load_charts.CHARTS.items()},
    **watch_charts.CHARTS,
}
TABLES: dict[str, tuple[str, Callable[..., tuple[Table, ...]]]] = {
    **{id: ("tls", draw) for id, draw in tls_tables.TABLES.items()},
    **{id: ("headers", draw) for id, draw in header_tables.TABLES.items()},
}


def charts_of(id: str, facts: Facts) -> tuple[Chart, ...]:
    """The charts of an item; none where its probe could not look."""
    return _drawn(CHARTS, id, facts)


def tables_of(id: str, facts: Facts) -> tuple[Table, ...]:
    """The tables of an item; none where its probe could not look."""
    return _drawn(TABLES, id, facts)


def _drawn(drawings: dict[str, tuple[str, Callable[..., tuple[T, ...]]]], id: str, facts: Facts) -> tuple[T, ...]:
    if id not in drawings:
        return ()
    probe, draw = drawings[id]
    try:
        return draw(facts(probe))
    except ProbeError:
        return ()
