"""Facts of the sandbox's healthy host, whose recorded answer is changed at one place, and items judged on them."""

from __future__ import annotations

import json
from collections.abc import Callable
from functools import cache
from pathlib import Path
from typing import Any

from acceptance.judge import catalogue, probes_behind
from acceptance.probes import configuration, hosts
from acceptance.probes.defaults import Default, Defaults
from acceptance.probes.each_host import by_part
from acceptance.probes.ports import Open, Ports
from acceptance.probes.release import Back, ReleaseFile
from acceptance.probes.services import Answer, Services
from acceptance.probes.ssh_wire import Offer, SshWire
from acceptance.sandbox.host import healthy
from acceptance.sandbox.host_changes import Change
from acceptance.sandbox.world import World
from acceptance.tables.hosts import Compose
from selftests.hosts_facts import AT
from selftests.judging import Unsigned, judge

UNSEEN = {"what": "it", "why": "not asked"}
ENGINE = "rust-core-engine"
EXPECTED = hosts.Expected("app-1", "", ("debian 12",), ("prometheus-node-exporter",), "mongodump", "certbot")
RELEASE = ReleaseFile(
    World.version, World.commit, f"v{World.version}", AT, rollback=World.previous,
    back=Back(World.previous, f"v{World.previous}", "0" * 40, {}),
)  # fmt: skip


@cache
def recorded() -> str:
    return json.dumps(healthy(World(Path())))


def on_the_host(*changes: Change) -> hosts.Hosts:
    """The recorded answer of machine, software and containers, with these changes."""
    each = by_part(hosts.Answer, _answer(changes, "system", "software", "engine"))
    return hosts.Hosts(AT, (hosts.Host("app", "ssh", EXPECTED, each.system, each.software, each.engine),))


def configured(*changes: Change) -> configuration.Configuration:
    """The recorded answer of deployed directory and entrances, with these changes."""
    each = by_part(configuration.Answer, _answer(changes, "deployment", "access"))
    deployed, compose = configuration.Configured("app", "deploy", (), each.deployment, each.access), Compose()
    return configuration.Configuration(
        (deployed,), compose.tokens, compose.monitoring, compose.external, (f"{World.names[0]}:443",),
        ("/api/auth/login",), (World.names[1], 443),
    )  # fmt: skip


def _answer(changes: tuple[Change, ...], *sections: str) -> str:
    answer = json.loads(recorded())
    for change in changes:
        change(answer)
    for each in answer["deployment"].get("env", {}).get("secrets", ()):
        each.pop("print")
    configs = answer["deployment"]["configs"]
    answer["deployment"]["configs"] = {kind: configuration.parsed(each) for kind, each in configs.items()}
    return json.dumps({name: answer[name] for name in sections})


def reporting(**reports: str) -> Services:
    answer = Answer(ENGINE, True, "HTTP 200", False, {"testnet": "false", "trading": "false", **reports}, 0.0)
    return Services(AT, (answer,), (ENGINE,), {})


def ports(*numbers: int) -> Ports:
    found = tuple(Open("203.0.113.7", each, True) for each in numbers)
    return Ports(("203.0.113.7",), 1000, found, (), (80, 443, 2222), (), (), 30.0)


def wire(*methods: str, closed: bool = False) -> SshWire:
    return SshWire((Offer("app", "203.0.113.7:2222", methods, closed),))


def judged(item: str, *changes: Change, **more: Any) -> object:
    """An item of the host's on its healthy facts with these changes, or with others in their place."""
    made: dict[str, Callable[[], Any]] = {
        "hosts": lambda: on_the_host(*changes),
        "configuration": lambda: configured(*changes),
        "services": reporting,
        "defaults": lambda: Defaults((Default("grafana", "/login", "admin", 401, False),)),
        "ports": lambda: ports(2222, 80, 443),
        "ssh_wire": lambda: wire("publickey"),
        "release": lambda: RELEASE,
    }
    wanted = probes_behind(catalogue()[item].asks_for) - more.keys()
    return judge(item, signed=Unsigned(), **{name: made[name]() for name in wanted}, **more)
