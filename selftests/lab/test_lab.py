"""The collector on a real host, over real ssh: what it costs, what it leaves behind, what it may not see.

Needs root, Docker and the compose plugin; `selftests/lab/up.sh` builds the host. Run it with `-m lab`.
"""

import json
import time
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from acceptance.facts import ProbeError
from acceptance.probes import PROBES
from acceptance.reach import ask
from acceptance.sandbox.recording import record
from acceptance.tables.hosts import Host
from acceptance.visit import Visit
from selftests.lab.lab_host import Look, in_host, status

pytestmark = pytest.mark.lab


def test_all_host_facts_take_few_connections_and_little_time(look: Look) -> None:
    def accepted() -> int:
        return int(in_host("journalctl -u ssh --no-pager | grep -c 'Accepted publickey'"))

    before, began = accepted(), time.monotonic()
    facts = look("hosts")
    took_s = time.monotonic() - began
    facts |= look("configuration", "usage")
    assert not [name for name, value in facts.items() if isinstance(value, ProbeError)]
    assert accepted() - before <= 3
    assert took_s < 3


def test_the_collector_writes_nothing(look: Look) -> None:
    """Files that change while it looks are those that change anyway: logs, and what daemons keep for themselves."""
    pruned = "( -path /proc -o -path /sys -o -path /run -o -path /dev -o -path /var/log -o -path /var/lib/docker -o -path /var/lib/fail2ban )"
    in_host("touch /tmp/stamp; sleep 0.1")
    look("hosts", "configuration", "usage", "services")
    changed = in_host(
        f"find / -xdev {pruned.replace('(', chr(92) + '(').replace(')', chr(92) + ')')} -prune -o -newer /tmp/stamp -print"
    )
    assert [
        path
        for path in changed.split()
        if path not in ("/tmp", "/tmp/stamp", "/var/lib/chrony", "/var/lib/chrony/chrony.drift")
    ] == []


def test_what_the_compose_file_plans_is_what_the_containers_have(look: Look) -> None:
    """Before the first start an item is judged on the plan alone, so it must read as Docker carries it out."""
    engine = look("hosts")["hosts"].hosts[0].engine
    planned = {
        s.name: (s.memory_limit_bytes, s.cpu_limit, s.log_rotates, s.image_secrets) for s in engine.compose.services
    }
    assert planned == {
        c.service: (c.memory_limit_bytes, c.cpu_limit, c.log_rotates, c.image_secrets) for c in engine.containers
    }
    assert len({memory for memory, *_ in planned.values()}) > 2


def test_no_secret_leaves_the_host(visit: Callable[[], Visit]) -> None:
    raw = ask(visit(), "app", ("system", "software", "engine", "deployment", "access"), print_key="k" * 32)
    env = dict(line.split("=", 1) for line in in_host("cat /opt/bot-core/.env").splitlines())
    secrets = [value for value in env.values() if len(value) >= 30 and not value.startswith("/")]
    assert len(secrets) >= 10
    assert env["REDIS_PASSWORD"] in secrets  # it stands in Redis' command and its health check too
    assert [value for value in secrets if value in raw] == []


def test_a_host_can_be_recorded_for_the_sandbox(work: Path, tmp_path: Path) -> None:
    (tmp_path / "target.toml").write_text(
        f"""[urls]
base = "https://app.lab.test"
plain = "http://app.lab.test"
api = "https://app.lab.test"
ws = "wss://app.lab.test"
dashboard = "https://app.lab.test"
[hosts.app]
ssh = "lab-host"
ssh_config = "{work / "ssh_config"}"
[compose]
project = "bot-core"
files = ["compose.yaml"]
profile = "full"
window_s = 0.5
"""
    )
    assert "ssh lab-host" in record(str(tmp_path / "target.toml"), tmp_path / "host.json")
    kept = json.loads((tmp_path / "host.json").read_text())["answer"]
    assert kept["system"]["hostname"] == "lab-host"
    assert {secret["print"] for secret in kept["deployment"]["env"]["secrets"]} == {""}


def shape(value: Any) -> Any:
    """The form of an answer: keys and kinds, the first element of a list; Unseen and null fit anything."""
    if isinstance(value, dict):
        return "any" if set(value) == {"what", "why"} else {k: shape(v) for k, v in value.items()}
    if isinstance(value, list):
        return [shape(value[0])] if value else "any"
    return (
        "any"
        if value is None
        else "number"
        if isinstance(value, int | float) and not isinstance(value, bool)
        else type(value).__name__
    )


def differing(one: Any, other: Any, place: str = "") -> list[str]:
    """Places where two forms do not fit."""
    if "any" in (one, other):
        return []
    if isinstance(one, dict) and isinstance(other, dict):
        free = place.endswith(("settings", "depends_on"))
        odd = [] if free else [f"{place}.{key}" for key in set(one) ^ set(other)]
        return odd + [d for key in set(one) & set(other) for d in differing(one[key], other[key], f"{place}.{key}")]
    if isinstance(one, list) and isinstance(other, list):
        return differing(one[0], other[0], f"{place}[]")
    return [] if one == other else [place]


def test_recording_and_lab_agree_in_form(visit: Callable[[], Visit]) -> None:
    recording = json.loads((Path(__file__).parents[2] / "acceptance/sandbox/recordings/host.json").read_text())[
        "answer"
    ]
    sections = ("system", "software", "engine", "usage", "deployment", "access")
    now = json.loads(ask(visit(), "app", sections, print_key="k" * 32))
    assert differing(shape({s: recording[s] for s in sections}), shape(now)) == []


def test_where_sudo_asks_for_a_password_only_its_facts_are_unseen(visit: Callable[[], Visit]) -> None:
    in_host("useradd -m -s /bin/bash asked && echo 'asked ALL=(ALL) ALL' > /etc/sudoers.d/asked")
    try:
        as_asked = ("docker", "exec", "-i", "-u", "asked", "lab-host", "python3", "-IB", "-")
        there = visit()
        host = Host(command=as_asked, name="lab-host")
        there = replace(there, target=there.target.model_copy(update={"hosts": {"app": host}}))
        began = time.monotonic()
        facts = {name: PROBES[name].look(there) for name in ("hosts", "configuration")}
        assert time.monotonic() - began < 15
    finally:
        in_host("rm /etc/sudoers.d/asked; userdel -r asked 2>/dev/null")
    assert status("INFRA-HOST-09", facts) == "PASS"
    assert status("INFRA-SOFT-03", facts) == "PASS"
    blocked = ("INFRA-SOFT-11", "INFRA-START-03", "SEC-ACCESS-03", "SEC-FIREWALL-01", "SEC-FIREWALL-08", "INFRA-ENV-01")
    assert {item: status(item, facts) for item in blocked} == dict.fromkeys(blocked, "BLOCKED")


def test_three_full_runs_in_a_row_get_nobody_banned(look: Look) -> None:
    for _ in range(3):
        facts = look("hosts", "configuration", "services", "usage", "ssh_wire")
        assert not [name for name, value in facts.items() if isinstance(value, ProbeError)]
    assert "Currently banned:\t0" in in_host("fail2ban-client status sshd")


def test_services_answer_in_their_own_protocols(look: Look) -> None:
    services = look("services")["services"]
    assert services.of("rust-core-engine").ok
    assert services.of("rabbitmq").ok
    assert services.of("redis").ok
    assert not services.of("redis").open_to_strangers
