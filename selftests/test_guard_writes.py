"""Probes written to misbehave write without having said so, through each library that can: nothing arrives."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from acceptance.visit import Visit
from selftests.databases import Database
from selftests.misbehaving import Listener, answer, by_mongo


@pytest.mark.parametrize("method", ["POST", "PUT", "DELETE", "PATCH"])
def test_a_write_that_was_not_declared(method: str, inside: Listener, tmp_path: Path) -> None:
    def look(v: Visit) -> object:
        from acceptance import web

        with web.client(v) as client:
            return web.ask(client, method, f"http://{inside.where}/orders").status_code

    found = answer(look, tmp_path)
    assert f"{method} changes the target and needs --allow writes" in found["failure"]["why"]
    assert inside.got == b""


def test_a_write_through_a_swallowing_library_is_not_sent_either(inside: Listener, tmp_path: Path) -> None:
    def look(v: Visit) -> object:
        from acceptance import web

        with web.client(v) as client:
            for _ in range(2):
                try:
                    web.ask(client, "POST", f"http://{inside.where}/orders")
                except Exception:  # noqa: BLE001  # that is its misbehaviour
                    continue
        return "swallowed"

    assert "--allow writes" in answer(look, tmp_path)["failure"]["why"]
    assert inside.got == b""


@pytest.mark.usefixtures("aws_keys")
def test_an_undeclared_write_by_botocore(inside: Listener, tmp_path: Path) -> None:
    def look(v: Visit) -> object:
        from acceptance.aws import Aws

        return Aws(v, region="eu-west-1", endpoint=f"http://{inside.where}").ask(
            "ec2", "terminate_instances", InstanceIds=["i-1"]
        )

    assert "AWS TerminateInstances changes the target" in answer(look, tmp_path)["failure"]["why"]
    assert inside.got == b""


def trades(database: Database) -> int:
    """How many the set holds."""
    return len(database.world.shared["mongo"].set.databases["bot_core"]["trades"].documents)


WRITES: dict[str, Callable[[Any], object]] = {
    "insert": lambda trades: trades.insert_one({"planted": 1}),
    "delete": lambda trades: trades.delete_many({}),
    "out": lambda trades: list(trades.aggregate([{"$match": {}}, {"$out": "stolen"}])),
}


@pytest.mark.parametrize("write", WRITES)
def test_an_undeclared_write_by_a_live_mongo_client(write: str, database: Database, tmp_path: Path) -> None:
    before = trades(database)
    found = answer(by_mongo(WRITES[write]), tmp_path, target=database.visit().target)
    assert "changes the target and needs --allow writes" in found["failure"]["why"]
    assert trades(database) == before
    assert "stolen" not in database.world.shared["mongo"].set.databases["bot_core"]
