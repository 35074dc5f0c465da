"""How often the rules of rollback and watch are wrong, on simulated series: `python -m selftests.bench.rollback_rules`.

Prints the tables of docs/rollback-rules.md. The shapes marked "not tuned on" were written after the rules were fixed;
no real container was watched.
"""

from __future__ import annotations

import math
import random
import sys
from collections import Counter
from collections.abc import Callable

from acceptance.grading import anomaly, degradation, leak
from acceptance.grading.degradation import Band
from selftests.bench.figures import Figure

Shape = Callable[[random.Random], Callable[[float], float]]  # memory at an hour, before noise; the base is 100
HOURS = [i / 12 for i in range(12)] + [1 + i / 2 for i in range(47)]


def _cycle(draw: random.Random, size: float) -> Callable[[float], float]:
    phase = draw.uniform(0, 24)
    return lambda h: 1 + size * math.sin(2 * math.pi * (h - phase) / 24)


def _two_peaks(draw: random.Random) -> Callable[[float], float]:
    shift = draw.uniform(-2, 2)
    return lambda h: math.exp(-(((h % 24) - 9 - shift) ** 2) / 8) + math.exp(-(((h % 24) - 20 - shift) ** 2) / 8)


def warm_up(size: float, tau: float) -> Shape:
    """Grows by `size` and stays."""
    return lambda draw: lambda h: 100 * (1 + size * (1 - math.exp(-h / tau)))


def sawtooth(size: float, period: tuple[float, float]) -> Shape:
    """A garbage collector: grows and falls."""

    def make(draw: random.Random) -> Callable[[float], float]:
        length, phase = draw.uniform(*period), draw.uniform(0, 1)
        return lambda h: 100 * (1 + size * ((h / length + phase) % 1))

    return make


def cycle(size: float) -> Shape:
    """Follows the day."""

    def make(draw: random.Random) -> Callable[[float], float]:
        wave = _cycle(draw, size)
        return lambda h: 100 * wave(h)

    return make


def wave(size: float, hours: float) -> Shape:
    """Follows another cycle."""

    def make(draw: random.Random) -> Callable[[float], float]:
        phase = draw.uniform(0, hours)
        return lambda h: 100 * (1 + size * math.sin(2 * math.pi * (h - phase) / hours))

    return make


def two_peaks(draw: random.Random) -> Callable[[float], float]:
    """A morning and an evening peak of 20 %."""
    peaks = _two_peaks(draw)
    return lambda h: 100 * (1 + 0.2 * peaks(h))


def steps(count: int, size: float) -> Shape:
    """Rises by `size` at random times, as deployments or new tenants make it."""

    def make(draw: random.Random) -> Callable[[float], float]:
        times = sorted(draw.uniform(1, 23) for _ in range(count))
        return lambda h: 100 * (1 + size * sum(h > t for t in times))

    return make


def filling(power: float, size: float) -> Shape:
    """A cache that fills: fast at first, ever slower."""
    return lambda draw: lambda h: 100 * (1 + size * (h / 24) ** power)


def logarithm(size: float) -> Shape:
    """A cache that fills with the logarithm of time."""
    return lambda draw: lambda h: 100 * (1 + size * math.log1p(h) / math.log1p(24))


def growing(size: float) -> Shape:
    """Leaks evenly, `size` of the base a day."""
    return lambda draw: lambda h: 100 * (1 + size * h / 24)


def load_driven(size: float) -> Shape:
    """Leaks with the day's load, which peaks in the morning and in the evening."""

    def make(draw: random.Random) -> Callable[[float], float]:
        peaks = _two_peaks(draw)
        rates = [0.3 + peaks(i / 10) for i in range(241)]
        total = sum(rates)
        sums = [0.0]
        for rate in rates:
            sums.append(sums[-1] + rate / total)
        return lambda h: 100 * (1 + size * sums[min(240, int(h * 10))])

    return make


def with_sawtooth(size: float) -> Shape:
    """Leaks under a garbage collector's sawtooth of 15 %."""

    def make(draw: random.Random) -> Callable[[float], float]:
        saw = sawtooth(0.15, (2, 5))(draw)
        return lambda h: saw(h) + 100 * size * h / 24

    return make


