"""What probes that misbehave are tried with: a listener inside or outside of the target, and the answer they get."""

from __future__ import annotations

import json
import os
import socket
import threading
import time
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from acceptance.facts import facts
from acceptance.look import Plan, _visit
from acceptance.probes import Probe
from acceptance.target import Target
from acceptance.visit import Visit

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


@facts
class Nothing:
    """What a probe brings that was not refused."""

    said: str

    def looked(self) -> str:
        return self.said


def target_of(urls: dict[str, str] | None = None, hosts: dict[str, Any] | None = None) -> Target:
    """A target on one address, INSIDE."""
    return Target.model_validate({
        "name": "t", "urls": URLS | (urls or {}), "resolve": {"app.sandbox.test": (INSIDE,)}, "hosts": hosts or {},
    })  # fmt: skip


def answer(misbehave: Callable[[Visit], object], folder: Path, **more: Any) -> dict[str, Any]:
    """The answer of a probe that looks like this, in a child as the looker makes it."""
    (folder / "facts").mkdir()
    target = more.pop("target", None) or target_of(**{name: more.pop(name, {}) for name in ("urls", "hosts")})
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
