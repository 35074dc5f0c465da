"""A week of the sandbox's own samples, as `acceptance watch` would have left them, and the watch before it."""

from __future__ import annotations

import json
import math
import random
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any

from acceptance.facts import dump
from acceptance.probes.sample import EARLIER, FILE, LogRead, Sample
from acceptance.sandbox.fault import Fault
from acceptance.sandbox.world import World

PROBES = ("watch",)
FAULTS: tuple[Fault, ...] = tuple(
    Fault(name, "watch", change, breaks)
    for name, change, breaks in (
        ("watch-hole-in-first-hour", "no sample for a quarter of an hour", ("PERF-WATCH-01",)),
        ("watch-hole-in-first-day", "no sample for an hour and a half", ("PERF-WATCH-07",)),
        ("watch-days-missing", "no sample on two days of the week", ("PERF-WATCH-13",)),
        ("watch-log-rotated-away", "lines of a log were gone before they were read", ("PERF-WATCH-02",)),
        ("watch-error-burst", "40 errors in a log in the first hour", ("PERF-WATCH-02",)),
        ("watch-cpu-over", "a sample saw too much CPU usage", ("PERF-WATCH-03",)),
        ("watch-memory-slope", "memory climbs steeply in the first hour", ("PERF-WATCH-04", "PERF-WATCH-10")),
        ("watch-journey-red", "the portfolio did not answer once", ("PERF-WATCH-05",)),
        ("watch-external-red", "Binance did not answer once", ("PERF-WATCH-06",)),
        ("watch-no-backup", "no backup on the first day", ("PERF-WATCH-08",)),
        ("watch-drift", "everything takes 40 % longer than in the watch before", ("PERF-WATCH-09", "PERF-WATCH-14")),
        ("watch-step-in-errors", "2 % of the requests fail from the twelfth hour on", ("PERF-WATCH-10",)),
        ("watch-disk-fills-at-once", "a quarter of the disk is gone within half an hour", ("PERF-WATCH-10",)),
        ("watch-connections-pile-up", "the engine holds five times as many connections", ("PERF-WATCH-10",)),
        ("watch-log-flood", "the AI service's log grows thirty times as fast", ("PERF-WATCH-10",)),
        ("watch-alert-unproven", "no alert arrived on the first day", ("PERF-WATCH-12",)),
        ("memory-leak", "the engine's memory grows by 1 % an hour", ("PERF-LEAK-01",)),
        ("service-down-since-yesterday", "the AI service is down since the last sample but one", ("INFRA-ROLL-02",)),
    )
)
MINUTES = [*range(0, 60, 5), *range(60, 24 * 60, 30), *range(24 * 60, 7 * 24 * 60, 24 * 60)]
GREEN = (
    "INFRA-HEALTH-01", "INFRA-HEALTH-02", "INFRA-HEALTH-03", "PERF-USE-01", "PERF-USE-02", "PERF-USE-03",
    "FUNC-API-03", "FUNC-API-05", "FUNC-API-07", "FUNC-API-08", "FUNC-API-09", "FUNC-API-10", "FUNC-EXT-01",
    "FUNC-EXT-03", "INFRA-MON-07", "INFRA-BACKUP-02",
)  # fmt: skip
MEMORY = {"rust-core-engine": 30.0, "python-ai-service": 40.0}


def start(world: World) -> dict[str, Any]:
    """Write both watches; the target's [rollback] table grants them."""
    (world.folder / "state").mkdir(mode=0o700, exist_ok=True)
    refresh(world)
    return {}


def refresh(world: World) -> None:
    """Write the samples anew, with the faults that are on."""
    began = world.now - timedelta(days=7, minutes=10)
    before = began - timedelta(days=14)
    _write(world, EARLIER, before, world.previous, [_healthy(before, m, seed=1) for m in MINUTES])
    samples = [_healthy(began, minute, seed=2) for minute in MINUTES]
    broken = [_broken(world, sample, minute) for sample, minute in zip(samples, MINUTES, strict=True)]
    _write(world, FILE, began, world.version, [sample for sample in broken if sample])


def _write(world: World, name: str, began: datetime, version: str, samples: list[Sample]) -> None:
    header = json.dumps({"started": began.isoformat(), "version": version})
    text = "\n".join([header, *(dump(sample) for sample in samples), ""])
    (world.folder / "state" / name).write_text(text, encoding="utf-8")


