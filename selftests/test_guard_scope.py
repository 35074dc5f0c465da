"""Probes written to misbehave go to where the target is not, one for each library: they are refused before a byte is sent."""

from __future__ import annotations

import socket
import subprocess
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from acceptance import guard, web
from acceptance.facts import ProbeError
from acceptance.visit import Visit
from selftests.misbehaving import INSIDE, OUTSIDE, Listener, answer, by_httpx, target_of, visit


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


@pytest.mark.usefixtures("aws_keys")
@pytest.mark.parametrize("client", CLIENTS, ids=lambda client: client.__name__)
def test_an_address_that_the_target_does_not_name(client: Any, outside: Listener, tmp_path: Path) -> None:
    found = answer(client(outside.where), tmp_path)
    assert "value" not in found, found
    assert f"{outside.where} is no address of the target" in found["failure"]["why"]
    assert (outside.connections, outside.got) == (0, b"")


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


def test_a_name_that_the_target_does_not_name_is_not_asked_for(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    asked: list[object] = []
    resolve = socket.getaddrinfo

    def noting(host: object, *rest: Any, **more: Any) -> Any:
        asked.append(host)
        return resolve(host, *rest, **more) if host == INSIDE else []

    monkeypatch.setattr(socket, "getaddrinfo", noting)
    v = visit(target_of({"plain": "http://named.example"}), tmp_path)
    with web.client(v) as client:
        with pytest.raises(ProbeError, match=r"elsewhere\.example is no host of the target"):
            web.ask(client, "GET", "http://elsewhere.example/")
        with pytest.raises(ProbeError):
            web.ask(client, "GET", "http://named.example/")
    assert asked == ["named.example"]
