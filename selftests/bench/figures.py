"""What a bench measures: figures with their limits, kept in docs/benchmarks.json and shown in docs/benchmarks.md."""

from __future__ import annotations

import json
import os
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from importlib import import_module
from pathlib import Path
from typing import Any

BENCHMARKS = Path(__file__).parents[2] / "docs" / "benchmarks.json"
HEAD = ("| figure | value | limit | holds | measured |", "| --- | --- | --- | --- | --- |")


class NotMeasured(Exception):
    """What a bench needs is not on this machine; its message says what."""


@dataclass(frozen=True)
class Figure:
    """One number, and what it may be at most (or must be at least)."""

    name: str
    value: float
    unit: str
    limit: float | None = None
    at_least: bool = False

    def holds(self) -> bool:
        """Whether it keeps its limit."""
        if self.limit is None:
            return True
        return self.value >= self.limit if self.at_least else self.value <= self.limit


def measure(bench: str) -> list[Figure]:
    """The figures of one bench; whatever breaks becomes an error that travels between processes."""
    try:
        found: list[Figure] = import_module(f"selftests.bench.{bench}").measure()
    except NotMeasured:
        raise
    except Exception as broken:  # noqa: BLE001  # said, not lost
        raise RuntimeError(f"it broke: {type(broken).__name__}: {str(broken)[:200]}") from None
    return found


def merge(bench: str, found: Sequence[Figure] | str, on: str, where: Path = BENCHMARKS) -> None:
    """Put what one bench found (or why it could not measure) in place of what it found before; write both files."""
    report: dict[str, Any] = json.loads(where.read_text(encoding="utf-8")) if where.exists() else {}
    row: dict[str, Any] = {"on": on, "cores": os.cpu_count()}
    if isinstance(found, str):
        row["not_measured"] = found
    else:
        row["figures"] = [{**asdict(each), "holds": each.holds()} for each in found]
    report = dict(sorted({**report, bench: row}.items()))
    where.write_text(json.dumps(report, indent=1) + "\n", encoding="utf-8")
    where.with_suffix(".md").write_text(page(report), encoding="utf-8")


def page(report: dict[str, Any]) -> str:
    """The report as Markdown."""
    lines = ["# Benchmarks", "", "`make bench` measures these, on a machine that has nothing else to do.", "", *HEAD]
    for bench, row in report.items():
        when = f"{row['on']}, {row['cores']} cores"
        if why := row.get("not_measured"):
            lines.append(f"| {bench} | not measured: {why} | | | {when} |")
        for each in row.get("figures", ()):
            bound = "at least" if each["at_least"] else "at most"
            limit = "" if each["limit"] is None else f"{bound} {each['limit']:g} {each['unit']}"
            holds = "" if each["limit"] is None else "yes" if each["holds"] else "**no**"
            lines.append(f"| {each['name']} | {each['value']:.4g} {each['unit']} | {limit} | {holds} | {when} |")
    return "\n".join([*lines, ""])
