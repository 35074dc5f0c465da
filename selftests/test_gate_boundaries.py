"""Boundaries of the registry, the edge, the balancer, the API's document, alerts and the gates. Facts made by hand."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime
from types import SimpleNamespace
from typing import Any

import pytest

from acceptance.facts import Unseen
from acceptance.probes.alert_path import AlertPath
from acceptance.probes.alertmanager import Alertmanager, Receiver, Silence
from acceptance.probes.alive import Alive, Sign
from acceptance.probes.api_document import ApiDocument
from acceptance.probes.balancer import Backend, Balancer
from acceptance.probes.cdn import Cdn
from acceptance.probes.grafana import Grafana, Panel
from acceptance.probes.origin import Door, Origin
from acceptance.probes.ports import Open, Ports
from acceptance.probes.registry import Image, Registry
from selftests.judging import BLOCKED, FAIL, PASS, PENDING, judge
from selftests.test_live_boundaries import ALERT, PROMETHEUS, target
from selftests.test_tls_items import tls
from selftests.tls_facts import chain

UNSEEN = Unseen("it", "no route")
DIGEST = f"sha256:{'1' * 64}"
IMAGE = Image("engine", "bot/engine", DIGEST, DIGEST, DIGEST, (DIGEST,), (), 5, ())
REGISTRY = Registry("/", "2.4.0", "", {"bot/engine": ""}, {"bot/engine": ""}, (IMAGE,))


def image(**changes: Any) -> dict[str, Any]:
    return {"images": (replace(IMAGE, **changes),)}


@pytest.mark.parametrize(
    ("item", "changes", "status"),
    [
        ("INFRA-IMAGE-01", {"silence": "/v2/ answers 404"}, FAIL),
        ("INFRA-IMAGE-02", {"account": {"bot/engine": "403"}}, FAIL),
        ("INFRA-IMAGE-03", {"strangers": {"bot/engine": "its manifest"}}, FAIL),
        ("INFRA-IMAGE-03", {"account": {"bot/engine": "403"}}, FAIL),  # refused to everybody is not private
        ("INFRA-IMAGE-03", {"strangers": {"bot/engine": UNSEEN}}, BLOCKED),
        ("INFRA-IMAGE-04", image(digest=""), FAIL),
        ("INFRA-IMAGE-04", image(platforms_missing=("linux/arm64",)), FAIL),
        ("INFRA-IMAGE-04", {"images": (UNSEEN,)}, BLOCKED),
        ("INFRA-IMAGE-05", image(tagged=""), FAIL),
        ("INFRA-IMAGE-05", image(tagged=f"sha256:{'2' * 64}"), FAIL),  # the tag moved
        ("INFRA-IMAGE-05", image(recorded=""), FAIL),
        ("INFRA-IMAGE-05", image(recorded="latest"), FAIL),
        ("INFRA-IMAGE-07", image(blobs=0), FAIL),
        ("INFRA-IMAGE-07", image(blobs_missing=("sha256:9",)), FAIL),
    ],
)
def test_the_registry(item: str, changes: dict[str, Any], status: object) -> None:
    assert judge(item, registry=REGISTRY) is PASS
    assert judge(item, registry=replace(REGISTRY, **changes)) is status


@pytest.mark.parametrize(
    ("changes", "status"),
    [({}, PASS), ({"status": 201}, FAIL), ({"errors": ("no paths",)}, FAIL), ({"undocumented": ("GET /a",)}, FAIL)],
)
def test_the_apis_document(changes: dict[str, Any], status: object) -> None:
    document = ApiDocument("/openapi.json", 200, "3.1.0", 9, (), ())
    assert judge("INFRA-DOC-03", api_document=replace(document, **changes)) is status


def scan(*numbers: int) -> Ports:
    found = tuple(Open("203.0.113.7", each, True) for each in numbers)
    return Ports(("203.0.113.7",), 1000, found, (), (80, 443), (8080,), (27017,), 30.0)


@pytest.mark.parametrize(
    ("numbers", "edge", "closed", "stores"),
    [((80, 443), PASS, PASS, PASS), ((443, 8080), FAIL, FAIL, PASS), ((443, 27017), PASS, FAIL, FAIL)],
)
def test_ports_outside(numbers: tuple[int, ...], edge: object, closed: object, stores: object) -> None:
    assert judge("INFRA-NET-04", ports=scan(*numbers), tls=tls()) is edge
    assert judge("SEC-FIREWALL-05", ports=scan(*numbers)) is closed
    assert judge("INFRA-CLOUD-09", ports=scan(*numbers)) is stores


def test_the_edge_needs_a_certificate_for_every_name() -> None:
    bare = tls(chains=(chain(covers_host=False),))
    assert judge("INFRA-NET-04", ports=scan(443), tls=bare) is FAIL


CDN = Cdn("https://app.example.com/a.js", (200, 200), ("Cloudflare",), False, "HIT")


@pytest.mark.parametrize(
    ("changes", "cached", "shield"),
    [
        ({}, PASS, PASS),
        ({"cache": "MISS"}, FAIL, PASS),
        ({"marks": ()}, FAIL, FAIL),
        ({"marks": (), "address_in_ranges": True}, PASS, PASS),
        ({"statuses": (200, 404)}, FAIL, FAIL),
    ],
)
def test_the_cdn(changes: dict[str, Any], cached: object, shield: object) -> None:
    closed = Origin((Door("203.0.113.9", 443, False),))
    assert judge("INFRA-CLOUD-08", cdn=replace(CDN, **changes)) is cached
    assert judge("INFRA-GATE-10", cdn=replace(CDN, **changes)) is cached
    assert judge("INFRA-NET-09", cdn=replace(CDN, **changes), origin=closed) is shield


@pytest.mark.parametrize(("door", "status"), [(Door("203.0.113.9", 443, True), FAIL), (UNSEEN, BLOCKED)])
def test_an_origin_that_is_open_beside_its_shield(door: Door | Unseen, status: object) -> None:
    assert judge("INFRA-NET-09", cdn=CDN, origin=Origin((door,))) is status


@pytest.mark.parametrize(("healthy", "known", "status"), [(True, 2, PASS), (False, 2, FAIL), (True, 1, FAIL)])
def test_the_balancer(healthy: bool, known: int, status: object) -> None:
    backends = tuple(Backend(f"b{n}", healthy or n > 0, "UP") for n in range(known))
    assert judge("INFRA-NET-03", balancer=Balancer("haproxy", 2, backends)) is status


PANEL = Panel("Trading", "Orders", 60, "")


@pytest.mark.parametrize(
    ("panel", "status"),
    [(PANEL, PASS), (replace(PANEL, values=0), FAIL), (replace(PANEL, error="no source"), FAIL), (UNSEEN, BLOCKED)],
)
def test_dashboards(panel: Panel | Unseen, status: object) -> None:
    assert judge("INFRA-MON-02", grafana=Grafana("/", (PANEL, panel), ("Trading",))) is status


SENT = AlertPath("test", datetime(2026, 3, 2, tzinfo=UTC), 90.0, 60.0, True, 0.0, by_this_run=True)
LISTENING = Alertmanager("/", "0.27.0", (Receiver("team", 1),), '{"receiver": "team"}')
ALL_CRITICAL = Silence("s", (("severity", "=", "critical"),), "tomorrow")
LOUD = SimpleNamespace(gaps=tuple)
MUTE = SimpleNamespace(gaps=lambda: ("errors goes to null",))


@pytest.mark.parametrize(
    ("changes", "now", "gate"),
    [
        ({}, PASS, PASS),
        ({"arrived_after_s": 60.1}, FAIL, FAIL),
        ({"arrived_after_s": None}, FAIL, FAIL),
        ({"resolved": False}, FAIL, PASS),
        ({"by_this_run": False, "days_ago": 7.0}, FAIL, PASS),
        ({"by_this_run": False, "days_ago": 7.1}, FAIL, FAIL),
        ({"might_page": ("pager",)}, PENDING, PASS),
        ({"might_page": ("pager",), "sent": None}, PENDING, PENDING),
    ],
)
def test_alerts(changes: dict[str, Any], now: object, gate: object) -> None:
    path = replace(SENT, **changes)
    assert judge("INFRA-MON-07", alert_path=path, alertmanager=LISTENING) is now
    assert judge("INFRA-GATE-06", alert_path=path, alerting=LOUD, prometheus=PROMETHEUS, alertmanager=LISTENING) is gate


def test_rules_targets_and_receivers_count_at_the_gate() -> None:
    down, broken = (
        replace(PROMETHEUS, **each) for each in (target(health="down"), {"rules": (replace(ALERT, health="err"),)})
    )
    assert judge("INFRA-MON-06", prometheus=PROMETHEUS, alerting=LOUD) is PASS
    assert judge("INFRA-MON-06", prometheus=broken, alerting=LOUD) is FAIL
    assert judge("INFRA-MON-06", prometheus=PROMETHEUS, alerting=MUTE) is FAIL
    silenced = replace(LISTENING, silences=(ALL_CRITICAL,))
    assert judge("INFRA-MON-07", alert_path=SENT, alertmanager=silenced) is FAIL
    for prometheus, alerting in ((down, LOUD), (PROMETHEUS, MUTE)):
        assert (
            judge("INFRA-GATE-06", alert_path=SENT, alerting=alerting, prometheus=prometheus, alertmanager=LISTENING)
            is FAIL
        )


@pytest.mark.parametrize(
    ("works", "control_works", "status"),
    [((False, True), True, PASS), ((False, False), True, FAIL), ((False, False), False, BLOCKED)],
)
def test_a_service_is_lost_when_nothing_of_it_works(
    works: tuple[bool, ...], control_works: bool, status: object
) -> None:
    signs = tuple(Sign(name, each, "500") for name, each in zip(("page", "log-in"), works, strict=True))
    assert judge("FUNC-ROLL-01", alive=Alive(signs, "status.example.com", control_works)) is status
