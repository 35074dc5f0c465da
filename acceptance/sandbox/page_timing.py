"""What makes the sandbox's page slow. Apart from the dashboard's other faults, for page timing takes its time."""

from __future__ import annotations

from typing import Any

from acceptance.sandbox.fault import Fault
from acceptance.sandbox.world import World

PROBES = ("pages",)
FAULTS = (
    Fault("slow-load", "page_timing", "A chain of scripts holds the load event back.", ("PERF-PAGE-01",)),
    Fault("long-task", "page_timing", "A task blocks the page for two seconds after load.", ("PERF-PAGE-02",)),
)


def start(world: World) -> dict[str, Any]:  # noqa: ARG001  # part of the contract of a sandbox part
    """Nothing of its own: the dashboard's script reads the faults."""
    return {}
