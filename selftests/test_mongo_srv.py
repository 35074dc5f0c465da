"""URIs with an SRV name: looked up at a DNS server of the test's own; a failed look-up is told as what it is."""

from __future__ import annotations

import socket
import threading
from collections.abc import Iterator
from pathlib import Path

import dns.message
import dns.rcode
import dns.resolver
import dns.rrset
import pytest

from acceptance.facts import ProbeError, Unseen
from acceptance.probes import mongo
from selftests.databases import Database


@pytest.fixture(scope="module")
def database(tmp_path_factory: pytest.TempPathFactory) -> Database:
    return Database(tmp_path_factory.mktemp("database"))


@pytest.fixture
def zone(monkeypatch: pytest.MonkeyPatch) -> Iterator[dict[str, str]]:
    """Records "name TYPE" -> text, served over UDP; any other name does not exist."""
    records: dict[str, str] = {}
    link = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
    link.bind(("127.0.0.1", 0))

    def serve() -> None:
        while True:
            data, asker = link.recvfrom(4096)
            if data == b"end":
                return
            asked = dns.message.from_wire(data)
            answer, question = dns.message.make_response(asked), asked.question[0]
            kind = dns.rdatatype.to_text(question.rdtype)
            if value := records.get(f"{question.name} {kind}"):
                answer.answer.append(dns.rrset.from_text(question.name, 60, "IN", kind, value))
            elif not any(known.startswith(f"{question.name} ") for known in records):
                answer.set_rcode(dns.rcode.NXDOMAIN)
            link.sendto(answer.to_wire(), asker)

    thread = threading.Thread(target=serve, daemon=True)
    thread.start()
    resolver = dns.resolver.Resolver(configure=False)
    resolver.nameservers, resolver.port = ["127.0.0.1"], link.getsockname()[1]
    monkeypatch.setattr(dns.resolver, "default_resolver", resolver)
    yield records
    link.sendto(b"end", link.getsockname())
    thread.join(5)
    link.close()


def srv(database: Database, host: str) -> str:
    """The monitor's URI with an SRV name."""
    path = Path(database.tables["credentials"]["mongo_acceptance_monitor"]["secret"].removeprefix("file:"))
    before, _, rest = path.read_text().strip().partition("://")
    login = rest.rpartition("@")[0]
    return f"{before}+srv://{login}@{host}/?authSource=admin"


def test_srv_name_is_looked_up(database: Database, zone: dict[str, str]) -> None:
    port = database.members[0].rpartition(":")[2]
    zone["_mongodb._tcp.db.sandbox.test. SRV"] = f"0 0 {port} m1.sandbox.test."
    secret = database.secret("srv", srv(database, "db.sandbox.test"))
    seen = mongo.look(database.visit(uri="srv", credentials=secret, services={}))
    assert not seen.members.not_reached()


def test_srv_name_that_does_not_exist_is_told(database: Database, zone: dict[str, str]) -> None:
    secret = database.secret("srv", srv(database, "gone.sandbox.test"))
    with pytest.raises(ProbeError, match="SRV look-up of its host failed: NXDOMAIN"):
        mongo.look(database.visit(uri="srv", credentials=secret))


def test_application_with_such_a_name_is_told_too(database: Database, zone: dict[str, str]) -> None:
    secret = database.secret("app", srv(database, "gone.sandbox.test"))
    (uri,) = mongo.look(database.visit(application=["app"], credentials=secret, services={})).accounts.uris
    assert isinstance(uri, Unseen)
    assert uri.why == "the SRV look-up of its host failed: NXDOMAIN"


def test_what_is_no_uri_is_told_as_before(database: Database) -> None:
    with pytest.raises(ProbeError, match="no MongoDB URI"):
        mongo.look(database.visit(uri="srv", credentials=database.secret("srv", "mongodb+srv://")))
