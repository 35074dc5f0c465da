"""A small HTTP server in a thread, for parts that stand in for somebody's API."""

from __future__ import annotations

import base64
import json
import threading
from collections.abc import Callable
from dataclasses import dataclass
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import parse_qsl, urlsplit


@dataclass(frozen=True)
class Request:
    """What was asked."""

    method: str
    path: str
    query: dict[str, str]
    headers: dict[str, str]  # names in lower case
    body: bytes

    def basic(self) -> tuple[str, str]:
        """User and password of Basic authorization; two empty ones without it."""
        kind, _, code = self.headers.get("authorization", "").partition(" ")
        if kind != "Basic":
            return "", ""
        user, _, password = base64.b64decode(code).decode().partition(":")
        return user, password


@dataclass(frozen=True)
class Reply:
    """What is answered: a document goes out as JSON, bytes as they are."""

    document: Any = None
    status: int = 200
    headers: tuple[tuple[str, str], ...] = ()


def serve(answer: Callable[[Request], Reply], port: int = 0) -> str:
    """Start a server on loopback; returns its URL."""

    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"
        timeout = 30
        wbufsize = -1  # one segment an answer

        def _answer(self) -> None:
            parts = urlsplit(self.path)
            length = int(self.headers.get("Content-Length") or 0)
            headers = {name.lower(): value for name, value in self.headers.items()}
            query = dict(parse_qsl(parts.query, keep_blank_values=True))
            reply = answer(Request(self.command, parts.path, query, headers, self.rfile.read(length)))
            raw = isinstance(reply.document, bytes)
            body = reply.document if raw else json.dumps(reply.document).encode()
            self.send_response(reply.status)
            for name, value in (*reply.headers, ("Content-Length", str(len(body)))):
                self.send_header(name, value)
            if not raw:
                self.send_header("Content-Type", "application/json")
            self.end_headers()
            if self.command != "HEAD":
                self.wfile.write(body)

        do_GET = do_HEAD = do_POST = do_PUT = do_DELETE = _answer

        def log_message(self, *_: object) -> None:
            """Nothing: the sandbox's own log is the edge's."""

    server = ThreadingHTTPServer(("127.0.0.1", port), Handler)
    server.daemon_threads = True
    threading.Thread(target=server.serve_forever, args=(30,), daemon=True).start()
    return f"http://127.0.0.1:{server.server_address[1]}"
