"""The lab's host: commands as root on it, what a target says of it, and how items stand on what was seen there."""

from __future__ import annotations

import json
import subprocess
from collections.abc import Callable
from typing import Any

from acceptance.facts import ProbeError
from acceptance.judge import catalogue, judge, probes_of, resolve
from acceptance.target import Target
from selftests.judging import Unsigned

Look = Callable[..., dict[str, Any]]  # facts of the probes that are named
HOST = "172.30.77.10"
HERE = {"host": "app"}
SERVICES: dict[str, Any] = {
    "rust-core-engine": {"kind": "http", "address": "127.0.0.1:8080", **HERE},
    "python-ai-service": {"kind": "http", "address": "127.0.0.1:8000", **HERE},
    "nextjs-ui-dashboard": {"kind": "http", "address": "127.0.0.1:3000", **HERE},
    "redis": {"kind": "redis", "address": ":6379", "container": "bot-core-redis-1", "password": "REDIS_PASSWORD", **HERE},
    "rabbitmq": {"kind": "amqp", "address": ":5672", "container": "bot-core-rabbitmq-1", **HERE},
}  # fmt: skip


def target(**way: Any) -> Target:
    """The lab as a target; `way` is how its host is reached."""
    site = "app.lab.test"
    urls = {"base": f"https://{site}", "plain": f"http://{site}", "api": f"https://{site}", "ws": f"wss://{site}"}
    tables = {
        "name": "lab", "urls": {**urls, "dashboard": urls["base"]},
        "hosts": {
            "app": {
                "name": "lab-host", "data_dir": "/srv/data", "volume_type": "gp3", "agents": ["rsyslog"],
                "backup_tool": "bot-backup", **way,
            },
        },
        "compose": {
            "project": "bot-core", "files": ["compose.yaml"], "profile": "full", "window_s": 0.5,
            "reaches": {"rust-core-engine": ["redis:6379"]},
        },
        "services": SERVICES,
        "ports": {"addresses": [HOST], "allowed": [80, 443, 2222], "per_second": 1000.0, "ssh": {"app": "127.0.0.1:2222"}},
        "operations": {"login": {"method": "POST", "path": "/api/auth/login"}, "prices": {"path": "/api/market/prices"}},
    }  # fmt: skip
    return Target.model_validate_json(json.dumps(tables))


def in_host(command: str) -> str:
    """Run a command as root on the lab's host."""
    done = subprocess.run(
        ["docker", "exec", "lab-host", "sh", "-c", command], capture_output=True, text=True, timeout=90
    )
    assert done.returncode == 0, f"{command}: {done.stderr}"
    return done.stdout


def statuses(facts: dict[str, Any]) -> dict[str, tuple[str, str]]:
    """Status and why of every item that these probes decide."""

    def give(name: str) -> Any:
        if name == "signed":
            return Unsigned()
        if name == "nothing_runs":
            return False
        if isinstance(value := facts[name], ProbeError):
            raise ProbeError(value.what, value.why)
        return value

    found = {}
    for id, case in catalogue().items():
        if not case.of and (probes := probes_of(case)) and probes <= facts.keys():
            status, why = judge(case, lambda name: resolve(name, give))
            found[id] = (str(status), why)
    return found


def status(item: str, facts: dict[str, Any]) -> str:
    """The status of an item on these facts."""
    return statuses(facts)[item][0]
