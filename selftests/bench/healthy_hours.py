"""What advice and watch say of a healthy Bot Core when all that they read is noisy: `python -m selftests.bench.healthy_hours`.

Prints tables of docs/rollback-rules.md. Whole looks and samples go through the items' own tests; no container was watched.
"""

from __future__ import annotations

import math
import random
import sys
from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

from acceptance.advice import ITEMS, Advice, Advisor, Reading, reading
from acceptance.judge import catalogue, judge, resolve
from acceptance.probes.baseline import Baseline, Kind, Window
from acceptance.probes.sample import LogRead, Sample
from acceptance.probes.traffic import GENERATOR, Traffic
from acceptance.probes.watch import Watch
from acceptance.verdict import Status
from selftests.bench.figures import Figure
from selftests.hosts_facts import host

BEGAN = datetime(2026, 3, 2, 8, 0, tzinfo=UTC)
KIND = Kind("api.test:443", ("health", "portfolio"), 20.0, GENERATOR)
NOISE = 0.2  # of the p95 of one window, in logarithms; one window in ten is hit by a burst too
HOUR_NOISE = 0.05  # what an hour differs from the baseline's
FAILS = (0.0005, 0.0005, 0.0005, 0.005)  # share of failed requests in a look, each as likely
BLIP = 1 / 2000  # that a line which reads a single answer is red by chance in one look
MISSED_CHECK = 1 / 500  # that a service is called unwell for one look
LAGS_MS = (2.0, 0.8)  # lag p99 of the suite's machine: median, spread in logarithms
BY_NUMBERS = ("PERF-ROLL-01", "PERF-ROLL-02", "PERF-ROLL-03", "PERF-ROLL-04", "INFRA-ROLL-02")
SERVICES = tuple(f"INFRA-HEALTH-0{number}" for number in range(1, 7))
WELL, UNWELL = host(), host(down_s=60.0, health="unhealthy")
DAY = [*range(0, 60, 5), *range(60, 24 * 60, 30)]
CONTAINERS = ("engine", "ai", "dashboard", "mongodb", "redis", "rabbitmq")
OF_A_DAY = (
    "PERF-WATCH-01", "PERF-WATCH-04", "PERF-WATCH-05", "PERF-WATCH-07", "PERF-WATCH-09", "PERF-WATCH-10", "PERF-LEAK-01",
)  # fmt: skip


def found(id: str, **facts: Any) -> tuple[Status, str]:
    """What an item's own test says of facts."""
    return judge(catalogue()[id], lambda name: facts[name] if name in facts else resolve(name, facts.__getitem__))


def windows(draw: random.Random, level: float, failing: float = 0.0) -> tuple[Window, ...]:
    """Twelve windows of 60 requests."""
    made = []
    for _ in range(12):
        burst = draw.uniform(1.5, 2.5) if draw.random() < 0.1 else 1.0
        p95 = 60 * level * draw.lognormvariate(0, NOISE) * burst
        bad = sum(draw.random() < failing for _ in range(60)) if failing else 0
        made.append(Window(60 - bad, bad, p95 / 2, p95, 1.4 * p95))
    return tuple(made)


