"""The cloud: rules on facts made by hand, Terraform's state, AWS's refusals."""

from __future__ import annotations

import json
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from acceptance import terraform
from acceptance.aws import Aws, Refusal
from acceptance.facts import ProbeError, Unseen, dump, load
from acceptance.probes import cloud, mongo_at_rest
from acceptance.probes.cloud_facts import Address, Backend, Balancer, Cloud, Group, Network, Opening, Step, Subnet
from acceptance.sandbox import cloud as part
from acceptance.sandbox.double import Reply, serve
from acceptance.sandbox.world import World
from acceptance.tables.cloud import Cloud as Table
from selftests.judging import BLOCKED, FAIL, PASS, judge
from selftests.test_asking import Answers, visit

NOW = datetime(2026, 3, 2, tzinfo=UTC)
SUBNETS = (Subnet("a", "z1", True), Subnet("b", "z2", False))
NETWORK = Network("vpc-1", ("10.0.0.0/16",), ("10.1.0.0/16",), SUBNETS)
STEPS = (Step(NOW - timedelta(days=5), True, True), Step(NOW - timedelta(days=4), False, True))
GROUP = Group("engine", 2, 4, 2, "ELB", (), 2, STEPS)
LB = Balancer("edge", "active", ("z1", "z2"), (Backend("g", "i-1", "healthy"),))
GOOD = Cloud(
    source="AWS", at=NOW, wanted_account="1", account="1", refused="", network=NETWORK, network_missing="",
    openings=(Opening("web", "tcp", 443, 443, "0.0.0.0/0"),), ssh_port_open=None,
    addresses=(Address("203.0.113.7", True),), names={"app": ("203.0.113.7",)}, aliases={}, egress=(),
    balancers=(LB,), groups=(GROUP,),
)  # fmt: skip
UNSEEN = Unseen("it", "time-out")


def ranged(*ranges: str) -> Cloud:
    return replace(GOOD, network=replace(NETWORK, ranges=ranges))


def opened(protocol: str, first: int, last: int, ssh: int | None = None) -> Cloud:
    return replace(GOOD, openings=(Opening("g", protocol, first, last, "::/0"),), ssh_port_open=ssh)


def grouped(**change: Any) -> Cloud:
    return replace(GOOD, groups=(replace(GROUP, **change),))


@pytest.mark.parametrize("id", [*(f"INFRA-CLOUD-0{n}" for n in range(1, 8)), "INFRA-GATE-11", "PERF-LOAD-04"])
def test_good(id: str) -> None:
    assert judge(id, cloud=GOOD) is PASS


