"""MongoDB from a service's own network: the collector's hello, and how INFRA-MONGO-01 turns on what it found."""

from __future__ import annotations

import contextlib
import json
import os
import ssl
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from acceptance.collector import inside, mongo_reach
from acceptance.facts import Unseen
from acceptance.probes import mongo
from acceptance.probes.mongo import Hello
from acceptance.sandbox.answer import __file__ as ANSWER
from acceptance.verdict import Status
from selftests.databases import Database
from selftests.judging import BLOCKED, FAIL, PASS, judge
from selftests.mongo_facts import mongo as facts_of
from selftests.mongo_facts import service
from selftests.test_mongo_probe import dead, hanging

__all__ = ["dead", "hanging"]
CONTAINER = {"Name": "/x-engine-1", "Config": {"Labels": {"com.docker.compose.service": "engine"}}}


@pytest.fixture(scope="module")
def database(tmp_path_factory: pytest.TempPathFactory) -> Database:
    return Database(tmp_path_factory.mktemp("database"))


@pytest.fixture
def hello(monkeypatch: pytest.MonkeyPatch) -> Callable[..., Any]:
    """The collector's section, in this process's own network instead of a container's."""
    known: Any = mongo_reach
    container = CONTAINER | {"State": {"Running": True, "Pid": os.getpid()}}
    monkeypatch.setattr(known, "project_containers", lambda project: [container])

    def run(*argv: str, **_: Any) -> str:
        assert argv[:4] == ("nsenter", "-t", str(os.getpid()), "-n")
        said = subprocess.run([sys.executable, *argv[5:]], capture_output=True, text=True, timeout=30, check=True)
        return said.stdout

    monkeypatch.setattr(inside, "run", run)

    def ask(*places: str, name: str = "engine") -> Any:
        found = known.look_at_mongo_reach({"project": "x", "mongo_places": {name: list(places)}})[name]
        return {each["member"]: each["why"] for each in found} if isinstance(found, list) else found

    return ask


def test_members_answer_and_dead_and_silent_ones_do_not(
    hello: Callable[..., Any], database: Database, dead: str, hanging: str
) -> None:
    found = hello(*database.members, dead, hanging, "nosuchname:27017")
    assert [found[name] for name in database.members] == ["", "", ""]
    assert "refused" in found[dead]
    assert "timed out" in found[hanging]
    assert found["nosuchname:27017"]


def test_other_server_is_no_mongodb(hello: Callable[..., Any], database: Database) -> None:
    from acceptance.sandbox.double import Reply, serve

    place = serve(lambda _: Reply({})).removeprefix("http://")
    assert hello(place)[place]


def test_member_that_wants_a_certificate_is_not_judged(hello: Callable[..., Any], database: Database) -> None:
    context = database.world.server_context("localhost")
    context.verify_mode = ssl.CERT_REQUIRED
    context.load_verify_locations(database.world.ca_file)
    with Wanting(context) as place:
        assert hello(place)[place]["why"] == "the member refuses TLS without a certificate"


class Wanting:
    """A TLS server that asks for a client certificate."""

    def __init__(self, context: ssl.SSLContext) -> None:
        import socket
        import threading

        self.listener = socket.create_server(("127.0.0.1", 0))
        self.context = context
        self.thread = threading.Thread(target=self.answer, daemon=True)

    def answer(self) -> None:
        raw, _ = self.listener.accept()
        with raw, contextlib.suppress(OSError):
            self.context.wrap_socket(raw, server_side=True).close()

    def __enter__(self) -> str:
        self.thread.start()
        return f"127.0.0.1:{self.listener.getsockname()[1]}"

    def __exit__(self, *_: object) -> None:
        self.thread.join(10)
        self.listener.close()


def test_service_that_does_not_run_can_not_be_asked_from(hello: Callable[..., Any]) -> None:
    assert hello("127.0.0.1:9", name="dashboard")["why"] == "no container of service dashboard runs"


UNSEEN = Unseen("it", "for the test")


@pytest.mark.parametrize(
    ("reach", "status"),
    [
        ((Hello("m1:27017", ""), Hello("m2:27017", "TimeoutError: timed out")), FAIL),
        ((Hello("m1:27017", UNSEEN), Hello("m2:27017", "TimeoutError: timed out")), FAIL),
        ((Hello("m1:27017", ""), Hello("m2:27017", UNSEEN)), BLOCKED),
        ((), BLOCKED),
        (UNSEEN, BLOCKED),
    ],
)
def test_what_was_found_decides(reach: Any, status: Status) -> None:
    assert judge("INFRA-MONGO-01", mongo=facts_of(services=(service(reach=reach),))) is status


def test_probe_asks_the_host_that_is_named(database: Database, tmp_path: Path) -> None:
    place = tmp_path / "answer.json"
    place.write_text(
        json.dumps({"mongo_reach": {"engine": [{"member": name, "why": ""} for name in database.members]}})
    )
    tables = {"hosts": {"app": {"command": [sys.executable, ANSWER, str(place)]}}}
    services = {"engine": {"host": "app"}, "other": {"host": "app"}, "nowhere": {}}
    seen = mongo.look(database.visit(services=services, tables=tables))
    reach = {each.name: each.reach for each in seen.services}
    assert reach["engine"] == tuple(Hello(name, "") for name in database.members)
    assert isinstance(reach["other"], Unseen)
    assert reach["nowhere"] == Unseen("MongoDB from nowhere", "[mongo.services.nowhere] names no host")
    assert judge("INFRA-MONGO-01", mongo=facts_of(services=(service(reach=reach["engine"]),))) is PASS


def test_answer_that_does_not_say_ok_is_none(hello: Callable[..., Any]) -> None:
    import socket
    import threading

    with socket.create_server(("127.0.0.1", 0)) as listener:

        def answer() -> None:
            for _ in range(2):  # TLS is tried first
                link, _ = listener.accept()
                with link:
                    link.recv(4096)
                    link.sendall((24).to_bytes(4, "little") + bytes(20))

        thread = threading.Thread(target=answer, daemon=True)
        thread.start()
        place = f"127.0.0.1:{listener.getsockname()[1]}"
        assert "no answer of MongoDB" in hello(place)[place]
        thread.join(5)
