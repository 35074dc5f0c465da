"""Boundaries of what is measured while it runs: usage, pages, metrics, the access log. Facts made by hand."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from acceptance.facts import Unseen
from acceptance.probes.access_log import AccessLog
from acceptance.probes.hold import Hold, Holds
from acceptance.probes.metrics import Gauge, Metrics
from acceptance.probes.pages import Pages, PageVisit
from acceptance.probes.prometheus import Prometheus, Rule, Scraped, Series
from acceptance.probes.usage import ContainerUse, DiskUse, HostUsage, Reach, Usage
from acceptance.probes.websocket import Websocket
from selftests.judging import BLOCKED, FAIL, PASS, judge

UNSEEN = Unseen("it", "not asked")
ENGINE = ContainerUse("engine", 30.0, 40.0)
PAIR = ("engine", "mongodb:27017")


def usage(**changes: Any) -> Usage:
    made = HostUsage(60.0, 20.0, 30.0, (DiskUse("nvme0n1", 5.0, 1.0),), (ENGINE,), (Reach(*PAIR, True, ""),))
    return Usage({"app": replace(made, **changes)}, (PAIR,))


def container(**changes: Any) -> dict[str, Any]:
    return {"containers": (replace(ENGINE, **changes),)}


@pytest.mark.parametrize(
    ("item", "changes", "status"),
    [
        ("PERF-USE-01", {"cpu_percent": 69.9}, PASS),
        ("PERF-USE-01", {"cpu_percent": 70.0}, FAIL),
        ("PERF-USE-01", container(cpu_percent=70.0), FAIL),
        ("PERF-USE-01", {"containers": UNSEEN}, BLOCKED),
        ("PERF-USE-01", {"containers": UNSEEN, "cpu_percent": 99.0}, FAIL),
        ("PERF-USE-01", {"containers": ()}, BLOCKED),
        ("PERF-USE-02", {"memory_percent": 79.9}, PASS),
        ("PERF-USE-02", {"memory_percent": 80.0}, FAIL),
        ("PERF-USE-02", container(memory_percent=80.0), FAIL),
        ("PERF-USE-03", {"disks": (DiskUse("sda", 79.9, 19.9),)}, PASS),
        ("PERF-USE-03", {"disks": (DiskUse("sda", 80.0, 1.0),)}, FAIL),
        ("PERF-USE-03", {"disks": (DiskUse("sda", 1.0, 20.0),)}, FAIL),
        ("PERF-USE-03", {"disks": (DiskUse("sda", 1.0, 1.0), DiskUse("sdb", 99.0, 1.0))}, FAIL),
        ("PERF-USE-03", {"disks": ()}, BLOCKED),
        ("PERF-USE-04", {"reach": (Reach(*PAIR, False, "mongodb does not resolve"),)}, FAIL),
        ("PERF-USE-04", {"reach": (Reach("engine", "redis:6379", True, ""),)}, BLOCKED),
        ("PERF-USE-04", {"reach": UNSEEN}, BLOCKED),
    ],
)
def test_usage(item: str, changes: dict[str, Any], status: object) -> None:
    assert judge(item, usage=usage()) is PASS
    assert judge(item, usage=usage(**changes)) is status


def test_nothing_to_reach_is_no_pass() -> None:
    assert judge("PERF-USE-04", usage=replace(usage(), expected=())) is BLOCKED


def pages(*values_ms: float | None) -> Pages:
    """Visits whose load event, and interactivity, came after these times."""
    one = PageVisit(None, None, 20.0, 100.0, 120.0, 0.0, 0.0, None, 1000, 20_000.0, ((300.0, 80.0),))
    return Pages("/", tuple(replace(one, load_ms=each, tti_ms=each) for each in values_ms))


@pytest.mark.parametrize(
    ("item", "values_ms", "status"),
    [
        ("PERF-PAGE-01", (9000, 9000, 1999.9, 100, 100), PASS),
        ("PERF-PAGE-01", (9000, 9000, 2000, 100, 100), FAIL),
        ("PERF-PAGE-02", (9000, None, 2999.9, 100, 100), PASS),
        ("PERF-PAGE-02", (9000, 9000, 3000, 100, 100), FAIL),
        ("PERF-PAGE-02", (None, None, None, 100, 100), FAIL),  # never interactive
        ("PERF-PAGE-01", (100, 100, 100, 100), BLOCKED),
        ("PERF-PAGE-02", (), BLOCKED),
    ],
)
def test_pages(item: str, values_ms: tuple[float | None, ...], status: object) -> None:
    assert judge(item, pages=pages(*(None if each is None else float(each) for each in values_ms))) is status


METRICS = Metrics("q", "/api/health", 20, 20, 20, 1.0, (Gauge("engine", "memory", 40.0), Gauge("engine", "CPU", 30.0)))


@pytest.mark.parametrize(
    ("changes", "status"),
    [
        ({}, PASS),
        ({"counted": 25, "logged": 25}, PASS),  # others were there too
        ({"counted": 19}, FAIL),
        ({"counted": 21}, FAIL),  # the edge saw fewer
        ({"logged": UNSEEN}, BLOCKED),
        ({"counted": 0, "logged": UNSEEN}, FAIL),
        ({"gauges": (Gauge("engine", "memory", 50.0),)}, PASS),
        ({"gauges": (Gauge("engine", "memory", 50.1),)}, FAIL),
        ({"gauges": (Gauge("engine", "CPU", 19.9),)}, FAIL),
        ({"gauges": (Gauge("redis", "CPU", 30.0),)}, BLOCKED),
        ({"gauges": ()}, BLOCKED),
    ],
)
def test_metrics_agree_with_what_was_sent_and_with_docker(changes: dict[str, Any], status: object) -> None:
    assert judge("INFRA-MON-04", metrics=replace(METRICS, **changes), usage=usage()) is status


UP = Scraped("engine", "engine:9100", "up", "", 15.0, 15.0)
ALERT = Rule("errors", True, 'rate(http_requests_total{status=~"5.."}[5m])', "ok", "", {})
LIVE = Series("orders", "orders_total", 60, 2, 300.0, 1.0)
PROMETHEUS = Prometheus(
    "/", {"engine": "engine"}, "mongodb", (UP, replace(UP, job="mongodb")), (ALERT,), 1, replace(LIVE, newest_ago_s=120.0),
    (LIVE,),
)  # fmt: skip


def target(**changes: Any) -> dict[str, Any]:
    return {"targets": (replace(UP, **changes), *PROMETHEUS.targets[1:])}


@pytest.mark.parametrize(
    ("item", "changes", "status"),
    [
        ("INFRA-MON-01", target(scraped_ago_s=30.0), PASS),
        ("INFRA-MON-01", target(scraped_ago_s=30.1), FAIL),
        ("INFRA-MON-01", target(health="down"), FAIL),
        ("INFRA-MON-01", target(health="unknown"), FAIL),
        ("INFRA-MON-03", target(health="down"), FAIL),
        ("INFRA-MON-03", {"jobs": {"engine": "engine", "redis": ""}}, FAIL),
        ("INFRA-MON-03", {"jobs": {}}, BLOCKED),
        ("INFRA-MON-05", {"business": (replace(LIVE, newest_ago_s=300.1),)}, FAIL),
        ("INFRA-MON-05", {"business": (replace(LIVE, newest_ago_s=None),)}, FAIL),
        ("INFRA-MON-05", {"business": (LIVE, replace(LIVE, distinct=1))}, FAIL),
        ("INFRA-MON-05", {"business": (LIVE, UNSEEN)}, BLOCKED),
        ("INFRA-MON-05", {"business": ()}, BLOCKED),
        ("INFRA-MONGO-16", {"targets": (UP,)}, FAIL),
        ("INFRA-MONGO-16", {"targets": (UP, replace(UP, job="mongodb", health="down"))}, FAIL),
        ("INFRA-MONGO-16", {"mongodb": replace(LIVE, newest_ago_s=120.1)}, FAIL),
        ("INFRA-MONGO-16", {"mongodb": replace(LIVE, newest_ago_s=10.0, lowest_now=0.0)}, FAIL),
        ("INFRA-MONGO-16", {"mongodb": UNSEEN}, BLOCKED),
        ("INFRA-LOG-05", {"rules": (replace(ALERT, health="err"),)}, FAIL),
        ("INFRA-LOG-05", {"rules": (replace(ALERT, alerting=False),)}, FAIL),
        ("INFRA-LOG-05", {"rules": (replace(ALERT, query="up == 0"),)}, FAIL),
        ("INFRA-LOG-05", {"rules": (replace(ALERT, metrics_without_series=("http_requests_total",)),)}, FAIL),
        ("INFRA-LOG-05", {"rules": (replace(ALERT, metrics_without_series=UNSEEN),)}, BLOCKED),
    ],
)
def test_prometheus(item: str, changes: dict[str, Any], status: object) -> None:
    assert judge(item, prometheus=PROMETHEUS) is PASS
    assert judge(item, prometheus=replace(PROMETHEUS, **changes)) is status


@pytest.mark.parametrize(("ours", "status"), [(1, PASS), (0, FAIL)])
def test_our_own_request_stands_in_the_access_log(ours: int, status: object) -> None:
    assert judge("INFRA-LOG-06", access_log=AccessLog("/var/log/nginx/access.log", "m", 9, ours)) is status


HELD = Holds("/ws", Hold(65.2, None, None), Hold(65.2, None, None))
OPENED = Websocket("/ws", 101, 401, 403, 1.0, 1.0, (), 3, 0.2, True, 20, 4.0)


@pytest.mark.parametrize(
    ("opened", "idle", "edge", "endpoint"),
    [
        (101, None, PASS, PASS),
        (101, 60.1, FAIL, PASS),
        (200, None, FAIL, FAIL),
        (426, None, FAIL, FAIL),
    ],
)
def test_websockets_through_the_edge(opened: int, idle: float | None, edge: object, endpoint: object) -> None:
    facts = {
        "websocket": replace(OPENED, status=opened),
        "websocket_hold": replace(HELD, idle=Hold(65.2, idle, 1001)),
    }
    assert judge("INFRA-NET-06", **facts) is edge
    assert judge("FUNC-WS-01", **facts) is endpoint
