"""The guard's hook for MongoDB: counts every command, and refuses a write before it is sent.

A listener's ordinary exception is swallowed by the driver and the command goes out; `guard.Refused` is none.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

READS = frozenset({
    "aggregate", "buildInfo", "collStats", "connectionStatus", "count", "dbStats", "distinct", "endSessions", "explain",
    "find", "getCmdLineOpts", "getMore", "getParameter", "hello", "hostInfo", "isMaster", "ismaster", "killCursors",
    "listCollections", "listDatabases", "listIndexes", "ping", "profile", "replSetGetConfig", "replSetGetStatus",
    "rolesInfo", "saslContinue", "saslStart", "serverStatus", "usersInfo",
})  # fmt: skip
WRITING_STAGES = ("$out", "$merge")


def is_write(name: str, command: Mapping[str, Any]) -> bool:
    """Whether a command could change anything. What is not known to read, writes; a log-in's document is hidden."""
    if name not in READS:
        return True
    if name == "profile":
        return command[name] != -1 or "slowms" in command or "sampleRate" in command
    if name == "explain":
        inner = command[name]
        return not isinstance(inner, Mapping) or is_write(next(iter(inner), ""), inner)
    if name == "aggregate":
        return any(stage in each for each in command.get("pipeline", ()) for stage in WRITING_STAGES)
    return False


def listener() -> Any:
    """The listener for `MongoClient(event_listeners=[...])`; every client of the suite carries it."""
    from pymongo import monitoring

    from acceptance import guard

    class Guarding(monitoring.CommandListener):
        """Asks the guard before each command."""

        def started(self, event: monitoring.CommandStartedEvent) -> None:
            guard.count(write=is_write(event.command_name, event.command), what=f"MongoDB's {event.command_name}")

        def succeeded(self, event: monitoring.CommandSucceededEvent) -> None:
            """Counted when it started."""

        def failed(self, event: monitoring.CommandFailedEvent) -> None:
            """Counted when it started."""

    return Guarding()
