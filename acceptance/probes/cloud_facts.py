"""What a cloud account holds for the target, and what is wrong with it. No call is made here."""

from __future__ import annotations

import ipaddress
from dataclasses import field
from datetime import datetime

from acceptance.facts import ProbeError, Unseen, facts, offenders, seen

NEEDED = ("Launch", "Terminate", "HealthCheck", "ReplaceUnhealthy", "AlarmNotification", "AddToLoadBalancer")
DATABASES = (27017, 6379, 5672, 15672, 3306, 5432)


@facts
class Subnet:
    """One subnet of the network; public where its route table has a route to an internet gateway."""

    id: str
    zone: str
    public: bool


@facts
class Network:
    """The virtual network. `connected` are ranges of its peers and those that the target names."""

    id: str
    ranges: tuple[str, ...]
    connected: tuple[str, ...]
    subnets: tuple[Subnet, ...] | Unseen

    def faults(self) -> tuple[str, ...]:
        """Ranges that are public, too small, or overlap a connected one; a network without any."""
        found = [] if self.ranges else [f"{self.id} has no range"]
        for each in self.ranges:
            block = ipaddress.ip_network(each, strict=False)
            if not any(block.version == 4 and block.subnet_of(private) for private in PRIVATE):
                found.append(f"{each} is no private range")
            if block.prefixlen > 24:
                found.append(f"{each} is smaller than a /24")
            found += [f"{each} overlaps {other}" for other in self.connected if block.overlaps(_network(other))]
        return tuple(found)


PRIVATE = tuple(ipaddress.IPv4Network(each) for each in ("10.0.0.0/8", "172.16.0.0/12", "192.168.0.0/16"))


@facts
class Opening:
    """One rule of a security group in use that lets the world in. Ports are -1 where the protocol has none."""

    group: str
    protocol: str
    first: int
    last: int
    source: str

    def __repr__(self) -> str:
        return f"{self.group}: {self.protocol} {self.first}-{self.last} open to {self.source}"


@facts
class Backend:
    """One target behind a balancer."""

    group: str
    id: str
    health: str


@facts
class Balancer:
    """One load balancer with all targets of all its groups; `empty` are groups that have none."""

    name: str
    state: str
    zones: tuple[str, ...]
    backends: tuple[Backend, ...] | Unseen
    empty: tuple[str, ...] = ()

    def faults(self) -> list[str]:
        """Why it is not well. ProbeError when its targets can't be seen and nothing else is wrong."""
        found = [] if self.state == "active" else [f"{self.name} is {self.state}"]
        if len(set(self.zones)) < 2:
            found.append(f"{self.name} is in one zone only ({', '.join(self.zones) or 'none'})")
        if isinstance(self.backends, Unseen):
            return found or list(seen(self.backends))  # raises
        if not self.backends:
            found.append(f"{self.name} has no target")
        found += [f"{self.name}: group {each} has no target" for each in self.empty]
        found += [f"{self.name}: {b.id} of {b.group} is {b.health}" for b in self.backends if b.health != "healthy"]
        return found


@facts
class Step:
    """One scaling activity that succeeded. `automatic` when an alarm or a forecast caused it."""

    at: datetime
    out: bool
    automatic: bool


@facts
class Group:
    """One auto-scaling group. Instances as "id: state"; steps are those that its history still has."""

    name: str
    smallest: int
    largest: int
    desired: int
    health_check: str
    not_in_service: tuple[str, ...] | Unseen
    instances: int
    steps: tuple[Step, ...] | Unseen
    suspended: tuple[str, ...] = ()  # processes that somebody stopped

    def faults(self) -> list[str]:
        """Why it can't grow, shrink or heal. ProbeError when its instances can't be seen and nothing else is wrong."""
        found = []
        if not self.smallest < self.largest:
            found.append(f"{self.name} can't scale: {self.smallest} to {self.largest}")
        if not self.smallest <= self.desired <= self.largest:
            found.append(f"{self.name} wants {self.desired}, outside {self.smallest} to {self.largest}")
        if "ELB" not in self.health_check:
            found.append(f"{self.name} checks health by {self.health_check}, not by the balancer")
        found += [f"{self.name} has {each} suspended" for each in self.suspended if each in NEEDED]
        if isinstance(self.not_in_service, Unseen):
            return found or list(seen(self.not_in_service))  # raises
        if self.instances < self.desired or not self.instances:
            found.append(f"{self.name} has {self.instances} of {self.desired} instances")
        return [*found, *(f"{self.name}: {each}" for each in self.not_in_service)]


@facts
class Address:
    """One static address that is allocated."""

    address: str
    associated: bool


