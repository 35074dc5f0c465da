"""What Docker's engine and Docker Compose say with one value warped: facts that load, or the engine is unseen, alone."""

from __future__ import annotations

import json
import re
import time
from pathlib import Path
from typing import Any
from unittest.mock import patch

from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st

from acceptance import reach
from acceptance.collector import base, compose, engine, logs
from acceptance.facts import Unseen, dump, load
from acceptance.probes import hosts
from acceptance.sandbox.host import RECORDING
from selftests.test_asking import visit
from selftests.test_foreign_input import JSON, damaged, warped

RECORDED: dict[str, Any] = json.loads(RECORDING.read_text(encoding="utf-8"))["answer"]
LOGS = ["json-file", {}]  # what Docker does where a service says nothing
REQUEST = {
    "project": "", "deploy_dir": "/opt/bot-core", "compose_files": ["compose.yaml"], "env_file": ".env",
    "profile": "prod", "log_allow": ["known"], "audit": "login",
}  # fmt: skip


def stamp(ago_s: float) -> str:
    return time.strftime("%Y-%m-%dT%H:%M:%S.5Z", time.gmtime(time.time() - ago_s))


LINES = f"{stamp(90)} INFO start\n{stamp(9)} WARN slow\n".encode()
CONTAINER = {
    "Id": "c1", "Image": "sha256:1", "Name": "/bot-1", "Created": stamp(200), "RestartCount": 0,
    "State": {
        "Status": "running", "Running": True, "StartedAt": stamp(100), "FinishedAt": stamp(150), "ExitCode": 0,
        "Health": {
            "Status": "unhealthy", "FailingStreak": 7,
            "Log": [{"Start": stamp(60), "End": stamp(59), "ExitCode": 1}, {"Start": stamp(30), "End": stamp(29), "ExitCode": 1}],
        },
    },
    "HostConfig": {
        "LogConfig": {"Type": "json-file", "Config": {"max-size": "1m"}}, "RestartPolicy": {"Name": "always"},
        "Memory": 1000, "NanoCpus": 0, "CpuQuota": 50000, "CpuPeriod": 100000,
    },
    "Config": {
        "Image": "bot:1", "Tty": False, "Env": ["TZ=UTC", "NODE_ENV=production", "API_TOKEN=abcdefgh"],
        "Labels": {"com.docker.compose.service": "bot"}, "Healthcheck": {"Test": ["CMD", "curl", "-f", "x"]},
    },
    "NetworkSettings": {"Ports": {"80/tcp": [{"HostIp": "", "HostPort": "80"}], "81/tcp": None}},
}  # fmt: skip
SAID: dict[str, Any] = {
    "/info": {"DriverStatus": [["Supports d_type", "true"]], "Driver": "overlay2", "MemTotal": 10**9, "NCPU": 2},
    "/version": {"Version": "27.1"},
    "/containers/json": [{"Id": "c1", "Labels": {"com.docker.compose.project": "bot"}}],
    "/containers/c1/json": CONTAINER,
    "/images/sha256:1/json": {"Size": 5, "Config": {"Labels": {"a": None}, "Env": ["A=b"]}},
    "/images/json": [{"Id": "sha256:1", "Size": 5, "RepoTags": ["bot:1"]}],
    "/events": {"status": "health_status: healthy", "id": "c1", "timeNano": time.time_ns()},
}
SERVICE = {
    "image": "bot:1", "depends_on": {"db": {"condition": "service_healthy"}}, "healthcheck": {"test": ["CMD", "x"]},
    "ports": [{"target": 27017, "published": "27017", "host_ip": "0.0.0.0", "protocol": "tcp"}],
    "volumes": [{"type": "bind", "source": "/opt/bot-core/engine", "target": "/app"}],
}  # fmt: skip
PLAN: dict[str, Any] = {"name": "bot", "services": {"bot": SERVICE, "db": {"image": "mongo:7"}}}


