"""The sandbox's cloud: a network of four subnets, a balancer, a group that scales; and a balancer's statistics page."""

from __future__ import annotations

from datetime import timedelta
from typing import Any
from urllib.parse import parse_qs

from acceptance.sandbox.aws import ACCOUNT, REGION, aws, credentials
from acceptance.sandbox.double import Reply, Request, serve
from acceptance.sandbox.fault import Fault
from acceptance.sandbox.world import World

PROBES = ("cloud", "cdn", "balancer")
SERVICES = ("ec2", "elbv2", "autoscaling")
_GROUP = ("INFRA-CLOUD-07", "INFRA-GATE-11")
FAULTS: tuple[Fault, ...] = tuple(
    Fault(name, "cloud", change, breaks)
    for name, change, breaks in (
        ("cloud-account-wrong", "the credentials belong to another account", ("INFRA-CLOUD-01",)),
        (
            "cloud-credentials-rejected",
            "the account rejects the credentials",
            (*(f"INFRA-CLOUD-0{n}" for n in range(1, 8)), "INFRA-GATE-11", "PERF-LOAD-04"),
        ),
        ("network-overlaps", "the network overlaps a connected one", ("INFRA-CLOUD-02",)),
        ("network-public", "the network has a public range", ("INFRA-CLOUD-02",)),
        ("network-missing", "the network does not exist", ("INFRA-CLOUD-02", "INFRA-CLOUD-03")),
        ("no-private-subnet", "every subnet routes to the internet gateway", ("INFRA-CLOUD-03",)),
        ("subnets-in-one-zone", "all subnets are in one zone", ("INFRA-CLOUD-03",)),
        ("mongodb-open-to-the-world", "a security group opens 27017 to everybody", ("INFRA-CLOUD-04",)),
        ("ssh-open-to-the-world", "a security group opens 22 to everybody, in two halves", ("INFRA-CLOUD-04",)),
        ("prefix-list-holds-the-world", "a list of the office's ranges holds everybody", ("INFRA-CLOUD-04",)),
        ("address-not-allocated", "the public name points at an address that is not ours", ("INFRA-CLOUD-05",)),
        ("address-not-associated", "the public address is allocated, and in no use", ("INFRA-CLOUD-05",)),
        ("balancer-target-unhealthy", "the balancer finds a target unhealthy", ("INFRA-CLOUD-06",)),
        ("balancer-group-empty", "a group behind the balancer has lost all targets", ("INFRA-CLOUD-06",)),
        ("balancer-in-one-zone", "the balancer is in one zone", ("INFRA-CLOUD-06",)),
        ("group-cannot-scale", "the group's minimum is its maximum", _GROUP),
        ("group-launch-suspended", "somebody suspended the group's launches", _GROUP),
        ("group-health-by-ec2", "the group does not ask the balancer for health", _GROUP),
        ("group-instance-unhealthy", "an instance of the group is unhealthy", _GROUP),
        ("only-manual-steps", "people changed the group's size, alarms never did", ("PERF-LOAD-04",)),
        ("never-scaled-in", "the group only ever went out", ("PERF-LOAD-04",)),
        ("scaled-long-ago", "the last automatic steps are 100 days old", ("PERF-LOAD-04",)),
        ("cdn-never-hits", "the CDN fetches every answer anew", ("INFRA-CLOUD-08", "INFRA-GATE-10")),
        (
            "cdn-is-plain-proxy",
            "a plain proxy with Via and Age instead of a CDN",
            ("INFRA-CLOUD-08", "INFRA-GATE-10", "INFRA-NET-09"),
        ),
        ("backend-down", "the balancer finds one backend down", ("INFRA-NET-03",)),
        ("backend-missing", "the balancer knows one backend less than there are", ("INFRA-NET-03",)),
    )
)
_ACTIVITY = """<member><ActivityId>{id}</ActivityId><AutoScalingGroupName>bot-core</AutoScalingGroupName>
<Description>{what} EC2 instance: i-0{id}</Description><Cause>At {at} {cause}</Cause><StartTime>{at}</StartTime>
<StatusCode>Successful</StatusCode><Progress>100</Progress></member>"""
_ALARM = "a monitor alarm cpu-high in state ALARM triggered policy target changing the desired capacity"
_MANUAL = "a user request update of AutoScalingGroup constraints changed the desired capacity"


