"""Balancers of four kinds, fresh connections that tell backends apart, and a CDN's marks."""

from __future__ import annotations

import socket
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import httpx
import pytest

from acceptance import asking
from acceptance.facts import ProbeError
from acceptance.probes import balancer, origin
from acceptance.probes.cdn import Cdn, _marks
from acceptance.sandbox.double import Reply, serve
from acceptance.tables.cloud import Balancer as BalancerTable
from selftests.judging import BLOCKED, FAIL, PASS, judge
from selftests.test_asking import visit


@pytest.fixture
def using() -> Iterator[httpx.Client]:
    with httpx.Client(timeout=2, trust_env=False) as client:
        yield client


STATS = "# pxname,svname,status,\nweb,FRONTEND,OPEN,\nengine,one,UP,\nengine,two,{state},\nengine,BACKEND,UP,\n"
TRAEFIK = [
    {"name": "engine@docker", "serverStatus": {"http://10.0.0.2": "UP", "http://10.0.0.3": "UP"}},
    {"name": "api"},
]
NGINX = {
    "engine": {
        "peers": [{"server": "a", "state": "up"}, {"server": "b", "state": "up"}, {"server": "c", "backup": True}]
    }
}


@pytest.mark.parametrize(
    ("kind", "document", "wrong"),
    [
        ("haproxy", STATS.format(state="UP").encode(), 0),
        ("haproxy", STATS.format(state="DOWN").encode(), 1),
        ("haproxy", STATS.format(state="UP 1/3").encode(), 1),
        ("haproxy", STATS.replace("engine,two,{state},\n", "").encode(), 1),
        ("traefik", TRAEFIK, 0),
        ("traefik", [{"name": "engine", "serverStatus": {"a": "UP", "b": "DOWN"}}], 1),
        ("nginx", NGINX, 0),
        ("nginx", {"engine": {"peers": [{"server": "a", "state": "unhealthy"}]}}, 2),
    ],
)
def test_balancers(tmp_path: Path, using: httpx.Client, kind: str, document: object, wrong: int) -> None:
    api = asking.Api("balancer", visit(tmp_path), using, serve(lambda _: Reply(document)))
    table = BalancerTable(kind=kind, backends=2)  # type: ignore[arg-type]  # one of the kinds
    found = {"haproxy": balancer.haproxy, "traefik": balancer.traefik, "nginx": balancer.nginx}[kind](api, table)
    view = balancer.Balancer(kind, 2, tuple(found))
    assert len(view.backends_unhealthy()) == wrong


def test_fresh_connections_tell_backends_apart(tmp_path: Path, using: httpx.Client) -> None:
    count = 0

    def answer(_: object) -> Reply:
        nonlocal count
        count += 1
        sick = count % 2 == 0 and count > 6
        return Reply({}, 404 if sick else 200, (("X-Instance", f"engine-{count % 2}"),))

    api = asking.Api("balancer", visit(tmp_path), using, serve(answer))
    found = balancer.connections(api, BalancerTable(kind="connections", backends=2))
    assert sorted((each.name, each.healthy) for each in found) == [("engine-0", False), ("engine-1", True)]
    nameless = asking.Api("balancer", visit(tmp_path), using, serve(lambda _: Reply({})))
    with pytest.raises(ProbeError, match="X-Instance"):
        balancer.connections(nameless, BalancerTable(kind="connections", backends=2))


@pytest.mark.parametrize(
    ("change", "status"),
    [
        ({}, PASS),
        ({"marks": ()}, FAIL),
        ({"marks": (), "address_in_ranges": True}, PASS),
        ({"cache": "MISS"}, FAIL),
        ({"cache": ""}, FAIL),
        ({"statuses": (200, 404)}, FAIL),
    ],
)
def test_cdn(change: dict[str, Any], status: str) -> None:
    good = Cdn("app/a.js", (200, 200), ("CloudFront",), False, "Hit from cloudfront")
    assert judge("INFRA-CLOUD-08", cdn=replace(good, **change)) is status
    assert judge("INFRA-GATE-10", cdn=replace(good, **change)) is status


@pytest.mark.parametrize(
    ("name", "value", "own"),
    [
        ("x-served-by", "cache-fra-etou8220043-FRA, cache-lhr7350-LHR", True),
        ("x-served-by", "app.example.com", False),
        ("cf-ray", "8f31c2-FRA", True),
        ("cf-ray", "", False),
    ],
)
def test_a_cdns_own_mark(name: str, value: str, own: bool) -> None:
    assert _marks(name, value) is own


def test_a_closed_origin_tells_nothing_once_the_suite_was_banned(tmp_path: Path) -> None:
    shield = Cdn("app/a.js", (200, 200), ("CloudFront",), False, "Hit from cloudfront")
    with socket.create_server(("127.0.0.1", 0)) as door:
        place = f"127.0.0.1:{door.getsockname()[1]}"
        here = visit(tmp_path, edge={"origin": [place]})
        assert judge("INFRA-NET-09", cdn=shield, origin=origin.look(here)) is FAIL
    assert judge("INFRA-NET-09", cdn=shield, origin=origin.look(here)) is PASS
    (tmp_path / "banned").write_text("app.example.com:443\n", encoding="utf-8")
    assert judge("INFRA-NET-09", cdn=shield, origin=origin.look(here)) is BLOCKED
