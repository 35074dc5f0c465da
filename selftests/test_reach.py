"""Hosts that lie, drip, flood or ask for passwords: a clear "could not look" in bounded time, never a verdict."""

import json
import re
import shutil
import sys
import time
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

import pytest

from acceptance.facts import ProbeError, Unseen
from acceptance.probes import hosts
from acceptance.reach import ask, command, request_of, run
from acceptance.sandbox.host import RECORDING
from acceptance.tables.hosts import Host, Service
from acceptance.target import Target
from acceptance.visit import Visit

URLS = {
    "base": "https://a.test",
    "plain": "http://a.test",
    "api": "https://a.test",
    "ws": "wss://a.test",
    "dashboard": "https://a.test",
}


def visit(tmp_path: Path, program: str, seconds: float = 5.0) -> Visit:
    table = {"command": [sys.executable, "-c", program]}
    target = Target.model_validate_json(json.dumps({"name": "t", "urls": URLS, "hosts": {"app": table}}))
    ends = time.monotonic() + seconds
    return Visit(target, datetime.now(UTC), tmp_path, tmp_path, tmp_path, "acceptance-test", ends)


HOSTILE = {
    "endless output": ("import os\nwhile True: os.write(1, b'x' * 65536)", "more than 4000000 bytes"),
    "binary junk": ("import os; os.write(1, os.urandom(100_000))", "no answer of the collector"),
    "a line of 10 MB": ("print('a' * 10_000_000)", "more than 4000000 bytes"),
    "a drip": ("import os, time\nwhile True: os.write(1, b'.'); time.sleep(0.05)", "not done in time"),
    "silence": ("import time; time.sleep(60)", "not done in time"),
    "endless noise": ("import os\nwhile True: os.write(2, b'x' * 65536)", "not done in time"),
    "a question": (
        "print('[sudo] password for deploy: ', end='', flush=True); import time; time.sleep(60)",
        "not done in time",
    ),
    "a refusal": (
        "import sys; print('Permission denied (publickey).', file=sys.stderr); sys.exit(255)",
        "Permission denied",
    ),
    "no Python": ("import sys; print('python3: not found', file=sys.stderr); sys.exit(127)", "python3: not found"),
    "nothing": ("pass", "no answer of the collector in 0 bytes"),
}


@pytest.mark.parametrize(("program", "why"), HOSTILE.values(), ids=HOSTILE)
def test_a_hostile_host_is_a_failure_within_the_deadline(tmp_path: Path, program: str, why: str) -> None:
    began = time.monotonic()
    with pytest.raises(ProbeError, match=why):
        ask(visit(tmp_path, program, 1.5), "app", ("system",))
    assert time.monotonic() - began < 3


def answer_with(document: str) -> str:
    return f"""
import json, re, sys
call = sys.stdin.read()
mark = re.search(r'"mark": "([0-9a-f]+)"', call)[1]
print("Welcome to app-1!")
print(mark + {document!r} + mark[::-1])
"""


def test_noise_around_the_answer_does_no_harm(tmp_path: Path) -> None:
    assert json.loads(ask(visit(tmp_path, answer_with('{"system": 1}')), "app", ("system",))) == {"system": 1}


@pytest.mark.parametrize(
    "document", ['{"system": {}}', "[]", "not json", '{"system": {"memory_bytes": NaN}}', "{" * 5000]
)
def test_an_answer_of_another_shape_is_unseen(tmp_path: Path, document: str) -> None:
    seen = hosts.look(visit(tmp_path, answer_with(document)))
    assert isinstance(seen.hosts[0].system, Unseen)
    with pytest.raises(ProbeError, match="not the collector's"):
        seen.judged("system", lambda host, system: ())


def test_an_answer_that_leaves_docker_out_is_no_host_without_docker(tmp_path: Path) -> None:
    whole = json.loads(RECORDING.read_text(encoding="utf-8"))["answer"]
    half = json.dumps({section: whole[section] for section in ("system", "software")})
    (seen,) = hosts.look(visit(tmp_path, answer_with(half))).hosts
    assert isinstance(seen.engine, Unseen)


