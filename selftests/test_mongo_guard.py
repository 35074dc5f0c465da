"""The guard knows which of MongoDB's commands change something, and refuses them before they are sent."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import pytest

from acceptance.guard_mongo import is_write
from acceptance.sandbox.mongo_roles import Role


@pytest.mark.parametrize(
    "command",
    [
        {"insert": "trades"},
        {"findAndModify": "trades"},
        {"aggregate": "trades", "pipeline": [{"$match": {}}, {"$out": "other"}]},
        {"aggregate": "trades", "pipeline": [{"$merge": {"into": "other"}}]},
        {"explain": {"delete": "trades", "deletes": []}},
        {"profile": 2},
        {"profile": -1, "slowms": 10},
        {"createUser": "somebody"},
        {"replSetStepDown": 10},
        {"aCommandOfTheFuture": 1},
        {},
    ],
)
def test_writes(command: dict[str, Any]) -> None:
    assert is_write(next(iter(command), ""), command)


@pytest.mark.parametrize(
    "command",
    [
        {"find": "trades", "filter": {}},
        {"aggregate": "trades", "pipeline": [{"$match": {}}]},
        {"explain": {"find": "trades"}, "verbosity": "executionStats"},
        {"profile": -1},
    ],
)
def test_reads(command: dict[str, Any]) -> None:
    assert not is_write(next(iter(command)), command)


def test_a_log_in_whose_document_is_hidden_is_no_write() -> None:
    assert not is_write("saslStart", {})


def test_the_documented_role_is_the_one_that_the_sandbox_grants() -> None:
    page = (Path(__file__).parents[1] / "docs" / "mongodb.md").read_text(encoding="utf-8")
    block = re.search(r"privileges: \[(.*?)\n  \],", page, re.DOTALL)
    assert block
    documented = [re.findall(r'"(\w+)"', actions) for actions in re.findall(r"actions: \[(.*?)\]", block[1])]
    assert documented == [list(actions) for _, actions in Role("acceptanceMonitor", "admin").privileges()]
