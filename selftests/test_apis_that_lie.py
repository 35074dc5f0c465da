"""Every API that answers something else than it should: a failure in words or facts, never a broken probe or a tick."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from acceptance import asking
from acceptance.facts import ProbeError, dump, load
from acceptance.probes import PROBES, alertmanager, balancer, cloud, grafana, prometheus, registry, vault
from acceptance.probes.release import ReleaseFile
from acceptance.sandbox.double import Reply, serve
from selftests.judging import PASS, judge
from selftests.test_asking import visit

LIES: dict[str, Any] = {
    "page": b"<!doctype html><h1>Welcome</h1>",
    "nothing": b"",
    "null": None,
    "number": 7,
    "empty object": {},
    "empty list": [],
    "list of numbers": [1, 2],
    "data null": {"status": "success", "data": None},
    "data empty": {"status": "success", "data": {}},
    "data wrong": {"status": "success", "data": {"activeTargets": [{}], "result": [{}], "groups": [{"rules": [{}]}]}},
    "data odd": {"status": "success", "data": {"activeTargets": 3, "result": "x", "groups": {"rules": 1}}},
    "strings": {"status": "x", "data": "x", "config": "x", "errors": "x", "results": "x", "database": "ok"},
    "garbage": bytes(range(256)),
    "deep": b"[" * 100_000,
}
URL_OF = {
    "prometheus": {"jobs": {"a": "a"}, "business": {"b": "b"}},
    "grafana": {"dashboards": ["a"]},
    "alertmanager": {"receiver": "r", "listen": "127.0.0.1:0"},
    "registry": {"credential": "c", "images": {"redis": "r"}},
    "vault": {"kind": "hashicorp", "credential": "c", "secrets": {"A": "p#A"}},
    "balancer": {"kind": "haproxy", "backends": 1},
}
ITEMS = {
    "prometheus": ("INFRA-MON-01", "INFRA-MON-03", "INFRA-MON-05", "INFRA-MONGO-16", "INFRA-LOG-05"),
    "grafana": ("INFRA-MON-02",),
    "registry": tuple(f"INFRA-IMAGE-0{n}" for n in (1, 2, 3, 4, 5, 7)),
    "vault": ("SEC-SECRET-04",),
    "balancer": ("INFRA-NET-03",),
    "alertmanager": (),
}
LOOKS: dict[str, Callable[..., Any]] = {
    "prometheus": prometheus.look, "grafana": grafana.look, "alertmanager": alertmanager.look,
    "registry": registry.look, "vault": vault.look, "balancer": balancer.look,
}  # fmt: skip


@pytest.fixture(autouse=True)
def no_pauses(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(asking, "PAUSES_S", (0.0, 0.0))
    monkeypatch.setenv("SECRET", "long-enough-secret")


@pytest.mark.parametrize("status", [200, 404])
@pytest.mark.parametrize("lie", LIES)
@pytest.mark.parametrize("probe", URL_OF)
def test_a_lie_never_ticks(tmp_path: Path, probe: str, lie: str, status: int) -> None:
    url = serve(lambda _: Reply(LIES[lie], status))
    login = {"c": {"user": "u", "secret": "env:SECRET"}}
    here = visit(tmp_path, **{probe: {"url": url, **URL_OF[probe]}}, credentials=login)
    release = ReleaseFile(version="2.4.0", commit="c" * 40, tag="v2.4.0", moment=datetime.now(UTC))
    try:
        found = LOOKS[probe](replace(here, needs={"release": release}))
    except ProbeError:
        return
    found = load(PROBES[probe].facts, dump(found))
    assert not [id for id in ITEMS[probe] if judge(id, **{probe: found}) is PASS]


@pytest.mark.parametrize(("lie", "status"), [("page", 200), ("empty object", 404), ("nothing", 200), ("garbage", 500)])
def test_aws_that_lies_never_ticks(tmp_path: Path, lie: str, status: int) -> None:
    url = serve(lambda _: Reply(LIES[lie], status))
    table = {
        "account": "1", "region": "eu-central-1", "endpoint": url, "access_key": "c", "network": "n", "names": ["a.test"],
        "load_balancers": ["b"], "auto_scaling_groups": ["g"],
    }  # fmt: skip
    login = {"c": {"user": "u", "secret": "env:SECRET"}}
    here = visit(tmp_path, 60, cloud=table, credentials=login, resolve={"a.test": ["127.0.0.1"]})
    try:
        found = cloud.look(here)
    except ProbeError:
        return
    found = load(PROBES["cloud"].facts, dump(found))
    items = (*(f"INFRA-CLOUD-0{n}" for n in range(1, 8)), "INFRA-GATE-11", "PERF-LOAD-04")
    assert not [id for id in items if judge(id, cloud=found) is PASS]
