"""Serves ASGI apps on loopback from one thread with one event loop."""

from __future__ import annotations

import asyncio
import socket
import ssl
import threading
from collections.abc import Awaitable, Callable
from typing import Any

App = Callable[[Any, Any, Any], Awaitable[None]]


class Serving:
    """An event loop in a daemon thread; each `serve` adds a listener and returns its port."""

    def __init__(self) -> None:
        self.loop = asyncio.new_event_loop()
        threading.Thread(target=self.loop.run_forever, daemon=True).start()

    def serve(self, app: App, context: ssl.SSLContext | None = None, port: int = 0) -> int:
        """Listen on 127.0.0.1; returns when connections are accepted."""
        listener = socket.socket(socket.AF_INET, socket.SOCK_STREAM)
        listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        listener.bind(("127.0.0.1", port))
        listener.listen(2048)
        asyncio.run_coroutine_threadsafe(_start(app, listener, context), self.loop).result(10)
        return int(listener.getsockname()[1])


async def _start(app: App, listener: socket.socket, context: ssl.SSLContext | None) -> None:
    import uvicorn

    config = uvicorn.Config(
        app, interface="asgi3", proxy_headers=False, log_config=None, access_log=False, lifespan="off", server_header=False, date_header=True,
        ws_ping_interval=None, ws_max_size=1_000_000, timeout_keep_alive=75,
    )  # fmt: skip
    config.load()
    config.ssl = context
    server = uvicorn.Server(config)
    server.lifespan = config.lifespan_class(config)
    await server.startup(sockets=[listener])
    task = asyncio.get_running_loop().create_task(server.main_loop())
    _KEPT.append((server, task))


_KEPT: list[Any] = []  # a task that nobody holds may be collected
