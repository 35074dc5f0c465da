"""What a probe may do to the target: scope by address, writes by declaration, requests by budget; all counted."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import httpx


def on_http_request(request: httpx.Request) -> None:
    """httpx event hook: count, and refuse a write that was not declared."""
