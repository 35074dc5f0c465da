"""The parts of the sandbox, in the order in which they start."""

from __future__ import annotations

from importlib import import_module
from types import ModuleType

from acceptance.sandbox.fault import Fault

NAMES = (
    "certificates",
    "engine",
    "edge",
    "dashboard",
    "page_timing",
    "headers",
    "slowness",
    "stream",
    "stream_hold",
    "host",
    "headers",
    "slowness",
    "baseline",
    "watch",
    "monitoring",
    "registry",
    "cloud",
    "people",
    "mongo",
    "mongo_burst",
    "mongo_failover",
)
PARTS: tuple[ModuleType, ...] = tuple(import_module(f"acceptance.sandbox.{name}") for name in NAMES)


def faults() -> dict[str, Fault]:
    """Every fault by its name."""
    return {fault.name: fault for part in PARTS for fault in part.FAULTS}


def part_of(fault: Fault) -> ModuleType:
    """The module that a fault belongs to."""
    return next(part for part in PARTS if fault in part.FAULTS)
