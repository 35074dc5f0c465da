"""Does memory grow for good? A rule that tells steady growth from warm-up, sawtooth, day cycle, steps and filling.

It says what the series shows, never why, and never "no leak": what it can't see is smaller than `VISIBLE_PERCENT`
a day, or slower than the series is long.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum
from statistics import median

from acceptance.grading.trend import mann_kendall_z, slope_beside_a_day, theil_sen

WARM_UP_H = 1.0
NEEDED_H = 23.0  # of a day's watch, less the last sample's slack
NEEDED_SAMPLES = 40
GROWTH_PERCENT = 10.0  # a day; below it nothing is called growth
BESIDE_A_DAY_PERCENT = 7.0  # a day, when the day's own cycle is fitted too
HIDDEN_PERCENT = 25.0  # a day; no trend by itself, but more than any healthy day leaves beside its cycle
VISIBLE_PERCENT = 30.0  # a day; leaks of this size are seen nearly always (docs/rollback-rules.md)
SLOWING = 0.5  # a later third that grows by less than this share of the earlier one is slowing
STEPS = 3
STEPS_FIT = 0.6  # steps explain the series when they leave less than this share of a line's residuals


class Growth(StrEnum):
    """What a memory series shows."""

    SUSTAINED = "sustained growth"
    SLOWING = "growth that slows down or comes in steps"
    HIDDEN = "growth that the day's cycle may hide"
    NONE = "no steady growth"
    TOO_SHORT = "too short"


@dataclass(frozen=True)
class Leak:
    """The verdict on one series, and its slope in per cent of the median a day."""

    growth: Growth
    percent_a_day: float
    hours: float


def judge(hours: Sequence[float], values: Sequence[float]) -> Leak:
    """The rule on one stretch without a restart; `hours` since its start."""
    span = hours[-1] - hours[0] if hours else 0.0
    late = [(h, v) for h, v in zip(hours, values, strict=True) if h - hours[0] >= WARM_UP_H]
    if span < NEEDED_H or len(late) < NEEDED_SAMPLES:
        return Leak(Growth.TOO_SHORT, 0.0, span)
    at, series = [h for h, _ in late], [v for _, v in late]
    middle = median(series)
    if not middle:
        return Leak(Growth.NONE, 0.0, span)
    percent, beside = (100 * slope * 24 / middle for slope in (theil_sen(at, series), slope_beside_a_day(at, series)))
    trend = percent > GROWTH_PERCENT and mann_kendall_z(series, autocorrelated=True) > 2.33 and _rises(at, series)
    if not trend or beside <= BESIDE_A_DAY_PERCENT:
        return Leak(Growth.HIDDEN if beside > HIDDEN_PERCENT else Growth.NONE, percent, span)
    slow = _slows(at, series) or _is_stepped(at, series)
    return Leak(Growth.SLOWING if slow else Growth.SUSTAINED, percent, span)


def _parts(at: Sequence[float], values: Sequence[float], count: int) -> list[float]:
    """Medians of `count` stretches of equal length in time."""
    length = (at[-1] - at[0]) / count
    parts: list[list[float]] = [[] for _ in range(count)]
    for h, value in zip(at, values, strict=True):
        parts[min(count - 1, int((h - at[0]) / length))].append(value)
    return [median(part) for part in parts if part]


def _rises(at: Sequence[float], values: Sequence[float]) -> bool:
    """Whether each third lies above the one before, and the last sixth is as high as any earlier one."""
    first, second, third = (_parts(at, values, 3) + [0.0] * 3)[:3]
    total = third - first
    if total <= 0 or second - first < 0.2 * total or third - second < 0.2 * total:
        return False
    sixths = _parts(at, values, 6)
    slope = theil_sen(at, values)
    residuals = [value - slope * h for h, value in zip(at, values, strict=True)]
    middle = median(residuals)
    return sixths[-1] >= max(sixths[:-1]) - 0.5 * median(abs(r - middle) for r in residuals)


def _slows(at: Sequence[float], values: Sequence[float]) -> bool:
    first, second, third = _parts(at, values, 3)
    return third - second < SLOWING * (second - first)


def _is_stepped(at: Sequence[float], values: Sequence[float]) -> bool:
    """Whether at most three steps explain the series much better than a line does."""
    slope = theil_sen(at, values)
    rest = [value - slope * h for h, value in zip(at, values, strict=True)]
    middle = sum(rest) / len(rest)
    line = sum((r - middle) ** 2 for r in rest)
    return _steps_residual(values) < STEPS_FIT**2 * line


def _steps_residual(values: Sequence[float]) -> float:
    """The least sum of squares that STEPS + 1 levels leave, by dynamic programming."""
    sums, squares = [0.0], [0.0]
    for value in values:
        sums.append(sums[-1] + value)
        squares.append(squares[-1] + value * value)

    def cost(start: int, end: int) -> float:
        total = sums[end] - sums[start]
        return squares[end] - squares[start] - total * total / (end - start)

    n = len(values)
    best = [0.0] + [cost(0, end) for end in range(1, n + 1)]
    for _ in range(STEPS):
        best = [0.0] + [min([best[end]] + [best[k] + cost(k, end) for k in range(1, end)]) for end in range(1, n + 1)]
    return max(0.0, best[n])
