"""How near the load probe's percentiles are to what a server of known distribution delivered.

For four servers it prints p50, p95 and p99 as offered requests saw them, as the server delivered them, and the
generator's lag. On a quiet machine the first two are within 2.2 ms up to 2,000/s; for the stall the server's own figures
start at a request's arrival, which is when the schedule says.
"""

from __future__ import annotations

import ssl
import tempfile
import time
from datetime import UTC, datetime
from pathlib import Path

import trustme

from acceptance.load import run
from acceptance.load.samples import Samples
from acceptance.load.schedule import Segment
from acceptance.visit import Visit
from selftests.bench.figures import Figure
from selftests.bench.known import Delay, Known, lognormal, slow_tail, stall

SERVERS: dict[str, tuple[Delay, float]] = {
    "lognormal 200/s": (lognormal, 200.0),
    "lognormal 1100/s": (lognormal, 1100.0),
    "3 % slow 200/s": (slow_tail, 200.0),
    "1 s stall 200/s": (stall, 200.0),
}


WITHIN_MS = 5.0
WITHIN_SHARE = 0.02  # of a percentile that is longer than a quarter of a second
THROUGHPUT = 1000.0  # that the checklist asks of the API, a second


def percentiles(values: list[float]) -> tuple[float, float, float]:
    """p50, p95, p99 by rank."""
    ordered = sorted(values)
    return tuple(ordered[min(len(ordered) - 1, len(ordered) * p // 100)] for p in (50, 95, 99))  # type: ignore[return-value]


def offer(known: Known, authority: trustme.CA, rate: float, length_s: float, folder: Path) -> Samples:
    """One load of one server."""
    visit = Visit(
        target=None,  # type: ignore[arg-type]
        now=datetime.now(UTC),
        run=folder,
        live=folder,
        state=folder,
        marker="bench",
        ends=time.monotonic() + length_s + 60,
    )
    plan = {
        "host": f"https://api.test:{known.port}",
        "requests": [{"name": "known", "method": "GET", "path": "/", "headers": {}, "weight": 1}],
        "segments": [vars(Segment("steady", length_s, rate, rate))],
        "seed": 1,
        "shares": 1,
        "breaker_ms": 5000.0,
        "timeout_s": 5.0,
        "instance_header": "",
        "resolve": {"api.test": "127.0.0.1"},
        "ca_pem": authority.cert_pem.bytes().decode(),
    }
    return run.here(visit, plan, length_s)[0]


def measure(length_s: float = 60.0) -> list[Figure]:
    """All servers, one after the other."""
    figures = []
    authority = trustme.CA()
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    authority.issue_cert("api.test").configure_cert(context)
    print(f"{'server':18} {'n':>6} {'seen p50/95/99 ms':>24} {'delivered':>24} {'lag p99':>8}")
    for name, (delay, rate) in SERVERS.items():
        known = Known(delay, context)
        with tempfile.TemporaryDirectory() as folder:
            samples = offer(known, authority, rate, length_s, Path(folder))
        known.close()
        seen = "/".join(f"{ms:.1f}" for ms in percentiles(list(samples.latency_ms)))
        got = "/".join(f"{1000 * s:.1f}" for s in percentiles(known.delivered))
        lag = percentiles(list(samples.lag_ms))[2]
        pairs = zip(percentiles(list(samples.latency_ms)), percentiles(known.delivered), strict=True)
        off = max(abs(ms - 1000 * s) / max(WITHIN_MS, WITHIN_SHARE * 1000 * s) for ms, s in pairs)
        what = f"load, {name}: worst of p50, p95, p99 beside what was delivered"
        figures.append(Figure(f"{what}, of {WITHIN_MS:g} ms or {WITHIN_SHARE:.0%}", 100 * off, "%", 100))
        if rate > THROUGHPUT:
            offered = len(samples.at_s) / length_s
            figures.append(Figure("throughput of the generator", offered, "requests/s", THROUGHPUT, at_least=True))
            figures.append(Figure(f"load, {name}: p99 of the generator's lag", lag, "ms"))
        print(f"{name:18} {len(samples.at_s):6} {seen:>24} {got:>24} {lag:8.1f}", flush=True)
    return figures