def test_a_copied_mark_can_not_forge_an_answer(tmp_path: Path) -> None:
    twice = "import re, sys\nm = re.search(r'\"mark\": \"([0-9a-f]+)\"', sys.stdin.read())[1]\nprint(m + '{}' + m + '{}' + m[::-1])"
    with pytest.raises(ProbeError, match="no answer"):
        ask(visit(tmp_path, twice), "app", ("system",))


def test_what_is_started_is_ended() -> None:
    with pytest.raises(ProbeError):
        run([sys.executable, "-c", "import time; time.sleep(60)"], b"", 0.5, "it")


def test_ssh_may_not_ask_and_takes_no_option_for_a_host() -> None:
    argv = command(Host(ssh="deploy@app.example.com"), 5)
    assert "BatchMode=yes" in argv
    assert argv[argv.index("--") + 1] == "deploy@app.example.com"
    with pytest.raises(ValueError, match="not an option"):
        Host(ssh="-oProxyCommand=true")
    with pytest.raises(ValueError, match="exactly one way"):
        Host(ssh="a", local=True)


def test_this_machine_answers_for_itself(tmp_path: Path) -> None:
    target = Target.model_validate_json(
        json.dumps({"name": "t", "urls": URLS, "hosts": {"here": {"local": True, "docker": False}}})
    )
    seen = hosts.look(Visit(target, datetime.now(UTC), tmp_path, tmp_path, tmp_path, "m", time.monotonic() + 30))
    system = seen.hosts[0].system
    assert not isinstance(system, Unseen)
    assert system.memory_bytes > 0
    assert system.cpus > 0


@pytest.mark.parametrize("shell", ["sh", "busybox"])
def test_a_host_without_python_is_asked_by_its_shell(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, shell: str
) -> None:
    if not (found := shutil.which(shell)):
        pytest.skip(f"there is no {shell} here")
    tools = tmp_path / "tools"
    tools.mkdir()
    (tools / "sh").symlink_to(found)
    for name in ("sed", "tr", "cut", "head", "grep", "nproc", "readlink"):
        (tools / name).symlink_to(found if shell == "busybox" else str(shutil.which(name)))
    docker = tmp_path / "docker"
    docker.write_text(f'#!/bin/sh\nshift 3\nPATH={tools}\nexec "$@"\n')
    docker.chmod(0o755)
    monkeypatch.setenv("PATH", f"{tmp_path}:/usr/bin:/bin")
    target = Target.model_validate_json(json.dumps({"name": "t", "urls": URLS, "hosts": {"app": {"container": "c"}}}))
    seen = hosts.look(Visit(target, datetime.now(UTC), tmp_path, tmp_path, tmp_path, "m", time.monotonic() + 20)).hosts[
        0
    ]
    system = seen.system
    assert not isinstance(system, Unseen)
    assert system.memory_bytes > 2**30
    assert 0 < system.cpus < 4096
    assert system.os_name
    assert isinstance(system.clock, Unseen)
    assert isinstance(seen.software, Unseen)
    assert isinstance(seen.engine, Unseen)
    assert "no Python on this host" in (system.clock.why, seen.software.why)


RABBITMQ = "2026-11-24 10:00:00.1 [warning] <0.9.0> closing AMQP connection <0.9.0> (172.18.0.1:5 -> 172.18.0.9:5672):"


@pytest.mark.parametrize(("kind", "allowed"), [("amqp", True), ("redis", False)])
def test_what_the_suites_own_handshake_leaves_in_a_log_is_no_finding(kind: str, allowed: bool, tmp_path: Path) -> None:
    asks = visit(tmp_path, "")
    service = Service.model_validate({"kind": kind, "address": "127.0.0.1:5672"})
    asks = replace(asks, target=asks.target.model_copy(update={"services": {"broker": service}}))
    rules = request_of(asks, asks.target.hosts["app"])["log_allow"]
    reason = "client unexpectedly closed TCP connection"
    for line in (f"{RABBITMQ} {reason}", RABBITMQ, f"2026-11-24 10:00:00.1 [warning] <0.9.0> {reason}"):
        assert any(re.search(rule, line) for rule in rules) is allowed
    assert not any(re.search(rule, f"{RABBITMQ} missed heartbeats from client, timeout: 60s") for rule in rules)
