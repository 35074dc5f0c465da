"""Sites in miniature, as the header corpora describe them, answered without a socket."""

from __future__ import annotations

import ssl
from collections.abc import Callable
from typing import Any
from urllib.parse import urlsplit

import httpx

from acceptance.grading.observatory import HeaderGrade, grade
from acceptance.probes.site import walk

HOST = "site.example.com"
PAGE = "<!doctype html><html><head><title>t</title></head><body>b</body></html>"


def opener(case: dict[str, Any], default_host: str) -> tuple[str, Callable[[bool], httpx.Client]]:
    """The host of a case, and a maker of clients that get its answers."""
    site = case["site"]
    host = site.get("site", default_host)

    def respond(verify: bool, request: httpx.Request) -> httpx.Response:
        url = request.url.copy_with(query=None)
        secure = url.scheme == "https"
        state = site.get(url.scheme, "open" if secure else "redirect")
        if state == "closed":
            raise httpx.ConnectError("connection refused", request=request)
        if secure and verify and state not in ("open", "same"):
            raise httpx.ConnectError(f"CERTIFICATE_VERIFY_FAILED: {state}", request=request) from (
                ssl.SSLCertVerificationError(state)
            )
        origin = request.headers.get("origin", "")
        if request.method == "OPTIONS":
            allowed = [[name, value.replace("ECHO", origin)] for name, value in site.get("options", [])]
            return answer(site.get("options_status", 204), allowed, "")
        if route := site.get("routes", {}).get(str(url)):
            return answer(route.get("status", 200), route.get("headers", []), route.get("body", PAGE))
        if not secure and state == "redirect":
            return answer(301, [["Location", f"https://{urlsplit(str(url)).hostname}/"]], "")
        return answer(site.get("status", 200), site.get("headers", []), site.get("body", PAGE))

    return host, lambda verify: httpx.Client(transport=httpx.MockTransport(lambda request: respond(verify, request)))


def answer(status: int, headers: list[list[str]], body: str) -> httpx.Response:
    typed = any(name.lower() == "content-type" for name, _ in headers)
    lines = [*headers, *([] if typed else [["Content-Type", "text/html; charset=utf-8"]])]
    raw = [(name.encode(), value.encode("latin-1", "replace")) for name, value in lines]
    return httpx.Response(status, headers=raw, content=body.encode())


def graded(headers: list[list[str]] | None = None, body: str = "", **site: object) -> HeaderGrade:
    page = f"<!doctype html><html><head>{body}</head><body>b</body></html>"
    host, open_client = opener({"site": {"site": HOST, "headers": headers or [], "body": page, **site}}, HOST)
    return grade(walk(f"http://{host}/", f"https://{host}/", open_client), {})


def said(test: str, *headers: list[str], body: str = "", **site: object) -> str:
    return graded(list(headers), body, **site).test(test).result
