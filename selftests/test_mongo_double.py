"""The sandbox's replica set under a real driver: a set of three, a step-down that writes survive, refusals; and the gates."""

from __future__ import annotations

import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pymongo
import pytest
from pymongo.errors import NotPrimaryError

from acceptance import guard
from acceptance.facts import ProbeError
from acceptance.probes import mongo_burst, mongo_failover
from acceptance.probes.mongo_client import connect
from acceptance.sandbox.mongo_data import PASSWORDS
from selftests.databases import Database


@pytest.fixture
def database(tmp_path: Path) -> Database:
    return Database(tmp_path)


@pytest.fixture
def driver(database: Database) -> Iterator[pymongo.MongoClient[dict[str, Any]]]:
    members = ",".join(database.members)
    with pymongo.MongoClient(
        f"mongodb://admin:{PASSWORDS['admin']}@{members}/?replicaSet=rs0&authSource=admin",
        tls=True, tlsCAFile=str(database.world.ca_file), serverSelectionTimeoutMS=5000,
    ) as client:  # fmt: skip
        yield client


def test_driver_finds_a_set_of_three(driver: pymongo.MongoClient[dict[str, Any]]) -> None:
    driver.admin.command("ping")
    ends = time.monotonic() + 5
    while len(driver.secondaries) < 2 and time.monotonic() < ends:
        time.sleep(0.02)
    assert (driver.primary is not None, len(driver.secondaries)) == (True, 2)


def test_write_survives_a_step_down(driver: pymongo.MongoClient[dict[str, Any]]) -> None:
    driver.scratch.kept.insert_one({"_id": 1})
    before = driver.primary
    driver.admin.command("replSetStepDown", 10)
    driver.scratch.kept.insert_one({"_id": 2})
    assert driver.scratch.kept.count_documents({}) == 2
    assert driver.primary != before


def test_secondary_refuses_writes(database: Database) -> None:
    with (
        connect(database.visit(), database.members[1], "mongo_acceptance_restore") as client,
        pytest.raises(NotPrimaryError, match="not primary"),
    ):
        client.acceptance_restore.kept.insert_one({"_id": 1})


@pytest.mark.parametrize("command", ["insert", "out"])
def test_guard_stops_writes_before_they_are_sent(
    command: str, database: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(guard._State, "writes_allowed", False)
    with connect(database.visit(), database.members[0], "mongo_acceptance_restore") as client:
        kept = client.acceptance_restore.kept
        with pytest.raises(guard.Refused, match="needs --allow writes"):
            kept.insert_one({"_id": 1}) if command == "insert" else kept.aggregate([{"$out": "other"}])
    assert "acceptance_restore" not in database.world.shared["mongo"].set.databases


def test_burst_and_failover_need_their_gates(database: Database) -> None:
    with pytest.raises(ProbeError, match="needs --allow load"):
        mongo_burst.look(database.visit())
    with pytest.raises(ProbeError, match="needs --allow disrupts"):
        mongo_failover.look(database.visit())


def test_failover_is_not_tried_without_traffic_to_watch(database: Database) -> None:
    with pytest.raises(ProbeError, match="no local operation that reads"):
        mongo_failover.look(database.visit(allow=frozenset({"disrupts"})))
    assert database.world.shared["mongo"].set.primary == 0
