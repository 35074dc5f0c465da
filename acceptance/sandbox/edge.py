"""The sandbox's edge: TLS, the redirect, CORS, headers, the request log; behind it the API, the page and /ws."""

from __future__ import annotations

import json
import time
from typing import Any
from urllib.parse import parse_qsl

from acceptance.sandbox import cdn, certificates, shield, slowness, uploads
from acceptance.sandbox.accounts import LOCKED_S
from acceptance.sandbox.engine import Engine
from acceptance.sandbox.fault import Fault
from acceptance.sandbox.serving import Serving
from acceptance.sandbox.stream import stream
from acceptance.sandbox.world import World

PROBES = ("plain", "cors", "caching")
_REDIRECT = ("SEC-TLS-07", "INFRA-NET-05")
FAULTS: tuple[Fault, ...] = tuple(
    Fault(name, "edge", change, breaks)
    for name, change, breaks in (
        ("redirect-302", "http redirects with 302", _REDIRECT),
        ("redirect-elsewhere", "http redirects to another host", _REDIRECT),
        ("redirect-loses-path", "http redirects to the front page", _REDIRECT),
        ("plain-api-content", "http serves /api itself", (*_REDIRECT, "SEC-WEB-03", "SEC-GATE-02")),
        ("plain-websocket", "ws:// is accepted in clear", ("SEC-WEB-03", "SEC-GATE-02")),
        ("plain-cookie", "http sets a cookie without Secure", (*_REDIRECT, "SEC-WEB-03", "SEC-GATE-02")),
        ("tls-cookie-not-secure", "a cookie set over https lacks Secure", (*_REDIRECT, "SEC-WEB-03", "SEC-GATE-02")),
        ("page-form-in-clear", "a form of the page sends over http", _REDIRECT),
        ("cors-echoes-any-origin", "every origin is echoed", ("SEC-WEB-17", "INFRA-NET-07")),
        ("cors-allows-null", "the origin null is allowed", ("SEC-WEB-17", "INFRA-NET-07")),
        ("cors-suffix-match", "an origin that ends like ours is allowed", ("SEC-WEB-17", "INFRA-NET-07")),
        ("cors-star-with-credentials", "* is allowed, with credentials", ("SEC-WEB-17", "INFRA-NET-07")),
        ("api-cached", "shared caches may store API answers", ("INFRA-NET-10",)),
        ("assets-not-cached", "assets have no max-age", ("INFRA-NET-10",)),
        ("cors-preflight-refused", "preflights get 405, with all headers", ("INFRA-NET-07",)),
        ("cors-without-vary", "Vary: Origin is missing", ("INFRA-NET-07",)),
    )
)
Headers = list[tuple[bytes, bytes]]
WINDOW_S = 2  # an address may ask MOST times in it
MOST = 40


