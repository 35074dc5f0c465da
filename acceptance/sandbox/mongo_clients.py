"""Connections that the double claims its services hold. Their number follows the edge's own request log."""

from __future__ import annotations

import time
from datetime import UTC, datetime
from typing import Any

from acceptance.sandbox.world import World

POOL = 20  # maxPoolSize of the services
IDLE = 4
DRIVERS = {"rust-core-engine": "mongo-rust-driver", "python-ai-service": "PyMongo"}
BYTES_A_REQUEST = 60  # about one line of the log


class Clients:
    """The services' pools: a few idle connections, more while the log grows."""

    def __init__(self, world: World) -> None:
        self._world = world
        self._size = self._log_size()
        self._burst = 0  # requests since it was quiet, while somebody watched
        self._quiet_since = self._asked = 0.0

    def connections(self) -> int:
        """Open connections of one service now."""
        now, size = time.monotonic(), self._log_size()
        watched, self._asked = now - self._asked < 10, now
        grown = (size - self._size) // BYTES_A_REQUEST
        if grown > 0:
            self._size, self._quiet_since = size, now
            self._burst += grown if watched else 0
        elif now - self._quiet_since > 0.5 and not self._world.on("mongo-connections-kept"):
            self._burst = 0
        bound = 10_000 if self._world.on("mongo-pool-grows") else POOL
        return min(bound, IDLE + max(0, self._burst - 2))

    def operations(self, database: str) -> list[dict[str, Any]]:
        """What $currentOp shows of them with idleConnections."""
        found = []
        count = self.connections()
        for number, (service, driver) in enumerate(DRIVERS.items()):
            if service == "python-ai-service" and self._world.on("mongo-service-unreachable"):
                continue
            other = service == "rust-core-engine" and self._world.on("mongo-other-database")
            where = "trading_bot" if other else database
            for each in range(count):
                found.append({
                    "type": "op", "connectionId": 100 + number * 10_000 + each, "active": False,
                    "client": f"172.30.0.{10 + number}:{40_000 + each}", "appName": service,
                    "clientMetadata": {"application": {"name": service}, "driver": {"name": driver}},
                    "effectiveUsers": [{"user": "bot_core_app", "db": "bot_core"}],
                    "currentOpTime": datetime.now(UTC).isoformat(), "ns": "", "command": {},
                    **({"active": True, "ns": f"{where}.trades", "op": "getmore"} if each == 0 else {}),
                })  # fmt: skip
        return found

    def _log_size(self) -> int:
        try:
            return self._world.log_path.stat().st_size
        except OSError:
            return 0
