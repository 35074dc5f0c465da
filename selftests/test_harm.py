"""Without `--allow` the sandbox sees reads, log-ins and calls that can do nothing, even when every route is open."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from acceptance import web
from acceptance.children import Sandbox
from acceptance.target import read
from selftests.looking import look
from selftests.misbehaving import visit

PROBES = {
    "login", "api", "forgeries", "guards", "sessions", "malformed", "fuzz", "csrf", "integrations", "caching", "cors",
    "headers", "health", "websocket", "defaults", "registration", "uploads", "paper_order", "mongo", "alert_path",
    "login_limit", "rate_limit", "mongo_failover", "upstreams",
}  # fmt: skip
OWN_SESSION = {"/api/auth/login", "/api/auth/logout", "/api/auth/refresh"}


def state(sandbox: Sandbox, folder: Path) -> tuple[Any, Any]:
    """Users and open orders as the engine tells an admin and the user."""
    seen = visit(read(sandbox.target_file), folder)
    api = seen.target.urls.api
    with web.client(seen) as client:

        def ask(role: str, path: str) -> Any:
            words = {"email": seen.target.credentials[role].user, "password": seen.secret(role)}
            token = web.as_json(web.ask(client, "POST", f"{api}/api/auth/login", json=words))["data"]["token"]
            return web.as_json(web.ask(client, "GET", api + path, headers=web.bearer(token)))

        return ask("admin", "/api/admin/users"), ask("user", "/api/paper-trading/pending-orders")


@pytest.mark.parametrize("fault", ["", "every-route-open"])
def test_nothing_is_harmed(fault: str, sandbox: Sandbox, tmp_path: Path) -> None:
    if fault:
        sandbox.change(f"+{fault}")
    log = sandbox.folder / "requests.log"
    try:
        before = state(sandbox, tmp_path)
        start = log.stat().st_size
        look(sandbox.target_file, tmp_path, PROBES, allow=frozenset())
        with log.open(encoding="utf-8") as lines:
            lines.seek(start)
            sent = [line.split() for line in lines]
        after = state(sandbox, tmp_path)
    finally:
        if fault:
            sandbox.change(f"-{fault}")
    assert len(sent) > 100
    acting = [
        " ".join(line[1:4]) for line in sent
        if line[0] == "mongo" or (line[1] not in ("GET", "HEAD", "OPTIONS") and line[2] not in OWN_SESSION and line[3] < "400")
    ]  # fmt: skip
    assert acting == []
    assert after == before
