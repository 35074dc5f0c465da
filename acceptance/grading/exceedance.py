"""Is a percentile below its limit? Judged by the share of requests at or over the limit, with exact bounds.

"p99 < 200 ms" means: at most 1 % of the requests take 200 ms or longer. The Clopper-Pearson bounds are exact
for independent requests; slow ones come in clusters, so that a pass also needs the bootstrap of 5-second blocks.
"""

from __future__ import annotations

import math
import random
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from enum import StrEnum

CONFIDENCE = 0.95  # one-sided, for each bound
BLOCK_S = 5.0
RESAMPLES = 2000
NEEDED = {50: 200, 95: 1000, 99: 5000}  # samples without which a percentile is not judged


class Outcome(StrEnum):
    """What the bounds allow to say."""

    PASS = "pass"  # noqa: S105  # an outcome, not a password
    FAIL = "fail"
    UNDECIDED = "undecided"


@dataclass(frozen=True)
class Share:
    """A share of requests with its bounds: exact ones, and the upper one of the block bootstrap."""

    over: int
    of: int
    lower: float
    upper: float
    block_upper: float

    def against(self, allowed: float) -> Outcome:
        """PASS: both upper bounds are within what is allowed. FAIL: the exact lower bound is above it."""
        if max(self.upper, self.block_upper) <= allowed:
            return Outcome.PASS
        return Outcome.FAIL if self.lower > allowed else Outcome.UNDECIDED


def share(blocks: Sequence[tuple[int, int]]) -> Share:
    """The share with its bounds out of (over the limit, requests) of each block of 5 seconds."""
    over, of = sum(each[0] for each in blocks), sum(each[1] for each in blocks)
    lower, upper = clopper_pearson(over, of)
    return Share(over, of, lower, upper, block_upper(blocks))


def allowed(percentile: int) -> float:
    """The share of requests that a percentile lets lie at or over its limit."""
    return (100 - percentile) / 100


def clopper_pearson(hits: int, of: int, confidence: float = CONFIDENCE) -> tuple[float, float]:
    """Exact one-sided lower and upper bounds of a share, by bisection on the binomial's tails."""
    if of <= 0:
        return 0.0, 1.0
    tail = 1 - confidence
    lower = 0.0 if hits == 0 else _root(lambda p: at_most(of - hits, of, 1 - p) - tail, rising=True)
    upper = 1.0 if hits == of else _root(lambda p: at_most(hits, of, p) - tail, rising=False)
    return lower, upper


def at_most(hits: int, of: int, p: float) -> float:
    """P(X <= hits) for X ~ Binomial(of, p), summed in logarithms from its largest term down."""
    if p <= 0.0:
        return 1.0
    if p >= 1.0:
        return float(hits >= of)
    if hits > of * p:
        return 1.0 - at_most(of - hits - 1, of, 1 - p) if hits < of else 1.0
    choose = math.lgamma(of + 1) - math.lgamma(hits + 1) - math.lgamma(of - hits + 1)
    term = math.exp(choose + hits * math.log(p) + (of - hits) * math.log1p(-p))
    total, k = 0.0, hits
    while k >= 0 and term > total * 1e-16:
        total += term
        term *= k * (1 - p) / ((of - k + 1) * p)
        k -= 1
    return min(1.0, total)


def _root(of: Callable[[float], float], rising: bool) -> float:
    low, high = 0.0, 1.0
    for _ in range(60):
        middle = (low + high) / 2
        if (of(middle) < 0) == rising:
            low = middle
        else:
            high = middle
    return (low + high) / 2


def block_upper(blocks: Sequence[tuple[int, int]], confidence: float = CONFIDENCE) -> float:
    """Upper bound of the share when whole blocks are drawn with replacement. Seeded: the same data, the same bound."""
    if not blocks:
        return 1.0
    draw = random.Random(0)  # noqa: S311  # statistics, not secrets
    shares = []
    for _ in range(RESAMPLES):
        drawn = draw.choices(blocks, k=len(blocks))
        of = sum(each[1] for each in drawn)
        shares.append(sum(each[0] for each in drawn) / of if of else 1.0)
    shares.sort()
    return shares[min(RESAMPLES - 1, math.ceil(confidence * RESAMPLES) - 1)]
