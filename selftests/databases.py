"""A replica set of the sandbox for the self-tests, and a visit to it, without the rest of the sandbox."""

from __future__ import annotations

import json
import time
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from acceptance.sandbox import mongo
from acceptance.sandbox.world import World
from acceptance.target import Target
from acceptance.visit import Visit


class Database:
    """The set of one world; `visit()` goes there with the target's tables, changed as wished."""

    def __init__(self, folder: Path) -> None:
        self.world = World(folder)
        self.world.shared["edge.port"] = 9
        self.tables = mongo.start(self.world)
        self.members: list[str] = self.world.shared["mongo"].set.members

    def visit(self, *, seconds: float = 20, allow: frozenset[str] = frozenset(), **changes: Any) -> Visit:
        """A visit; `changes` replace keys of [mongo], `credentials` adds to those, `tables` are others."""
        base = "https://127.0.0.1:9"
        tables = dict(changes.pop("tables", {}))
        added = changes.pop("credentials", {}) | tables.pop("credentials", {})
        document = {
            "name": "database",
            "urls": {"base": base, "plain": "http://127.0.0.1:9", "api": base, "ws": "wss://127.0.0.1:9", "dashboard": base},
            "credentials": self.tables["credentials"] | added,
            "trust": {"ca_file": str(self.world.ca_file)},
            "mongo": self.tables["mongo"] | changes,
            **tables,
        }  # fmt: skip
        target = Target.model_validate_json(json.dumps(document, default=str))
        folder = self.world.folder
        return Visit(
            target=target, now=datetime.now(UTC), run=folder, live=folder, state=folder, marker="acceptance-selftest",
            ends=time.monotonic() + seconds, allow=allow,
        )  # fmt: skip

    def secret(self, name: str, value: str) -> dict[str, Any]:
        """A credential of its own for `credentials`."""
        return {name: {"secret": self.world.secret(name, value)}}
