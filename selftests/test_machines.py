"""Machines, usage and services of real targets: minor versions, volume types, figures that are none, reports that say no."""

from __future__ import annotations

import json
from dataclasses import replace
from datetime import UTC, datetime
from types import SimpleNamespace
from typing import Any
from urllib.parse import urlsplit

import pytest

from acceptance.collector import speak, system
from acceptance.facts import Unseen, load
from acceptance.probes.defaults import Default, Defaults
from acceptance.probes.health import StatusDocument
from acceptance.probes.hosts import Expected, Host, Hosts
from acceptance.probes.machine import System
from acceptance.probes.services import Answer, Services
from acceptance.probes.usage import ContainerUse, HostUsage, Usage
from acceptance.sandbox.double import Reply, serve
from acceptance.sandbox.host import RECORDING
from acceptance.verdict import Status
from selftests.hosts_facts import AT, host
from selftests.judging import BLOCKED, FAIL, PASS, PENDING, Unsigned, judge


def machine(expected: Expected | None = None, **changes: Any) -> Hosts:
    raw = json.loads(RECORDING.read_text(encoding="utf-8"))["answer"]["system"]
    disk = raw["disk"] | {"size_bytes": 500 * 10**9, "free_percent": 60.0} | changes.pop("disk", {})
    system = load(System, json.dumps({**raw, "disk": disk, **changes}))
    unseen = Unseen("the software", "not asked")
    return Hosts(AT, (Host("app", "ssh", expected or Expected("app", "", (), (), "", ""), system, unseen, None),))


@pytest.mark.parametrize(
    ("name", "version", "equivalents", "status"),
    [
        ("rocky", "9.4", ("rocky 9",), PASS),
        ("rhel", "8.10", ("rhel 8",), PASS),
        ("almalinux", "9.3", ("almalinux 9.3",), PASS),
        ("rocky", "9.4", ("rocky 8",), FAIL),
        ("rocky", "10.0", ("rocky 10",), BLOCKED),  # its support date is not known here
        ("debian", "12", ("debian 12",), PASS),
        ("debian", "10", ("debian 10",), FAIL),
        ("ubuntu", "22.04", (), PASS),
        ("ubuntu", "23.04", (), FAIL),
    ],
)
def test_minor_versions_of_equivalents(name: str, version: str, equivalents: tuple[str, ...], status: object) -> None:
    expected = Expected("app", "", equivalents, (), "", "")
    assert judge("INFRA-HOST-05", hosts=machine(expected, os_name=name, os_version=version)) is status


@pytest.mark.parametrize(
    ("kind", "volume", "status"),
    [
        ("virtual", "gp3", PASS),
        ("virtual", "StandardSSD_LRS", PASS),
        ("virtual", "UltraSSD_LRS", PASS),
        ("virtual", "st1", FAIL),
        ("virtual", "pd-standard", FAIL),
        ("virtual", "Standard_LRS", FAIL),
        ("virtual", "high-iops", PENDING),
        ("virtual", "", PENDING),
        ("solid", "", PASS),
        ("rotating", "gp3", FAIL),
    ],
)
def test_volume_types(kind: str, volume: str, status: object) -> None:
    expected = Expected("app", volume, (), (), "", "")
    seen = machine(expected, disk={"kind": kind})
    assert judge("INFRA-HOST-03", hosts=seen, signed=Unsigned()) is status


@pytest.mark.parametrize(
    ("speed_mbps", "up", "status"), [(1000, True, PASS), (100, True, FAIL), (None, True, PENDING), (None, False, FAIL)]
)
def test_a_virtual_link_waits_for_somebodys_word(speed_mbps: int | None, up: bool, status: object) -> None:
    expected = Expected("app", "", (), (), "", "")
    seen = machine(expected, link={"interface": "eth0", "speed_mbps": speed_mbps, "up": up})
    assert judge("INFRA-HOST-04", hosts=seen, signed=Unsigned()) is status


def apt(monkeypatch: pytest.MonkeyPatch, plan: str, policy: str = "", **kernels: Any) -> dict[str, Any]:
    """What is seen of updates where apt says so."""
    asked: list[tuple[str, ...]] = []

    def run(*words: str, **_: Any) -> str:
        asked.append(words)
        whole = f"{plan}{plan.count('Inst ')} upgraded, 0 newly installed, 0 to remove and 0 not upgraded.\n"
        return whole if words[0] == "apt-get" else policy

    monkeypatch.setattr(system, "run", run)
    monkeypatch.setattr(system.glob, "glob", lambda pattern: kernels["images"] if "/boot" in pattern else ["/"])
    monkeypatch.setattr(system.os, "uname", lambda: SimpleNamespace(release=kernels["running"]))
    seen = system.look_at_updates()
    return {**seen, "asked": asked}


INST = "Inst openssl [3.0.2-1] (3.0.2-{version} Ubuntu:22.04/jammy-updates{security} [amd64])\n"
TABLE = """openssl:
  Installed: 3.0.2-1
  Candidate: 3.0.2-9
  Version table:
     3.0.2-9 500
        500 http://archive.example.com/ubuntu jammy-updates/main amd64 Packages
{before} *** 3.0.2-1 100
        100 /var/lib/dpkg/status
{after}"""
SECURITY = "     3.0.2-5 500\n        500 http://archive.example.com/ubuntu jammy-security/main amd64 Packages\n"
KERNELS = {"running": "6.1.0-10-amd64", "images": ["/boot/vmlinuz-6.1.0-10-amd64"]}