@facts
class Cloud:
    """One account. `account` is "" and `refused` says why where the credentials were rejected."""

    source: str
    at: datetime
    wanted_account: str
    account: str | Unseen
    refused: str
    network: Network | Unseen
    network_missing: str
    openings: tuple[Opening, ...] | Unseen
    ssh_port_open: int | None
    addresses: tuple[Address, ...] | Unseen
    names: dict[str, tuple[str, ...] | Unseen]
    aliases: dict[str, tuple[str, ...] | Unseen]
    egress: tuple[str, ...]
    balancers: tuple[Balancer | Unseen, ...]
    groups: tuple[Group | Unseen, ...]
    repeated: tuple[str, ...] = field(default=())

    def __repr__(self) -> str:
        return f"{self.source}: {len(self.balancers)} balancers, {len(self.groups)} groups"

    def looked(self) -> str:
        """What was read."""
        again = f"; asked again: {', '.join(self.repeated)}" if self.repeated else ""
        return f"{self!r}, network {self.network!r:.60}{again}"[:300]

    def account_faults(self) -> tuple[str, ...]:
        """Why this is not the account that the target names."""
        if self.refused:
            return (self.refused,)
        account = seen(self.account)
        return () if account == self.wanted_account else (f"account {account}, not {self.wanted_account}",)

    def network_faults(self) -> tuple[str, ...]:
        """What is wrong with the network's ranges."""
        return (self.network_missing,) if self.network_missing else seen(self.network).faults()

    def subnet_faults(self) -> tuple[str, ...]:
        """Which kind of subnet is missing."""
        if self.network_missing:
            return (self.network_missing,)
        subnets = seen(seen(self.network).subnets)
        found = []
        if not any(each.public for each in subnets):
            found.append("no public subnet")
        if all(each.public for each in subnets):
            found.append("no private subnet")
        return tuple(found)

    @property
    def subnet_zones(self) -> int:
        """How many zones the network's subnets are in."""
        return 0 if self.network_missing else len({each.zone for each in seen(seen(self.network).subnets)})

    def ports_open_beyond(self, *ports: int) -> tuple[Opening, ...]:
        """Openings to the world but TCP on these ports, UDP on 443, ICMP, and the SSH port if the target says so."""
        allowed = {("tcp", port) for port in ports} | {("udp", 443)}
        if self.ssh_port_open and self.ssh_port_open not in DATABASES:
            allowed.add(("tcp", self.ssh_port_open))
        return tuple(
            each
            for each in seen(self.openings)
            if each.protocol not in ("icmp", "icmpv6")
            and not (each.first == each.last and (each.protocol, each.first) in allowed)
        )

    def addresses_not_static(self) -> tuple[str, ...]:
        """Public names and egress addresses that rest on an address which is not allocated, or not in use."""
        held = {each.address: each.associated for each in seen(self.addresses)}
        aliased = {a for several in self.aliases.values() if not isinstance(several, Unseen) for a in several}
        found, unseen = [], [each for each in self.aliases.values() if isinstance(each, Unseen)]
        if not self.names:
            raise ProbeError("public names", "[cloud] names none")
        for name, addresses in self.names.items():
            if isinstance(addresses, Unseen):
                unseen.append(addresses)
                continue
            if not addresses:
                found.append(f"{name} has no address")
            if set(addresses) <= aliased:
                continue
            found += [f"{name} is {a}, {_why(held, a)}" for a in addresses if not held.get(a)]
        found += [f"egress {a} is {_why(held, a)}" for a in self.egress if not held.get(a)]
        return offenders(found, unseen)

    def balancer_faults(self) -> tuple[str, ...]:
        """What is wrong with the balancers."""
        return _faults(self.balancers, "load balancers")

    def group_faults(self) -> tuple[str, ...]:
        """What is wrong with the auto-scaling groups."""
        return _faults(self.groups, "auto-scaling groups")

    def groups_that_never_scaled(self, days: float) -> tuple[str, ...]:
        """Groups without an automatic step out and one back in, within so many days."""
        if not self.groups:
            raise ProbeError("auto-scaling groups", "[cloud] names none")
        found, unseen = [], [each for each in self.groups if isinstance(each, Unseen)]
        for group in self.groups:
            if isinstance(group, Unseen):
                continue
            if isinstance(group.steps, Unseen):
                unseen.append(group.steps)
                continue
            ways = {s.out for s in group.steps if s.automatic and 0 <= (self.at - s.at).total_seconds() <= days * 86400}
            missing = [way for way, out in (("out", True), ("in", False)) if out not in ways]
            if missing:
                found.append(f"{group.name}: no automatic step {' or '.join(missing)}")
        return offenders(found, unseen)


def _faults(parts: tuple[Balancer | Unseen, ...] | tuple[Group | Unseen, ...], what: str) -> tuple[str, ...]:
    if not parts:
        raise ProbeError(what, "[cloud] names none")
    found: list[str] = []
    unseen = [each for each in parts if isinstance(each, Unseen)]
    for each in parts:
        if not isinstance(each, Unseen):
            try:
                found += each.faults()
            except ProbeError as problem:
                unseen.append(Unseen(problem.what, problem.why))
    return offenders(found, unseen)


def _network(block: str) -> ipaddress.IPv4Network | ipaddress.IPv6Network:
    return ipaddress.ip_network(block, strict=False)


def _why(held: dict[str, bool], address: str) -> str:
    return "allocated, but associated with nothing" if address in held else "not an allocated static address"