def over(one: Shape, other: Shape) -> Shape:
    """One shape multiplied by another."""

    def make(draw: random.Random) -> Callable[[float], float]:
        first, second = one(draw), other(draw)
        return lambda h: first(h) * second(h) / 100

    return make


TUNED_ON: dict[str, Shape] = {
    "flat": lambda draw: lambda h: 100.0,
    "warm-up 40 % in half an hour": warm_up(0.4, 0.5),
    "warm-up 30 % in 3 h": warm_up(0.3, 3),
    "sawtooth 25 % every 2 to 4 h": sawtooth(0.25, (2, 4)),
    "day cycle 10 %": cycle(0.1),
    "one step 15 %": steps(1, 0.15),
    "sawtooth 20 % over a day cycle of 5 %": over(sawtooth(0.2, (2, 9)), cycle(0.05)),
    "log filling 40 %": logarithm(0.4),
    "saturating 40 % in 8 h": warm_up(0.4, 8),
    "leak 10 %": growing(0.1),
    "leak 20 %": growing(0.2),
    "leak 30 %": growing(0.3),
    "leak 50 %": growing(0.5),
    "leak 20 % over a day cycle of 10 %": over(growing(0.2), cycle(0.1)),
    "leak 30 % over a day cycle of 20 %": over(growing(0.3), cycle(0.2)),
    "leak 50 % over a day cycle of 20 %": over(growing(0.5), cycle(0.2)),
}
NOT_TUNED_ON: dict[str, Shape] = {
    "day cycle 25 %": cycle(0.25),
    "two peaks of 20 %": two_peaks,
    "sawtooth 40 % every 5 to 9 h": sawtooth(0.4, (5, 9)),
    "sawtooth 20 % over a day cycle of 15 %": over(sawtooth(0.2, (2, 9)), cycle(0.15)),
    "sawtooth 25 % over two peaks of 20 %": over(sawtooth(0.25, (2, 9)), two_peaks),
    "two steps 12 %": steps(2, 0.12),
    "three steps 8 %": steps(3, 0.08),
    "four steps 8 %": steps(4, 0.08),
    "filling with the square root, 30 %": filling(0.5, 0.3),
    "saturating 50 % in 5 h": warm_up(0.5, 5),
    "saturating 40 % in 16 h": warm_up(0.4, 16),
    "load-driven leak 20 %": load_driven(0.2),
    "load-driven leak 30 %": load_driven(0.3),
    "load-driven leak 50 %": load_driven(0.5),
    "leak 20 % under a sawtooth": with_sawtooth(0.2),
    "leak 50 % under a sawtooth": with_sawtooth(0.5),
    "leak 30 % over two peaks of 20 %": over(growing(0.3), two_peaks),
    "leak 50 % over two peaks of 20 %": over(growing(0.5), two_peaks),
    "waves of 20 % in 7 h": wave(0.2, 7),
    "weekly cycle of 15 %": wave(0.15, 168),
}


def noisy(shape: Callable[[float], float], draw: random.Random, sd: float = 2.0, memory: float = 0.5) -> list[float]:
    """The series as samples see it: noise of 2 % of the base, half of which lasts to the next sample."""
    off, values = 0.0, []
    for h in HOURS:
        off = memory * off + draw.gauss(0, sd * math.sqrt(1 - memory**2))
        values.append(shape(h) + off)
    return values


def leaks(shapes: dict[str, Shape], runs: int) -> None:
    """Per cent of the series of each shape by what the leak rule says."""
    for name, shape in shapes.items():
        draw = random.Random(name)
        said = Counter(leak.judge(HOURS, noisy(shape(draw), draw)).growth for _ in range(runs))
        shares = " | ".join(f"{100 * said[growth] / runs:.0f}" for growth in list(leak.Growth)[:4])
        print(f"| {name} | {shares} |", flush=True)


def slower(runs: int) -> None:
    """Per cent of pairs of windows by band, for true ratios and numbers of windows."""
    for noise in (0.15, 0.30):
        for windows in (2, 3, 5, 12):
            for true in (1.0, 1.35, 1.7, 2.0, 3.0):
                draw = random.Random(f"{noise}{windows}{true}")
                said: Counter[Band] = Counter()
                for _ in range(runs):
                    before, now = _p95s(draw, 12, 1.0, noise), _p95s(draw, windows, true, noise)
                    said[degradation.ratio(before, now).band] += 1
                shares = " | ".join(f"{100 * said[band] / runs:.0f}" for band in (Band.RED, Band.BETWEEN, Band.GREEN))
                print(f"| {true} | {noise} | {windows} | {shares} |", flush=True)


