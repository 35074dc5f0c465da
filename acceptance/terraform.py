"""The second source of cloud facts: what `terraform show -json` says is there. Health is no part of a state."""

from __future__ import annotations

import json
from collections import defaultdict
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from acceptance import web
from acceptance.asking import reading
from acceptance.facts import ProbeError, Unseen, dump, load, text
from acceptance.probes.cloud import is_world, opening
from acceptance.probes.cloud_facts import Address, Balancer, Cloud, Group, Network, Opening, Subnet
from acceptance.tables.cloud import Cloud as Table
from acceptance.visit import Visit

LARGEST = 50_000_000  # bytes
Resources = dict[str, list[dict[str, Any]]]  # type -> values


def look(visit: Visit, table: Table) -> Cloud:
    """The facts that the state holds. ProbeError when it is no state, or an empty one."""
    path = visit.target._folder / table.terraform
    with reading(f"Terraform's state {path.name}"):
        return load(Cloud, dump(_cloud(visit, table, path)))  # a value of another type ends here


def _cloud(visit: Visit, table: Table, path: Path) -> Cloud:
    found = resources(path)
    network = network_of(found, table)
    missing = "" if network else f"network {table.network} does not exist"
    unseen = Unseen("the account", "Terraform's state does not tell it")
    return Cloud(
        source=f"Terraform {path.name}",
        at=datetime.now(UTC),
        wanted_account=table.account,
        account=next((a for a in map(account_of, found.get("aws_vpc", ())) if a), unseen),
        refused="",
        network=network or Unseen("the network", "it does not exist"),
        network_missing=missing,
        openings=tuple(openings(found)),
        ssh_port_open=table.ssh_port_open,
        addresses=tuple(
            Address(str(each.get("public_ip")), bool(each.get("association_id") or each.get("instance")))
            for each in found.get("aws_eip", ())
        ),
        names={name: _resolved(visit, name) for name in table.names},
        aliases={name: _resolved(visit, name) for name in table.aliases},
        egress=table.egress,
        balancers=tuple(balancer(found, name) for name in table.load_balancers),
        groups=tuple(group(found, name) for name in table.auto_scaling_groups),
    )


def resources(path: Path) -> Resources:
    """Values of all managed resources by type, those of child modules too."""
    try:
        source = path.read_text(encoding="utf-8") if path.stat().st_size <= LARGEST else ""
        document = json.loads(source)
        root = document["values"]["root_module"]
    except (OSError, ValueError, KeyError, TypeError) as problem:
        why = f"{type(problem).__name__}; it must be the output of terraform show -json"
        raise ProbeError(f"Terraform's state {path.name}", why) from None
    found: Resources = defaultdict(list)
    for each in _walk(root):
        if each.get("mode") == "managed":
            found[str(each.get("type"))].append(each.get("values") or {})
    if not found:
        raise ProbeError(f"Terraform's state {path.name}", "it manages nothing")
    return found


def account_of(vpc: dict[str, Any]) -> str:
    """The account in an ARN."""
    parts = str(vpc.get("arn", "")).split(":")
    return parts[4] if len(parts) > 4 else ""


def network_of(found: Resources, table: Table) -> Network | None:
    """The network by id or Name tag, with its subnets."""
    for vpc in found.get("aws_vpc", ()):
        if table.network in (vpc.get("id"), (vpc.get("tags") or {}).get("Name")):
            more = [
                e["cidr_block"]
                for e in found.get("aws_vpc_ipv4_cidr_block_association", ())
                if e["vpc_id"] == vpc["id"]
            ]
            return Network(vpc["id"], (vpc["cidr_block"], *more), table.connected, tuple(_subnets(found, vpc["id"])))
    return None


def _subnets(found: Resources, vpc: str) -> Iterator[Subnet]:
    outward = {
        route.get("route_table_id")
        for route in found.get("aws_route", ())
        if str(route.get("gateway_id")).startswith("igw-")
    }
    outward |= {
        table["id"]
        for table in found.get("aws_route_table", ())
        if any(str(route.get("gateway_id")).startswith("igw-") for route in table.get("route") or ())
    }
    bound = {e.get("subnet_id"): e.get("route_table_id") for e in found.get("aws_route_table_association", ())}
    main = next((v.get("main_route_table_id") for v in found.get("aws_vpc", ()) if v.get("id") == vpc), None)
    for each in found.get("aws_subnet", ()):
        if each.get("vpc_id") == vpc:
            yield Subnet(each["id"], str(each.get("availability_zone")), bound.get(each["id"], main) in outward)


def openings(found: Resources) -> Iterator[Opening]:
    """Rules of every security group; a state does not tell which are in use, so all count."""
    if not found.get("aws_security_group"):
        raise ProbeError("security groups", "Terraform's state has none")
    names = {each["id"]: str(each.get("name")) for each in found["aws_security_group"]}
    rules = [(names[each["id"]], rule) for each in found["aws_security_group"] for rule in each.get("ingress") or ()]
    rules += [
        (names.get(str(rule.get("security_group_id")), "?"), rule)
        for rule in found.get("aws_security_group_rule", ())
        if rule.get("type") == "ingress"
    ]
    rules += [
        (names.get(str(rule.get("security_group_id")), "?"), {**rule, "protocol": rule.get("ip_protocol")})
        for rule in found.get("aws_vpc_security_group_ingress_rule", ())
    ]
    for name, rule in rules:
        sources = [*(rule.get("cidr_blocks") or ()), *(rule.get("ipv6_cidr_blocks") or ())]
        sources += [rule[key] for key in ("cidr_ipv4", "cidr_ipv6") if rule.get(key)]
        asked = {"IpProtocol": rule.get("protocol"), "FromPort": rule.get("from_port"), "ToPort": rule.get("to_port")}
        yield from (opening(name, asked, source) for source in sources if is_world(source))


def balancer(found: Resources, name: str) -> Balancer | Unseen:
    """A balancer; the health of its targets is not in a state."""
    zones = {each["id"]: str(each.get("availability_zone")) for each in found.get("aws_subnet", ())}
    for each in found.get("aws_lb", ()):
        if each.get("name") == name:
            where = tuple(zones.get(subnet, "?") for subnet in each.get("subnets") or ())
            return Balancer(name, "active", where, Unseen(f"targets of {name}", "Terraform's state has no health"))
    return Unseen(f"balancer {name}", "Terraform's state has none of that name")


def group(found: Resources, name: str) -> Group | Unseen:
    """An auto-scaling group; its instances are not in a state."""
    for each in found.get("aws_autoscaling_group", ()):
        if each.get("name") == name:
            unseen = Unseen(f"instances of {name}", "Terraform's state does not tell them")
            health = text(each.get("health_check_type") or "", 40)
            desired = int(each.get("desired_capacity") or each["min_size"])
            stopped = tuple(text(process, 40) for process in each.get("suspended_processes") or ())
            return Group(
                name, int(each["min_size"]), int(each["max_size"]), desired, health, unseen, 0, unseen, stopped
            )
    return Unseen(f"auto-scaling group {name}", "Terraform's state has none of that name")


def _walk(module: dict[str, Any]) -> Iterator[dict[str, Any]]:
    yield from module.get("resources") or ()
    for child in module.get("child_modules") or ():
        yield from _walk(child)


def _resolved(visit: Visit, name: str) -> tuple[str, ...] | Unseen:
    try:
        return web.addresses(visit, name)
    except ProbeError as problem:
        return Unseen(problem.what, problem.why)
