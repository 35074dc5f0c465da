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


@pytest.fixture(scope="module")
def identity(database: Database) -> tuple[str, Path]:
    """A client certificate's subject, as the peer spells it, and its file with certificate and key."""
    from cryptography import x509

    issued = database.world.ca.issue_cert("suite@sandbox.test", common_name="acceptance_monitor")
    path = database.world.folder / "suite.pem"
    path.touch(0o600)
    issued.private_key_and_cert_chain_pem.write_to_path(path)
    subject = x509.load_pem_x509_certificate(issued.cert_chain_pems[0].bytes()).subject.rfc4514_string()
    return subject.replace("#", r"\#"), path  # this server escapes each one, RFC 4514 only a leading one


@pytest.fixture(scope="module")
def by_certificate(
    database: Database, identity: tuple[str, Path], tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Daemon]:
    """A server that lets nobody in without a certificate of the private authority."""
    import pymongo

    storage = tmp_path_factory.mktemp("by-certificate") / "data"
    first = Daemon(database, storage)
    trusted = {"tls": True, "tlsCAFile": str(database.world.ca_file), "directConnection": True}
    with pymongo.MongoClient[Any](first.name, **trusted) as client:
        roles: list[Any] = [{"role": "clusterMonitor", "db": "admin"}, {"role": "read", "db": "bot_core"}]
        client["$external"].command("createUser", identity[0], roles=roles, mechanisms=["MONGODB-X509"])
        client.bot_core.users.insert_one({"email": "u1@example.com"})
    first.end()
    second = Daemon(
        database, storage, "--auth", "--tls-ca-file", str(database.world.ca_file), "--tls-require-client-cert"
    )
    yield second
    second.end()


def by_x509(database: Database, peer: Daemon, certificate: str) -> Mongo:
    secret = database.secret("by-x509", f"mongodb://{peer.name}/?authMechanism=MONGODB-X509")
    return mongo.look(
        database.visit(
            uri="by-x509", credentials=secret, members=[peer.name], services={}, collections=[], indexes=[], queries=[],
            invariants=[], seeded=["users"], migrations=None, snapshot="", certificate_key_file=certificate,
        )
    )  # fmt: skip


def test_logged_in_by_certificate(database: Database, identity: tuple[str, Path], by_certificate: Daemon) -> None:
    seen = by_x509(database, by_certificate, str(identity[1]))
    assert seen.content.seeded == {"users": 1}
    assert not seen.members.open_to_strangers()
    assert not seen.members.with_bad_certificate()


def test_without_a_certificate_nobody_answers(database: Database, by_certificate: Daemon) -> None:
    with pytest.raises(ProbeError, match="no member answered"):
        by_x509(database, by_certificate, "")


def test_a_certificate_that_is_no_user_is_refused(database: Database, by_certificate: Daemon) -> None:
    path = database.world.folder / "stranger.pem"
    database.world.ca.issue_cert("else@sandbox.test", common_name="x").private_key_and_cert_chain_pem.write_to_path(
        path
    )
    with pytest.raises(ProbeError, match="refuses the credentials of by-x509"):
        by_x509(database, by_certificate, str(path))