def asked(said: dict[str, bytes], plan: bytes, hashes: str, complaint: str) -> dict[str, Any]:
    """The collector's answer on a machine whose engine and Compose say this."""

    def docker(path: str) -> bytes:
        if "/logs" in path:
            return b"".join(b"\1\0\0\0" + (len(e) + 1).to_bytes(4, "big") + e + b"\n" for e in LINES.splitlines())
        return next((said[each] for each in sorted(said, reverse=True) if path.startswith(each)), b"{}")

    def resolved(_: object, *words: str) -> tuple[str, str]:
        return (plan.decode("utf-8", "replace") if "--format" in words else hashes), complaint

    with (
        patch.object(engine, "docker", docker), patch.object(engine, "docker_json", lambda path: json.loads(docker(path))),
        patch.object(logs, "docker", docker), patch("acceptance.collector.docker.docker", docker),
        patch.object(compose, "compose", resolved), patch.object(compose.os.path, "isdir", lambda path: True),
    ):  # fmt: skip
        answer: dict[str, Any] = json.loads(json.dumps(base.attempt("the engine", engine.look_at_engine, REQUEST)))
    return answer


def as_seen(folder: Path, answer: dict[str, Any]) -> hosts.Host:
    """What the probe reads of it, held to its type, beside what the host says else."""
    here = visit(folder, hosts={"app": {"command": ["x"]}}, compose={"project": "p"})
    whole = json.dumps({**{name: RECORDED[name] for name in ("system", "software")}, "engine": answer})
    with patch.object(reach, "ask", lambda *_, **__: whole):
        found = hosts.look(here)
    load(hosts.Hosts, dump(found))
    return found.hosts[0]


def raw(said: dict[str, Any]) -> dict[str, bytes]:
    return {path: json.dumps(each).encode() for path, each in said.items()}


def test_what_is_whole_is_seen_whole(tmp_path: Path) -> None:
    seen = as_seen(tmp_path, asked(raw(SAID), json.dumps(PLAN).encode(), "bot h1\ndb h2\n", "")).engine
    assert not isinstance(seen, Unseen | None)
    assert not isinstance(seen.compose, Unseen)
    assert seen.compose.services[0].config_hash == "h1"
    assert seen.compose.services[0].published_databases == ("0.0.0.0:27017",)
    assert not isinstance(seen.tags, Unseen)
    (found,) = seen.containers
    assert not any(isinstance(each, Unseen) for each in (found.log, found.down_s, found.zone, found.image_secrets))


@given(data=st.data())
@settings(max_examples=40, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_engines(tmp_path: Path, data: st.DataObject) -> None:
    said = raw(SAID)
    path = data.draw(st.sampled_from(sorted(said)))
    if data.draw(st.integers(0, 3)):
        said[path] = json.dumps(warped(SAID[path], data)).encode()
    else:
        said[path] = data.draw(damaged(said[path]))
    seen = as_seen(tmp_path, asked(said, json.dumps(PLAN).encode(), "bot h1\n", ""))
    assert not isinstance(seen.system, Unseen), "an engine that says nonsense hid the host"


@given(data=st.data())
@settings(max_examples=40, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_compose_files(tmp_path: Path, data: st.DataObject) -> None:
    whole = json.dumps(PLAN).encode()
    plan = json.dumps(warped(PLAN, data)).encode() if data.draw(st.integers(0, 3)) else data.draw(damaged(whole))
    hashes = data.draw(damaged(b"bot h1\ndb h2\n")).decode("utf-8", "replace")
    complaint = data.draw(damaged(b'The "A" variable is not set')).decode("utf-8", "replace")
    seen = as_seen(tmp_path, asked(raw(SAID), plan, hashes, complaint)).engine
    assert not isinstance(seen, Unseen | None), "a compose file of nonsense hid the containers"


@given(st.dictionaries(st.sampled_from(sorted(SERVICE)), JSON, max_size=4))
@settings(max_examples=60, suppress_health_check=[HealthCheck.function_scoped_fixture])
@example({"healthcheck": {"test": ["NONE"]}})
def test_a_planned_service(service: dict[str, Any]) -> None:
    planned = base.attempt("a service", compose.planned, "bot", service, {}, REQUEST, LOGS)
    json.dumps(planned)
    if "why" not in planned:
        disabled = re.search(r'\["NONE"\]|"disable": true', json.dumps(service.get("healthcheck")))
        assert not (planned["has_healthcheck"] and (disabled or not service.get("healthcheck")))


def test_the_deployed_folder_itself_is_source_too(tmp_path: Path) -> None:
    (tmp_path / "package.json").touch()
    request = {**REQUEST, "deploy_dir": str(tmp_path)}
    planned = compose.planned("bot", {"volumes": [{"type": "bind", "source": str(tmp_path)}]}, {}, request, LOGS)
    assert planned["source_mounts"] == [str(tmp_path)]