@pytest.mark.parametrize(
    ("id", "facts", "status"),
    [
        ("INFRA-CLOUD-01", replace(GOOD, account="2"), FAIL),
        ("INFRA-CLOUD-01", replace(GOOD, refused="AuthFailure"), FAIL),
        ("INFRA-CLOUD-01", replace(GOOD, account=UNSEEN), BLOCKED),
        ("INFRA-CLOUD-02", ranged("10.0.0.0/24"), PASS),
        ("INFRA-CLOUD-02", ranged("10.0.0.0/25"), FAIL),
        ("INFRA-CLOUD-02", ranged("172.31.0.0/16"), PASS),
        ("INFRA-CLOUD-02", ranged("172.32.0.0/16"), FAIL),
        ("INFRA-CLOUD-02", ranged("10.0.0.0/16", "10.1.128.0/20"), FAIL),
        ("INFRA-CLOUD-02", replace(GOOD, network=UNSEEN), BLOCKED),
        ("INFRA-CLOUD-03", replace(GOOD, network=replace(NETWORK, subnets=SUBNETS[:1])), FAIL),
        ("INFRA-CLOUD-03", replace(GOOD, network=replace(NETWORK, subnets=())), FAIL),
        ("INFRA-CLOUD-03", replace(GOOD, network=replace(NETWORK, subnets=UNSEEN)), BLOCKED),
        ("INFRA-CLOUD-04", opened("udp", 443, 443), PASS),
        ("INFRA-CLOUD-04", opened("icmpv6", -1, -1), PASS),
        ("INFRA-CLOUD-04", opened("udp", 80, 80), FAIL),
        ("INFRA-CLOUD-04", opened("tcp", 80, 443), FAIL),
        ("INFRA-CLOUD-04", opened("all", 0, 65535), FAIL),
        ("INFRA-CLOUD-04", opened("tcp", 2222, 2222, ssh=2222), PASS),
        ("INFRA-CLOUD-04", opened("tcp", 22, 22, ssh=2222), FAIL),
        ("INFRA-CLOUD-04", opened("tcp", 27017, 27017, ssh=27017), FAIL),
        ("INFRA-CLOUD-04", replace(GOOD, openings=UNSEEN), BLOCKED),
        ("INFRA-CLOUD-05", replace(GOOD, names={"app": ("203.0.113.8",)}), FAIL),
        ("INFRA-CLOUD-05", replace(GOOD, names={"app": ("203.0.113.7", "203.0.113.8")}), FAIL),
        ("INFRA-CLOUD-05", replace(GOOD, names={"app": ("1.1.1.1",)}, aliases={"lb": ("1.1.1.1", "1.0.0.1")}), PASS),
        ("INFRA-CLOUD-05", replace(GOOD, addresses=(Address("203.0.113.7", False),)), FAIL),
        ("INFRA-CLOUD-05", replace(GOOD, egress=("203.0.113.9",)), FAIL),
        ("INFRA-CLOUD-05", replace(GOOD, names={"app": UNSEEN}), BLOCKED),
        ("INFRA-CLOUD-05", replace(GOOD, names={}), BLOCKED),
        ("INFRA-CLOUD-06", replace(GOOD, balancers=(replace(LB, zones=("z1", "z1")),)), FAIL),
        ("INFRA-CLOUD-06", replace(GOOD, balancers=(replace(LB, state="provisioning"),)), FAIL),
        ("INFRA-CLOUD-06", replace(GOOD, balancers=(replace(LB, backends=()),)), FAIL),
        ("INFRA-CLOUD-06", replace(GOOD, balancers=(replace(LB, backends=UNSEEN),)), BLOCKED),
        ("INFRA-CLOUD-06", replace(GOOD, balancers=(replace(LB, empty=("dashboard",)),)), FAIL),
        ("INFRA-CLOUD-06", replace(GOOD, balancers=(UNSEEN, replace(LB, state="failed"))), FAIL),
        ("INFRA-CLOUD-06", replace(GOOD, balancers=()), BLOCKED),
        ("INFRA-CLOUD-07", grouped(smallest=4), FAIL),
        ("INFRA-CLOUD-07", grouped(desired=5), FAIL),
        ("INFRA-CLOUD-07", grouped(health_check="EC2"), FAIL),
        ("INFRA-CLOUD-07", grouped(health_check="EC2,ELB"), PASS),
        ("INFRA-CLOUD-07", grouped(instances=1), FAIL),
        ("INFRA-CLOUD-07", grouped(suspended=("Launch",)), FAIL),
        ("INFRA-CLOUD-07", grouped(suspended=("AZRebalance",)), PASS),
        ("INFRA-CLOUD-07", grouped(not_in_service=("i-1: Pending, Healthy",)), FAIL),
        ("INFRA-CLOUD-07", grouped(not_in_service=UNSEEN), BLOCKED),
        ("PERF-LOAD-04", grouped(steps=STEPS[:1]), FAIL),
        ("PERF-LOAD-04", grouped(steps=()), FAIL),
        ("PERF-LOAD-04", grouped(steps=UNSEEN), BLOCKED),
        ("PERF-LOAD-04", replace(GOOD, at=NOW + timedelta(days=85)), PASS),
        ("PERF-LOAD-04", replace(GOOD, at=NOW + timedelta(days=85, seconds=1)), FAIL),
        ("PERF-LOAD-04", grouped(steps=(STEPS[0], replace(STEPS[1], automatic=False))), FAIL),
    ],
)
def test_boundaries(id: str, facts: Cloud, status: str) -> None:
    assert judge(id, cloud=facts) is status


def test_facts_go_to_disk_and_back() -> None:
    assert load(Cloud, dump(GOOD)) == GOOD


@pytest.mark.parametrize(
    ("source", "world"), [("0.0.0.0/0", True), ("128.0.0.0/1", True), ("::/0", True), ("10.0.0.0/8", False)]
)
def test_the_world_in_halves_is_the_world(source: str, world: bool) -> None:
    assert cloud.is_world(source) is world


class Told:
    """An account that tells what it was given, by the name of the call."""

    def __init__(self, **lists: Any) -> None:
        self.lists = lists

    def all(self, _: str, call: str, key: str, **__: Any) -> Any:
        return self.lists.get(call, [])


