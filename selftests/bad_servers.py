"""A target whose every address is one bad server's, and what the probes make of it within their deadline."""

from __future__ import annotations

import json
import select
import socket
import ssl
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import replace
from datetime import UTC, datetime
from http.server import ThreadingHTTPServer
from pathlib import Path
from typing import Any

from acceptance.judge import catalogue, judge, probes_of, resolve
from acceptance.look import Plan, _Child, facts_of
from acceptance.nothing_runs import ASKS
from acceptance.probes import PROBES
from acceptance.target import Target
from acceptance.verdict import Status

DEADLINE_S = 4.0
NAME = "bad.sandbox.test"


@contextmanager
def serving(behave: Callable[[socket.socket], None], context: ssl.SSLContext | None = None) -> Iterator[int]:
    """The port of a server that behaves so on each connection, after the handshake where it speaks TLS."""
    server = socket.create_server(("127.0.0.1", 0), backlog=64)

    def one(sock: socket.socket) -> None:
        with sock:
            try:
                with context.wrap_socket(sock, server_side=True) if context else sock as spoken:
                    behave(spoken)
            except (OSError, ValueError):  # the probe has gone
                return

    thread = accepting(server, one)
    try:
        yield int(server.getsockname()[1])
    finally:
        server.shutdown(socket.SHUT_RDWR)
        server.close()
        thread.join(2)


def accepting(server: socket.socket, one: Callable[[socket.socket], None]) -> threading.Thread:
    """A thread that hands each connection to `one`, in a thread of its own, until the server is shut down."""

    def accept() -> None:
        while True:
            try:
                sock, _ = server.accept()
            except OSError:
                return
            threading.Thread(target=one, args=(sock,), daemon=True).start()

    thread = threading.Thread(target=accept, daemon=True)
    thread.start()
    return thread


@contextmanager
def served(server: ThreadingHTTPServer) -> Iterator[None]:
    """A server at work, until the block ends."""
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02}, daemon=True)
    thread.start()
    try:
        yield
    finally:
        server.shutdown()
        server.server_close()
        thread.join(2)


def target(port: int, folder: Path, ca_file: str = "") -> Target:
    """A target whose every address is the bad server's."""
    (folder / "word").write_text("a-long-enough-word", encoding="utf-8")
    (folder / "uri").write_text(
        f"mongodb://reader:a-long-enough-word@127.0.0.1:{port}/?authSource=admin", encoding="utf-8"
    )
    https = f"https://{NAME}:{port}"
    return Target.model_validate({
        "name": "bad", "resolve": {NAME: ("127.0.0.1",)}, "limits": {"timeout_s": 0.5}, "trust": {"ca_file": ca_file},
        "urls": {"base": https, "plain": f"http://{NAME}:{port}", "api": https, "dashboard": https,
                 "ws": f"wss://{NAME}:{port}/ws"},
        "operations": {"health": {"path": "/h", "public": True}, "status": {"path": "/s", "public": True},
                       "login": {"method": "POST", "path": "/l", "public": True}, "profile": {"path": "/p"}},
        "credentials": {"user": {"user": "u@example.com", "secret": f"file:{folder / 'word'}"},
                        "mongo": {"secret": f"file:{folder / 'uri'}"}},
        "websocket": {"token": "none"}, "mongo": {"members": (f"127.0.0.1:{port}",), "uri": "mongo", "application": ("mongo",)},
    })  # fmt: skip


def answers(bad: Target, folder: Path, names: tuple[str, ...]) -> dict[str, Any]:
    """What these probes answer, each in a child with a short deadline, all at once. It must not take longer than that."""
    (folder / "facts").mkdir()
    plan = Plan(folder, "", names, frozenset(), datetime.now(UTC), folder, folder)
    began = time.monotonic()
    running = {
        (child := _Child.start(replace(PROBES[name], deadline_s=DEADLINE_S), plan, bad)).done: child for name in names
    }
    while running:
        left_s = max(0.0, min(child.ends for child in running.values()) - time.monotonic())
        ready, _, _ = select.select(list(running), [], [], left_s)
        for fd in [fd for fd, child in running.items() if fd in ready or child.ends <= time.monotonic()]:
            running.pop(fd).finish(plan, overran=fd not in ready)
    assert time.monotonic() - began < DEADLINE_S + 3
    return {name: json.loads((folder / "facts" / f"{name}.json").read_text(encoding="utf-8")) for name in names}


def unclear(found: dict[str, Any]) -> dict[str, Any]:
    """Failures that name no cause, or a bug."""
    failures = {name: answer["failure"] for name, answer in found.items() if "failure" in answer}
    return {name: each for name, each in failures.items() if not each["why"] or "it broke" in each["why"]}


def verdicts(found: dict[str, Any], folder: Path) -> dict[str, tuple[Status, str]]:
    """What would be judged of all this and is not BLOCKED."""
    seen = {name: facts_of(folder / "facts", name) for name, answer in found.items() if "value" in answer}
    given = {**seen, ASKS: False}
    told = {}
    for case in catalogue().values():
        behind = probes_of(case)
        if behind and behind <= set(seen) and not case.of:
            status, why = judge(case, lambda name: resolve(name, given.__getitem__))
            if status is not Status.BLOCKED:
                told[case.id] = (status, why)
    return told
