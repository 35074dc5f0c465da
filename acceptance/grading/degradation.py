"""Has it become slower, do more requests fail? Ratios and shares with intervals, and the bands between yes and no.

Latency: p95s of windows now against those of a like baseline; the Hodges-Lehmann ratio with the interval that
inverting the Mann-Whitney test gives. Errors: failed requests of a window with the exact interval.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum
from functools import cache
from statistics import median

from acceptance.grading.exceedance import clopper_pearson

BASELINE_WINDOWS = 12  # fewer are no baseline
REQUESTS = 300  # fewer can't tell 1 % from 5 % of errors
TAIL = 0.025


class Band(StrEnum):
    """Where a measure lies between "go on" and "roll back"."""

    GREEN = "green"
    BETWEEN = "between"
    RED = "red"


@dataclass(frozen=True)
class Ratio:
    """How many times slower it is, with its 95 % interval (0 and infinity when there are too few windows for one)."""

    value: float
    lower: float
    upper: float

    @property
    def band(self) -> Band:
        """RED: over 1.5, and surely over 1.2. GREEN: under 1.2, and surely under 1.5."""
        if self.value > 1.5 and self.lower > 1.2:
            return Band.RED
        return Band.GREEN if self.value < 1.2 and self.upper < 1.5 else Band.BETWEEN

    def __str__(self) -> str:
        return f"{self.value:.2f} times the baseline's ({self.lower:.2f} to {self.upper:.2f})"


@dataclass(frozen=True)
class Errors:
    """The share of failed requests with its exact 95 % interval."""

    failed: int
    of: int
    lower: float
    upper: float

    @property
    def band(self) -> Band:
        """RED: over 5 %, and surely over 1 %. GREEN: under 1 %, and surely under 5 %."""
        if self.failed > 0.05 * self.of and self.lower > 0.01:
            return Band.RED
        return Band.GREEN if self.failed < 0.01 * self.of and self.upper < 0.05 else Band.BETWEEN

    def __str__(self) -> str:
        return f"{self.failed} of {self.of} ({100 * self.lower:.2f} to {100 * self.upper:.2f} %)"


def ratio(baseline: Sequence[float], now: Sequence[float]) -> Ratio:
    """The ratio of positive values now to those of the baseline. ValueError where one of them is empty."""
    if not baseline or not now:
        raise ValueError("a ratio needs values on both sides")
    gaps = sorted(math.log(y / x) for x in baseline for y in now)
    k = _rank(len(baseline), len(now))
    lower, upper = (math.exp(gaps[k - 1]), math.exp(gaps[-k])) if k else (0.0, math.inf)
    return Ratio(math.exp(median(gaps)), lower, upper)


@cache
def errors(failed: int, of: int) -> Errors:
    """The share of failed requests; its interval is exact."""
    return Errors(failed, of, *clopper_pearson(failed, of, 1 - TAIL))


@cache
def _rank(m: int, n: int) -> int:
    """How many of the sorted differences lie outside the interval on each side, plus one; 0 when none may."""
    if m + n > 60:  # the normal approximation is good to a fraction of a rank here
        return max(0, math.floor(m * n / 2 - 1.96 * math.sqrt(m * n * (m + n + 1) / 12) + 0.5))
    total, below = math.comb(m + n, n), 0
    for u in range(m * n + 1):
        below += _ways(m, n, u)
        if below > TAIL * total:
            return u
    return 0


@cache
def _ways(m: int, n: int, u: int) -> int:
    """In how many orders of m and n values the Mann-Whitney statistic is u."""
    if u < 0:
        return 0
    if m == 0 or n == 0:
        return int(u == 0)
    return _ways(m - 1, n, u - n) + _ways(m, n - 1, u)