@pytest.mark.parametrize(
    ("plan", "policy", "security"),
    [
        ("", "", []),
        (INST.format(version=9, security=", Ubuntu:22.04/jammy-security"), "", ["openssl"]),
        (INST.format(version=9, security=""), TABLE.format(before=SECURITY, after=""), ["openssl"]),
        (INST.format(version=9, security=""), TABLE.format(before="", after=SECURITY.replace("-5", "-0")), []),
        ("The following packages have been kept back:\n  openssl\n",
         TABLE.format(before=SECURITY, after=""), ["openssl"]),
    ],
)  # fmt: skip
def test_a_security_update_counts_where_a_newer_one_hides_it(
    plan: str, policy: str, security: list[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    seen = apt(monkeypatch, plan, policy, **KERNELS)
    assert seen["security"] == security
    assert "--ignore-hold" in seen["asked"][0]


@pytest.mark.parametrize(
    ("running", "images", "due"),
    [
        ("6.1.0-10-amd64", ["6.1.0-10-amd64"], False),
        ("6.1.0-10-amd64", ["6.1.0-9-amd64", "6.1.0-10-amd64"], False),
        ("6.1.0-9-amd64", ["6.1.0-9-amd64", "6.1.0-10-amd64"], True),
        ("6.1.0-9-amd64", ["6.1.0-9-amd64", "6.8.0-1-rt-arm64"], False),
        ("6.1.0-9-amd64", ["6.1.0-10-amd64"], False),  # no kernel of this machine's own
    ],
)
def test_a_newer_kernel_that_does_not_run_wants_a_reboot(running: str, images: list[str], due: bool) -> None:
    assert system.newer_kernel(running, [f"/boot/vmlinuz-{each}" for each in images]) is due


def used(*containers: ContainerUse) -> Usage:
    return Usage({"app": HostUsage(60.0, 10.0, 20.0, (), containers, ())}, ())


def test_no_memory_at_all_is_a_figure_that_is_missing() -> None:
    assert judge("PERF-USE-02", usage=used(ContainerUse("engine", 0.0, 40.0))) is PASS
    assert judge("PERF-USE-02", usage=used(ContainerUse("engine", 0.0, 0.0))) is BLOCKED
    assert judge("PERF-USE-02", usage=used(ContainerUse("engine", 0.0, 0.0), ContainerUse("ai", 0.0, 81.0))) is FAIL
    assert judge("PERF-USE-01", usage=used(ContainerUse("engine", 0.0, 40.0))) is PASS


def services(**answers: Answer | Unseen) -> Services:
    return Services(datetime.now(UTC), tuple(answers.values()), tuple(answers), {})


def answer(name: str, ok: bool) -> Answer:
    return Answer(name, ok, "HTTP 200" if ok else "HTTP 503", False, {}, 0.0)


NAME = json.loads(RECORDING.read_text(encoding="utf-8"))["answer"]["engine"]["containers"][0]["service"]
ITEM = {
    "rust-core-engine": "INFRA-HEALTH-01",
    "python-ai-service": "INFRA-HEALTH-02",
    "nextjs-ui-dashboard": "INFRA-HEALTH-03",
}[NAME]
UNSEEN = Unseen("the service", "no route")


def test_a_sign_that_is_wrong_counts_before_one_that_is_unseen() -> None:
    sick, well = host(health="unhealthy"), host(health="healthy", healthcheck="")
    assert judge(ITEM, hosts=sick, services=services(**{NAME: UNSEEN})) is FAIL
    assert judge(ITEM, hosts=well, services=services(**{NAME: UNSEEN})) is BLOCKED
    assert judge(ITEM, hosts=well, services=services(**{NAME: answer(NAME, True)})) is PASS
    document = StatusDocument.__new__(StatusDocument)
    object.__setattr__(document, "states", {"a": "up", NAME: "up"})
    found = services(a=UNSEEN, **{NAME: answer(NAME, False)})
    from acceptance.probes.service_health import ServiceHealth

    assert ServiceHealth(well, found).dissent(document)


@pytest.mark.parametrize(
    ("body", "ok"),
    [
        (b'{"status": "healthy"}', True),
        (b'{"status": "UP", "details": {"status": "down"}}', True),
        (b"OK", True),
        (b"[1, 2]", True),
        (b'{"status": "unhealthy"}', False),
        (b'{"status": "DEGRADED"}', False),
        (b'{"success": true, "data": {"healthy": false}}', False),
        (b'{"ok": false}', False),
    ],
)
def test_a_report_that_says_no_is_no_health(body: bytes, ok: bool) -> None:
    address = urlsplit(serve(lambda _: Reply(body))).netloc
    wish = {
        "name": "a",
        "kind": "http",
        "address": address,
        "container": "",
        "tls": False,
        "path": "/health",
        "reports": {},
    }
    seen = speak.ask(wish, "")
    assert seen["ok"] is ok
    assert seen["said"].startswith("HTTP 200")


@pytest.mark.parametrize(
    "answers, status",
    [
        ({"redis": answer("redis", ok=True)}, PASS),
        ({"redis": replace(answer("redis", ok=True), open_to_strangers=True)}, FAIL),
        ({"redis": replace(answer("redis", ok=True), open_to_strangers=True), "rabbitmq": UNSEEN}, FAIL),
        ({"redis": UNSEEN}, BLOCKED),
    ],
)
def test_a_store_that_answers_anybody(answers: dict[str, Answer | Unseen], status: Status) -> None:
    refused = Defaults((Default("grafana", "g", "admin", 401, let_in=False),))
    assert judge("SEC-SECRET-08", defaults=refused, services=services(**answers)) is status