class Edge:
    """One ASGI app for https, one for http."""

    def __init__(self, world: World) -> None:
        self.world = world
        self.engine: Engine = world.shared["engine"]
        self.port = self.plain_port = 0
        self.asked: dict[str, list[float]] = {}

    @property
    def origin(self) -> str:
        """The one origin that CORS allows."""
        return f"https://app.sandbox.test:{self.port}"

    async def https(self, scope: Any, receive: Any, send: Any) -> None:
        """Everything that arrives over TLS."""
        if scope["type"] == "websocket":
            await stream(self.world, self.engine, self.origin, scope, receive, send)
        elif scope["type"] == "http":
            await self._http(scope, receive, send)

    async def plain(self, scope: Any, receive: Any, send: Any) -> None:
        """Everything that arrives in clear: a redirect."""
        on = self.world.on
        if scope["type"] == "websocket":
            await receive()
            await send(
                {"type": "websocket.accept"} if on("plain-websocket") else {"type": "websocket.close", "code": 1008}
            )
            return
        if on("plain-api-content") and scope["path"].startswith("/api"):
            await self._http(scope, receive, send)
            return
        host = _headers(scope).get("host", "").partition(":")[0]
        target = scope["raw_path"].decode() + (f"?{scope['query_string'].decode()}" if scope["query_string"] else "")
        if on("redirect-elsewhere"):
            host = "elsewhere.example"
        if on("redirect-loses-path"):
            target = "/"
        headers: Headers = [(b"location", f"https://{host}:{self.port}{target}".encode())]
        if on("plain-cookie"):
            headers.append((b"set-cookie", b"seen=1; Path=/"))
        await _send(send, 302 if on("redirect-302") else 308, headers, b"")

    async def _http(self, scope: Any, receive: Any, send: Any) -> None:
        began = time.time()
        method, path, asked = scope["method"], scope["path"], _headers(scope)
        body = await _body(receive)
        headers: Headers = []
        if self._limited(scope["client"][0]):
            await _send(send, 429, [(b"retry-after", str(WINDOW_S).encode()), *self._security("", 429, path)], b"")
            return
        if self.world.on("service-lost"):
            await _send(send, 503, [*self._security("", 503, path)], b"")
            return
        if path.startswith("/api") and path not in ("/api/docs/openapi.json",):
            headers += self._cors(asked.get("origin", ""))
            if path.startswith(uploads.PATH):
                known = self.engine.knows(asked)
                status, kind, answer = uploads.answer(self.world, method, path, body, known)
                if not self.world.on("upload-served-inline"):
                    headers.append((b"content-disposition", b"attachment"))
            elif method == "OPTIONS":
                status, kind, answer = 405 if self.world.on("cors-preflight-refused") else 204, "", b""
                headers += self._preflight(asked)
            else:
                query = dict(parse_qsl(scope["query_string"].decode("utf-8", "replace"), keep_blank_values=True))
                status, document = await self.engine.answer(
                    "GET" if method == "HEAD" else method, path, query, asked, body
                )
                kind, answer = "application/json", json.dumps(document).encode()
                if path == "/api/auth/login" and (
                    line := shield.cookie(self.world, (document.get("data") or {}).get("token", ""))
                ):
                    headers.append((b"set-cookie", line.encode()))
            stored = b"public, max-age=60" if self.world.on("api-cached") else b"no-store"
            headers += [(b"cache-control", stored), (b"x-instance", slowness.backend(self.world).encode())]
        else:
            status, kind, answer = self._file(path)
            if self.world.on("page-form-in-clear") and path == "/":
                answer += b'<form hidden action="http://app.sandbox.test/search"></form>'
            if self.world.on("tls-cookie-not-secure") and path == "/":
                headers.append((b"set-cookie", b"seen=1; Path=/; SameSite=Lax"))
            if path.startswith("/assets/") and status == 200 and not self.world.on("assets-not-cached"):
                headers.append((b"cache-control", b"public, max-age=86400"))
        if kind:
            headers.append((b"content-type", kind.encode()))
        headers += [*self._security(kind, status, path), *cdn.marks(self.world, path)]
        await _send(send, status, headers, b"" if method == "HEAD" else answer)
        self.world.log(f"{began:.3f} {method} {path} {status} {asked.get('user-agent', '')[:80]}")

    def _limited(self, address: str) -> bool:
        """Whether an address has used up its requests; the load generator's own address is on the allow-list."""
        if address == "127.0.0.1" or self.world.on("limit-absent"):
            return False
        recent = [at for at in self.asked.get(address, []) if time.monotonic() - at < WINDOW_S]
        refused = len(recent) >= MOST or (self.world.on("limit-forever") and bool(self.asked.get(f"banned {address}")))
        if refused:
            self.asked[f"banned {address}"] = [time.monotonic()]
        else:
            recent.append(time.monotonic())
        self.asked[address] = recent
        return refused

    def _file(self, path: str) -> tuple[int, str, bytes]:
        if path == "/api/docs/openapi.json" and not self.world.on("document-missing"):
            return 200, "application/json", json.dumps(self._document()).encode()
        if path == "/.well-known/jwks.json":
            return 200, "application/json", json.dumps(self.engine.tokens.jwks()).encode()
        from acceptance.sandbox import dashboard

        found = dashboard.page(path, self.world)
        return found or (404, "text/html; charset=utf-8", b"<!doctype html><title>Not found</title><h1>Not found</h1>")

    def _document(self) -> dict[str, Any]:
        document = self.engine.document
        if self.world.on("document-misses-a-route"):
            document = {**document, "paths": {p: e for p, e in document["paths"].items() if p != "/api/strategies"}}
        return {**document, "info": {}} if self.world.on("document-broken") else document

    def _security(self, kind: str, status: int, path: str) -> Headers:
        from acceptance.sandbox import headers

        return headers.response_headers(self.world, kind, status, path)

    def _cors(self, origin: str) -> Headers:
        on = self.world.on
        vary: Headers = [] if on("cors-without-vary") else [(b"vary", b"Origin")]
        if on("cors-star-with-credentials") and origin:
            return [*vary, (b"access-control-allow-origin", b"*"), (b"access-control-allow-credentials", b"true")]
        allowed = (
            origin == self.origin
            or (on("cors-echoes-any-origin") and origin)
            or (on("cors-allows-null") and origin == "null")
            or (on("cors-suffix-match") and origin.endswith(f"app.sandbox.test:{self.port}"))
        )
        return [*vary, (b"access-control-allow-origin", origin.encode())] if allowed else vary

    def _preflight(self, asked: dict[str, str]) -> Headers:
        if not self._cors(asked.get("origin", ""))[-1][0].endswith((b"origin", b"credentials")):
            return []
        return [
            (b"access-control-allow-methods", b"GET, POST, PUT, DELETE"),
            (b"access-control-allow-headers", b"authorization, content-type"),
        ]


