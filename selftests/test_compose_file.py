"""The compose file as Docker Compose takes or refuses it: refusals are findings, and quote no secret."""

from __future__ import annotations

import subprocess
from dataclasses import replace
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

from acceptance.collector import compose, engine
from acceptance.collector.base import Blind
from acceptance.facts import Unseen
from acceptance.probes.planned import Compose, Planned
from selftests.hosts_facts import hosts
from selftests.judging import BLOCKED, FAIL, PASS, judge
from selftests.test_rollout import container
from selftests.test_rollout import engine as engine_with

UNSET = (
    'time="2026-03-02T08:10:00Z" level=warning msg="The \\"{}\\" variable is not set. Defaulting to a blank string."\n'
)
TELLING = [  # what Docker Compose 5.6.1 says
    'failed to read /opt/bot-core/.env: line 2: unexpected character "!" in variable name "PASS!WORD=hunter2hunter2"',
    "failed to read /opt/bot-core/.env: line 2: unterminated quoted value 'unterminated hunter2hunter2",
    'invalid interpolation format for services.a.environment.Z: "${bad hunter2hunter2}"',
    "invalid interpolation format for services.a.environment.Z.\nYou may need to escape any $ with another $.\n${bad hunter2hunter2}",
]
CYCLE = "dependency cycle detected: a -> b -> a"
MISSING = 'service "app" depends on undefined service "db": invalid compose project'
REQUIRED = "error while interpolating services.a.environment.X: required variable MUST is missing a value: is missing"
NO_PLUGIN = "docker: 'compose' is not a docker command."
NO_RIGHT = "open /opt/bot-core/.env: permission denied"


def refused(monkeypatch: pytest.MonkeyPatch, said: str) -> str:
    done = subprocess.CompletedProcess([], 1, b"", said.encode())
    monkeypatch.setattr(compose, "plugin", lambda: True)
    monkeypatch.setattr(compose.subprocess, "run", lambda *_, **__: done)
    request = {"compose_files": ["compose.yaml"], "deploy_dir": "/opt/bot-core", "profile": "prod", "env_file": ".env"}
    with pytest.raises(Blind) as blind:
        compose.compose(request, "config")
    return str(blind.value)


@pytest.mark.parametrize("said", TELLING)
def test_a_complaint_quotes_no_value(said: str, monkeypatch: pytest.MonkeyPatch) -> None:
    shown = refused(monkeypatch, UNSET.format("x") + said)
    assert "hunter2" not in shown
    assert "line 2" in shown or "environment.Z" in shown


@pytest.mark.parametrize("said", [CYCLE, MISSING, REQUIRED, NO_PLUGIN, NO_RIGHT])
def test_a_complaint_names_what_is_wrong(said: str, monkeypatch: pytest.MonkeyPatch) -> None:
    assert said in refused(monkeypatch, UNSET.format("x") + said + "\nRun 'docker --help' for more information")


@pytest.mark.parametrize(
    ("said", "conf_03", "conf_04", "build_06"),
    [
        (CYCLE, FAIL, FAIL, BLOCKED),
        (MISSING, FAIL, FAIL, BLOCKED),
        (REQUIRED, FAIL, BLOCKED, FAIL),
        ("yaml: line 4: did not find expected key", FAIL, BLOCKED, BLOCKED),
        (NO_PLUGIN, BLOCKED, BLOCKED, BLOCKED),
        (NO_RIGHT, BLOCKED, BLOCKED, BLOCKED),
        ("no word", BLOCKED, BLOCKED, BLOCKED),
    ],
)
def test_a_file_that_compose_refuses_is_a_finding(
    said: str, conf_03: object, conf_04: object, build_06: object
) -> None:
    facts = hosts(engine_with(compose=Unseen("the resolved compose file", f"docker compose ended with 15: {said}")))
    deployed = SimpleNamespace(names_missing=lambda: ())
    assert judge("INFRA-CONF-03", hosts=facts) is conf_03
    assert judge("INFRA-CONF-04", hosts=facts) is conf_04
    assert judge("INFRA-BUILD-06", hosts=facts, deployed=deployed) is build_06


def test_a_part_of_a_value_is_no_variables_name(tmp_path: Path) -> None:
    env = tmp_path / ".env"
    env.write_text("A=1\nPASSWORD=pa$hunter2\n", encoding="utf-8")
    found = compose.unset(UNSET.format("hunter2") + UNSET.format("RABBITMQ_PASSWORD"), str(env))
    assert "hunter2" not in str(found)
    assert "RABBITMQ_PASSWORD" in found
    assert any("line 2" in each for each in found)


