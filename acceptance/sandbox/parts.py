"""The parts of the sandbox, in the order in which they start."""

from __future__ import annotations

from functools import cache
from importlib import import_module
from types import ModuleType

from acceptance.sandbox.fault import Fault

NAMES = (
    "repository",  # first of all: it makes the release's commit
    "certificates",
    "engine",
    "trading",
    "edge",
    "dashboard",
    "page_timing",
    "headers",
    "slowness",
    "limits",
    "uploads",
    "shield",
    "stream",
    "stream_hold",
    "host",
    "net",
    "baseline",
    "watch",
    "monitoring",
    "registry",
    "cloud",
    "vault",
    "releases",  # after the registry, which knows the images' digests
    "approvals",  # after the releases, whose commit it was run for
    "artifacts",
    "maintenance",
    "upstream",
    "people",
    "mongo",
    "mongo_burst",
    "mongo_failover",
    "backups",
)
PARTS: tuple[ModuleType, ...] = tuple(import_module(f"acceptance.sandbox.{name}") for name in NAMES)

TOLERANT = {"INFRA-ROLL-05": 2}  # roll-ups that only so many red parts turn red
OF_SEVERITY = {"FUNC-ROLL-03": "critical"}  # those whose parts of one severity count; a fault names a lost group itself


def faults() -> dict[str, Fault]:
    """Every fault by its name. Raises ValueError where two have the same: one would never be put on."""
    found: dict[str, Fault] = {}
    for fault in (fault for part in PARTS for fault in part.FAULTS):
        if found.setdefault(fault.name, fault) is not fault:
            raise ValueError(f"two faults are called {fault.name}")
    return found


def part_of(fault: Fault) -> ModuleType:
    """The module that a fault belongs to."""
    return next(part for part in PARTS if fault in part.FAULTS)


def breaks(fault: Fault) -> frozenset[str]:
    """The items that a fault turns red, and the roll-ups that add them up."""
    items = set(fault.breaks)
    for id, parts in _rollups().items():
        if len(items & parts) >= TOLERANT.get(id, 1):
            items.add(id)
    return frozenset(items)


@cache
def _rollups() -> dict[str, frozenset[str]]:
    """Roll-ups and what they add up; none of the rolled back, for the sandbox's release was not taken back."""
    from acceptance.checklist import checklist
    from acceptance.judge import catalogue, parts_of

    return {
        case.id: frozenset(
            part.id
            for part in parts_of(case)
            if OF_SEVERITY.get(case.id, checklist()[part.id].severity) == checklist()[part.id].severity
        )
        for case in catalogue().values()
        if case.of and checklist()[case.id].feature != "rolled_back"
    }
