"""The same probes against real Prometheus, Alertmanager and node-exporter; routes beside Alertmanager's own tool."""

from __future__ import annotations

import json
import shutil
import socket
import subprocess
import time
from collections.abc import Iterator
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import httpx
import pytest

from acceptance.facts import ProbeError
from acceptance.grading.routes import receivers
from acceptance.joins import alerting
from acceptance.probes import alert_path, alertmanager, prometheus
from acceptance.probes.prometheus import Series
from acceptance.visit import Visit
from selftests.test_asking import visit

PROGRAMS = ("prometheus", "prometheus-alertmanager", "prometheus-node-exporter", "amtool")
MISSING = [program for program in PROGRAMS if not shutil.which(program)]
pytestmark = [
    pytest.mark.lab,
    pytest.mark.skipif(bool(MISSING), reason=f"not installed: {', '.join(MISSING)}"),
]
RULES = """\
groups:
  - name: lab
    rules:
      - {record: 'job:up:sum', expr: 'sum by (job) (up)'}
      - {alert: ServiceDown, expr: 'up == 0', for: 4s, labels: {severity: critical}}
      - {alert: ManyErrors, expr: 'rate(prometheus_http_requests_total{code=~"5.."}[5m]) > 1', labels: {severity: high}}
      - {alert: Phantom, expr: 'rate(http_errors_total[5m]) > 1', labels: {severity: info}}
"""
TREE: dict[str, Any] = {
    "receiver": "team", "group_wait": "1s", "group_interval": "1s", "repeat_interval": "1h",
    "routes": [
        {"matchers": ['acceptance_test="true"'], "receiver": "acceptance"},
        {"match": {"severity": "info"}, "receiver": "nobody"},
        {"matchers": ['team=~"a|b.*"'], "receiver": "ab", "continue": True},
        {"matchers": ["team!=c", 'severity="critical"'], "receiver": "pager",
         "routes": [{"match_re": {"area": "north|south"}, "receiver": "ab"}]},
    ],
}  # fmt: skip


@dataclass
class Lab:
    """The three daemons, and a visit to them."""

    here: Visit
    exporter: subprocess.Popen[bytes]
    config: Path


def port() -> int:
    with socket.create_server(("127.0.0.1", 0)) as listener:
        return int(listener.getsockname()[1])


def until(true: Any, seconds: float = 30) -> None:
    ends = time.monotonic() + seconds
    while True:
        try:
            if true():
                return
        except (httpx.HTTPError, ProbeError):
            pass
        assert time.monotonic() < ends, "the daemons did not get ready"
        time.sleep(0.2)


@pytest.fixture(scope="module")
def lab(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Lab]:
    folder = tmp_path_factory.mktemp("lab")
    scraped, alerts, own, hook = port(), port(), port(), port()
    (folder / "rules.yml").write_text(RULES)
    hooked = [{"url": f"http://127.0.0.1:{hook}/", "send_resolved": True}]
    known = [{"name": name, "webhook_configs": hooked} for name in ("team", "acceptance", "pager", "ab")]
    (folder / "alertmanager.yml").write_text(json.dumps({"route": TREE, "receivers": [*known, {"name": "nobody"}]}))
    jobs = {"node": scraped, "prometheus": own}
    scrapes = [
        {"job_name": job, "static_configs": [{"targets": [f"127.0.0.1:{place}"]}]} for job, place in jobs.items()
    ]
    (folder / "prometheus.yml").write_text(json.dumps({
        "global": {"scrape_interval": "1s", "evaluation_interval": "1s"}, "rule_files": ["rules.yml"],
        "alerting": {"alertmanagers": [{"static_configs": [{"targets": [f"127.0.0.1:{alerts}"]}]}]},
        "scrape_configs": scrapes,
    }))  # fmt: skip
    at = "--web.listen-address=127.0.0.1:"
    commands = [
        ["prometheus-node-exporter", f"{at}{scraped}"],
        ["prometheus-alertmanager", f"{at}{alerts}", f"--config.file={folder}/alertmanager.yml",
         f"--storage.path={folder}/alerts", "--cluster.listen-address="],
        ["prometheus", f"{at}{own}", f"--config.file={folder}/prometheus.yml", f"--storage.tsdb.path={folder}/series"],
    ]  # fmt: skip
    with (folder / "daemons.log").open("wb") as log:
        daemons = [subprocess.Popen(command, stdout=log, stderr=log) for command in commands]
    here = visit(
        folder, 300, frozenset({"writes"}),
        prometheus={
            "url": f"http://127.0.0.1:{own}", "jobs": {"host": "node"},
            "mongodb_job": "node", "mongodb_up": "node_exporter_build_info",
            "business": {"samples": "prometheus_tsdb_head_samples_appended_total"},
        },
        alertmanager={
            "url": f"http://127.0.0.1:{alerts}", "receiver": "acceptance", "labels": {"acceptance_test": "true"},
            "listen": f"127.0.0.1:{hook}", "patience_s": 20.0,
        },
    )  # fmt: skip
    try:
        until(lambda: alertmanager.look(here))
        until(lambda: ready(here))
        yield Lab(here, daemons[0], folder / "alertmanager.yml")
    finally:
        for daemon in daemons:
            daemon.terminate()
        for daemon in daemons:
            daemon.wait(20)