class Cloud:
    """Fills AWS with the target's things, and answers what moto does not know."""

    def __init__(self, world: World) -> None:
        self.world = world

    def fill(self, client: Any) -> None:
        """Make the network, the balancer and the group, with the faults that are on."""
        on, ec2 = self.world.on, client("ec2")
        block = "198.18" if on("network-public") else "10.30" if on("network-overlaps") else "10.20"
        name = "something-else" if on("network-missing") else "bot-core"
        vpc = ec2.create_vpc(CidrBlock=f"{block}.0.0/16", TagSpecifications=_named("vpc", name))["Vpc"]["VpcId"]
        gateway = ec2.create_internet_gateway()["InternetGateway"]["InternetGatewayId"]
        ec2.attach_internet_gateway(InternetGatewayId=gateway, VpcId=vpc)
        outward = ec2.create_route_table(VpcId=vpc)["RouteTable"]["RouteTableId"]
        ec2.create_route(RouteTableId=outward, DestinationCidrBlock="0.0.0.0/0", GatewayId=gateway)
        subnets = []
        for number, public in enumerate((True, True, False, False)):
            zone = REGION + ("a" if on("subnets-in-one-zone") or number % 2 == 0 else "b")
            cidr = f"{block}.{number}.0/24"
            subnet = ec2.create_subnet(VpcId=vpc, CidrBlock=cidr, AvailabilityZone=zone)["Subnet"]["SubnetId"]
            subnets.append(subnet)
            if public or on("no-private-subnet"):
                ec2.associate_route_table(RouteTableId=outward, SubnetId=subnet)
        group = ec2.create_security_group(GroupName="web", Description="edge", VpcId=vpc)["GroupId"]
        ec2.authorize_security_group_ingress(GroupId=group, IpPermissions=[*self._rules(), self._listed(ec2)])
        self._address(ec2, subnets[0], group)
        self._balanced(client, vpc, subnets, group)

    def _rules(self) -> list[dict[str, Any]]:
        rules = [_rule(80, "0.0.0.0/0"), _rule(443, "0.0.0.0/0"), _rule(22, "10.0.0.0/8")]
        if self.world.on("mongodb-open-to-the-world"):
            rules.append(_rule(27017, "0.0.0.0/0"))
        if self.world.on("ssh-open-to-the-world"):
            rules += [_rule(22, "0.0.0.0/1"), _rule(22, "128.0.0.0/1")]
        return rules

    def _listed(self, ec2: Any) -> dict[str, Any]:
        """SSH from the ranges of a list: the office's."""
        office = "0.0.0.0/0" if self.world.on("prefix-list-holds-the-world") else "198.51.100.0/24"
        made = ec2.create_managed_prefix_list(
            PrefixListName="office", MaxEntries=5, AddressFamily="IPv4", Entries=[{"Cidr": office}]
        )["PrefixList"]
        rule = {"IpProtocol": "tcp", "FromPort": 22, "ToPort": 22}
        return {**rule, "PrefixListIds": [{"PrefixListId": made["PrefixListId"]}]}

    def _address(self, ec2: Any, subnet: str, group: str) -> None:
        """The public names of the sandbox are on loopback: that is the address which is held."""
        address = "192.0.2.99" if self.world.on("address-not-allocated") else "127.0.0.1"
        held = ec2.allocate_address(Domain="vpc", Address=address)["AllocationId"]
        interface = ec2.create_network_interface(SubnetId=subnet, Groups=[group])["NetworkInterface"]
        if not self.world.on("address-not-associated"):
            ec2.associate_address(AllocationId=held, NetworkInterfaceId=interface["NetworkInterfaceId"])

    def _balanced(self, client: Any, vpc: str, subnets: list[str], group: str) -> None:
        on, elb, scaling = self.world.on, client("elbv2"), client("autoscaling")
        zones = subnets[2:3] if on("balancer-in-one-zone") or on("subnets-in-one-zone") else subnets[2:]
        if on("subnets-in-one-zone"):
            zone = [{"Name": "availability-zone", "Values": [f"{REGION}b"]}]
            zones = [subnets[2], client("ec2").describe_subnets(Filters=zone)["Subnets"][0]["SubnetId"]]
        made = elb.create_load_balancer(Name="bot-core", Subnets=zones, SecurityGroups=[group])["LoadBalancers"][0]
        targets = elb.create_target_group(
            Name="engine", Protocol="HTTP", Port=8080, VpcId=vpc, TargetType="instance", HealthCheckPath="/api/health"
        )["TargetGroups"][0]["TargetGroupArn"]
        elb.create_listener(
            LoadBalancerArn=made["LoadBalancerArn"], Protocol="HTTP", Port=80,
            DefaultActions=[{"Type": "forward", "TargetGroupArn": targets}],
        )  # fmt: skip
        if on("balancer-group-empty"):
            spare = elb.create_target_group(Name="dashboard", Protocol="HTTP", Port=3000, VpcId=vpc)["TargetGroups"][0]
            elb.create_listener(
                LoadBalancerArn=made["LoadBalancerArn"], Protocol="HTTP", Port=81,
                DefaultActions=[{"Type": "forward", "TargetGroupArn": spare["TargetGroupArn"]}],
            )  # fmt: skip
        scaling.create_launch_configuration(
            LaunchConfigurationName="engine", ImageId="ami-12c6146b", InstanceType="t3.large"
        )
        scaling.create_auto_scaling_group(
            AutoScalingGroupName="bot-core", LaunchConfigurationName="engine", MinSize=2,
            MaxSize=2 if on("group-cannot-scale") else 4, DesiredCapacity=2, VPCZoneIdentifier=",".join(subnets[2:]),
            HealthCheckType="EC2" if on("group-health-by-ec2") else "ELB", HealthCheckGracePeriod=60,
            TargetGroupARNs=[targets],
        )  # fmt: skip
        if on("group-launch-suspended"):
            scaling.suspend_processes(AutoScalingGroupName="bot-core", ScalingProcesses=["Launch"])
        if on("group-instance-unhealthy"):
            group_ = scaling.describe_auto_scaling_groups()["AutoScalingGroups"][0]
            id = group_["Instances"][0]["InstanceId"]
            scaling.set_instance_health(InstanceId=id, HealthStatus="Unhealthy")

    def before(self, environ: Any, start_response: Any) -> list[bytes] | None:
        """Rejections, another account, an unhealthy target, and the group's history."""
        on = self.world.on
        authorization = environ.get("HTTP_AUTHORIZATION", "")
        if not any(
            f"/{service}/" in authorization for service in ("sts", "ec2", "elasticloadbalancing", "autoscaling")
        ):
            return None
        if on("cloud-credentials-rejected"):
            return _xml(start_response, "403 Forbidden", _REJECTED)
        if on("cloud-account-wrong") and "/sts/" in authorization:
            environ["HTTP_X_MOTO_ACCOUNT_ID"] = "999988887777"
        action = _action(environ)
        if action == "DescribeScalingActivities":
            return _xml(start_response, "200 OK", self._history())
        if action == "DescribeTargetHealth" and on("balancer-target-unhealthy"):
            return _xml(start_response, "200 OK", _UNHEALTHY)
        return None

    def _history(self) -> str:
        cause = _MANUAL if self.world.on("only-manual-steps") else _ALARM
        days = 100 if self.world.on("scaled-long-ago") else 9
        ways = ["Launching a new", "Launching a new" if self.world.on("never-scaled-in") else "Terminating"]
        at = f"{self.world.now - timedelta(days=days):%Y-%m-%dT%H:%M:%SZ}"
        members = "".join(_ACTIVITY.format(id=n, what=what, cause=cause, at=at) for n, what in enumerate(ways))
        return (
            "<DescribeScalingActivitiesResponse><DescribeScalingActivitiesResult>"
            f"<Activities>{members}</Activities></DescribeScalingActivitiesResult></DescribeScalingActivitiesResponse>"
        )