def _p95s(draw: random.Random, count: int, level: float, noise: float) -> list[float]:
    """Window p95s; one in ten is hit by a burst of 1.5 to 2.5."""
    bursts = (draw.uniform(1.5, 2.5) if draw.random() < 0.1 else 1.0 for _ in range(count))
    return [60 * level * draw.lognormvariate(0, noise) * burst for burst in bursts]


def failing(runs: int) -> None:
    """Per cent of windows by band, for true error shares and numbers of requests."""
    for of in (100, 300, 1000):
        for share in (0.002, 0.02, 0.05, 0.08, 0.15):
            draw = random.Random(f"{of}{share}")
            counts = (sum(draw.random() < share for _ in range(of)) for _ in range(runs))
            said = Counter(degradation.errors(count, of).band for count in counts)
            shares = " | ".join(f"{100 * said[band] / runs:.0f}" for band in (Band.RED, Band.BETWEEN, Band.GREEN))
            print(f"| {100 * share:g} % | {of} | {shares} |", flush=True)


def oddities(runs: int) -> None:
    """Per cent of series with an anomaly: healthy ones, and ones with a step, a spike or a drift."""
    shapes: dict[str, Callable[[random.Random], list[float]]] = {
        "noise": lambda draw: noisy(lambda h: 100.0, draw),
        "day cycle 25 %": lambda draw: noisy(cycle(0.25)(draw), draw),
        "two peaks of 20 %": lambda draw: noisy(two_peaks(draw), draw),
        "sawtooth 40 % every 5 to 9 h": lambda draw: noisy(sawtooth(0.4, (5, 9))(draw), draw),
        "leak 30 %": lambda draw: noisy(growing(0.3)(draw), draw),
        "single spikes": lambda draw: [v * (3 if draw.random() < 0.03 else 1) for v in noisy(lambda h: 100.0, draw)],
        "step of 10 sd": lambda draw: noisy(steps(1, 0.2)(draw), draw),
        "step of 5 sd": lambda draw: noisy(steps(1, 0.1)(draw), draw),
        "two samples threefold": lambda draw: [
            v * (3 if i in (40, 41) else 1) for i, v in enumerate(noisy(lambda h: 100.0, draw))
        ],
    }
    for name, make in shapes.items():
        draw = random.Random(name)
        hits = sum(bool(anomaly.anomalies(make(draw), 200.0)) for _ in range(runs))
        print(f"| {name} | {100 * hits / runs:.0f} |", flush=True)


def measure() -> list[Figure]:
    """The leak rule's worst false alarm, and its worst miss, on shapes that it was not tuned on."""
    red, missed = {}, {}
    for name, shape in NOT_TUNED_ON.items():
        draw = random.Random(name)
        said = Counter(leak.judge(HOURS, noisy(shape(draw), draw)).growth for _ in range(100))
        red[name], missed[name] = float(said[leak.Growth.SUSTAINED]), float(said[leak.Growth.NONE])
    comes_back = ("day cycle", "two peaks", "sawtooth", "waves")
    healthy = max(share for name, share in red.items() if name.startswith(comes_back))
    grown = max(share for name, share in red.items() if "leak" not in name)
    leaking = max(share for name, share in missed.items() if "leak 30 %" in name or "leak 50 %" in name)
    return [
        Figure("memory that comes back and is called a leak, worst shape", healthy, "%", 5.0),
        Figure("memory that fills or rises in steps and is called a leak, worst shape", grown, "%"),
        Figure("leaks of 30 % a day and more that are called no growth, worst shape", leaking, "%", 10.0),
    ]


if __name__ == "__main__":
    runs = int(sys.argv[1]) if len(sys.argv) > 1 else 300
    print("## Leak: shapes that the rule was made on (sustained, slowing, hidden, none)")
    leaks(TUNED_ON, runs)
    print("## Leak: shapes that it was not tuned on")
    leaks(NOT_TUNED_ON, runs)
    print("## Slower: true ratio, noise, windows (red, between, green)")
    slower(runs)
    print("## Errors: true share, requests (red, between, green)")
    failing(runs)
    print("## Anomalies")
    oddities(runs)
