"""Reads a cloud account: by AWS's APIs, or out of Terraform's state. Only calls that describe."""

from __future__ import annotations

import ipaddress
import re
from collections.abc import Callable
from datetime import UTC, datetime
from functools import partial
from typing import TYPE_CHECKING, Any, TypeVar

from acceptance.facts import ProbeError, Unseen, text
from acceptance.probes.cloud_facts import (
    Address,
    Backend,
    Balancer,
    Cloud,
    Group,
    Network,
    Opening,
    Step,
    Subnet,
)
from acceptance.visit import Visit

if TYPE_CHECKING:
    from acceptance.aws import Aws
    from acceptance.tables.cloud import Cloud as Table

AUTOMATIC = re.compile(r"monitor alarm|target tracking|predictive scaling", re.IGNORECASE)
DEAD = ("deleted", "deleting", "rejected", "failed", "expired")  # a peering that connects nothing, and is still listed
WORLD_PREFIX = 4  # a range this wide or wider is the world, also when it is written in halves
T = TypeVar("T")


def look(visit: Visit) -> Cloud:
    """Everything that the target names in its account. ProbeError when the account can't be asked at all."""
    table = visit.target.cloud
    if table is None:
        raise ProbeError("the cloud account", "the target grants no [cloud]")
    if table.terraform:
        from acceptance.terraform import look as look_at_state

        return look_at_state(visit, table)
    from acceptance.aws import Aws, Refusal

    aws = Aws(visit, region=table.region, endpoint=table.endpoint, access_key=table.access_key)
    account, refused = "", ""
    try:
        account = text(aws.ask("sts", "get_caller_identity").get("Account", ""), 40)
    except Refusal as problem:
        refused = problem.why
    found, missing = _or_unseen(lambda: network_of(aws, table)), ""
    if found is None:
        found, missing = Unseen("the network", "it does not exist"), f"network {table.network} does not exist"
    return Cloud(
        source=f"AWS {account or 'account'} {table.region}",
        at=datetime.now(UTC),
        wanted_account=table.account,
        account=account,
        refused=refused,
        network=found,
        network_missing=missing,
        openings=_or_unseen(lambda: openings(aws)),
        ssh_port_open=table.ssh_port_open,
        addresses=_or_unseen(lambda: addresses(aws)),
        names={name: _resolved(visit, name) for name in table.names},
        aliases={name: _resolved(visit, name) for name in table.aliases},
        egress=table.egress,
        balancers=tuple(_or_unseen(partial(balancer, aws, name)) for name in table.load_balancers),
        groups=tuple(_or_unseen(partial(group, aws, name)) for name in table.auto_scaling_groups),
        repeated=aws.evidence(),
    )


def network_of(aws: Aws, table: Table) -> Network | None:
    """The network by its id or Name tag, with peers and subnets; None when there is none."""
    by = "vpc-id" if table.network.startswith("vpc-") else "tag:Name"
    found = aws.all("ec2", "describe_vpcs", "Vpcs", Filters=[{"Name": by, "Values": [table.network]}])
    if not found:
        return None
    if len(found) > 1:
        raise ProbeError("the network", f"{len(found)} networks are named {table.network}; name its id")
    vpc = found[0]
    ranges = [vpc["CidrBlock"], *(each["CidrBlock"] for each in vpc.get("CidrBlockAssociationSet") or ())]
    peers = [
        side["CidrBlock"]
        for each in aws.all("ec2", "describe_vpc_peering_connections", "VpcPeeringConnections")
        for side in (each.get("RequesterVpcInfo") or {}, each.get("AccepterVpcInfo") or {})
        if vpc["VpcId"] in (each["RequesterVpcInfo"].get("VpcId"), each["AccepterVpcInfo"].get("VpcId"))
        and side.get("VpcId") != vpc["VpcId"]
        and (each.get("Status") or {}).get("Code") not in DEAD
        and side.get("CidrBlock")
    ]
    return Network(
        vpc["VpcId"], tuple(dict.fromkeys(ranges)), (*table.connected, *peers),
        _or_unseen(lambda: _subnets(aws, vpc["VpcId"])),
    )  # fmt: skip


def _subnets(aws: Aws, vpc: str) -> tuple[Subnet, ...]:
    here = [{"Name": "vpc-id", "Values": [vpc]}]
    public, main = {}, False
    for table in aws.all("ec2", "describe_route_tables", "RouteTables", Filters=here):
        outward = any(
            str(route.get("GatewayId", "")).startswith("igw-") and route.get("State") != "blackhole"
            for route in table.get("Routes") or ()
        )
        for each in table.get("Associations") or ():
            if each.get("Main"):
                main = outward
            if each.get("SubnetId"):
                public[each["SubnetId"]] = outward
    return tuple(
        Subnet(each["SubnetId"], each["AvailabilityZone"], public.get(each["SubnetId"], main))
        for each in aws.all("ec2", "describe_subnets", "Subnets", Filters=here)
    )


