"""The probe and the restore against a MongoDB-protocol server that is not ours: SecantusDB, where it is installed."""

from __future__ import annotations

import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from acceptance.facts import ProbeError, Unseen
from acceptance.probes import mongo
from acceptance.probes.mongo import Mongo
from selftests.databases import Database
from selftests.judging import FAIL, PASS, judge

DAEMON = Path(sys.executable).with_name("secantusd-py")
pytestmark = [
    pytest.mark.lab,
    pytest.mark.skipif(not DAEMON.is_file(), reason="SecantusDB is not installed"),
]
PASSWORD = "peer-monitor-6Rt4-Ws8z"
INDEXES = [
    {"collection": "users", "keys": ["email:1"], "unique": True},
    {"collection": "sessions", "keys": ["expires_at:1"], "ttl_s": 0},
]
QUERIES = [
    {"name": "log-in", "collection": "users", "filter": '{"email": "u1@example.com"}'},
    {"name": "by name", "collection": "users", "filter": '{"name": "u1"}'},
]


class Daemon:
    """SecantusDB over TLS in a process of its own."""

    def __init__(self, database: Database, storage: Path, *flags: str) -> None:
        with socket.socket() as free:
            free.bind(("127.0.0.1", 0))
            self.port = free.getsockname()[1]
        chain, key = database.world.certificate("peer.sandbox.test", "localhost")
        self.process = subprocess.Popen(
            [str(DAEMON), "--host", "127.0.0.1", "--port", str(self.port), "--storage-path", str(storage),
             "--tls-cert-file", str(chain), "--tls-key-file", str(key), *flags],
            stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, cwd=storage.parent,
        )  # fmt: skip
        ends = time.monotonic() + 30
        while time.monotonic() < ends:
            try:
                socket.create_connection(("127.0.0.1", self.port), 1).close()
            except OSError:
                time.sleep(0.1)
            else:
                break

    @property
    def name(self) -> str:
        return f"localhost:{self.port}"

    def end(self) -> None:
        self.process.terminate()
        try:
            self.process.wait(20)
        except subprocess.TimeoutExpired:
            self.process.kill()
            self.process.wait(5)


@pytest.fixture(scope="module")
def database(tmp_path_factory: pytest.TempPathFactory) -> Database:
    return Database(tmp_path_factory.mktemp("database"))


@pytest.fixture(scope="module")
def peer(database: Database, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Daemon]:
    import pymongo

    storage = tmp_path_factory.mktemp("peer") / "data"
    first = Daemon(database, storage)
    with pymongo.MongoClient(
        first.name, tls=True, tlsCAFile=str(database.world.ca_file), directConnection=True
    ) as client:
        roles: list[Any] = [{"role": "clusterMonitor", "db": "admin"}, {"role": "read", "db": "bot_core"}]
        client.admin.command("createUser", "monitor", pwd=PASSWORD, roles=roles)
        kept = client.bot_core
        kept.users.insert_many([{"email": f"u{n}@example.com", "name": f"u{n}"} for n in range(50)])
        kept.users.create_index("email", unique=True)
        kept.sessions.create_index("expires_at", expireAfterSeconds=0)
        for name in ("trades", "strategies", "portfolios"):
            kept[name].insert_one({"_id": 1})
    first.end()
    second = Daemon(database, storage, "--auth")
    yield second
    second.end()


def look(database: Database, peer: Daemon, password: str = PASSWORD) -> Mongo:
    uri = f"mongodb://monitor:{password}@{peer.name}/?authSource=admin"
    return mongo.look(
        database.visit(
            uri="peer", credentials=database.secret("peer", uri), members=[peer.name], services={}, collections=[],
            indexes=INDEXES, queries=QUERIES, invariants=[], seeded=["users"], migrations=None, snapshot="",
        )
    )  # fmt: skip


@pytest.fixture(scope="module")
def seen(database: Database, peer: Daemon) -> Mongo:
    return look(database, peer)


def test_strangers_and_plain_connections_are_refused(seen: Mongo) -> None:
    assert not seen.members.open_to_strangers()
    assert not seen.members.answering_plain()
    assert not seen.members.with_bad_certificate()


def test_collections_indexes_and_expiry_are_seen(seen: Mongo) -> None:
    assert judge("INFRA-MONGO-08", mongo=seen) is PASS
    assert judge("INFRA-MONGO-09", mongo=seen) is PASS
    assert judge("INFRA-DATA-03", mongo=seen) is PASS
    assert seen.content.seeded == {"users": 50}


def test_plans_tell_an_index_from_a_scan(seen: Mongo) -> None:
    assert [p.query for p in seen.content.plans if not isinstance(p, Unseen) and "COLLSCAN" in p.stages] == ["by name"]
    assert judge("INFRA-DATA-05", mongo=seen) is FAIL


def test_single_node_is_no_replica_set_of_three(seen: Mongo) -> None:
    assert judge("INFRA-MONGO-03", mongo=seen) is not PASS


def test_wrong_password_is_named(database: Database, peer: Daemon) -> None:
    with pytest.raises(ProbeError, match="refuses the credentials"):
        look(database, peer, "wrong")