def start(world: World) -> dict[str, Any]:
    """Listen on two ports; the target is told where, and who may log in."""
    edge = Edge(world)
    serving = Serving()
    edge.port = serving.serve(edge.https, certificates.server_context(world, *world.names))
    edge.plain_port = serving.serve(edge.plain)
    world.shared["edge.port"] = edge.port
    world.shared["edge"] = edge
    base, api = (f"https://{name}:{edge.port}" for name in world.names)
    return {
        "doubles": ["edge, API and dashboard"],
        "urls": {
            "base": base, "plain": f"http://app.sandbox.test:{edge.plain_port}", "api": api,
            "ws": f"wss://api.sandbox.test:{edge.port}/ws", "dashboard": base, "jwks": "/.well-known/jwks.json",
        },
        "resolve": {name: ["127.0.0.1"] for name in world.names},
        "trust": {"ca_file": str(world.ca_file)},
        "websocket": {
            "token": "subprotocol", "subscribe": '{"type": "Subscribe", "symbols": ["BTCUSDT", "ETHUSDT"]}',
            "heartbeat": '{"type": "Ping"}', "echo": '{"type": "Echo", "text": "0123456789"}',
            "symbols": ["BTCUSDT", "ETHUSDT"],
        },
        "allow": {"load": True, "writes": True, "disrupts": True},
        "limits": {"login_window_s": LOCKED_S + 0.2, "rate_limit_window_s": 3.0, "rate_limit_source": "127.0.0.2", "rate_limit_second_source": "127.0.0.3"},
    }  # fmt: skip


def _headers(scope: Any) -> dict[str, str]:
    return {name.decode("latin-1"): value.decode("latin-1") for name, value in scope["headers"]}


async def _body(receive: Any, limit: int = 8_000_000) -> bytes:
    body = b""
    while len(body) <= limit:
        message = await receive()
        body += message.get("body", b"")
        if not message.get("more_body"):
            break
    return body


async def _send(send: Any, status: int, headers: Headers, body: bytes) -> None:
    headers = [*headers, (b"content-length", str(len(body)).encode())] if status != 204 else headers
    await send({"type": "http.response.start", "status": status, "headers": headers})
    await send({"type": "http.response.body", "body": body})
