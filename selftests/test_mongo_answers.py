"""Answers of MongoDB that say nothing, fail half-way or mean something else: none of them reads as a pass."""

from __future__ import annotations

import threading
import time
from pathlib import Path
from typing import Any

import pytest

from acceptance.facts import Unseen
from acceptance.probes import mongo_failover, mongo_look_content
from acceptance.probes.mongo_burst import _serving
from acceptance.probes.mongo_content import Broken, Plan
from acceptance.probes.mongo_look_accounts import _where
from acceptance.probes.mongo_look_content import _index, _invariant, _newest, explain
from acceptance.probes.mongo_look_services import _says
from acceptance.probes.mongo_traffic import Traffic
from acceptance.sandbox.double import Reply, serve
from acceptance.tables.mongo import Invariant, Query, Service
from selftests.databases import Database

QUERY = Query(name="q", collection="trades", filter="{}")
SCAN = {"queryPlanner": {"winningPlan": {"stage": "IXSCAN"}}}
NOBODY: Any = None  # a client that is not asked


@pytest.fixture(scope="module")
def database(tmp_path_factory: pytest.TempPathFactory) -> Database:
    return Database(tmp_path_factory.mktemp("database"))


@pytest.fixture
def answer(monkeypatch: pytest.MonkeyPatch) -> Any:
    def say(document: Any) -> None:
        monkeypatch.setattr(mongo_look_content, "ask", lambda *_: document)

    return say


def planned(answer: Any, document: Any) -> Plan | Unseen:
    answer(document)
    return explain(NOBODY, "bot_core", "trades", QUERY, "m1")


def test_query_that_was_stopped_took_too_long(answer: Any) -> None:
    plan = planned(answer, Unseen("explain", "ExecutionTimeout: operation exceeded time limit"))
    assert isinstance(plan, Plan)
    assert plan.took_ms >= 5000
    late = {"executionSuccess": False, "errorMessage": "exceeded", "executionTimeMillis": 5003}
    assert isinstance(planned(answer, {**SCAN, "executionStats": late}), Plan)


@pytest.mark.parametrize(
    "document",
    [
        {**SCAN, "executionStats": {"executionSuccess": False, "errorMessage": "Sort exceeded memory limit"}},
        {"queryPlanner": {"winningPlan": {"somethingNew": 1}}, "executionStats": {"nReturned": 1}},
        Unseen("explain", "the monitoring user lacks the privilege"),
    ],
)
def test_query_that_failed_or_whose_plan_says_nothing_is_unseen(answer: Any, document: Any) -> None:
    assert isinstance(planned(answer, document), Unseen)


@pytest.mark.parametrize(
    ("plan", "why"), [({"stage": "EOF"}, "no such collection"), ({}, "no index"), ({"stage": "COLLSCAN"}, "no index")]
)
def test_invariant_of_no_collection_holds_nothing(answer: Any, plan: dict[str, Any], why: str) -> None:
    answer({"queryPlanner": {"winningPlan": plan}})
    found = _invariant(NOBODY, "bot_core", "gone", Invariant(name="sound", collection="gone", filter="{}"))
    assert not isinstance(found, Broken)
    assert why in found.why


def test_expiry_that_is_no_number_is_none() -> None:
    assert _index({"key": {"a": 1}, "expireAfterSeconds": float("nan")}, building=False).ttl_s is None
    shown = _index({"key": {"a": 1}, "collation": {"locale": "en"}, "unique": True}, building=False)
    assert (shown.partial, shown.special) == (False, True)


@pytest.mark.parametrize("state", [{"dirty": True}, {"success": False}, {"dirty": False, "success": True}])
def test_migration_that_did_not_end_well_is_not_the_newest(database: Database, state: dict[str, bool]) -> None:
    from acceptance.probes.mongo_client import connect

    documents = database.world.shared["mongo"].set.databases["bot_core"]["migrations"].documents
    documents.append({"_id": 99, "version": "0099", **state})
    try:
        with connect(database.visit(), database.members[0], "mongo_acceptance_monitor") as client:
            newest = _newest(client, "bot_core", "migrations", "version")
    finally:
        documents.pop()
    assert (newest == "0099") is (state.get("success") is True)


def test_privilege_on_one_collection_is_none_on_the_database() -> None:
    assert _where({"db": "bot_core", "collection": "users"}) == "bot_core.users"
    assert _where({"db": "bot_core", "collection": ""}) == "bot_core"


@pytest.mark.parametrize(("value", "word"), [(True, "true"), (False, "false"), ("up", "up"), (None, "")])
def test_status_is_read_as_the_document_writes_it(database: Database, value: object, word: str) -> None:
    place = serve(lambda _: Reply({"database": value}))
    assert _says(database.visit(), "engine", Service(status=place, field="database")) == word


def test_queries_under_load_are_explained_where_the_load_is(database: Database) -> None:
    from acceptance.probes.mongo_client import connect

    clients = {name: connect(database.visit(), name, "mongo_acceptance_monitor") for name in database.members}
    try:
        assert list(_serving(clients)) == [*database.members[1:], database.members[0]]
    finally:
        for client in clients.values():
            client.close()


def test_requests_that_were_due_while_one_hung_fared_as_it_did(
    database: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    operation = {"path": "/api/portfolio", "kind": "local", "public": True}
    traffic = Traffic(database.visit(burst="portfolio", tables={"operations": {"portfolio": operation}}))
    ended, clock = threading.Event(), [100.0]

    def hangs(client: Any) -> str:
        clock[0] += 10.0
        ended.set()
        traffic._count(1, "no answer")
        return "no answer"

    monkeypatch.setattr(traffic, "_one", hangs)
    monkeypatch.setattr(time, "monotonic", lambda: clock[0])
    traffic.trickle(0.05, ended)
    assert (traffic.sent, traffic.failed) == (200, 200)


def test_set_that_falls_silent_after_the_step_down_is_a_finding(tmp_path: Path) -> None:
    assert mongo_failover._healed({}, 0.0) == {}
