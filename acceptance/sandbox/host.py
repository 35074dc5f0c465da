"""A host that answers from a recording of the lab's host, completed to a production machine, with faults put in.

The recording was made by the collector on a real host; no machine is behind it here. The services' front doors
are doubles on loopback.
"""

from __future__ import annotations

import copy
import json
import sys
from functools import partial
from pathlib import Path
from typing import Any

from acceptance.sandbox import certificates, host_faults, stores
from acceptance.sandbox.double import Reply, Request, serve
from acceptance.sandbox.host_faults import FAULTS as FAULTS
from acceptance.sandbox.world import World

PROBES = ("hosts", "services", "usage", "configuration")
RECORDING = Path(__file__).with_name("recordings") / "host.json"
APPLICATIONS = ("rust-core-engine", "python-ai-service", "nextjs-ui-dashboard")
REACHES = {
    "rust-core-engine": ["mongodb:27017", "redis:6379", "rabbitmq:5672", "api.binance.com:443"],
    "python-ai-service": ["mongodb:27017", "rust-core-engine:8080", "api.openai.com:443"],
}


def start(world: World) -> dict[str, Any]:
    """Start the doubles and write the host's answer; returns hosts, compose and services."""
    (world.folder / "host").mkdir()
    refresh(world)
    services: dict[str, Any] = {}
    for name in APPLICATIONS:
        address = serve(partial(application, world, name)).removeprefix("http://")
        services[name] = {"kind": "http", "address": address}
    services["rust-core-engine"] |= {
        "report_path": "/api/trading/status",
        "reports": {"testnet": "data.testnet", "trading": "data.enabled"},
    }
    for name, address in stores.start(world).items():
        services[name] = {"kind": {"mongodb": "mongo", "rabbitmq": "amqp"}.get(name, name), "address": address}
    services["redis"]["password"] = "redis"  # noqa: S105  # the name of a credential
    return {
        "doubles": ["a host by a recording of the lab's", "the services' front doors"],
        "hosts": {
            "app": {
                "command": [sys.executable, str(Path(__file__).with_name("answer.py")), str(path_of(world))],
                "name": "app-1",
                "jump": ["10.9.0.0/24"],
                "agents": ["prometheus-node-exporter"],
                "backup_tool": "mongodump",
            }
        },
        "compose": {
            "project": "bot-core",
            "files": ["compose.yaml"],
            "audit": "event=login",
            "reaches": REACHES,
            "window_s": 1.0,
        },
        "services": services,
        "credentials": {"redis": {"secret": world.secret("redis", stores.REDIS_PASSWORD)}},
    }


def path_of(world: World) -> Path:
    """Where the host's answer lies."""
    return world.folder / "host" / "recording.json"


def refresh(world: World) -> None:
    """Write the healthy answer with the faults that are on."""
    answer = healthy(world) | {"renewal": certificates.renewal(world)}
    for name, change in host_faults.CHANGES.items():
        if world.on(name):
            change(answer)
    answer |= {name: section(world) for name, section in world.shared.get("host.sections", {}).items()}
    path_of(world).write_text(json.dumps(answer), encoding="utf-8")


def application(world: World, name: str, request: Request) -> Reply:
    """One of the three applications on its own port."""
    if world.on(f"{name}-port-dead"):
        return Reply({"status": "down"}, 503)
    if request.path == "/api/trading/status" and name == "rust-core-engine":
        testnet, enabled = world.on("engine-on-testnet"), world.on("engine-trades")
        return Reply({"success": True, "data": {"mode": "paper", "testnet": testnet, "enabled": enabled}})
    return Reply({"status": "ok", "service": name}) if request.path == "/health" else Reply({"error": "not found"}, 404)


