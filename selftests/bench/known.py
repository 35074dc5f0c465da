"""A small HTTP server whose delays follow a known distribution; it keeps what it really delivered."""

from __future__ import annotations

import asyncio
import random
import ssl
import threading
import time
from collections.abc import Callable

Delay = Callable[[random.Random], float]  # seconds that an answer takes


def lognormal(draw: random.Random) -> float:
    """Median 20 ms, sigma 0.6: p95 53.7 ms, p99 80.8 ms."""
    return draw.lognormvariate(-3.912, 0.6)


def slow_tail(draw: random.Random) -> float:
    """5 ms, and 3 % of the answers 300 ms later."""
    return 0.305 if draw.random() < 0.03 else 0.005


def stall(_: random.Random) -> float:
    """5 ms, and the server stands still for one second in every ten."""
    into = time.monotonic() % 10
    return 0.005 + (1 - into if into < 1 else 0.0)


class Known:
    """Serves on 127.0.0.1 in a thread; `delivered` are the seconds from a request's arrival to its answer."""

    def __init__(
        self, delay: Delay, context: ssl.SSLContext | None = None, failing: float = 0.0, status: str = "500 No"
    ) -> None:
        self.delay, self.failing, self.status = delay, failing, status
        self.delivered: list[float] = []
        self.names = ("one", "two")
        self.served = 0
        self._draw = random.Random(7)
        self._loop = asyncio.new_event_loop()
        self._thread = threading.Thread(target=self._loop.run_forever, daemon=True)
        self._thread.start()
        making = self._loop.create_server(lambda: _Connection(self), "127.0.0.1", 0, ssl=context, backlog=2048)
        self._server = asyncio.run_coroutine_threadsafe(making, self._loop).result(5)  # type: ignore[arg-type]
        self.port: int = self._server.sockets[0].getsockname()[1]

    def close(self) -> None:
        """Stop serving."""

        def end() -> None:
            self._server.close()
            self._loop.call_later(0.05, self._loop.stop)

        self._loop.call_soon_threadsafe(end)
        self._thread.join(5)
        self._loop.close()


class _Connection(asyncio.Protocol):
    def __init__(self, known: Known) -> None:
        self.known, self.buffer = known, b""

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self.transport = transport

    def data_received(self, data: bytes) -> None:
        self.buffer += data
        while b"\r\n\r\n" in self.buffer:
            _, _, self.buffer = self.buffer.partition(b"\r\n\r\n")
            arrived = time.perf_counter()
            wait = self.known.delay(self.known._draw)
            asyncio.get_running_loop().call_later(wait, self._answer, arrived)

    def _answer(self, arrived: float) -> None:
        known = self.known
        known.served += 1
        fails = known._draw.random() < known.failing
        name = known.names[known.served % len(known.names)]
        body = b'{"success":true,"data":[1,2,3]}'
        status = known.status if fails else "200 OK"
        head = f"HTTP/1.1 {status}\r\nX-Instance: {name}\r\nContent-Length: {len(body)}\r\n\r\n"
        self.transport.write(head.encode() + body)  # type: ignore[attr-defined]
        known.delivered.append(time.perf_counter() - arrived)
