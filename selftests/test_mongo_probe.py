"""MongoDB's probe against a set that is sick, lies, hangs or refuses: bounded, clear, never a verdict of its own."""

from __future__ import annotations

import socket
import time
from collections.abc import Iterator
from urllib.parse import quote

import pytest

from acceptance.facts import ProbeError, Unseen, dump, load
from acceptance.probes import mongo
from acceptance.probes.defaults import Default, Defaults
from acceptance.probes.mongo import Mongo
from acceptance.sandbox.mongo_data import PASSWORDS
from acceptance.sandbox.mongo_roles import Role
from selftests.databases import Database
from selftests.judging import BLOCKED, FAIL, PASS, judge

REFUSED = Defaults((Default("mongodb admin", "m1", "admin", 18, let_in=False),))


@pytest.fixture(scope="module")
def database(tmp_path_factory: pytest.TempPathFactory) -> Database:
    return Database(tmp_path_factory.mktemp("database"))


@pytest.fixture
def hanging() -> Iterator[str]:
    """An address that accepts and says nothing."""
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        listener.listen(16)
        yield f"localhost:{listener.getsockname()[1]}"


@pytest.fixture
def dead() -> str:
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        return f"localhost:{listener.getsockname()[1]}"


def test_healthy_set_is_seen_whole(database: Database) -> None:
    seen = mongo.look(database.visit(services={}))
    assert seen == load(Mongo, dump(seen))
    assert [m.kind for m in seen.members.each].count("primary") == 1
    assert not any(isinstance(value, Unseen) for m in seen.members.each for value in vars(m).values())
    assert len(repr(seen)) <= 200


def test_no_secret_is_in_the_facts(database: Database) -> None:
    whole = dump(mongo.look(database.visit(services={})))
    assert not [word for word in PASSWORDS.values() if word in whole]


def test_a_set_without_tls_is_looked_at_all_the_same(database: Database) -> None:
    database.world.faults.add("mongo-plain-works")
    try:
        password = quote(PASSWORDS["acceptance_monitor"])
        uri = f"mongodb://acceptance_monitor:{password}@{database.members[0]}/?authSource=admin&tls=false"
        seen = mongo.look(database.visit(uri="plain", credentials=database.secret("plain", uri), services={}))
    finally:
        database.world.faults.clear()
    assert seen.members.answering_plain()
    assert not [m.version for m in seen.members.each if isinstance(m.version, Unseen)]


def test_wrong_credentials_are_tried_once_and_named(database: Database) -> None:
    uri = f"mongodb://acceptance_monitor:wrong@{database.members[0]}/?authSource=admin"
    with pytest.raises(ProbeError, match="refuses the credentials of wrong"):
        mongo.look(database.visit(uri="wrong", credentials=database.secret("wrong", uri)))


def test_dead_member_blocks_only_what_needs_it(database: Database, dead: str) -> None:
    seen = mongo.look(database.visit(members=[*database.members, dead], services={}))
    assert seen.members.not_reached() == (dead,)
    assert judge("INFRA-MONGO-01", mongo=seen) is FAIL
    assert judge("INFRA-MONGO-02", mongo=seen) is BLOCKED
    assert judge("INFRA-MONGO-08", mongo=seen) is PASS


def test_hung_member_costs_seconds_not_the_look(database: Database, hanging: str) -> None:
    began = time.monotonic()
    seen = mongo.look(database.visit(members=[*database.members, hanging], services={}))
    assert time.monotonic() - began < 15
    assert seen.members.not_reached() == (hanging,)


def test_nobody_answers(database: Database, dead: str) -> None:
    with pytest.raises(ProbeError, match="no member answered"):
        mongo.look(database.visit(members=[dead]))


def test_certificate_for_another_name_is_seen_and_not_trusted(database: Database) -> None:
    database.world.faults.add("mongo-certificate-other-name")
    try:
        with pytest.raises(ProbeError, match="certificate is refused: Hostname mismatch"):
            mongo.look(database.visit())
    finally:
        database.world.faults.clear()


def test_member_that_lies_in_hello_contradicts_the_set(database: Database, monkeypatch: pytest.MonkeyPatch) -> None:
    honest = database.world.shared["mongo"].set.hello
    lie = {"isWritablePrimary": True, "ismaster": True, "secondary": False}
    monkeypatch.setattr(
        database.world.shared["mongo"].set, "hello", lambda member: honest(member) | (lie if member == 2 else {})
    )
    seen = mongo.look(database.visit(services={}))
    assert "says PRIMARY, the set says SECONDARY" in "".join(seen.replication.members_not_serving())
    assert judge("INFRA-MONGO-03", mongo=seen) is FAIL


def test_missing_privilege_is_named(database: Database, monkeypatch: pytest.MonkeyPatch) -> None:
    admin = database.world.shared["mongo"].admin
    monkeypatch.setattr(admin, "roles_of", lambda user: (Role("read", "bot_core"), Role("clusterMonitor", "admin")))
    seen = mongo.look(database.visit(services={}))
    assert isinstance(seen.accounts.users, Unseen)
    assert seen.accounts.users.why == "the monitoring user lacks the privilege viewUser on every database"
    assert judge("INFRA-MONGO-05", mongo=seen, defaults=REFUSED) is BLOCKED
    assert judge("INFRA-MONGO-02", mongo=seen) is PASS


def test_a_stranger_without_a_set_is_no_member(database: Database, monkeypatch: pytest.MonkeyPatch) -> None:
    honest = database.world.shared["mongo"].set.hello
    other = {"setName": "elsewhere"}
    monkeypatch.setattr(
        database.world.shared["mongo"].set, "hello", lambda member: honest(member) | (other if member == 1 else {})
    )
    assert "its set is elsewhere" in "".join(mongo.look(database.visit(services={})).replication.contradictions)


def test_nothing_is_written(database: Database) -> None:
    before = {name: len(c) for name, c in database.world.shared["mongo"].set.databases.items()}
    mongo.look(database.visit(services={}))
    assert {name: len(c) for name, c in database.world.shared["mongo"].set.databases.items()} == before
    assert not database.world.log_path.exists() or "mongo " not in database.world.log_path.read_text()
