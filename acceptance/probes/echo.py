"""WebSocket latency on a quiet connection: application echoes, pings, and the network's own share.

Method: the 95th percentile of the echo less the connection's min_rtt (TCP_INFO), see docs/performance.md.
"""

from __future__ import annotations

import socket
import struct
import time
from contextlib import suppress

from acceptance.facts import ProbeError, facts
from acceptance.probes.wire import Rejected, connect, open_or_unseen, read_json, receive, user_token
from acceptance.visit import Visit

ECHOES = 1000
PINGS = 200
MIN_RTT_AT = 148  # offset of tcpi_min_rtt, microseconds, in Linux's struct tcp_info
LAG_LIMIT_MS = 3.0


@facts
class Echo:
    """Percentiles in milliseconds of one connection."""

    echoes: int
    echo_p50_ms: float
    echo_p95_ms: float
    echo_p99_ms: float
    ping_p95_ms: float
    min_rtt_ms: float
    lag_p99_ms: float  # the client's own overshoot of a 1 ms sleep

    def looked(self) -> str:
        return (
            f"{self.echoes} echoes: p50 {self.echo_p50_ms:.2f}, p95 {self.echo_p95_ms:.2f}, p99 {self.echo_p99_ms:.2f}"
            f" ms; ping p95 {self.ping_p95_ms:.2f}, min_rtt {self.min_rtt_ms:.3f}, own lag p99 {self.lag_p99_ms:.2f} ms"
        )

    @property
    def server_p95_ms(self) -> float:
        """p95 of the echo less min_rtt. ProbeError with too few echoes or a lagging client: no verdict then."""
        if self.echoes < ECHOES:
            raise ProbeError("WebSocket latency", f"{self.echoes} echoes, {ECHOES} are needed")
        if self.lag_p99_ms > LAG_LIMIT_MS:
            raise ProbeError(
                "WebSocket latency", f"the client itself lags by {self.lag_p99_ms:.1f} ms (p99), at most 3 ms"
            )
        return self.echo_p95_ms - self.min_rtt_ms


def look(visit: Visit) -> Echo:
    """Echo a thousand times, one after the other."""
    message = visit.target.websocket.echo
    if not message:
        raise ProbeError("WebSocket latency", "[websocket] echo names no message that comes back")
    try:
        connection = connect(visit, token=user_token(visit))
    except Rejected as refused:
        raise ProbeError("WebSocket latency", str(refused)) from None
    echoes, pings, lags = [], [], []
    wanted = read_json(message)
    kind = wanted.get("type") if isinstance(wanted, dict) else None
    with open_or_unseen("WebSocket latency"), connection:
        for number in range(ECHOES):
            began = time.perf_counter()
            connection.send(message)
            while True:
                try:
                    came = receive(connection, visit.time_left_s(5))
                except (TimeoutError, EOFError) as problem:
                    raise ProbeError("WebSocket latency", f"echo {number} did not come back: {problem}") from None
                answer = read_json(came)
                if (isinstance(answer, dict) and answer.get("type") == kind) if kind else came == message:
                    break  # what else is pushed is no echo
            echoes.append((time.perf_counter() - began) * 1000)
            if number % 5 == 0:
                began = time.perf_counter()
                if connection.ping().wait(2):
                    pings.append((time.perf_counter() - began) * 1000)
                began = time.perf_counter()
                time.sleep(0.001)
                lags.append((time.perf_counter() - began) * 1000 - 1)
        rtt_ms = _min_rtt_ms(connection.socket)
    return Echo(
        len(echoes), _percentile(echoes, 50), _percentile(echoes, 95), _percentile(echoes, 99), _percentile(pings, 95),
        rtt_ms, _percentile(lags, 99),
    )  # fmt: skip


def _percentile(values: list[float], percent: int) -> float:
    ordered = sorted(values) or [0.0]
    return round(ordered[min(len(ordered) - 1, len(ordered) * percent // 100)], 4)


def _min_rtt_ms(sock: socket.socket) -> float:
    """The connection's least round trip by the kernel; 0 where it doesn't tell (then nothing is taken off)."""
    with suppress(OSError, struct.error):
        info = sock.getsockopt(socket.IPPROTO_TCP, socket.TCP_INFO, 256)
        return float(struct.unpack_from("<I", info, MIN_RTT_AT)[0]) / 1000
    return 0.0
