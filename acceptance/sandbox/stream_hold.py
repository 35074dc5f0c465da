"""How long the sandbox's /ws holds, and after which time a broken edge cuts it."""

from __future__ import annotations

from typing import Any

from acceptance.sandbox.fault import Fault
from acceptance.sandbox.world import World

PROBES = ("websocket_hold", "websocket_echo")
_HOLD = ("FUNC-WS-05", "INFRA-NET-06")
FAULTS: tuple[Fault, ...] = (
    Fault("ws-closes-at-30-s", "stream_hold", "connections are cut after 30 s", _HOLD),
    Fault("ws-closes-at-60-s", "stream_hold", "connections are cut after 60 s", _HOLD),
    Fault("ws-slow-echo", "stream_hold", "each echo takes 15 ms more", ("PERF-WS-01",)),
)


def start(world: World) -> dict[str, Any]:  # noqa: ARG001  # part of the contract of a sandbox part
    """Nothing of its own: the stream asks which faults are on."""
    return {}