def ready(here: Visit) -> bool:
    seen = prometheus.look(here)
    sampled = all(isinstance(each, Series) and each.newest_ago_s is not None for each in seen.business)
    return sampled and not seen.targets_down() and not seen.rules_unhealthy() and seen.alertmanagers == 1


def test_real_prometheus_and_alertmanager_are_understood(lab: Lab) -> None:
    seen, router = prometheus.look(lab.here), alertmanager.look(lab.here)
    assert {each.job for each in seen.targets} == {"node", "prometheus"}
    assert not seen.targets_stale(intervals=2)
    assert not seen.services_unwatched()
    assert not seen.mongodb_unwatched()
    assert seen.error_alerts_that_watch() == ("ManyErrors",)
    assert alerting(seen, router).gaps() == ("Phantom goes to nobody, which does nothing",)
    (samples,) = seen.business
    assert isinstance(samples, Series)
    assert samples.newest_ago_s is not None
    assert samples.newest_ago_s < 5


def test_a_test_alert_goes_the_whole_way(lab: Lab) -> None:
    found = alert_path.look(replace(lab.here, needs={"alertmanager": alertmanager.look(lab.here)}))
    assert found.arrived_within(60)
    assert found.resolved


@pytest.mark.parametrize(
    "labels",
    [
        {}, {"severity": "info"}, {"severity": "critical"}, {"team": "a"}, {"team": "bc"}, {"team": "ab"},
        {"team": "a", "severity": "critical"}, {"team": "c", "severity": "critical"},
        {"severity": "critical", "area": "north"}, {"severity": "critical", "area": "northeast"},
        {"acceptance_test": "true", "severity": "critical"}, {"team": "b", "severity": "critical", "area": "south"},
    ],
)  # fmt: skip
def test_routes_are_walked_as_alertmanagers_own_tool_does(lab: Lab, labels: dict[str, str]) -> None:
    given = [f"{name}={value}" for name, value in labels.items()]
    command = ["amtool", "config", "routes", "test", f"--config.file={lab.config}", *given]
    said = subprocess.run(command, capture_output=True, text=True, timeout=10, check=True).stdout.strip()
    assert receivers(TREE, labels) == tuple(dict.fromkeys(said.split(",")))


def test_a_target_that_dies_is_seen(lab: Lab) -> None:
    lab.exporter.terminate()
    lab.exporter.wait(10)
    until(lambda: bool(prometheus.look(lab.here).targets_down()))
    seen = prometheus.look(lab.here)
    assert [each.job for each in seen.targets_down()] == ["node"]
    assert seen.services_unwatched() == ("host: no target of job node is up",)
