"""The engine as it trades for real: what the suite must then leave alone."""

from __future__ import annotations

from typing import Any

from acceptance.sandbox.fault import Fault
from acceptance.sandbox.world import World

PROBES = ("trading",)
GATED = (
    "PERF-API-01", "PERF-API-02", "PERF-API-03", "PERF-GATE-02", "PERF-LOAD-01", "PERF-LOAD-02", "PERF-LOAD-03",
    "SEC-WEB-07", "INFRA-DATA-06", "INFRA-DATA-07", "PERF-DATA-01", "INFRA-MONGO-12", "FUNC-EXT-05", "FUNC-EXT-06",
    "INFRA-NET-08", "FUNC-API-06", "SEC-WEB-14", "PERF-WS-01", "INFRA-MON-07",
)  # fmt: skip  # items that load, write or disrupt: pending while the engine trades
FAULTS = (
    Fault("engine-in-live-mode", "trading", "the engine trades with real money", GATED),
    Fault("position-open", "trading", "a position is open", GATED),
    Fault("trading-unknown", "trading", "the engine does not say how many positions are open", GATED),
)


def start(_: World) -> dict[str, Any]:
    """The engine asks for these faults itself."""
    return {}