def healthy(world: World) -> dict[str, Any]:
    """The recording, with what the lab's host lacks: size, tools, MongoDB, the release's images."""
    answer: dict[str, Any] = json.loads(RECORDING.read_text(encoding="utf-8"))["answer"]
    system, software, engine = answer["system"], answer["software"], answer["engine"]
    system |= {"memory_bytes": 33_000_000_000, "cpus": 8.0, "hostname": "app-1", "came_from": "10.9.0.5"}
    system["disk"] |= {"device": "nvme0n1", "kind": "solid", "size_bytes": 500 * 10**9, "free_percent": 62.0}
    system["updates"] = {"security": [], "index_age_days": 0.4, "reboot_required": False}
    for tool in software["tools"]:
        if tool["name"] in ("mongosh", "mongodump", "mongorestore"):
            tool |= {"runs": True, "version": "100.10.0" if "mongosh" not in tool["name"] else "2.3.1", "why": ""}
    for unit in software["units"]:
        unit |= {"active": True, "enabled": True}
    software["schedules"] = ["mongodb-backup.service"]
    engine |= {"memory_bytes": system["memory_bytes"], "cpus": 8}
    if not any(c["service"] == "mongodb" for c in engine["containers"]):
        redis = next(c for c in engine["containers"] if c["service"] == "redis")
        mongo = json.loads(json.dumps(redis).replace("redis", "mongodb"))
        engine["containers"].append({**mongo, "config_hash": "m" * 64})
        planned = next(s for s in engine["compose"]["services"] if s["name"] == "redis")
        engine["compose"]["services"].append({**copy.deepcopy(planned), "name": "mongodb", "config_hash": "m" * 64})
        own = next(c for c in answer["usage"]["containers"] if "redis" in c["name"])
        answer["usage"]["containers"].append({**own, "name": mongo["name"]})
    for container in engine["containers"]:
        tag = f"registry.example.com/bot-core/{container['service']}:{world.version}"
        container |= {
            "image": tag, "image_id": f"sha256:{container['service']}", "revision": world.commit,
            "image_secrets": [], "restart_policy": "unless-stopped", "created_s_ago": 1190.0, "started_s_ago": 1180.0,
            "down_s": 0.0,
        }  # fmt: skip
        container["cpu_limit"] = container["cpu_limit"] or 0.5
        container["log"] |= {"last_line_s_ago": 0.2, "warnings": [], "audit_lines": 0, "tells": []}
        container["log"]["recent_bytes_per_day"] = container["log"]["bytes_per_day"]
        if container["service"] == "rust-core-engine":
            container["log"]["audit_lines"] = 3
        container["settings"] = {"LOG_LEVEL": "info", "NODE_ENV": "production"}
    for service in engine["compose"]["services"]:
        service["image"] = f"registry.example.com/bot-core/{service['name']}:{world.version}"
        service["depends_on"] = dict.fromkeys(service["depends_on"], "service_healthy")
        service |= {"memory_limit_bytes": 512 * 2**20, "cpu_limit": 0.5, "log_rotates": True, "image_secrets": []}
    engine["tags"] = [
        {"tag": c["image"], "image_id": c["image_id"], "size_bytes": c["image_bytes"]} for c in engine["containers"]
    ] + [
        {"tag": c["image"].replace(world.version, world.previous), "image_id": c["image_id"] + "-old",
         "size_bytes": c["image_bytes"]} for c in engine["containers"]
    ]  # fmt: skip
    configure(world, answer)
    usage = answer["usage"]
    usage |= {"window_s": 1.0, "cpu_percent": 21.0, "memory_percent": 38.0}
    for own in usage["containers"]:
        own["connections"] = 12
    usage["reach"] = [
        {"service": service, "to": place, "ok": True, "why": ""}
        for service, places in REACHES.items()
        for place in places
    ]
    return answer


def configure(world: World, answer: dict[str, Any]) -> None:
    """The release's work tree, a second factor at sshd, and a firewall for IPv6 too."""
    deployment, access = answer["deployment"], answer["access"]
    deployment["git"] = {"commit": world.commit, "tags": [f"v{world.version}"], "changed": []}
    port = world.shared.get("edge.port", 443)
    deployment["env"]["settings"]["CORS_ALLOWED_ORIGINS"] = f"https://{world.names[0]}:{port}"
    access["edge"]["servers"][0] |= {"names": [world.names[1]], "ports": [port]}
    for view in access["sshd"]["views"]:
        view |= {"keyboard": True, "methods": "publickey,keyboard-interactive"}
    access["sshd"]["second_factor"] = True
    rules = access["ufw"]["rules"]
    access["ufw"] |= {"has_v6": True, "guards_v6": True, "rules": [*rules, *({**rule, "v6": True} for rule in rules)]}