def looks(draw: random.Random, level: float = 1.0, failing: float = 0.0, down: str = "") -> Iterator[Advice]:
    """What each look of an hour advises, at a level of latency, with a share of requests and a service failing."""
    advisor, samples = Advisor(), list[Sample]()
    baseline = Baseline("run", "2.3.0", KIND, windows(draw, 1.0), 2.0)
    level *= draw.lognormvariate(0, HOUR_NOISE)
    minute = 0.0
    while minute < 60:
        lag = LAGS_MS[0] * draw.lognormvariate(0, LAGS_MS[1])
        seen = Traffic(KIND, windows(draw, level, failing + draw.choice(FAILS)), lag, baseline)
        ill = {id for id in SERVICES if id == down or draw.random() < MISSED_CHECK}
        samples.append(sample(minute, {id: "FAIL" if id in ill else "PASS" for id in SERVICES}))
        watch = Watch(BEGAN, samples[-1].at, tuple(samples), ())
        hosts = UNWELL if draw.random() < MISSED_CHECK else WELL
        said = {id: reading(*found(id, traffic=seen, watch=watch, hosts=hosts)) for id in BY_NUMBERS}
        said |= {id: Reading.RED if draw.random() < BLIP else Reading.GREEN for id in ITEMS if id not in said}
        if len(ill) > 1:
            said["INFRA-ROLL-05"] = Reading.RED
        advice, advisor = advisor.look(said)
        yield advice.advice
        minute = minute + 0.5 if advice.look_again_s else 5 * (minute // 5 + 1)


def sample(minute: float, items: dict[str, str]) -> Sample:
    """A sample with statuses only."""
    return Sample(BEGAN + timedelta(minutes=minute), "run", items, (), 0, 0, {}, {}, {}, LogRead(0, True))


def wave(draw: random.Random, level: float, day: float, noise: float, least: float = 0.0) -> Callable[[float], float]:
    """A series over the hours that follows the day and is noisy; half of the noise lasts to the next sample."""
    phase, off = draw.uniform(0, 24), [0.0]

    def at(hour: float) -> float:
        off[0] = 0.5 * off[0] + draw.gauss(0, noise * math.sqrt(0.75))
        return max(least, level * (1 + day * math.sin(2 * math.pi * (hour - phase) / 24) + off[0]))

    return at


def day(draw: random.Random, began: datetime = BEGAN) -> tuple[Sample, ...]:
    """The samples of a healthy day: load follows the day, memory is collected, logs and disks grow evenly."""
    cpu = {name: wave(draw, draw.uniform(2, 40), 0.2, 0.15) for name in CONTAINERS}
    saws = {name: (draw.uniform(2, 9), draw.random(), draw.uniform(0, 0.3)) for name in CONTAINERS}
    noise = {name: wave(draw, 1.0, 0.05, 0.02) for name in CONTAINERS}
    held = {name: wave(draw, draw.uniform(3, 80), 0.2, 0.1) for name in CONTAINERS}
    written = {name: wave(draw, 10 ** draw.uniform(5, 8.5), 0.3, 0.25) for name in CONTAINERS}
    busy, latency, used = wave(draw, draw.uniform(1, 20), 0.3, 0.4), wave(draw, 1.0, 0.1, 0.03), draw.uniform(20, 70)
    made = []
    for minute in DAY:
        h = minute / 60
        if draw.random() < 1 / 200:  # a sample that could not be taken
            continue
        memory = {n: 30 * noise[n](h) * (1 + size * ((h / hours + at) % 1)) for n, (hours, at, size) in saws.items()}
        level = latency(h)
        made.append(
            replace(
                sample(0, {"FUNC-API-03": "PASS", "FUNC-API-07": "PASS"}),
                at=began + timedelta(minutes=minute + draw.uniform(0, 0.7)),
                p95_ms=tuple(w.p95_ms for w in windows(draw, level)),
                sent=720,
                failed=sum(draw.random() < draw.choice(FAILS) for _ in range(720)),
                cpu_percent={name: of(h) for name, of in cpu.items()},
                memory_percent=memory,
                anon_bytes={name: value * 1e7 for name, value in memory.items()},
                restarts=dict.fromkeys(CONTAINERS, 0),
                disk_percent={"app /data used": used + h / 24 + draw.gauss(0, 0.05), "app sda busy": busy(h)},
                connections={name: float(round(of(h))) for name, of in held.items()},
                log_bytes_per_day={name: of(h) for name, of in written.items()},
            )
        )
    return tuple(made)


def hours(count: int, seed: int = 4) -> Counter[Advice]:
    """How often each advice was given in so many healthy hours."""
    draw = random.Random(seed)
    return Counter(advice for _ in range(count) for advice in looks(draw))


def days(count: int, seed: int = 5) -> dict[str, Counter[Status]]:
    """What the items of the watch say of so many healthy days."""
    draw, said = random.Random(seed), {id: Counter[Status]() for id in OF_A_DAY}
    for _ in range(count):
        earlier, now = day(draw, BEGAN - timedelta(days=14)), day(draw)
        watch = Watch(BEGAN, BEGAN + timedelta(hours=25), now, earlier)
        for id, counts in said.items():
            counts[found(id, watch=watch)[0]] += 1
    return said


def seen_within(minutes: int, wanted: tuple[Advice, ...], runs: int, **ill: Any) -> float:
    """Per cent of the runs in which something ill leads to one of some advices within so many minutes."""
    draw = random.Random(f"{ill}")
    hits = 0
    for _ in range(runs):
        made = looks(draw, **ill)
        hits += any(next(made) in wanted for _ in range(minutes // 5 + 2))
    return 100 * hits / runs


BACK = (Advice.ROLL_BACK_NOW, Advice.ROLLBACK_ADVISED)
ILL: dict[str, dict[str, Any]] = {
    "three times as slow": {"level": 3.0},
    "twice as slow": {"level": 2.0},
    "1.5 times as slow": {"level": 1.5},
    "15 % of the requests fail": {"failing": 0.15},
    "8 % of the requests fail": {"failing": 0.08},
    "3 % of the requests fail": {"failing": 0.03},
    "one service is down": {"down": SERVICES[0]},
}


def measure() -> list[Figure]:
    """False advice and false alarms on a healthy system, and what a threefold slow-down takes."""
    said, of_days = hours(300), days(60)
    red = {id: 100 * counts[Status.FAIL] / 60 for id, counts in of_days.items()}
    return [
        Figure("looks at a healthy system that advise to go back", sum(said[each] for each in BACK), "looks", 0.0),
        Figure("healthy days on which an item of the watch is red, worst item", max(red.values()), "%", 10.0),
        Figure(
            "threefold slow-downs that are advised within 15 minutes", seen_within(15, BACK, 100, level=3.0), "%", 99.0,
            at_least=True,
        ),
    ]  # fmt: skip


if __name__ == "__main__":
    wanted = int(sys.argv[1]) if len(sys.argv) > 1 else 1000
    advised = hours(wanted)
    print(f"## Advice in {wanted} healthy hours (looks, per cent)")
    for advice in Advice:
        print(f"| {advice} | {advised[advice]} | {100 * advised[advice] / advised.total():.2f} |")
    print(f"## Ill systems: going back advised within 15 and 30 minutes, per cent of {wanted // 5}")
    for name, ill in ILL.items():
        print(
            f"| {name} | {' | '.join(f'{seen_within(m, BACK, wanted // 5, **ill):.0f}' for m in (15, 30))} |",
            flush=True,
        )
    print(f"## Items of the watch on {wanted // 5} healthy days (red, blocked, pass; per cent)")
    for id, counts in days(wanted // 5).items():
        shares = (100 * counts[each] / counts.total() for each in (Status.FAIL, Status.BLOCKED, Status.PASS))
        print(f"| {id} | {' | '.join(f'{share:.1f}' for share in shares)} |")