def _healthy(began: datetime, minute: int, seed: int) -> Sample:
    draw, hour = random.Random(seed * 100_000 + minute), minute / 60  # noqa: S311  # samples, not secrets
    day = math.sin(2 * math.pi * hour / 24)
    return Sample(
        at=began + timedelta(minutes=minute),
        run=f"sample-{minute}",
        items=dict.fromkeys(GREEN, "PASS"),
        p95_ms=tuple(60 * (1 + 0.1 * day) * draw.lognormvariate(0, 0.1) for _ in range(12)),
        sent=720,
        failed=int(draw.random() < 0.05),
        cpu_percent={name: 25 + 5 * day + draw.gauss(0, 2) for name in MEMORY},
        memory_percent={name: base + (hour * 3) % 4 + draw.gauss(0, 0.5) for name, base in MEMORY.items()},
        anon_bytes={name: base * 8e6 + (hour * 3) % 4 * 8e6 + draw.gauss(0, 4e6) for name, base in MEMORY.items()},
        restarts=dict.fromkeys(MEMORY, 0),
        log=LogRead(0, True),
        disk_percent={
            "app-1 /var/lib/docker used": 38 + hour / 168 + draw.gauss(0, 0.1),
            "app-1 nvme0n1 busy": 3 + day + abs(draw.gauss(0, 0.7)),
        },
        connections={name: float(round(40 + 8 * day + draw.gauss(0, 2))) for name in MEMORY},
        log_bytes_per_day={name: 40e6 * (1 + 0.3 * day) * draw.lognormvariate(0, 0.2) for name in MEMORY},
    )


def _broken(world: World, sample: Sample, minute: int) -> Sample | None:
    """The sample as the faults that are on make it; None when it is missing."""
    missing = {
        "watch-hole-in-first-hour": 35 <= minute < 45,
        "watch-hole-in-first-day": 600 <= minute < 660,
        "watch-days-missing": 3 * 1440 <= minute < 5 * 1440,
    }
    if any(world.on(name) and gone for name, gone in missing.items()):
        return None
    red = {
        "watch-cpu-over": ("PERF-USE-01", minute == 20),
        "watch-journey-red": ("FUNC-API-07", minute == 30),
        "watch-external-red": ("FUNC-EXT-01", minute == 40),
        "watch-no-backup": ("INFRA-BACKUP-02", minute <= 1440),
        "watch-alert-unproven": ("INFRA-MON-07", minute <= 1440),
        "service-down-since-yesterday": ("INFRA-HEALTH-02", minute >= MINUTES[-2]),
    }
    items = sample.items | {id: "FAIL" for name, (id, then) in red.items() if world.on(name) and then}
    sample = replace(sample, items=items)
    if world.on("watch-log-rotated-away") and minute == 45:
        sample = replace(sample, log=LogRead(0, False))
    if world.on("watch-error-burst") and minute == 45:
        sample = replace(sample, log=LogRead(40, True))
    if world.on("watch-drift"):
        sample = replace(sample, p95_ms=tuple(1.4 * ms for ms in sample.p95_ms))
    if world.on("watch-step-in-errors") and minute >= 720:
        sample = replace(sample, failed=14)
    if world.on("watch-disk-fills-at-once") and minute >= 720:
        used = {name: value + 25 * name.endswith("used") for name, value in sample.disk_percent.items()}
        sample = replace(sample, disk_percent=used)
    if world.on("watch-connections-pile-up") and minute >= 720:
        held = sample.connections["rust-core-engine"] * 5
        sample = replace(sample, connections=sample.connections | {"rust-core-engine": held})
    if world.on("watch-log-flood") and 720 <= minute < 800:
        written = sample.log_bytes_per_day["python-ai-service"] * 30
        sample = replace(sample, log_bytes_per_day=sample.log_bytes_per_day | {"python-ai-service": written})
    if world.on("watch-memory-slope"):
        climbed = min(30.0, 30.0 * minute / 55)
        sample = _with_memory(sample, "python-ai-service", 1 + climbed / 40)
    if world.on("memory-leak"):
        engine = sample.anon_bytes["rust-core-engine"] * (1 + 0.01 * minute / 60)
        sample = replace(sample, anon_bytes=sample.anon_bytes | {"rust-core-engine": engine})
    return sample


def _with_memory(sample: Sample, name: str, factor: float) -> Sample:
    memory = sample.memory_percent | {name: sample.memory_percent[name] * factor}
    return replace(sample, memory_percent=memory)
