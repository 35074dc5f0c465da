"""The commands that the record hands to whoever is on call: Bot Core's compose project with its production profile."""

from __future__ import annotations

from acceptance.record.model import Pair

COMPOSE = "docker compose --profile prod"


def commands(back_to: str = "") -> tuple[Pair, ...]:
    """Status, logs, restart, stop, start and rollback; `back_to` is the tag to go back to, "" when none is stated."""
    rollback = f"git checkout {back_to} && {COMPOSE} pull && {COMPOSE} up -d" if back_to else "no version is stated"
    return (
        Pair("Status", f"{COMPOSE} ps"),
        Pair("Logs", f"{COMPOSE} logs --follow --tail 100"),
        Pair("Restart", f"{COMPOSE} restart"),
        Pair("Stop", f"{COMPOSE} stop"),
        Pair("Start", f"{COMPOSE} up -d"),
        Pair("Rollback", rollback),
    )
