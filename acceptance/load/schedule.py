"""When each request is due: Poisson arrivals of a rate that may ramp, the same ones for the same seed.

Arrivals don't wait for answers, so that a stall meets all who would have come while it lasted.
"""

from __future__ import annotations

import math
import random
from collections.abc import Iterator, Sequence
from dataclasses import dataclass


@dataclass(frozen=True)
class Segment:
    """A stretch of the schedule; the rate goes linearly from one value to the other."""

    name: str
    length_s: float
    from_per_s: float
    to_per_s: float

    def at(self, expected: float) -> float:
        """Seconds into the segment until which `expected` arrivals are expected."""
        slope = (self.to_per_s - self.from_per_s) / self.length_s
        if abs(slope) < 1e-9:
            return expected / self.from_per_s
        return (math.sqrt(self.from_per_s**2 + 2 * slope * expected) - self.from_per_s) / slope

    @property
    def expected(self) -> float:
        """Arrivals that are expected in it."""
        return (self.from_per_s + self.to_per_s) / 2 * self.length_s


@dataclass(frozen=True)
class Window:
    """A segment in time, as seconds after the start."""

    name: str
    start_s: float
    end_s: float


def windows(segments: Sequence[Segment]) -> tuple[Window, ...]:
    """Where each segment lies."""
    found, start = [], 0.0
    for segment in segments:
        found.append(Window(segment.name, start, start + segment.length_s))
        start += segment.length_s
    return tuple(found)


def arrivals(
    segments: Sequence[Segment], weights: Sequence[float], seed: int, share: int = 0, shares: int = 1
) -> Iterator[tuple[float, int]]:
    """(seconds after the start, index of the operation) of each request; of several shares, every n-th is one's own."""
    draw = random.Random(seed)  # noqa: S311  # arrivals, not secrets
    choices = range(len(weights))
    number, start, due = 0, 0.0, draw.expovariate(1.0)
    for segment in segments:
        while due < segment.expected:
            operation = draw.choices(choices, weights)[0]
            if number % shares == share:
                yield start + segment.at(due), operation
            number += 1
            due += draw.expovariate(1.0)
        due -= segment.expected
        start += segment.length_s
