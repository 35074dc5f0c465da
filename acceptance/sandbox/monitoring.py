"""Doubles of the APIs of Prometheus, Grafana and Alertmanager: healthy, and with one thing wrong at a time."""

from __future__ import annotations

import json
import math
import re
import socket
import threading
import time
from datetime import UTC, datetime
from http.client import HTTPConnection, HTTPException
from typing import Any

from acceptance.sandbox.double import Reply, Request, serve
from acceptance.sandbox.monitoring_faults import FAULTS as FAULTS
from acceptance.sandbox.world import World

PROBES = ("prometheus", "grafana", "alertmanager")
BUSINESS = {"open orders": "orders_open", "portfolio value": "portfolio_value_usd"}
REQUESTS = "sum(http_requests_total)"
REQUESTS_PATH = "/api/health"
ALERTMANAGER = """\
route:
  receiver: team
  group_by: [alertname]
  routes:
    - matchers: ['acceptance_test="{test}"']
      receiver: acceptance
    - matchers: ['severity="critical"']
      receiver: {critical}
receivers:
  - name: team
    email_configs: [{{to: team@example.com}}]
  - name: pager
    webhook_configs: [{{url: <secret>}}]
  - name: acceptance
    webhook_configs: [{{url: <secret>, send_resolved: true}}]
  - name: nobody
"""
SILENCE = {
    "id": "5b1f0e8c-3a67-4c1e-9a53-0d2f7b8f7f10", "status": {"state": "active"}, "createdBy": "on-call", "comment": "too loud",
    "startsAt": "2026-11-20T08:00:00Z", "endsAt": "2036-11-20T08:00:00Z",
    "matchers": [{"name": "severity", "value": "critical", "isRegex": False, "isEqual": True}],
}  # fmt: skip


