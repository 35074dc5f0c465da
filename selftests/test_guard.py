"""Probes written to misbehave, one for each library: they are refused, and a listening server sees nothing of them."""

from __future__ import annotations

import contextlib
import json
import os
import shutil
import socket
import subprocess
import threading
import time
from collections.abc import Callable, Iterator
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from acceptance import guard
from acceptance.facts import facts
from acceptance.look import Plan, _visit
from acceptance.probes import Probe
from acceptance.target import Target
from acceptance.visit import Visit
from selftests.databases import Database

INSIDE, OUTSIDE = "127.0.0.1", "127.0.0.77"
URLS = {"base": "https://app.sandbox.test", "plain": "http://app.sandbox.test", "api": "https://app.sandbox.test",
        "ws": "wss://app.sandbox.test/ws", "dashboard": "https://app.sandbox.test"}  # fmt: skip


def visit(target: Target, folder: Path) -> Visit:
    """A visit without impact."""
    return Visit(target, datetime.now(UTC), folder, folder, folder, "acceptance-self-test", time.monotonic() + 20)


class Listener:
    """Takes connections on one address and keeps what arrives; answers 200 to whatever it is asked."""

    def __init__(self, address: str) -> None:
        self.got = b""
        self.connections = 0
        self.socket = socket.create_server((address, 0))
        self.where = f"{address}:{self.socket.getsockname()[1]}"
        self.host, self.port = address, int(self.socket.getsockname()[1])
        self._thread = threading.Thread(target=self._serve, daemon=True)
        self._thread.start()

    def _serve(self) -> None:
        while True:
            try:
                taken, _ = self.socket.accept()
            except OSError:
                return
            self.connections += 1
            with taken:
                taken.settimeout(1)
                try:
                    while chunk := taken.recv(65536):
                        self.got += chunk
                        taken.sendall(b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\n{}")
                except OSError:
                    continue

    def close(self) -> None:
        """Listen no more."""
        self.socket.shutdown(socket.SHUT_RDWR)
        self.socket.close()
        self._thread.join(3)


@pytest.fixture
def outside() -> Iterator[Listener]:
    """A server that the target does not name."""
    listener = Listener(OUTSIDE)
    yield listener
    listener.close()


@pytest.fixture
def inside() -> Iterator[Listener]:
    """A server that the target names."""
    listener = Listener(INSIDE)
    yield listener
    listener.close()


@facts
class Nothing:
    """What a probe brings that was not refused."""

    said: str

    def looked(self) -> str:
        return self.said


def answer(misbehave: Callable[[Visit], object], folder: Path, **more: Any) -> dict[str, Any]:
    """The answer of a probe that looks like this, in a child as the looker makes it."""
    (folder / "facts").mkdir()
    target = more.pop("target", None) or Target.model_validate({
        "name": "t", "urls": URLS | more.pop("urls", {}), "resolve": {"app.sandbox.test": (INSIDE,)}, "hosts": more.pop("hosts", {}),
    })  # fmt: skip
    plan = Plan(folder, "", ("bad",), more.pop("allow", frozenset()), datetime.now(UTC), folder, folder)
    probe = Probe("bad", lambda v: Nothing(str(misbehave(v))), Nothing, **more)
    if (pid := os.fork()) == 0:
        try:
            _visit(probe, plan, target, datetime.now(UTC))
        finally:
            os._exit(0)
    os.waitpid(pid, 0)
    found: dict[str, Any] = json.loads((folder / "facts" / "bad.json").read_text(encoding="utf-8"))
    return found


def by_httpx(where: str) -> Callable[[Visit], object]:
    def look(v: Visit) -> object:
        from acceptance import web

        with web.client(v) as client:
            return web.ask(client, "GET", f"http://{where}/").status_code

    return look


def by_socket(where: str) -> Callable[[Visit], object]:
    host, _, port = where.partition(":")
    return lambda v: socket.create_connection((host, int(port)), 2).close()


def by_swallowing(where: str) -> Callable[[Visit], object]:
    """Swallows ordinary exceptions, as many a library does."""

    def look(v: Visit) -> object:
        host, _, port = where.partition(":")
        for _ in range(3):
            try:
                socket.create_connection((host, int(port)), 2).close()
            except Exception:  # noqa: BLE001  # that is its misbehaviour
                continue
        return "swallowed"

    return look


def by_datagram(where: str) -> Callable[[Visit], object]:
    host, _, port = where.partition(":")

    def look(v: Visit) -> object:
        with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as sock:
            return sock.sendto(b"hello", (host, int(port)))

    return look


def by_asyncio(where: str) -> Callable[[Visit], object]:
    host, _, port = where.partition(":")

    def look(v: Visit) -> object:
        import asyncio

        return asyncio.run(asyncio.open_connection(host, int(port)))

    return look


def by_dnspython(where: str) -> Callable[[Visit], object]:
    host, _, port = where.partition(":")

    def look(v: Visit) -> object:
        import dns.message
        import dns.query

        return dns.query.udp(dns.message.make_query("example.com", "A"), host, timeout=2, port=int(port))

    return look


def by_websockets(where: str) -> Callable[[Visit], object]:
    def look(v: Visit) -> object:
        from websockets.sync.client import connect

        return connect(f"ws://{where}/", proxy=None)

    return look


def by_pymongo(where: str) -> Callable[[Visit], object]:
    def look(v: Visit) -> object:
        from pymongo import MongoClient

        client: Any = MongoClient(f"mongodb://{where}/?directConnection=true", serverSelectionTimeoutMS=700)
        return client.admin.command("ping")

    return look


def by_botocore(where: str) -> Callable[[Visit], object]:
    def look(v: Visit) -> object:
        from acceptance.aws import Aws

        return Aws(v, region="eu-west-1", endpoint=f"http://{where}").ask("sts", "get_caller_identity")

    return look


def by_sslyze(where: str) -> Callable[[Visit], object]:
    host, _, port = where.partition(":")

    def look(v: Visit) -> object:
        from acceptance.probes.tls_hello import Where
        from acceptance.probes.tls_scan import scan

        place = Where(host, int(port), "app.sandbox.test")
        return repr(scan([place], time.monotonic() + 5, lambda _: True)[place])

    return look


CLIENTS = (
    by_httpx, by_socket, by_swallowing, by_datagram, by_asyncio, by_dnspython, by_websockets, by_pymongo, by_botocore,
    by_sslyze,
)  # fmt: skip


@pytest.mark.parametrize("client", CLIENTS, ids=lambda client: client.__name__)
def test_an_address_that_the_target_does_not_name(
    client: Any, outside: Listener, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("AWS_ACCESS_KEY_ID", "testing-key")
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", "testing-secret")
    found = answer(client(outside.where), tmp_path)
    assert "value" not in found, found
    assert f"{outside.where} is no address of the target" in found["failure"]["why"]
    assert (outside.connections, outside.got) == (0, b"")


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


def test_more_requests_than_the_budget(inside: Listener, tmp_path: Path) -> None:
    def look(v: Visit) -> object:
        from acceptance import web

        with web.client(v) as client:
            return [web.ask(client, "GET", f"http://{inside.where}/").status_code for _ in range(9)]

    found = answer(look, tmp_path, requests=3)
    assert "the budget of 3 requests is used up" in found["failure"]["why"]
    assert inside.got.count(b"GET /") == 3


def test_more_upgrades_than_the_budget(inside: Listener, tmp_path: Path) -> None:
    from acceptance.facts import ProbeError
    from acceptance.probes import wire

    def look(v: Visit) -> object:
        for _ in range(9):
            with contextlib.suppress(ProbeError):  # the listener speaks no TLS
                wire.connect(v, token=None)
        return "swallowed"

    found = answer(look, tmp_path, requests=3, urls={"ws": f"wss://{inside.where}/ws"})
    assert "the budget of 3 requests is used up" in found["failure"]["why"]
    assert inside.connections == 3


def test_more_aws_calls_than_the_budget(inside: Listener, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("AWS_ACCESS_KEY_ID", "testing-key")
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", "testing-secret")

    def look(v: Visit) -> object:
        from acceptance.aws import Aws
        from acceptance.facts import ProbeError

        aws = Aws(v, region="eu-west-1", endpoint=f"http://{inside.where}")
        for _ in range(9):
            with contextlib.suppress(ProbeError):
                aws.ask("sts", "get_caller_identity")
        return "swallowed"

    found = answer(look, tmp_path, requests=3)
    assert "the budget of 3 requests is used up" in found["failure"]["why"]
    assert inside.got.count(b"POST /") == 3


def test_an_undeclared_write_by_botocore(inside: Listener, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("AWS_ACCESS_KEY_ID", "testing-key")
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", "testing-secret")

    def look(v: Visit) -> object:
        from acceptance.aws import Aws

        return Aws(v, region="eu-west-1", endpoint=f"http://{inside.where}").ask(
            "ec2", "terminate_instances", InstanceIds=["i-1"]
        )

    assert "AWS TerminateInstances changes the target" in answer(look, tmp_path)["failure"]["why"]
    assert inside.got == b""


@pytest.fixture(scope="module")
def database(tmp_path_factory: pytest.TempPathFactory) -> Database:
    """A replica set that takes writes."""
    return Database(tmp_path_factory.mktemp("database"))


def trades(database: Database) -> int:
    """How many the set holds."""
    return len(database.world.shared["mongo"].set.databases["bot_core"]["trades"].documents)


def by_mongo(act: Callable[[Any], object]) -> Callable[[Visit], object]:
    """What a live client does as the application's user; whatever it raises is swallowed."""

    def look(v: Visit) -> object:
        from acceptance.probes import mongo_client

        known = mongo_client.table(v)
        with mongo_client.connect(v, known.members[0], known.application[0]) as client:
            try:
                return act(client.bot_core.trades)
            except Exception as swallowed:  # noqa: BLE001  # that is its misbehaviour
                return repr(swallowed)

    return look


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


def test_more_commands_of_mongo_than_the_budget(database: Database, tmp_path: Path) -> None:
    many = by_mongo(lambda trades: [trades.find_one({}) for _ in range(9)])
    found = answer(many, tmp_path, target=database.visit().target, requests=5)
    assert "the budget of 5 requests is used up" in found["failure"]["why"]


def test_more_requests_of_a_page_than_the_budget(inside: Listener, tmp_path: Path) -> None:
    from acceptance.probes.chromium import chromium
    from acceptance.probes.tab import Tab

    here = chromium_tab(tmp_path, inside.port)

    def look(v: Visit) -> object:
        with chromium(v) as browser:
            tab = Tab(v, browser.new_context())
            tab.page.goto(f"http://app.sandbox.test:{inside.port}/")
            tab.evaluate("async () => { for (let i = 0; i < 9; i++) await fetch('/' + i); }")
        return "swallowed"

    found = answer(look, tmp_path, target=here.target, requests=5)
    assert "the budget of 5 requests is used up" in found["failure"]["why"]


def test_what_is_allowed_goes_out_and_is_counted(inside: Listener, tmp_path: Path) -> None:
    found = answer(by_httpx(inside.where), tmp_path)
    assert (found["value"]["said"], found["requests"], found["writes"]) == ("200", 1, 0)
    assert inside.got.startswith(b"GET / HTTP/1.1")


def test_a_refusal_is_remembered_though_a_library_turns_it_into_something_else(tmp_path: Path) -> None:
    def look(v: Visit) -> object:
        try:
            socket.create_connection((OUTSIDE, 9), 1)
        except guard.Refused:
            return "turned into an answer"
        return ""

    found = answer(look, tmp_path)
    assert "value" not in found
    assert "is no address of the target" in found["failure"]["why"]


def test_a_page_that_fetches_from_elsewhere(inside: Listener, outside: Listener, tmp_path: Path) -> None:
    from acceptance.probes.chromium import chromium

    target = Target.model_validate({
        "name": "t", "urls": URLS, "resolve": {"app.sandbox.test": (INSIDE,)}, "browser": {"executable": "chromium"},
    })  # fmt: skip
    if not shutil.which("chromium"):
        pytest.skip("there is no Chromium on this machine")
    with chromium(visit(target, tmp_path)) as browser:
        page = browser.new_page()
        page.goto(f"http://app.sandbox.test:{inside.port}/")
        for url in (f"http://{outside.where}/", f"http://elsewhere.test:{outside.port}/"):
            script = (
                f"fetch('{url}', {{method: 'POST', mode: 'no-cors', body: 'x'}}).then(() => 'sent', () => 'refused')"
            )
            assert page.evaluate(script) == "refused"
    assert inside.connections > 0
    assert (outside.connections, outside.got) == (0, b"")


@pytest.mark.parametrize(
    "argv", [["--", "elsewhere.test", "true"], ["--", OUTSIDE], [OUTSIDE, "true"], ["-G", "elsewhere.test", "--"]]
)
def test_ssh_to_a_host_that_the_target_does_not_name(argv: list[str], tmp_path: Path) -> None:
    found = answer(lambda v: subprocess.run(["ssh", *argv], capture_output=True, timeout=5), tmp_path)
    assert "value" not in found
    assert "no host of the target" in found["failure"]["why"]


@pytest.mark.parametrize("where", [INSIDE, "lab-host"])
def test_ssh_to_the_target_is_started(where: str, tmp_path: Path) -> None:
    """By an address of `[resolve]`, or by the name that `[hosts]` gives; here it is only asked what it would do."""
    hosts = {"app": {"ssh": "lab-host"}}
    found = answer(lambda v: subprocess.run(["ssh", "-G", "--", where], timeout=5).returncode, tmp_path, hosts=hosts)
    assert found["value"]["said"] == "0"


def chromium_tab(folder: Path, port: int, allow: frozenset[str] = frozenset()) -> Visit:
    """A visit whose browser may go to the listener."""
    target = Target.model_validate({
        "name": "t", "urls": URLS, "resolve": {"app.sandbox.test": (INSIDE,)}, "browser": {"executable": "chromium"},
        "operations": {"login": {"method": "POST", "path": "/login", "public": True}},
    })  # fmt: skip
    if not shutil.which("chromium"):
        pytest.skip("there is no Chromium on this machine")
    return replace(visit(target, folder), allow=allow)


FETCH = "([url, method]) => fetch(url, {method, body: method == 'GET' ? null : 'x'}).then(() => 'sent', () => 'held')"


@pytest.mark.parametrize("allow, outcome", [(frozenset(), "held"), (frozenset({"writes"}), "sent")])
def test_a_page_that_writes(allow: frozenset[str], outcome: str, inside: Listener, tmp_path: Path) -> None:
    from acceptance.probes.chromium import chromium
    from acceptance.probes.tab import Tab

    here = chromium_tab(tmp_path, inside.port, allow)
    origin = f"http://app.sandbox.test:{inside.port}"
    with chromium(here) as browser:
        tab = Tab(here, browser.new_context())
        tab.page.goto(origin)
        said = {(path, method): tab.evaluate(FETCH, [origin + path, method])
                for path, method in (("/orders", "POST"), ("/orders/1", "DELETE"), ("/login", "POST"), ("/x", "GET"))}  # fmt: skip
        tab.until(lambda: len(tab.trouble) >= 2, 1)
    assert said == {("/orders", "POST"): outcome, ("/orders/1", "DELETE"): outcome,
                    ("/login", "POST"): "sent", ("/x", "GET"): "sent"}  # fmt: skip
    assert (b"/orders" in inside.got) is bool(allow)
    assert not [each for each in tab.trouble if not each.allowed]


def test_a_step_of_the_session_is_no_write(inside: Listener, tmp_path: Path) -> None:
    from acceptance.probes.chromium import chromium
    from acceptance.probes.tab import Tab

    here = chromium_tab(tmp_path, inside.port)
    origin = f"http://app.sandbox.test:{inside.port}"
    with chromium(here) as browser:
        tab = Tab(here, browser.new_context())
        tab.page.goto(origin)
        tab.gate.session = True
        assert tab.evaluate(FETCH, [origin + "/form", "POST"]) == "sent"
        tab.gate.session = False
        assert tab.evaluate(FETCH, [origin + "/form", "POST"]) == "held"