def openings(aws: Aws) -> tuple[Opening, ...]:
    """What the groups of all network interfaces let in from everywhere."""
    interfaces = aws.all("ec2", "describe_network_interfaces", "NetworkInterfaces")
    used = sorted({group["GroupId"] for each in interfaces for group in each.get("Groups") or ()})
    if not used:
        raise ProbeError("security groups", "no network interface has one")
    found = []
    for group_ in aws.all("ec2", "describe_security_groups", "SecurityGroups", GroupIds=used):
        for rule in group_.get("IpPermissions") or ():
            sources = [each["CidrIp"] for each in rule.get("IpRanges") or ()]
            sources += [each["CidrIpv6"] for each in rule.get("Ipv6Ranges") or ()]
            for each in rule.get("PrefixListIds") or ():
                entries = aws.all(
                    "ec2", "get_managed_prefix_list_entries", "Entries", PrefixListId=each["PrefixListId"]
                )
                sources += [entry["Cidr"] for entry in entries]
            found += [opening(group_["GroupName"], rule, source) for source in sources if is_world(source)]
    return tuple(found)


def opening(group_: str, rule: dict[str, Any], source: str) -> Opening:
    """One rule; "all protocols" is every port."""
    protocol = str(rule.get("IpProtocol"))
    every = protocol == "-1"
    first, last = (0, 65535) if every else (rule.get("FromPort", -1), rule.get("ToPort", -1))
    return Opening(text(group_, 100), "all" if every else protocol, int(first), int(last), source)


def is_world(source: str) -> bool:
    """Whether a source is everybody."""
    return ipaddress.ip_network(source, strict=False).prefixlen <= WORLD_PREFIX


def addresses(aws: Aws) -> tuple[Address, ...]:
    """Static addresses that the account holds."""
    return tuple(
        Address(each["PublicIp"], bool(each.get("AssociationId") or each.get("InstanceId")))
        for each in aws.ask("ec2", "describe_addresses").get("Addresses") or ()
    )


def balancer(aws: Aws, name: str) -> Balancer:
    """A balancer with the health of every target."""
    found = aws.ask("elbv2", "describe_load_balancers", Names=[name]).get("LoadBalancers") or []
    if len(found) != 1:
        raise ProbeError(f"balancer {name}", f"{len(found)} of that name")
    about = found[0]
    groups = aws.all("elbv2", "describe_target_groups", "TargetGroups", LoadBalancerArn=about["LoadBalancerArn"])
    health = {
        text(each["TargetGroupName"], 60): aws.ask(
            "elbv2", "describe_target_health", TargetGroupArn=each["TargetGroupArn"]
        )["TargetHealthDescriptions"]
        for each in groups
    }
    backends = [
        Backend(group_, text(each["Target"]["Id"], 60), text(each["TargetHealth"]["State"], 20))
        for group_, targets in health.items()
        for each in targets
    ]
    zones = tuple(str(each["ZoneName"]) for each in about.get("AvailabilityZones") or ())
    return Balancer(
        name, text((about.get("State") or {}).get("Code", "unknown"), 20), zones, tuple(backends),
        tuple(group_ for group_, targets in health.items() if not targets),
    )  # fmt: skip


def group(aws: Aws, name: str) -> Group:
    """An auto-scaling group with its instances and its history."""
    found = aws.all("autoscaling", "describe_auto_scaling_groups", "AutoScalingGroups", AutoScalingGroupNames=[name])
    if len(found) != 1:
        raise ProbeError(f"auto-scaling group {name}", f"{len(found)} of that name")
    about = found[0]
    states = {
        each["InstanceId"]: f"{each.get('LifecycleState')}, {each.get('HealthStatus')}"
        for each in about.get("Instances") or ()
    }
    return Group(
        name,
        int(about["MinSize"]),
        int(about["MaxSize"]),
        int(about["DesiredCapacity"]),
        text(about.get("HealthCheckType", ""), 40),
        tuple(f"{id}: {state}" for id, state in states.items() if state != "InService, Healthy"),
        len(states),
        _or_unseen(lambda: steps(aws, name)),
        tuple(text(each.get("ProcessName", ""), 40) for each in about.get("SuspendedProcesses") or ()),
    )


def steps(aws: Aws, name: str) -> tuple[Step, ...]:
    """What the group's history says of instances that came and went."""
    history = aws.all("autoscaling", "describe_scaling_activities", "Activities", AutoScalingGroupName=name)
    return tuple(
        Step(
            each["StartTime"],
            str(each.get("Description")).startswith("Launching"),
            bool(AUTOMATIC.search(each["Cause"])),
        )
        for each in history
        if each.get("StatusCode") == "Successful"
        and str(each.get("Description")).startswith(("Launching", "Terminating"))
    )


def _resolved(visit: Visit, name: str) -> tuple[str, ...] | Unseen:
    from acceptance import web

    return _or_unseen(lambda: web.addresses(visit, name))


def _or_unseen(see: Callable[[], T]) -> T | Unseen:
    from acceptance.asking import reading

    try:
        with reading("AWS"):
            return see()
    except ProbeError as problem:
        return Unseen(problem.what, problem.why)
