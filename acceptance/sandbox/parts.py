"""The parts of the sandbox, in the order in which they start."""

from __future__ import annotations

from types import ModuleType

from acceptance.sandbox import certificates, edge, engine, headers, monitoring, registry, slowness
from acceptance.sandbox.fault import Fault

PARTS: tuple[ModuleType, ...] = (certificates, engine, edge, headers, slowness, monitoring, registry)


def faults() -> dict[str, Fault]:
    """Every fault by its name."""
    return {fault.name: fault for part in PARTS for fault in part.FAULTS}


def part_of(fault: Fault) -> ModuleType:
    """The module that a fault belongs to."""
    return next(part for part in PARTS if fault in part.FAULTS)