_REJECTED = (
    "<Response><Errors><Error><Code>AuthFailure</Code><Message>AWS was not able to validate the provided access "
    "credentials</Message></Error></Errors></Response>"
)
_UNHEALTHY = (
    "<DescribeTargetHealthResponse><DescribeTargetHealthResult><TargetHealthDescriptions><member><Target>"
    "<Id>i-0abc</Id><Port>8080</Port></Target><TargetHealth><State>unhealthy</State></TargetHealth></member>"
    "</TargetHealthDescriptions></DescribeTargetHealthResult></DescribeTargetHealthResponse>"
)


def start(world: World) -> dict[str, Any]:
    """Offer the account, a CDN before the page, and a balancer's statistics."""
    cloud, server = Cloud(world), aws(world)
    server.seed("cloud", SERVICES, cloud.fill)
    server.before.append(cloud.before)
    return {
        "doubles": ["AWS", "balancer's statistics"],
        "cloud": {
            "account": ACCOUNT, "region": REGION, "endpoint": server.url, "access_key": "aws", "network": "bot-core",
            "connected": ["10.30.0.0/16"], "names": list(world.names), "load_balancers": ["bot-core"],
            "auto_scaling_groups": ["bot-core"],
        },
        "cdn": {"asset": "/assets/app.js"},
        "balancer": {"kind": "haproxy", "url": f"{serve(lambda r: statistics(world, r))}/stats;csv", "backends": 2},
        "credentials": credentials(world),
    }  # fmt: skip


def refresh(world: World) -> None:
    """Faults of the account change what lies in it."""
    aws(world).refill("cloud")


def statistics(world: World, _: Request) -> Reply:
    """HAProxy's statistics as CSV."""
    lines = ["# pxname,svname,scur,status,type,", "web,FRONTEND,3,OPEN,0,"]
    for name in ("engine-1",) if world.on("backend-missing") else ("engine-1", "engine-2"):
        down = world.on("backend-down") and name == "engine-2"
        lines.append(f"engine,{name},1,{'DOWN 1/2' if down else 'UP'},2,")
    lines.append("engine,BACKEND,2,UP,1,")
    return Reply("\n".join(lines).encode())


def _action(environ: Any) -> str:
    import io

    length = int(environ.get("CONTENT_LENGTH") or 0)
    body = environ["wsgi.input"].read(length)
    environ["wsgi.input"] = io.BytesIO(body)
    return str(parse_qs(body.decode("utf-8", "replace")).get("Action", [""])[0])


def _xml(start_response: Any, status: str, body: str) -> list[bytes]:
    start_response(status, [("Content-Type", "text/xml"), ("Content-Length", str(len(body.encode())))])
    return [body.encode()]


def _rule(port: int, source: str) -> dict[str, Any]:
    return {"IpProtocol": "tcp", "FromPort": port, "ToPort": port, "IpRanges": [{"CidrIp": source}]}


def _named(kind: str, name: str) -> list[dict[str, Any]]:
    return [{"ResourceType": kind, "Tags": [{"Key": "Name", "Value": name}]}]
