"""The suite's own restore: counted, measured, and nothing left behind, not even by a run that was killed."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from acceptance.facts import ProbeError
from acceptance.probes import restore
from acceptance.sandbox.dump_writer import archive, folder
from acceptance.sandbox.mongo_store import Collection
from acceptance.tables.backup import Backup
from acceptance.visit import Visit
from selftests.databases import Database

WRITES = frozenset({"writes"})
TRADES = [{"_id": n, "quantity": 1} for n in range(1203)]


@pytest.fixture
def database(tmp_path: Path) -> Database:
    return Database(tmp_path)


def visit(database: Database, allow: frozenset[str] = WRITES, **changes: Any) -> Visit:
    gone = database.visit(allow=allow)
    table = {"folder": str(database.world.folder / "kept"), "restore": "mongo_acceptance_restore", **changes}
    target = gone.target.model_copy(update={"backup": Backup.model_validate(table)})
    return Visit(**{**vars(gone), "target": target})


def keep(database: Database, content: bytes) -> None:
    kept = database.world.folder / "kept"
    kept.mkdir()
    (kept / "full_20260301_020000.archive.gz").write_bytes(content)


def stored(database: Database) -> dict[str, dict[str, Collection]]:
    found: dict[str, dict[str, Collection]] = database.world.shared["mongo"].set.databases
    return found


def dump(documents: list[dict[str, Any]] = TRADES) -> bytes:
    return archive("bot_core", {"trades": documents, "users": [{"_id": 1}]}, datetime(2026, 3, 1, tzinfo=UTC))


def test_archive_is_restored_counted_and_dropped(database: Database) -> None:
    keep(database, dump())
    before = {name: {c: len(kept.documents) for c, kept in all_.items()} for name, all_ in stored(database).items()}
    seen = restore.look(visit(database))
    assert seen.own is not None
    assert seen.own.dumped == seen.own.restored == {"trades": 1203, "users": 1}
    assert (seen.differences(), seen.left_behind) == ((), ())
    after = {name: {c: len(kept.documents) for c, kept in all_.items()} for name, all_ in stored(database).items()}
    assert after == before


def test_folder_is_restored(database: Database) -> None:
    folder(database.world.folder / "kept" / "full_20260301_020000", "bot_core", {"trades": TRADES})
    seen = restore.look(visit(database))
    assert seen.own is not None
    assert seen.own.restored == {"trades": 1203}


def test_what_a_killed_run_left_is_dropped(database: Database) -> None:
    keep(database, dump())
    stored(database)["acceptance_restore"] = {
        restore.MARKER: Collection([{"_id": 1}]),
        "trades": Collection([{"_id": 1}]),
    }
    seen = restore.look(visit(database))
    assert "acceptance_restore" not in stored(database)
    assert seen.left_behind == ()


def test_somebody_elses_database_is_left_alone(database: Database) -> None:
    keep(database, dump())
    theirs = {"trades": Collection([{"_id": 1}])}
    stored(database)["acceptance_restore"] = theirs
    with pytest.raises(ProbeError, match="not the suite's own"):
        restore.look(visit(database))
    assert stored(database)["acceptance_restore"] is theirs


def test_cut_dump_differs_and_nothing_stays(database: Database) -> None:
    keep(database, dump()[:-200])
    seen = restore.look(visit(database))
    assert seen.differences()
    assert "acceptance_restore" not in stored(database)


def test_not_without_the_gate(database: Database) -> None:
    keep(database, dump())
    seen = restore.look(visit(database, frozenset()))
    assert (seen.own, seen.why) == (None, "it needs --allow writes")


@pytest.mark.parametrize("scratch", ["bot_core", "admin"])
def test_not_into_a_database_of_the_target(database: Database, scratch: str) -> None:
    keep(database, dump())
    with pytest.raises(ProbeError, match="must begin with acceptance"):
        restore.look(visit(database, scratch=scratch))


def test_missing_right_is_named_and_nothing_stays(database: Database) -> None:
    keep(database, dump())
    with pytest.raises(ProbeError, match="lacks the privilege readWrite and dbAdmin on acceptance_restore"):
        restore.look(visit(database, restore="mongo_acceptance_monitor"))
    assert "acceptance_restore" not in stored(database)