class Double:
    """The three APIs behind one address, told apart by the first part of the path."""

    def __init__(self, world: World, hook: str) -> None:
        self.world, self.hook = world, hook
        self.use = container_use(world)

    def answer(self, request: Request) -> Reply:
        """One request."""
        _, _, rest = request.path[1:].partition("/")
        if request.path.startswith("/prometheus/"):
            return self._prometheus(rest, request.query)
        if request.path.startswith("/grafana/"):
            return self._grafana(rest, request)
        if request.path.startswith("/alertmanager/"):
            return self._alertmanager(rest, request)
        return Reply({"message": "Not found"}, 404)

    def _prometheus(self, path: str, query: dict[str, str]) -> Reply:
        now = time.time()
        if path == "api/v1/targets":
            return _success({"activeTargets": self._targets(now), "droppedTargets": []})
        if path == "api/v1/rules":
            return _success({"groups": [{"name": "bot-core", "interval": 15, "rules": self._rules()}]})
        if path == "api/v1/alertmanagers":
            active = [] if self.world.on("no-alertmanager") else [{"url": "http://alertmanager:9093/api/v2/alerts"}]
            return _success({"activeAlertmanagers": active, "droppedAlertmanagers": []})
        if path == "api/v1/query":
            if query["query"] == "time()":
                return _success({"resultType": "scalar", "result": [now, str(now)]})
            value = self.value(query["query"], now)
            result = [] if value is None else [{"metric": {}, "value": [now, str(value)]}]
            return _success({"resultType": "vector", "result": result})
        if path == "api/v1/query_range":
            times = range(int(query["start"]), int(query["end"]) + 1, int(query["step"]))
            values = [[at, str(v)] for at in times if (v := self.value(query["query"], at)) is not None]
            result = [{"metric": {}, "values": values}] if values else []
            return _success({"resultType": "matrix", "result": result})
        return Reply({"status": "error", "error": "not found"}, 404)

    def _targets(self, now: float) -> list[dict[str, Any]]:
        jobs = [(service, f"{service}:9000") for service in self.world.services]
        jobs.append((self.world.services[0], f"{self.world.services[0]}-2:9000"))
        if self.world.on("service-unwatched"):
            jobs = [(job, instance) for job, instance in jobs if job != "redis"]
        found = []
        for job, instance in jobs:
            down = (self.world.on("scrape-target-down") and instance == jobs[-1][1]) or (
                self.world.on("mongodb-exporter-down") and job == "mongodb"
            )
            ago_s = 5.0 if self.world.on("scrape-late") and job == "rabbitmq" else 0.5
            found.append({
                "labels": {"job": job, "instance": instance}, "health": "down" if down else "up",
                "lastError": "connection refused" if down else "", "scrapeInterval": "1s",
                "lastScrape": datetime.fromtimestamp(now - ago_s, UTC).isoformat(),
            })  # fmt: skip
        return found

    def _rules(self) -> list[dict[str, Any]]:
        if self.world.on("rules-not-mounted"):
            return []
        metric = "http_errors_total" if self.world.on("error-alert-without-series") else "http_requests_total"
        rules: list[dict[str, Any]] = [
            {"type": "recording", "name": "job:up:sum", "query": "sum by (job) (up)"},
            {"type": "alerting", "name": "ServiceDown", "query": "up == 0", "labels": {"severity": "critical"}},
            {"type": "alerting", "name": "SlowAnswers", "query": "latency_p99_s > 0.2", "labels": {"severity": "high"}},
        ]
        if not self.world.on("no-error-alert"):
            label = "code" if self.world.on("error-alert-on-unknown-label") else "status"
            query = f'rate({metric}{{{label}=~"5.."}}[5m]) > 0.05'
            rules.append({"type": "alerting", "name": "ManyErrors", "query": query, "labels": {"severity": "critical"}})
        bad = self.world.on("rule-unhealthy")
        return [
            {**rule, "health": "err" if bad and rule["name"] == "SlowAnswers" else "ok", "lastError": ""}
            for rule in rules
        ]

    def value(self, query: str, at: float) -> float | None:
        """The value of a query that the double knows, None where there is no sample."""
        stamp = re.fullmatch(r"max\(timestamp\((.*)\)\)", query)
        name = stamp[1] if stamp else query
        late_s = 1200 if self.world.on("business-metric-old") and name == "orders_open" else 0
        if late_s and not stamp and at > time.time() - late_s:
            return None
        if name == REQUESTS:
            value: float | None = self._counted()
        elif name in BUSINESS.values():
            fixed = self.world.on("business-metric-constant") and name == "orders_open"
            value = 7.0 if fixed else 100 + round(10 * math.sin(at / 300), 3)
        elif name == "mongodb_up":
            value = 0 if self.world.on("mongodb-down-says-exporter") else 1
        elif name.startswith(("memory_percent", "cpu_percent")):
            value = self.use.get(name)
            if self.world.on(f"{name.partition('_')[0]}-metric-wrong"):
                value = 55.0
        elif name in ("up", "latency_p99_s", "count(http_requests_total)", 'count(http_requests_total{status!=""})'):
            value = 1
        else:
            return None
        return at - late_s - 5 if stamp else value

    def _counted(self) -> float:
        if self.world.on("constant-request-counter"):
            return 1000
        counted = count_requests(self.world)
        return 1000 + counted * (2 if self.world.on("inflated-request-counter") else 1)

    def _grafana(self, path: str, request: Request) -> Reply:
        if path == "api/health":
            return Reply({"database": "ok", "version": "11.2.0"})
        if request.basic() != ("viewer", "grafana-viewer-9Qx"):
            return Reply({"message": "Unauthorized"}, 401)
        if path == "api/datasources":
            return Reply([{"uid": "prom", "type": "prometheus", "name": "Prometheus", "isDefault": True}])
        if path == "api/dashboards/uid/botcore":
            return Reply({"meta": {}, "dashboard": DASHBOARD})
        if path == "api/ds/query" and request.method == "POST":
            return self._query(json.loads(request.body))
        return Reply({"message": "Not found"}, 404)

    def _query(self, asked: dict[str, Any]) -> Reply:
        results: dict[str, Any] = {}
        now = time.time()
        for query in asked["queries"]:
            if self.world.on("datasource-error") or query["datasource"] != {"uid": "prom"}:
                return Reply({"results": {query["refId"]: {"status": 400, "error": "bad_data", "frames": []}}}, 400)
            values = [] if self.world.on("panel-without-data") else [self.value(query["expr"], now)]
            fields = [{"name": "Time", "type": "time"}, {"name": "Value", "type": "number"}]
            data = {"values": [[int(now * 1000)] * len(values), values]}
            results[query["refId"]] = {"status": 200, "frames": [{"schema": {"fields": fields}, "data": data}]}
        return Reply({"results": results})

    def _alertmanager(self, path: str, request: Request) -> Reply:
        if path == "api/v2/status":
            critical = "nobody" if self.world.on("null-receiver") else "pager"
            test = "on" if self.world.on("test-alert-goes-to-people") else "true"
            version = {"version": "0.27.0"}
            return Reply({
                "cluster": {"status": "ready"}, "versionInfo": version,
                "config": {"original": ALERTMANAGER.format(critical=critical, test=test)},
            })  # fmt: skip
        if path == "api/v2/alerts" and request.method == "POST":
            self.world.log(f"{time.time():.3f} POST alertmanager/api/v2/alerts 200")
            for alert in json.loads(request.body):
                threading.Thread(target=self._deliver, args=(alert,), daemon=True).start()
            return Reply({})
        if path == "api/v2/silences":
            return Reply([SILENCE] if self.world.on("critical-alerts-silenced") else [])
        return Reply({"message": "Not found"}, 404)

    def _deliver(self, alert: dict[str, Any]) -> None:
        over = datetime.fromisoformat(alert["endsAt"]) <= datetime.now(UTC)
        lost = self.world.on("alert-never-arrives") or self.world.on("test-alert-goes-to-people")
        if lost or (over and self.world.on("alert-never-resolved")):
            return
        told = {**alert, "status": "resolved" if over else "firing"}
        link = HTTPConnection(self.hook.removeprefix("http://"), timeout=5)
        try:
            link.request("POST", "/", json.dumps({"status": told["status"], "alerts": [told]}))
            link.getresponse().read()
        except (OSError, HTTPException):
            return  # nobody listens any more
        finally:
            link.close()


