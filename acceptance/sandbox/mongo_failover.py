"""How a failover of the replica set goes wrong. The set itself is part `mongo`."""

from __future__ import annotations

from typing import Any

from acceptance.sandbox.fault import Fault
from acceptance.sandbox.world import World

PROBES = ("mongo_failover",)
FAULTS = (
    Fault("mongo-no-new-primary", "mongo_failover", "nobody takes over", ("INFRA-MONGO-12",)),
    Fault("mongo-failover-breaks-api", "mongo_failover", "the API answers 500 without a primary", ("INFRA-MONGO-12",)),
    Fault("mongo-old-primary-stuck", "mongo_failover", "the old primary stays RECOVERING", ("INFRA-MONGO-12",)),
)


def start(_: World) -> dict[str, Any]:
    """Nothing of its own."""
    return {}
