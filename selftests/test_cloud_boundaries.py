"""Boundaries of what a cloud account holds, on facts made by hand; one part that is unseen hides no other."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from acceptance.facts import Unseen
from acceptance.probes.cloud_facts import Address, Backend, Balancer, Cloud, Group, Network, Opening, Step, Subnet
from selftests.judging import BLOCKED, FAIL, PASS, judge

NOW = datetime(2026, 3, 2, tzinfo=UTC)
UNSEEN = Unseen("it", "throttled")
SUBNETS = (Subnet("a", "eu-1a", True), Subnet("b", "eu-1b", False))
NETWORK = Network("vpc-1", ("10.0.0.0/16",), ("10.1.0.0/16",), SUBNETS)
BALANCER = Balancer("edge", "active", ("eu-1a", "eu-1b"), (Backend("web", "i-1", "healthy"),))
OUT, IN = Step(NOW - timedelta(days=90), True, True), Step(NOW, False, True)
GROUP = Group("web", 1, 3, 3, "EC2,ELB", (), 3, (OUT, IN))
CLOUD = Cloud(
    "AWS", NOW, "111", "111", "", NETWORK, "", (), None, (Address("198.51.100.1", True), Address("198.51.100.2", False)),
    {"app.example.com": ("198.51.100.1",)}, {}, (), (BALANCER,), (GROUP,),
)  # fmt: skip


def network(**changes: Any) -> dict[str, Any]:
    return {"network": replace(NETWORK, **changes)}


def balancer(**changes: Any) -> dict[str, Any]:
    return {"balancers": (replace(BALANCER, **changes),)}


def group(**changes: Any) -> dict[str, Any]:
    return {"groups": (replace(GROUP, **changes),)}


def opening(protocol: str, first: int, last: int = 0) -> Opening:
    return Opening("sg-1", protocol, first, last or first, "0.0.0.0/0")


ALIAS = {"names": {"app.example.com": ("192.0.2.1", "192.0.2.2")}, "aliases": {"lb": ("192.0.2.1", "192.0.2.2")}}
TWO = {"a.example.com": UNSEEN, "app.example.com": ("203.0.113.9",)}
LATER = {"a.example.com": ("192.0.2.1",), "app.example.com": ("203.0.113.9",)}


@pytest.mark.parametrize(
    ("item", "changes", "status"),
    [
        ("INFRA-CLOUD-01", {"account": "222"}, FAIL),
        ("INFRA-CLOUD-01", {"account": "", "refused": "the credentials were rejected"}, FAIL),
        ("INFRA-CLOUD-01", {"account": UNSEEN}, BLOCKED),
        ("INFRA-CLOUD-02", {"network_missing": "no VPC vpc-1", "network": UNSEEN}, FAIL),
        ("INFRA-CLOUD-02", {"network": UNSEEN}, BLOCKED),
        ("INFRA-CLOUD-02", network(ranges=("10.0.0.0/24",)), PASS),
        ("INFRA-CLOUD-02", network(ranges=("10.0.0.0/25",)), FAIL),
        ("INFRA-CLOUD-02", network(ranges=("172.32.0.0/16",)), FAIL),
        ("INFRA-CLOUD-02", network(ranges=("172.31.0.0/16",)), PASS),
        ("INFRA-CLOUD-02", network(ranges=("10.0.0.0/15",)), FAIL),  # overlaps what is connected
        ("INFRA-CLOUD-02", network(ranges=()), FAIL),
        ("INFRA-CLOUD-03", {"network_missing": "no VPC vpc-1", "network": UNSEEN}, FAIL),
        ("INFRA-CLOUD-03", network(subnets=(SUBNETS[0], replace(SUBNETS[0], zone="eu-1b"))), FAIL),
        ("INFRA-CLOUD-03", network(subnets=(SUBNETS[1], replace(SUBNETS[1], zone="eu-1a"))), FAIL),
        ("INFRA-CLOUD-03", network(subnets=tuple(replace(s, zone="eu-1a") for s in SUBNETS)), FAIL),
        ("INFRA-CLOUD-03", network(subnets=()), FAIL),
        ("INFRA-CLOUD-03", network(subnets=UNSEEN), BLOCKED),
        ("INFRA-CLOUD-04", {"openings": (opening("tcp", 80), opening("tcp", 443), opening("udp", 443))}, PASS),
        ("INFRA-CLOUD-04", {"openings": (opening("icmp", -1), opening("icmpv6", -1))}, PASS),
        ("INFRA-CLOUD-04", {"openings": (opening("tcp", 80, 443),)}, FAIL),  # all between them
        ("INFRA-CLOUD-04", {"openings": (opening("udp", 80),)}, FAIL),
        ("INFRA-CLOUD-04", {"openings": (opening("-1", -1),)}, FAIL),
        ("INFRA-CLOUD-04", {"openings": (opening("tcp", 22),)}, FAIL),
        ("INFRA-CLOUD-04", {"openings": (opening("tcp", 22),), "ssh_port_open": 22}, PASS),
        ("INFRA-CLOUD-04", {"openings": (opening("tcp", 27017),), "ssh_port_open": 27017}, FAIL),  # never
        ("INFRA-CLOUD-04", {"openings": UNSEEN}, BLOCKED),
        ("INFRA-CLOUD-05", {"names": {"app.example.com": ("198.51.100.2",)}}, FAIL),  # bound to nothing
        ("INFRA-CLOUD-05", {"names": {"app.example.com": ("203.0.113.9",)}}, FAIL),
        ("INFRA-CLOUD-05", {"names": {"app.example.com": ()}}, FAIL),
        ("INFRA-CLOUD-05", {"names": {}}, BLOCKED),
        ("INFRA-CLOUD-05", {"names": TWO}, FAIL),  # wrong beats unseen
        ("INFRA-CLOUD-05", {"names": {"a.example.com": UNSEEN, **CLOUD.names}}, BLOCKED),
        ("INFRA-CLOUD-05", {"names": LATER, "aliases": {"lb": ("192.0.2.1",)}}, FAIL),  # the first is no alias of all
        ("INFRA-CLOUD-05", ALIAS, PASS),
        ("INFRA-CLOUD-05", {**ALIAS, "aliases": {"lb": ("192.0.2.1",)}}, FAIL),
        ("INFRA-CLOUD-05", {**ALIAS, "aliases": {**ALIAS["aliases"], "cdn": UNSEEN}}, BLOCKED),
        ("INFRA-CLOUD-05", {"egress": ("198.51.100.1",)}, PASS),
        ("INFRA-CLOUD-05", {"egress": ("198.51.100.2",)}, FAIL),
        ("INFRA-CLOUD-06", balancer(state="provisioning"), FAIL),
        ("INFRA-CLOUD-06", balancer(zones=("eu-1a", "eu-1a")), FAIL),
        ("INFRA-CLOUD-06", balancer(backends=(Backend("web", "i-1", "draining"),)), FAIL),
        ("INFRA-CLOUD-06", balancer(backends=()), FAIL),
        ("INFRA-CLOUD-06", balancer(empty=("api",)), FAIL),
        ("INFRA-CLOUD-06", balancer(backends=UNSEEN), BLOCKED),
        ("INFRA-CLOUD-06", balancer(backends=UNSEEN, state="failed"), FAIL),
        ("INFRA-CLOUD-06", {"balancers": (replace(BALANCER, state="failed"), BALANCER)}, FAIL),
        ("INFRA-CLOUD-06", {"balancers": (UNSEEN, BALANCER)}, BLOCKED),
        ("INFRA-CLOUD-06", {"balancers": ()}, BLOCKED),
        ("INFRA-CLOUD-07", group(smallest=3), FAIL),
        ("INFRA-CLOUD-07", group(desired=4, instances=4), FAIL),
        ("INFRA-CLOUD-07", group(smallest=2, desired=1, instances=1), FAIL),
        ("INFRA-CLOUD-07", group(health_check="EC2"), FAIL),
        ("INFRA-CLOUD-07", group(suspended=("Launch",)), FAIL),
        ("INFRA-CLOUD-07", group(suspended=("AZRebalance",)), PASS),
        ("INFRA-CLOUD-07", group(instances=2), FAIL),
        ("INFRA-CLOUD-07", group(smallest=0, desired=0, instances=0), FAIL),
        ("INFRA-CLOUD-07", group(not_in_service=("i-1: Pending",)), FAIL),
        ("INFRA-CLOUD-07", group(not_in_service=UNSEEN), BLOCKED),
        ("INFRA-CLOUD-07", {"groups": ()}, BLOCKED),
        ("INFRA-GATE-11", group(smallest=3), FAIL),
        ("PERF-LOAD-04", group(steps=(replace(OUT, at=NOW - timedelta(days=90, seconds=1)), IN)), FAIL),
        ("PERF-LOAD-04", group(steps=(replace(OUT, automatic=False), IN)), FAIL),
        ("PERF-LOAD-04", group(steps=(OUT,)), FAIL),
        ("PERF-LOAD-04", group(steps=(IN,)), FAIL),
        ("PERF-LOAD-04", group(steps=UNSEEN), BLOCKED),
        ("PERF-LOAD-04", {"groups": (UNSEEN, replace(GROUP, steps=()))}, FAIL),
        ("PERF-LOAD-04", {"groups": (replace(GROUP, steps=UNSEEN), replace(GROUP, steps=()))}, FAIL),
        ("PERF-LOAD-04", {"groups": (UNSEEN, GROUP)}, BLOCKED),
        ("PERF-LOAD-04", {"groups": ()}, BLOCKED),
    ],
)
def test_one_change_of_the_account(item: str, changes: dict[str, Any], status: object) -> None:
    assert judge(item, cloud=CLOUD) is PASS
    assert judge(item, cloud=replace(CLOUD, **changes)) is status
