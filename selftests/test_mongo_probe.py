"""MongoDB's probe against a set that is sick, lies, hangs or refuses: bounded, clear, never a verdict of its own."""

from __future__ import annotations

import socket
import threading
import time
from collections.abc import Iterator
from typing import Any
from urllib.parse import quote

import pytest

from acceptance.facts import ProbeError, Unseen, dump, load
from acceptance.probes import mongo, mongo_look_members, mongo_look_services
from acceptance.probes.defaults import Default, Defaults
from acceptance.probes.mongo import Mongo
from acceptance.probes.mongo_client import plain_answers
from acceptance.probes.mongo_content import Plan
from acceptance.sandbox.mongo_admin import Fails
from acceptance.sandbox.mongo_data import PASSWORDS
from acceptance.sandbox.mongo_roles import Role
from selftests.databases import Database
from selftests.judging import BLOCKED, FAIL, PASS, judge
from selftests.mongo_facts import mongo as facts_of

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


def test_wrong_credentials_are_tried_once_where_the_first_member_is_dead(
    database: Database, dead: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    tried: list[str] = []
    honest = mongo_look_members.connect

    def counting(visit: Any, member: str, credential: str = "", **options: Any) -> Any:
        tried.extend([member] if credential else [])
        return honest(visit, member, credential, **options)

    monkeypatch.setattr(mongo_look_members, "connect", counting)
    uri = f"mongodb://acceptance_monitor:wrong@{database.members[0]}/?authSource=admin"
    secret = database.secret("wrong", uri)
    with pytest.raises(ProbeError, match="refuses the credentials"):
        mongo.look(database.visit(uri="wrong", credentials=secret, members=[dead, *database.members]))
    assert tried == [dead, database.members[0]]


def test_arbiter_that_knows_no_user_is_looked_at_as_far_as_a_stranger_may(database: Database) -> None:
    database.world.faults.add("mongo-arbiter")
    try:
        seen = mongo.look(database.visit(members=database.members[::-1], services={}))
    finally:
        database.world.faults.clear()
    assert [m.kind for m in seen.members.each] == ["arbiter", "secondary", "primary"]
    for id in ("INFRA-MONGO-01", "INFRA-MONGO-02", "INFRA-MONGO-04", "INFRA-MONGO-17", "INFRA-MONGO-19"):
        assert judge(id, mongo=facts_of(members=seen.members)) is PASS
    assert judge("INFRA-MONGO-03", mongo=seen) is FAIL  # two hold data


def test_members_of_the_set_that_the_target_does_not_name_are_not_passed_over(database: Database) -> None:
    seen = mongo.look(database.visit(members=database.members[:1], services={}))
    assert seen.members.unlisted == tuple(sorted(database.members[1:]))
    for id in ("INFRA-MONGO-02", "INFRA-MONGO-04", "INFRA-MONGO-17", "INFRA-MONGO-19"):
        assert judge(id, mongo=seen) is BLOCKED
    assert judge("INFRA-MONGO-03", mongo=seen) is PASS


def test_member_that_is_meant_to_be_behind_is_not_late_and_not_read(
    database: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    replica_set = database.world.shared["mongo"].set
    honest = replica_set.config()
    honest["config"]["members"][1] |= {"secondaryDelaySecs": 3600, "hidden": True}
    monkeypatch.setattr(replica_set, "config", lambda: honest)
    monkeypatch.setattr(replica_set, "lag_s", lambda member: 3603 if member == 1 else 0)
    seen = mongo.look(database.visit(services={}))
    assert seen.replication.members_behind(seconds=10) == ()
    assert len(seen.replication.voting_data_members()) == 2
    assert [on.member for on in seen.content.on] == [database.members[0], database.members[2]]
    assert {p.member for p in seen.content.plans if isinstance(p, Plan)} == {database.members[2]}


def test_mongos_tells_its_connections_and_blocks_what_only_members_know(
    database: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    world = database.world.shared["mongo"]
    honest, answer, asked = world.set.hello, world.admin.answer, []
    lie = {"isWritablePrimary": True, "ismaster": True, "secondary": False, "msg": "isdbgrid"}
    gone = ("setName", "hosts", "me", "primary")
    monkeypatch.setattr(world.set, "hello", lambda n: {k: v for k, v in (honest(n) | lie).items() if k not in gone})

    def as_mongos(member: int, command: dict[str, Any]) -> Any:
        name = next(iter(command))
        if name.startswith("replSet"):
            raise Fails(59, "CommandNotFound", f"no such command: '{name}'")
        return {"authenticationMechanisms": []} if name == "getParameter" else answer(member, command)

    monkeypatch.setattr(world.admin, "answer", as_mongos)
    documents = mongo_look_services.documents
    monkeypatch.setattr(mongo_look_services, "documents", lambda *a: asked.append(a[2]) or documents(*a))
    seen = mongo.look(database.visit(members=database.members[:1], services={}))
    assert judge("INFRA-MONGO-02", mongo=seen) is BLOCKED
    assert judge("INFRA-MONGO-03", mongo=seen) is BLOCKED
    assert judge("INFRA-MONGO-08", mongo=seen) is PASS
    assert asked[0]["pipeline"][0]["$currentOp"]["localOps"] is True


@pytest.mark.parametrize(
    ("said", "status"),
    [
        ({"was": 1, "slowms": 100, "filter": {"op": "query"}}, BLOCKED),
        ({"was": 2, "slowms": 100, "filter": {"op": "query"}}, PASS),
        ({}, BLOCKED),
        ({"was": 0, "slowms": 200}, PASS),
    ],
)
def test_profiler_that_filters_or_tells_nothing(
    said: dict[str, Any], status: Any, database: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    admin = database.world.shared["mongo"].admin
    honest = admin.answer
    monkeypatch.setattr(admin, "answer", lambda n, command: said if "profile" in command else honest(n, command))
    assert judge("INFRA-MONGO-17", mongo=mongo.look(database.visit(services={}))) is status


@pytest.mark.parametrize(
    ("reply", "seen"),
    [
        (b"\x15\x03\x01\x00\x02\x02\x46", False),  # a proxy's TLS alert
        (b"", False),
        (b"HTTP/1.1 400 Bad Request\r\n\r\n", None),
        (bytes.fromhex("20000000070000000100000010000000"), None),  # another opcode
        (bytes.fromhex("200000000700000001000000dd070000"), True),
    ],
)
def test_only_mongodbs_answer_is_one_without_tls(reply: bytes, seen: bool | None, database: Database) -> None:
    with socket.create_server(("127.0.0.1", 0)) as listener:

        def answer() -> None:
            link, _ = listener.accept()
            with link:
                link.recv(4096)
                link.sendall(reply)

        thread = threading.Thread(target=answer, daemon=True)
        thread.start()
        found = plain_answers(database.visit(), f"[127.0.0.1]:{listener.getsockname()[1]}")
        thread.join(5)
    assert (None if isinstance(found, Unseen) else found) is seen


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


def test_member_that_is_neither_contradicts_a_set_that_calls_it_secondary(
    database: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    honest = database.world.shared["mongo"].set.hello
    monkeypatch.setattr(
        database.world.shared["mongo"].set, "hello", lambda n: honest(n) | ({"secondary": False} if n == 2 else {})
    )
    assert judge("INFRA-MONGO-03", mongo=mongo.look(database.visit(services={}))) is FAIL


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
