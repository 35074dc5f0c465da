"""Whether the metrics move with reality: requests of ours, counted by Prometheus and by the edge; use of containers."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING

from acceptance.facts import ProbeError, Unseen, facts, finite, seen, text
from acceptance.visit import Visit

if TYPE_CHECKING:
    from acceptance.asking import Api

SENT = 20


@facts
class Gauge:
    """What a metric says of one container, in per cent of its limit."""

    container: str
    what: str  # memory or CPU
    percent: float


@facts
class Metrics:
    """Requests for one path while we looked: `sent` by us, `counted` by the metric, `logged` by the edge."""

    query: str
    path: str
    sent: int
    counted: int
    logged: int | Unseen
    waited_s: float
    gauges: tuple[Gauge | Unseen, ...]

    def __repr__(self) -> str:
        return f"{self.path}: {self.sent} sent, {self.counted} counted, {self.logged} in the edge's log"

    def looked(self) -> str:
        """What was compared."""
        return f"{self.query} beside our own requests: {self!r}, {self.waited_s:.0f} s"

    @property
    def counted_at_most(self) -> int:
        """More than this can't have been there to count. ProbeError where the edge's log is not granted."""
        return seen(self.logged)


def look(visit: Visit) -> Metrics:
    """Count, send, wait until it was scraped, count again."""
    from acceptance import asking, web
    from acceptance.logfile import access_log

    table = visit.target.prometheus
    assert table
    if not table.requests:
        raise ProbeError("the metric that counts requests", "[prometheus] requests names none")
    interval_s = min(60.0, max((each.interval_s for each in visit.need("prometheus").targets), default=15.0))
    began = time.monotonic()
    try:
        log = access_log(visit)
        start = log.size_bytes()
    except ProbeError as problem:
        log, start, unseen = None, 0, Unseen(problem.what, problem.why)
    with web.client(visit) as using:
        api = asking.api(visit, "Prometheus", table.url, using, table.credential)
        time.sleep(interval_s)  # what was before the log's mark is scraped by now
        before = count(api, table.requests)
        for _ in range(SENT):
            web.ask(using, "GET", f"{visit.target.urls.api}{table.requests_path}")
        ends = time.monotonic() + 2 * interval_s + 1
        after = count(api, table.requests)
        while after - before < SENT and time.monotonic() < ends:
            time.sleep(min(0.25, interval_s))
            after = count(api, table.requests)
        gauges = [
            _gauge(api, container, what, query)
            for what, queries in (("memory", table.memory), ("CPU", table.cpu))
            for container, query in queries.items()
        ]
    logged = unseen if log is None else sum(table.requests_path in line for line in log.since(start).splitlines())
    return Metrics(
        text(table.requests, 200), table.requests_path, SENT, round(after - before), logged, time.monotonic() - began,
        tuple(gauges),
    )  # fmt: skip


def _gauge(api: Api, container: str, what: str, query: str) -> Gauge | Unseen:
    try:
        return Gauge(container, what, finite(count(api, query)))
    except ProbeError as problem:
        return Unseen(f"{what} of {container}", f"{problem.what}: {problem.why}")


def count(api: Api, query: str) -> float:
    """The counter now. ProbeError when the query gives no single number."""
    from urllib.parse import quote

    from acceptance import asking

    with asking.reading(f"metric {text(query, 100)}"):
        result = (api.json(f"/api/v1/query?query={quote(query)}").get("data") or {}).get("result")
    if not isinstance(result, list) or len(result) != 1:
        raise ProbeError(f"metric {text(query, 100)}", "no single series answers; sum() it")
    with asking.reading(f"metric {text(query, 100)}"):
        return finite(float(result[0]["value"][1]))