@pytest.mark.parametrize(("state", "public"), [("active", True), ("blackhole", False)])
def test_a_route_to_a_gateway_that_is_gone_leads_nowhere(state: str, public: bool) -> None:
    routes = [{"GatewayId": "local"}, {"GatewayId": "igw-1", "State": state}]
    tables = [{"Routes": routes, "Associations": [{"SubnetId": "s-1"}]}]
    told = Told(describe_route_tables=tables, describe_subnets=[{"SubnetId": "s-1", "AvailabilityZone": "a"}])
    assert cloud._subnets(told, "vpc-1") == (Subnet("s-1", "a", public),)  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("state", "status"), [("active", FAIL), ("provisioning", FAIL), ("failed", PASS), ("deleted", PASS)]
)
def test_a_peering_that_is_dead_connects_no_network(state: str, status: str) -> None:
    vpc = {"VpcId": "vpc-1", "CidrBlock": "10.0.0.0/16"}
    peering = {"RequesterVpcInfo": vpc, "AccepterVpcInfo": {**vpc, "VpcId": "vpc-2"}, "Status": {"Code": state}}
    told = Told(describe_vpcs=[vpc], describe_vpc_peering_connections=[peering])
    table = Table(account="1", region="r", network="vpc-1")
    found = cloud.network_of(told, table)  # type: ignore[arg-type]
    assert found
    assert judge("INFRA-CLOUD-02", cloud=replace(GOOD, network=found)) is status


def managed(kind: str, **values: Any) -> dict[str, Any]:
    return {"mode": "managed", "type": kind, "values": values}


WEB = {"protocol": "tcp", "from_port": 443, "to_port": 443, "cidr_blocks": ["0.0.0.0/0"]}
MONGO = {"ip_protocol": "tcp", "from_port": 27017, "to_port": 27017, "cidr_ipv4": "0.0.0.0/0"}
ARN = "arn:aws:ec2:eu-central-1:123456789012:vpc/vpc-1"
ROOT = [
    managed("aws_vpc", id="vpc-1", arn=ARN, cidr_block="10.0.0.0/16", tags={"Name": "bot-core"}),
    managed("aws_eip", public_ip="203.0.113.7", association_id="e-1"),
    managed("aws_route_table", id="rtb-1", route=[{"gateway_id": "igw-1"}]),
    managed("aws_route_table_association", subnet_id="s-1", route_table_id="rtb-1"),
    {"mode": "data", "type": "aws_vpc", "values": {"id": "vpc-9"}},
]
CHILD = [
    managed("aws_subnet", id="s-1", vpc_id="vpc-1", availability_zone="a"),
    managed("aws_subnet", id="s-2", vpc_id="vpc-1", availability_zone="b"),
    managed("aws_security_group", id="sg-1", name="web", ingress=[WEB]),
    managed("aws_vpc_security_group_ingress_rule", security_group_id="sg-1", **MONGO),
    managed("aws_lb", name="edge", subnets=["s-1", "s-2"]),
    managed("aws_autoscaling_group", name="engine", min_size=2, max_size=2, health_check_type="ELB"),
]
STATE = {"values": {"root_module": {"resources": ROOT, "child_modules": [{"resources": CHILD}]}}}


def from_state(folder: Path, state: object) -> Cloud:
    (folder / "state.json").write_text(json.dumps(state))
    table = {
        "account": "123456789012", "region": "eu-central-1", "terraform": "state.json", "network": "bot-core",
        "names": ["app.test"], "load_balancers": ["edge"], "auto_scaling_groups": ["engine"],
    }  # fmt: skip
    here = visit(folder, cloud=table, resolve={"app.test": ["203.0.113.7"]})
    here.target._folder = folder
    return cloud.look(here)


def test_terraforms_state_is_a_second_source(tmp_path: Path) -> None:
    found = from_state(tmp_path, STATE)
    statuses = [judge(f"INFRA-CLOUD-0{n}", cloud=found) for n in range(1, 8)]
    assert statuses == [PASS, PASS, PASS, FAIL, PASS, BLOCKED, FAIL]


@pytest.mark.parametrize("state", [{}, [], {"values": {"root_module": {}}}, {"format_version": "1.0"}])
def test_no_state(tmp_path: Path, state: object) -> None:
    with pytest.raises(ProbeError, match="Terraform's state"):
        from_state(tmp_path, state)
    with pytest.raises(ProbeError, match="FileNotFoundError"):
        terraform.resources(tmp_path / "absent")


