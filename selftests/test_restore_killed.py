"""A restore that is killed in the middle: its items are blocked, and the next run removes what it left and passes."""

from __future__ import annotations

import json
import os
import signal
import threading
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
import tomlkit

from acceptance.probes import restore
from acceptance.sandbox.dump_writer import archive
from selftests.databases import Database
from selftests.looking import judged, look

SCRATCH = "acceptance_restore"
TRADES = [{"_id": n, "quantity": 1} for n in range(1203)]
PROBES = ("backup", "restore")


class Gate:
    """Holds the set at its second batch of trades, until it is opened."""

    def __init__(self, servers: Any) -> None:
        self.reached, self.opened, self._crud = threading.Event(), threading.Event(), servers.crud
        self._answer = self._crud.answer
        self._crud.answer = self

    def __call__(self, database: str, command: dict[str, Any]) -> Any:
        if database == SCRATCH and command.get("insert") == "trades" and command["documents"][0]["_id"] > 0:
            self.reached.set()
            self.opened.wait(60)
        return self._answer(database, command)

    def open(self) -> None:
        self.opened.set()
        del self._crud.answer


def target_of(database: Database) -> Path:
    """A target with one whole backup and a restore on record."""
    folder = database.world.folder
    at = datetime.now(UTC) - timedelta(minutes=9)
    kept = folder / "kept"
    kept.mkdir()
    name = f"full_{at:%Y%m%d_%H%M%S}.archive.gz"
    (kept / name).write_bytes(archive("bot_core", {"trades": TRADES, "users": [{"_id": 1}]}, at))
    counts = {"trades": 1203}
    record = {"on": at.isoformat(), "backup": name, "took_s": 9, "dumped": counts, "restored": counts}
    (folder / "restores.jsonl").write_text(json.dumps(record) + "\n")
    tables = {
        "allow": {"writes": True, "while_trading": True},
        "backup": {"folder": str(kept), "restore": "mongo_acceptance_restore", "restore_tests": "restores.jsonl"},
    }
    document = database.visit(tables=tables).target.model_dump(mode="json", exclude={"name"}, exclude_none=True)
    path = folder / "target.toml"
    path.write_text(tomlkit.dumps(document), encoding="utf-8")
    return path


def children_of(process: int) -> list[int]:
    tasks = Path(f"/proc/{process}/task").glob("*/children")
    return [int(child) for path in tasks for child in path.read_text().split()]


def looker_of(process: int) -> int:
    (found,) = [c for c in children_of(process) if b"acceptance.look" in Path(f"/proc/{c}/cmdline").read_bytes()]
    return found


@pytest.mark.parametrize("who", ["probe", "looker"])
def test_killed_in_the_middle(who: str, tmp_path: Path) -> None:
    database = Database(tmp_path)
    servers = database.world.shared["mongo"]
    target_file, first, second = target_of(database), tmp_path / "first", tmp_path / "second"
    gate = Gate(servers)
    looker = threading.Thread(target=look, args=(target_file, first, PROBES))
    looker.start()
    assert gate.reached.wait(60), "no restore began"
    victim = looker_of(os.getpid())
    if who == "probe":
        (victim,) = children_of(victim)
    os.kill(victim, signal.SIGKILL)
    looker.join(60)
    gate.open()
    assert judged(target_file, first)["INFRA-MONGO-15"][0] == "BLOCKED"
    assert {restore.MARKER, "trades"} <= set(servers.set.databases[SCRATCH])

    look(target_file, second, PROBES)
    assert judged(target_file, second)["INFRA-MONGO-15"] == ("PASS", "")
    assert SCRATCH not in servers.set.databases