DASHBOARD: dict[str, Any] = {
    "uid": "botcore",
    "title": "Bot Core",
    "templating": {"list": [{"name": "metric", "current": {"value": "latency_p99_s"}}]},
    "panels": [
        {"id": 1, "type": "text", "title": "About"},
        {"id": 2, "type": "timeseries", "title": "Up", "targets": [{"refId": "A", "expr": "up"}]},
        {
            "id": 3, "type": "row", "title": "Engine", "collapsed": True,
            "panels": [{"id": 4, "type": "stat", "title": "p99", "targets": [{"refId": "A", "expr": "$metric"}]}],
        },
    ],
}  # fmt: skip


def start(world: World) -> dict[str, Any]:
    """Serve the three, and say what the target may ask of them."""
    refresh(world)
    listen = f"127.0.0.1:{_free_port()}"
    url = serve(Double(world, f"http://{listen}").answer)
    names = [query.split('"')[1] for query in container_use(world) if query.startswith("memory")]
    return {
        "doubles": ["Prometheus, Grafana and Alertmanager"],
        "prometheus": {
            "url": f"{url}/prometheus", "jobs": {service: service for service in world.services},
            "memory": {name: f'memory_percent{{name="{name}"}}' for name in names},
            "cpu": {name: f'cpu_percent{{name="{name}"}}' for name in names},
            "requests": REQUESTS, "business": BUSINESS, "requests_path": REQUESTS_PATH,
        },
        "grafana": {"url": f"{url}/grafana", "credential": "grafana", "dashboards": ["botcore"]},
        "alertmanager": {
            "url": f"{url}/alertmanager", "receiver": "acceptance", "labels": {"acceptance_test": "true"},
            "listen": listen, "patience_s": 5.0,
        },
        "access_log": {"path": str(world.folder / "access.log")},
        "credentials": {"grafana": {"user": "viewer", "secret": world.secret("grafana", "grafana-viewer-9Qx")}},
    }  # fmt: skip


def container_use(world: World) -> dict[str, float]:
    """Queries for the use of the host's containers, and their values, as the host itself tells them."""
    if not (world.folder / "host").exists():
        return {}
    from acceptance.sandbox import host

    return {
        f'{what}{{name="{each["name"]}"}}': each[what]
        for each in host.healthy(world)["usage"]["containers"]
        for what in ("memory_percent", "cpu_percent")
    }


def refresh(world: World) -> None:
    """The edge's access log is the sandbox's request log, or a file that nobody writes."""
    world.log_path.touch()
    path = world.folder / "access.log"
    path.unlink(missing_ok=True)
    if world.on("no-access-log"):
        path.touch()
    else:
        path.symlink_to(world.log_path)


def count_requests(world: World) -> int:
    """Requests for REQUESTS_PATH that the edge has logged."""
    return world.log_path.read_bytes().count(f" {REQUESTS_PATH} ".encode())


def _success(data: dict[str, Any]) -> Reply:
    return Reply({"status": "success", "data": data})


def _free_port() -> int:
    with socket.create_server(("127.0.0.1", 0)) as listener:
        return int(listener.getsockname()[1])
