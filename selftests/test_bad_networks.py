"""Probes against servers that are not there, say nothing, drip, let go or talk nonsense: blocked in time, no verdict."""

from __future__ import annotations

import json
import select
import socket
import struct
import threading
import time
from collections.abc import Callable, Iterator
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from acceptance.judge import catalogue, judge, probes_of, resolve
from acceptance.look import Plan, _Child, facts_of
from acceptance.probes import PROBES
from acceptance.target import Target
from acceptance.verdict import Status

DEADLINE_S = 4.0
NAMES = ("health", "status_document", "plain", "cors", "headers", "login", "api_document", "websocket",
         "websocket_hold", "mongo")  # fmt: skip


def silent(sock: socket.socket) -> None:
    time.sleep(10)


def drips(sock: socket.socket) -> None:
    for byte in b"HTTP/1.1 200 OK\r\nX: " + b"y" * 200:
        sock.sendall(bytes([byte]))
        time.sleep(0.2)


def resets(sock: socket.socket) -> None:
    sock.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))


def garbage(sock: socket.socket) -> None:
    sock.sendall(bytes(range(256)) * 40)


def closes(sock: socket.socket) -> None:
    sock.recv(65536)


@pytest.fixture
def port(request: pytest.FixtureRequest) -> Iterator[int]:
    """The port of a server that behaves badly, or of none."""
    behave: Callable[[socket.socket], None] | None = request.param
    server = socket.create_server(("127.0.0.1", 0))
    number = int(server.getsockname()[1])
    if behave is None:
        server.close()
        yield number
        return

    def one(sock: socket.socket) -> None:
        with sock:
            try:
                behave(sock)
            except OSError:
                return

    def accept() -> None:
        while True:
            try:
                sock, _ = server.accept()
            except OSError:
                return
            threading.Thread(target=one, args=(sock,), daemon=True).start()

    thread = threading.Thread(target=accept, daemon=True)
    thread.start()
    yield number
    server.shutdown(socket.SHUT_RDWR)
    server.close()
    thread.join(2)


def target(port: int, folder: Path) -> Target:
    """A target whose every address is the bad server's."""
    (folder / "word").write_text("a-long-enough-word", encoding="utf-8")
    (folder / "uri").write_text(
        f"mongodb://reader:a-long-enough-word@127.0.0.1:{port}/?authSource=admin", encoding="utf-8"
    )
    https = f"https://bad.sandbox.test:{port}"
    return Target.model_validate({
        "name": "bad", "resolve": {"bad.sandbox.test": ("127.0.0.1",)}, "limits": {"timeout_s": 0.5},
        "urls": {"base": https, "plain": f"http://bad.sandbox.test:{port}", "api": https, "dashboard": https,
                 "ws": f"wss://bad.sandbox.test:{port}/ws"},
        "operations": {"health": {"path": "/h", "public": True}, "status": {"path": "/s", "public": True},
                       "login": {"method": "POST", "path": "/l", "public": True}, "profile": {"path": "/p"}},
        "credentials": {"user": {"user": "u@example.com", "secret": f"file:{folder / 'word'}"},
                        "mongo": {"secret": f"file:{folder / 'uri'}"}},
        "websocket": {"token": "none"}, "mongo": {"members": (f"127.0.0.1:{port}",), "uri": "mongo", "application": ("mongo",)},
    })  # fmt: skip


@pytest.mark.parametrize("port", [None, silent, drips, resets, garbage, closes], indirect=True,
                         ids=["refuses", "silent", "drips", "resets", "garbage", "closes"])  # fmt: skip
def test_blocked_in_time(port: int, tmp_path: Path) -> None:
    (tmp_path / "facts").mkdir()
    plan = Plan(tmp_path, "", NAMES, frozenset(), datetime.now(UTC), tmp_path, tmp_path)
    bad, began = target(port, tmp_path), time.monotonic()
    running = {
        (child := _Child.start(replace(PROBES[name], deadline_s=DEADLINE_S), plan, bad)).done: child for name in NAMES
    }
    while running:
        left_s = max(0.0, min(child.ends for child in running.values()) - time.monotonic())
        ready, _, _ = select.select(list(running), [], [], left_s)
        for fd in [fd for fd, child in running.items() if fd in ready or child.ends <= time.monotonic()]:
            running.pop(fd).finish(plan, overran=fd not in ready)
    assert time.monotonic() - began < DEADLINE_S + 3
    answers: dict[str, Any] = {
        name: json.loads((tmp_path / "facts" / f"{name}.json").read_text(encoding="utf-8")) for name in NAMES
    }
    unclear = {name: a["failure"] for name, a in answers.items()
               if "failure" in a and (not a["failure"]["why"] or "it broke" in a["failure"]["why"])}  # fmt: skip
    assert unclear == {}
    seen = {name: facts_of(tmp_path / "facts", name) for name, a in answers.items() if "value" in a}
    verdicts = {}
    for case in catalogue().values():
        behind = probes_of(case)
        if behind and behind <= set(seen) and not case.of:
            status, why = judge(case, lambda name: resolve(name, seen.__getitem__))
            if status is not Status.BLOCKED:
                verdicts[case.id] = (status, why)
    assert verdicts == {}
