"""The sandbox's origin behind its CDN: closed, or open around it. And a cookie session that any site may use."""

from __future__ import annotations

import socket
from typing import Any

from acceptance.sandbox.fault import Fault
from acceptance.sandbox.world import World

PROBES = ("origin", "login", "csrf", "guards")
ADDRESS = "127.0.0.8"
FAULTS: tuple[Fault, ...] = (
    Fault("origin-open", "shield", "the origin answers around the CDN", ("INFRA-NET-09",)),
    Fault("cookie-session-without-guard", "shield", "a session cookie works from any site", ("SEC-WEB-10",)),
    Fault("cookie-without-samesite", "shield", "the session cookie has no SameSite", ("SEC-WEB-10",)),
)


def start(world: World) -> dict[str, Any]:
    """Reserve a port that nothing listens on."""
    with socket.socket() as free:
        free.bind((ADDRESS, 0))
        world.shared["shield.port"] = free.getsockname()[1]
    return {"edge": {"origin": [f"{ADDRESS}:{world.shared['shield.port']}"]}}


def refresh(world: World) -> None:
    """Open or close the origin's door."""
    door: socket.socket | None = world.shared.pop("shield.door", None)
    if door:
        door.close()
    if world.on("origin-open"):
        world.shared["shield.door"] = socket.create_server((ADDRESS, world.shared["shield.port"]))


def cookie(world: World, token: str) -> str:
    """The Set-Cookie line of log-in; "" in the healthy sandbox, which has none."""
    if world.on("cookie-session-without-guard"):
        return f"session={token}; Path=/; Secure; HttpOnly; SameSite=Lax"
    if world.on("cookie-without-samesite"):
        return f"session={token}; Path=/; Secure; HttpOnly"
    return ""
