"""How the sandbox's API behaves under load, and how that goes wrong. The engine asks before each answer.

Everything counts requests or reads the clock: no randomness, so that a fault shows the same in every run.
"""

from __future__ import annotations

import asyncio
import time
from typing import TYPE_CHECKING, Any

from acceptance.sandbox.fault import Fault

if TYPE_CHECKING:
    from acceptance.sandbox.world import World

PROBES = ("api_load",)
FAULTS: tuple[Fault, ...] = (
    Fault(
        "load-slow-tail", "slowness", "3 % of the requests are 300 ms slower", breaks=("PERF-API-03", "PERF-LOAD-02")
    ),
    Fault(
        "load-stall",
        "slowness",
        "the API stands still for one second in every ten",
        # at the full rate all that piled up is answered at once, which a generator is late to take in
        breaks=("PERF-API-02", "PERF-API-03", "PERF-GATE-02", "PERF-LOAD-01", "PERF-LOAD-02"),
    ),
    Fault(
        "load-errors",
        "slowness",
        "5 % of the requests are answered with 500",
        breaks=("PERF-API-01", "PERF-API-02", "PERF-API-03", "PERF-GATE-02", "PERF-LOAD-02"),
    ),
    Fault("cpu-climbs", "slowness", "the CPU usage climbs for as long as the load lasts", breaks=("PERF-LOAD-01",)),
    Fault(
        "cpu-constant",
        "slowness",
        "the CPU usage is reported as a constant, whatever the load",
        breaks=("PERF-LOAD-01",),
    ),
    Fault("one-backend-gets-all", "slowness", "the balancer sends everything to one backend", breaks=("PERF-LOAD-03",)),
)
BACKENDS = ("engine-1", "engine-2")
CPU_PERCENT = 12.0
STALL_EVERY_S = 10.0
STALL_S = 1.0
SPARED = ("/api/auth/", "/api/trading/")  # without a log-in, or not knowing whether it trades, nobody loads it


def _next(world: World, counter: str) -> int:
    count: int = world.shared.get(counter, 0)
    world.shared[counter] = count + 1
    return count


async def delay(world: World, path: str) -> None:
    """Wait as long as the faults want before a request is answered; what is spared stays as it is."""
    if path.startswith(SPARED):
        return
    if world.on("api-slower"):
        await asyncio.sleep(1.2)
    if world.on("load-slow-tail") and _next(world, "slowness.tail") % 33 == 0:
        await asyncio.sleep(0.3)
    if world.on("load-stall") and (into := time.monotonic() % STALL_EVERY_S) < STALL_S:
        await asyncio.sleep(STALL_S - into)


def fails(world: World, path: str) -> bool:
    """Whether this request is to be answered with 500; what is spared never is, except without a primary."""
    if world.on("mongo-failover-breaks-api") and not world.shared["mongo"].set.has_primary():
        return True
    every = 20 if world.on("load-errors") else 10 if world.on("api-fails") else 0
    return bool(every) and not path.startswith(SPARED) and _next(world, "slowness.errors") % every == 0


def backend(world: World) -> str:
    """The name of the backend that takes this request, for the instance header."""
    if world.on("one-backend-gets-all"):
        return BACKENDS[0]
    return BACKENDS[_next(world, "slowness.backend") % len(BACKENDS)]


def cpu_percent(world: World) -> float:
    """What the engine reports as its CPU usage: it sways a little, as a real one; under a fault it climbs to 65, or never moves."""
    shared: dict[str, Any] = world.shared
    if world.on("cpu-constant"):
        return 0.0
    if not world.on("cpu-climbs"):
        shared.pop("slowness.climbs_since", None)
        return CPU_PERCENT + 0.1 * (_next(world, "slowness.cpu") % 5)
    since: float = shared.setdefault("slowness.climbs_since", time.monotonic())
    return min(65.0, CPU_PERCENT + 0.5 * (time.monotonic() - since))


def start(world: World) -> dict[str, Any]:  # noqa: ARG001  # part of the contract of a sandbox part
    """Nothing to start: the engine asks. The target is told what load it is to bear."""
    return {
        "load": {
            "mix": {"health": 1, "portfolio": 2, "pending_orders": 2, "prices": 3},
            "instance_header": "X-Instance",
            "backends": len(BACKENDS),
            "cpu_operation": "system",
        }
    }
