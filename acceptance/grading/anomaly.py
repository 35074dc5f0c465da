"""What is odd in a series: values that stay outside its usual band, and levels that change for good."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from statistics import median

BAND_MADS = 6.0
LASTS = 2  # samples on end
SIDE = 3  # samples on each side of a change point
NEAR = 4  # samples beside a change point whose levels must differ too
ABRUPT = 0.7
NEEDED = 12


@dataclass(frozen=True)
class Anomaly:
    """From which sample on, and between which values."""

    index: int
    kind: str  # "outlier" or "change"
    usual: float
    seen: float

    def __str__(self) -> str:
        return f"{self.kind} at sample {self.index + 1}: {self.seen:.4g}, usually {self.usual:.4g}"


def anomalies(values: Sequence[float], limit: float) -> tuple[Anomaly, ...]:
    """Outliers and change points beyond 6 MAD or 1 % of the series' limit, whichever is larger."""
    if len(values) < NEEDED:
        return ()
    change = _change(values, 0.01 * limit)
    return (change,) if change else _outliers(values, 0.01 * limit)


def spread(values: Sequence[float]) -> float:
    """The median absolute deviation."""
    middle = median(values)
    return median(abs(value - middle) for value in values)


def _outliers(values: Sequence[float], least: float) -> tuple[Anomaly, ...]:
    middle, band = median(values), max(BAND_MADS * spread(values), least)
    found: list[Anomaly] = []
    run = 0
    for i, value in enumerate(values):
        run = run + 1 if abs(value - middle) > band else 0
        if run == LASTS:
            found.append(Anomaly(i - LASTS + 1, "outlier", middle, value))
    return tuple(found)


def _change(values: Sequence[float], least: float) -> Anomaly | None:
    """The split whose two levels leave the least deviation, when they differ by more than the band."""
    best, found = float("inf"), None
    for k in range(SIDE, len(values) - SIDE + 1):
        before, after = median(values[:k]), median(values[k:])
        off = [abs(v - before) for v in values[:k]] + [abs(v - after) for v in values[k:]]
        if sum(off) < best:
            best = sum(off)
            near = median(values[k : k + NEAR]) - median(values[max(0, k - NEAR) : k])
            abrupt = abs(near) > ABRUPT * abs(after - before)  # a day's cycle or a slow drift is no change point
            beyond = abrupt and abs(after - before) > max(BAND_MADS * median(off), least)
            found = Anomaly(k, "change", before, after) if beyond else None
    return found