@pytest.mark.parametrize(
    ("made", "mounted", "source"),
    [
        ("engine/src/main.rs", ".", True),
        ("engine/src/main.rs", "engine/src", True),
        ("engine/src/main.rs", "engine", True),
        ("ai/app/api.py", "ai/app", True),
        ("nginx/conf.d/bot.conf", "nginx/conf.d", False),
        ("mongo/init/init.js", "mongo/init", False),
    ],
)
def test_source_code_is_told_from_configuration(made: str, mounted: str, source: bool, tmp_path: Path) -> None:
    (tmp_path / made).parent.mkdir(parents=True)
    (tmp_path / made).touch()
    place = str(tmp_path) if mounted == "." else str(tmp_path / mounted)
    request: dict[str, Any] = {"deploy_dir": str(tmp_path)}
    assert compose.is_source(place, request) is source


@pytest.mark.parametrize(("check", "status"), [("", PASS), ("there is no health check", FAIL)])
def test_a_health_check_may_come_with_the_image(check: str, status: object) -> None:
    plan = (
        Planned("app", "a:1", "", {"db": "service_healthy"}, True, (), ()), Planned("db", "b:1", "", {}, False, (), ()),
    )  # fmt: skip
    facts = hosts(engine_with(container("db", "b:1", healthcheck=check), compose=Compose((), (), plan)))
    assert judge("INFRA-CONF-04", hosts=facts) is status


def test_a_release_behind_a_symbolic_link_is_the_same_file(tmp_path: Path) -> None:
    (tmp_path / "2.4.0").mkdir()
    (tmp_path / "current").symlink_to("2.4.0")
    assert engine.real_paths(f"{tmp_path}/current/a.yaml,/b.yaml") == f"{tmp_path.resolve()}/2.4.0/a.yaml,/b.yaml"
    assert engine.real_paths("") == ""


@pytest.mark.parametrize(
    ("service", "settings", "status"),
    [
        ("nextjs-ui-dashboard", {"NODE_ENV": "production"}, PASS),
        ("nextjs-ui-dashboard", {}, FAIL),
        ("ui", {"NODE_ENV": "production"}, PASS),
        ("ui", {"NODE_ENV": "development"}, FAIL),
        ("ui", {}, BLOCKED),
    ],
)
def test_somebody_must_have_the_setting(service: str, settings: dict[str, str], status: object) -> None:
    deployed = SimpleNamespace(settings_other_than=lambda *_: ())
    facts = hosts(engine_with(container(service, "a:1", settings=settings, state="running")))
    assert judge("INFRA-ENV-02", hosts=facts, deployed=deployed) is status


@pytest.mark.parametrize(("service", "default", "there"), [
    ({"logging": {"driver": "json-file", "options": {"max-size": "10m", "max-file": "3"}}}, ["json-file", {}], True),
    ({"logging": {"options": {"max-size": "10m"}}}, ["json-file", {"max-file": "3"}], True),  # the rest is the daemon's
    ({"logging": {"driver": "json-file"}}, ["json-file", {"max-size": "10m", "max-file": "3"}], True),
    ({"logging": {"driver": "json-file"}}, ["journald", {"max-size": "10m", "max-file": "3"}], False),  # of another driver
    ({}, ["json-file", {}], False),
    ({}, ["journald", {}], True),
    ({"logging": {"driver": "none"}}, ["journald", {}], False),
])  # fmt: skip
def test_a_log_rotates_by_the_service_or_by_the_daemon(
    service: dict[str, Any], default: list[Any], there: object
) -> None:
    assert compose.log_rotates(service, default) is there


@pytest.mark.parametrize(("service", "limits"), [
    ({"deploy": {"resources": {"limits": {"cpus": 0.5, "memory": "268435456"}}}}, (2**28, 0.5, 1)),
    ({"deploy": {"resources": {"limits": {"cpus": "0.5", "memory": "268435456"}}, "replicas": 3}}, (2**28, 0.5, 3)),
    ({"mem_limit": "268435456", "cpus": 0.5}, (2**28, 0.5, 1)),
    ({}, (0, 0.0, 1)),
])  # fmt: skip
def test_limits_stand_in_two_places_of_a_compose_file(service: dict[str, Any], limits: tuple[float, ...]) -> None:
    found = compose.planned("app", service, {}, {}, ["journald", {}])
    assert (found["memory_limit_bytes"], found["cpu_limit"], found["replicas"]) == limits


@pytest.mark.parametrize(("memory", "replicas", "cpus", "status"), [
    (2**30, 4, 2.0, PASS), (2**30, 5, 2.0, FAIL), (2**30, 1, 9.0, FAIL), (0, 1, 2.0, FAIL), (2**30, 1, 0.0, FAIL),
])  # fmt: skip
def test_planned_limits_fit_the_host(memory: int, replicas: int, cpus: float, status: object) -> None:
    service = Planned("app", "app:1", "", {}, True, (), (), memory, cpus, replicas)
    engine = replace(engine_with(), memory_bytes=4 * 2**30, cpus=8, compose=Compose((), (), (service,)))
    assert judge("INFRA-ENV-10", hosts=hosts(engine=engine), nothing_runs=True) is status
