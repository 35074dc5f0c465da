"""Limits of the sandbox's edge and log-in, and how they fail. The edge and the accounts ask which faults are on."""

from __future__ import annotations

from typing import Any

from acceptance.sandbox.fault import Fault
from acceptance.sandbox.world import World

PROBES = ("rate_limit", "login_limit")
FAULTS: tuple[Fault, ...] = (
    Fault("limit-absent", "limits", "requests are never refused", ("INFRA-NET-08",)),
    Fault("limit-forever", "limits", "who was refused once is never served again", ("INFRA-NET-08",)),
    Fault("login-never-limited", "limits", "wrong passwords are never refused", ("SEC-WEB-07",)),
    Fault(
        "login-limited-elsewhere",
        "limits",
        "the limit holds on /api/login, log-in is at /api/auth/login",
        ("SEC-WEB-07",),
    ),
    Fault("login-locked-forever", "limits", "a locked account stays locked", ("SEC-WEB-07",)),
)


def start(world: World) -> dict[str, Any]:  # noqa: ARG001  # part of the contract of a sandbox part
    """Nothing of its own."""
    return {}


def refresh(world: World) -> None:
    """What was counted while a fault was on is forgotten."""
    world.shared["engine"].accounts.failures.clear()
    world.shared["edge"].asked.clear()