def aws(folder: Path, endpoint: str, monkeypatch: pytest.MonkeyPatch) -> Aws:
    monkeypatch.setenv("KEY", "secret-key")
    here = visit(folder, credentials={"aws": {"user": "id", "secret": "env:KEY"}}, limits={"timeout_s": 0.5})
    return Aws(here, region="eu-central-1", endpoint=endpoint, access_key="aws")


@pytest.mark.parametrize(
    ("status", "code", "words"),
    [(403, "AuthFailure", "rejected"), (403, "UnauthorizedOperation", "may not read"), (400, "Odd", "Odd: refused")],
)
def test_awss_refusals_in_words(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, status: int, code: str, words: str
) -> None:
    body = f"<Response><Errors><Error><Code>{code}</Code><Message>no</Message></Error></Errors></Response>"
    with pytest.raises(Refusal, match=words):
        aws(tmp_path, serve(lambda _: Reply(body.encode(), status)), monkeypatch).ask("ec2", "describe_vpcs")


SECRET_OF_AWS = b'{"Name": "app", "CreatedDate": 1772400000}'


@pytest.mark.parametrize(
    ("trouble", "word"),
    [
        (Reply({}, 429, (("Retry-After", "0"),)), "429"),
        (Reply({"__type": "ThrottlingException"}, 400, (("Retry-After", "0"),)), "ThrottlingException"),
        (Reply(b"<html>Bad gateway</html>", 502, (("Retry-After", "0"),)), "502"),
        (Reply({"__type": "InternalServiceError"}, 500, (("Retry-After", "0"),)), "InternalServiceError"),
    ],
)
def test_aws_in_passing_trouble_is_asked_again(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, trouble: Reply, word: str
) -> None:
    answers = Answers(trouble, trouble, Reply(SECRET_OF_AWS))
    there = aws(tmp_path, serve(answers), monkeypatch)
    assert there.ask("secretsmanager", "describe_secret", SecretId="app")["Name"] == "app"
    assert there.evidence() == (f"secretsmanager describe_secret after {word}",) * 2


def test_aws_in_trouble_that_stays_blocks_and_is_no_refusal(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    answers = Answers(Reply({}, 503, (("Retry-After", "0"),)))
    with pytest.raises(ProbeError, match="503: the service is in trouble, 3 attempts at most") as told:
        aws(tmp_path, serve(answers), monkeypatch).ask("secretsmanager", "list_secrets")
    assert not isinstance(told.value, Refusal)
    assert answers.asked == 3


def test_aws_that_asks_to_wait_longer_than_the_look_is_not_waited_for(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    answers = Answers(Reply({}, 429, (("Retry-After", "120"),)))
    with pytest.raises(ProbeError, match="too many requests, asks to wait 120 s"):
        aws(tmp_path, serve(answers), monkeypatch).ask("secretsmanager", "list_secrets")
    assert answers.asked == 1


def test_nobody_at_awss_address(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    with pytest.raises(ProbeError, match="EndpointConnectionError"):
        aws(tmp_path, "http://127.0.0.1:1", monkeypatch).ask("sts", "get_caller_identity")


def test_pages_of_aws_end(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    page = b"<DescribeVpcsResponse><vpcSet/><nextToken>again</nextToken></DescribeVpcsResponse>"
    with pytest.raises(ProbeError, match="pages without end"):
        aws(tmp_path, serve(lambda _: Reply(page)), monkeypatch).all("ec2", "describe_vpcs", "Vpcs")


def test_the_documented_policy_is_exactly_what_is_called(tmp_path: Path) -> None:
    world = World(tmp_path)
    tables = part.start(world)
    tables.pop("doubles")
    called: set[str] = set()

    def before(environ: Any, _: Any) -> None:
        service = environ["HTTP_AUTHORIZATION"].split("/")[3]
        called.add(f"{service}:{part._action(environ)}")

    world.shared["aws"].before.insert(0, before)
    asks = visit(tmp_path, 30, **tables, resolve={name: ["127.0.0.1"] for name in world.names})
    cloud.look(asks)
    with pytest.raises(ProbeError):
        mongo_at_rest._in_cloud(asks, "vol-00000000")
    page = (Path(__file__).parents[1] / "docs" / "cloud.md").read_text()
    policy = json.loads(page.partition("```json\n")[2].partition("```")[0])
    assert set(policy["Statement"][0]["Action"]) == called - {"sts:GetCallerIdentity"}
