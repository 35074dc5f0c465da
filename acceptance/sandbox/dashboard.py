"""The sandbox's dashboard: a real page (static HTML, JavaScript, CSS), and how it breaks."""

from __future__ import annotations

import json
from functools import cache
from pathlib import Path
from typing import Any

from acceptance.sandbox.fault import Fault
from acceptance.sandbox.world import World

PROBES = ("browser",)
ROUTES = ("/", "/login", "/dashboard", "/orders", "/portfolio", "/settings")
AFTER_LOGIN = (*(f"FUNC-UI-{number:02}" for number in range(3, 11)), "SEC-WEB-09", "SEC-WEB-16")
FAULTS = (
    Fault(
        "page-root-blank",
        "dashboard",
        "The page stays empty.",
        ("FUNC-UI-01", "FUNC-UI-02", *AFTER_LOGIN, "FUNC-ROLL-03"),
    ),
    Fault(
        "page-error-boundary",
        "dashboard",
        "The page shows its error boundary only.",
        ("FUNC-UI-01", "FUNC-UI-02", *AFTER_LOGIN, "FUNC-ROLL-03"),
    ),
    Fault("login-unlabelled", "dashboard", "The fields of the log-in form have no labels.", ("FUNC-UI-02",)),
    Fault("login-button-dead", "dashboard", "Sign in does nothing.", AFTER_LOGIN),
    Fault("deep-link-forgotten", "dashboard", "After log-in the wanted page is forgotten.", ("FUNC-UI-03",)),
    Fault("prices-hard-coded", "dashboard", "The price card ignores pushed prices.", ("FUNC-UI-04",)),
    Fault("charts-empty", "dashboard", "Charts draw their axes only.", ("FUNC-UI-05",)),
    Fault("page-opens-no-socket", "dashboard", "The page opens no WebSocket.", ("FUNC-UI-04", "FUNC-UI-06")),
    Fault("page-never-reconnects", "dashboard", "A cut WebSocket stays cut.", ("FUNC-UI-06",)),
    Fault(
        "page-deaf-after-cut", "dashboard", "A cut WebSocket is opened again, and nothing comes on it.", ("FUNC-UI-06",)
    ),
    Fault("page-type-error", "dashboard", "A script dies of a TypeError.", ("FUNC-UI-07",)),
    Fault("page-script-blocked", "dashboard", "The page wants a script that its policy blocks.", ("FUNC-UI-07",)),
    Fault("table-forces-scroll", "dashboard", "A table is wider than a phone.", ("FUNC-UI-08",)),
    Fault("tiny-targets", "dashboard", "A button is 12 px wide, its text 9 px high.", ("FUNC-UI-08",)),
    Fault("dead-link", "dashboard", "A link leads to the 404 page, which answers 200.", ("FUNC-UI-09",)),
    Fault("dead-link-goes-home", "dashboard", "Unknown addresses show the dashboard, a link's too.", ("FUNC-UI-09",)),
    Fault("logout-stays-in-browser", "dashboard", "Log-out doesn't tell the API.", ("FUNC-UI-10",)),
    Fault("back-shows-data", "dashboard", "After log-out, Back shows the page again.", ("FUNC-UI-10",)),
    Fault("token-in-local-storage", "dashboard", "The token lies in localStorage.", ("SEC-WEB-16",)),
    Fault(
        "logout-keeps-storage",
        "dashboard",
        "The token lies in localStorage and survives log-out.",
        ("FUNC-UI-10", "SEC-WEB-16"),
    ),
    Fault("search-reflected", "dashboard", "The search shows its query as HTML.", ("SEC-WEB-09",)),
)
TYPES = {
    ".html": "text/html; charset=utf-8",
    ".js": "text/javascript; charset=utf-8",
    ".css": "text/css; charset=utf-8",
    ".svg": "image/svg+xml",
}


def start(world: World) -> dict[str, Any]:  # noqa: ARG001  # part of the contract of a sandbox part
    """The edge serves the page; the target learns how to find its way in it."""
    return {
        "browser": {
            "login_path": "/login",
            "deep_link": "/orders",
            "credential": "user",
            "live_cards": ["BTCUSDT"],
            "reflected": ["/orders?q={marker}"],
        }
    }


def page(path: str, world: World) -> tuple[int, str, bytes] | None:
    """Status, content type and body for a path of the page; None for /api, /ws and the like."""
    if path.startswith("/assets/"):
        return _asset(path.removeprefix("/assets/"), world)
    if path in ROUTES:
        return 200, TYPES[".html"], _file("index.html")
    if path.startswith(("/api", "/ws", "/metrics", "/health")):
        return None
    return (200 if world.on("dead-link") and path == "/reports" else 404), TYPES[".html"], _file("notfound.html")


def _asset(name: str, world: World) -> tuple[int, str, bytes]:
    if name not in ("app.js", "slow.js", "style.css", "icon.svg"):
        return 404, TYPES[".html"], _file("notfound.html")
    body = _file(name)
    if name == "app.js":
        body = body.replace(b"new Set([])", b"new Set(" + json.dumps(sorted(world.faults)).encode("ascii") + b")")
    return 200, TYPES[Path(name).suffix], body


@cache
def _file(name: str) -> bytes:
    return (Path(__file__).parent / "page" / name).read_bytes()
