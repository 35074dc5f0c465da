"""Trends in a series that survive outliers: Mann-Kendall says whether there is one, Theil-Sen how steep it is."""

from __future__ import annotations

import math
from collections.abc import Sequence
from itertools import combinations
from statistics import median


def theil_sen(at: Sequence[float], values: Sequence[float]) -> float:
    """The median slope over all pairs, in units of the value per unit of time."""
    slopes = [(y2 - y1) / (x2 - x1) for (x1, y1), (x2, y2) in combinations(zip(at, values, strict=True), 2) if x2 != x1]
    return median(slopes) if slopes else 0.0


def slope_beside_a_day(at_hours: Sequence[float], values: Sequence[float]) -> float:
    """The slope by least squares when a wave of 24 hours is fitted too: a cycle that was seen once is no trend."""
    turns = [2 * math.pi * h / 24 for h in at_hours]
    columns = ([1.0] * len(turns), [math.sin(t) for t in turns], [math.cos(t) for t in turns], list(at_hours))
    basis: list[list[float]] = []
    for column in columns:  # each made orthogonal to those before, the time last
        for other in basis:
            share = _dot(column, other) / _dot(other, other)
            column = [c - share * o for c, o in zip(column, other, strict=True)]
        basis.append(column)
    return _dot(values, basis[-1]) / _dot(basis[-1], basis[-1])


def mann_kendall_z(values: Sequence[float], *, autocorrelated: bool = False) -> float:
    """The normal score of a monotone trend; above 2.33 a rise is significant at 1 %.

    `autocorrelated` widens the variance by Hamed and Rao's factor, from the ranks' significant autocorrelations.
    """
    n = len(values)
    if n < 3:
        return 0.0
    s = sum((y2 > y1) - (y2 < y1) for y1, y2 in combinations(values, 2))
    variance = n * (n - 1) * (2 * n + 5) / 18 - sum(t * (t - 1) * (2 * t + 5) for t in _ties(values)) / 18
    if autocorrelated:
        variance *= _hamed_rao(values)
    return (s - (s > 0) + (s < 0)) / math.sqrt(variance) if variance > 0 else 0.0


def _dot(one: Sequence[float], other: Sequence[float]) -> float:
    return math.fsum(a * b for a, b in zip(one, other, strict=True))


def _ties(values: Sequence[float]) -> list[int]:
    counts: dict[float, int] = {}
    for value in values:
        counts[value] = counts.get(value, 0) + 1
    return [count for count in counts.values() if count > 1]


def _hamed_rao(values: Sequence[float]) -> float:
    n = len(values)
    slope = theil_sen(range(n), values)
    rest = [value - slope * i for i, value in enumerate(values)]
    order = sorted(range(n), key=lambda i: rest[i])
    ranks = [0.0] * n
    for rank, i in enumerate(order):
        ranks[i] = rank - (n - 1) / 2
    total = sum(rank * rank for rank in ranks)
    factor = 0.0
    for lag in range(1, n - 1):
        r = sum(ranks[i] * ranks[i + lag] for i in range(n - lag)) / total
        if abs(r) > 1.96 / math.sqrt(n):
            factor += (n - lag) * (n - lag - 1) * (n - lag - 2) * r
    return max(1.0, 1 + 2 / (n * (n - 1) * (n - 2)) * factor)
