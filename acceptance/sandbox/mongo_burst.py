"""How the services' pools at the replica set go wrong when the API is busy. The set itself is part `mongo`."""

from __future__ import annotations

from typing import Any

from acceptance.sandbox.fault import Fault
from acceptance.sandbox.world import World

PROBES = ("mongo_burst",)
FAULTS = (
    Fault("mongo-pool-grows", "mongo_burst", "each request opens a connection", ("INFRA-DATA-06",)),
    Fault("mongo-connections-kept", "mongo_burst", "connections stay after the burst", ("INFRA-DATA-07",)),
    Fault("mongo-slow-under-load", "mongo_burst", "queries take 340 ms while the API is busy", ("PERF-DATA-01",)),
)


def start(_: World) -> dict[str, Any]:
    """Nothing of its own."""
    return {}
