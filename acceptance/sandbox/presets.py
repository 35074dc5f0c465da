"""Presets: sets of faults under one name, which together are a system that was seen somewhere."""

from __future__ import annotations

from collections.abc import Iterable

PRESETS: dict[str, tuple[str, ...]] = {
    "botcore-2025-11": (  # the public Bot Core in November 2025: its API, tokens, CORS, WebSocket and page
        "health-static",
        "health-answers-below",
        "document-missing",
        "only-accounts-guarded",
        "missing-token-gives-400",
        "orders-missing",
        "market-success-false",
        "unknown-symbol-is-empty",
        "one-portfolio-for-all",
        "upstream-down",
        "register-takes-weak-passwords",
        "token-hs256",
        "token-default-secret",
        "token-holds-email",
        "token-lives-a-week",
        "token-survives-logout",
        "refresh-keeps-old-token",
        "login-never-limited",
        "limit-absent",
        "cpu-constant",
        "cors-echoes-any-origin",
        "headers-lost-on-api",
        "ws-open-to-strangers",
        "ws-any-origin",
        "ws-no-heartbeat",
        "demo-user-works",
        "secret-in-log",
        "token-in-local-storage",
        "deep-link-forgotten",
        "logout-stays-in-browser",
    ),
}


def expand(names: Iterable[str]) -> list[str]:
    """The names with each preset replaced by its faults."""
    return [fault for name in names for fault in PRESETS.get(name, (name,))]
