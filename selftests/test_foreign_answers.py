"""APIs of the target that answer with one value warped: facts that can be kept, or a ProbeError; never anything else."""

from __future__ import annotations

import json
import time
from collections.abc import Callable
from contextlib import suppress
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any
from unittest.mock import patch

import httpx
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from acceptance import asking, web
from acceptance.facts import TEXT_LIMIT, ProbeError, dump, load
from acceptance.probes import PROBES, alertmanager, balancer, grafana, prometheus, registry, vault
from acceptance.probes.release import ReleaseFile
from acceptance.sandbox.monitoring import ALERTMANAGER
from selftests.test_asking import visit
from selftests.test_foreign_input import damaged, warped

NOW = int(time.time())
STAMP = datetime.now(UTC).isoformat()
VECTOR = {"status": "success", "data": {"result": [{"metric": {}, "value": [NOW, "1"]}]}}
SCRAPED = {"labels": {"job": "a"}, "health": "up", "lastScrape": STAMP, "scrapeInterval": "1m30s"}
RULE = {"type": "alerting", "name": "A", "query": "errors_total > 5", "health": "ok", "labels": {"severity": "high"}}
MATRIX = {"status": "success", "data": {"result": [{"metric": {}, "values": [[NOW, "1"], [NOW, "2"]]}]}}
PANEL = {"title": "p", "type": "graph", "targets": [{"expr": "x$y", "refId": "A", "datasource": {"uid": "d"}}]}
BOARD = {"title": "b", "panels": [PANEL, {"type": "row", "panels": [PANEL]}], "templating": {"list": [{"name": "y", "current": {"value": "v"}}]}}  # fmt: skip
FRAME = {"schema": {"fields": [{"type": "time"}, {"type": "number"}]}, "data": {"values": [[1], [2.0]]}}
DIGEST = f"sha256:{'1' * 64}"
GOOD: dict[str, dict[str, Any]] = {
    "prometheus": {
        "/api/v1/targets": {"status": "success", "data": {"activeTargets": [SCRAPED]}},
        "/api/v1/query_range": MATRIX,
        "/api/v1/query?query=time()": {"status": "success", "data": {"result": [NOW, str(NOW)]}},
        "/api/v1/query": VECTOR,
        "/api/v1/rules": {"status": "success", "data": {"groups": [{"rules": [RULE]}]}},
        "/api/v1/alertmanagers": {"status": "success", "data": {"activeAlertmanagers": [{"url": "u"}]}},
    },
    "grafana": {
        "/api/health": {"database": "ok"},
        "/api/datasources": [{"uid": "d", "isDefault": True}],
        "/api/dashboards": {"dashboard": BOARD},
        "/api/ds/query": {"results": {"A": {"frames": [FRAME]}}},
    },
    "alertmanager": {
        "/api/v2/status": {
            "config": {"original": ALERTMANAGER.format(critical="pager", test="true")},
            "versionInfo": {"version": "1"},
        }
    },
    "registry": {
        "/v2/acceptance-test": {"errors": [{"code": "NAME_UNKNOWN"}]},
        "/v2/r/tags": {"tags": ["2.4.0"]},
        "/v2/r/manifests": {
            "manifests": [{"platform": {"os": "linux", "architecture": "amd64"}, "digest": DIGEST}],
            "config": {"digest": DIGEST}, "layers": [{"digest": DIGEST}],
        },
        "/v2/": {},
    },
    "vault": {"/v1/secret": {"data": {"data": {"A": "v"}, "metadata": {"created_time": STAMP}}}},
    "balancer": {"/api/http/services": [{"name": "s", "serverStatus": {"http://a": "UP"}}]},
}  # fmt: skip
TABLES: dict[str, dict[str, Any]] = {
    "prometheus": {"jobs": {"a": "a"}, "business": {"b": "b"}},
    "grafana": {"dashboards": ["a"]},
    "alertmanager": {"receiver": "r", "listen": "127.0.0.1:0"},
    "registry": {"credential": "c", "images": {"redis": "r"}},
    "vault": {"kind": "hashicorp", "credential": "c", "secrets": {"A": "p#A"}},
    "balancer": {"kind": "traefik", "backends": 1},
}
LOOKS: dict[str, Callable[..., Any]] = {
    "prometheus": prometheus.look, "grafana": grafana.look, "alertmanager": alertmanager.look,
    "registry": registry.look, "vault": vault.look, "balancer": balancer.look,
}  # fmt: skip
ROUTES = 100_000  # Alertmanager's routing tree is kept as one text


def longest(value: Any) -> int:
    """The longest string anywhere in a JSON document."""
    if isinstance(value, dict):
        return max((longest(each) for pair in value.items() for each in pair), default=0)
    if isinstance(value, list):
        return max(map(longest, value), default=0)
    return len(value) if isinstance(value, str) else 0


@pytest.fixture(autouse=True)
def quick(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(asking, "PAUSES_S", (0.0, 0.0))
    monkeypatch.setenv("SECRET", "long-enough-secret")


def kept(probe: str, folder: Path, replies: dict[str, Any], headers: dict[str, str]) -> None:
    """Look at such answers, and hold what was seen to its type and its bounds."""

    def reply(request: httpx.Request) -> httpx.Response:
        asked = request.url.raw_path.decode()
        path = next((each for each in replies if asked.startswith(each)), "")
        status = 404 if "acceptance-test" in path or not path else 200
        body = replies.get(path, {})
        content = body if isinstance(body, bytes) else json.dumps(body).encode()
        return httpx.Response(status, content=content, headers=headers)

    def client(*_: object, **options: Any) -> httpx.Client:
        return httpx.Client(transport=httpx.MockTransport(reply))

    login = {"c": {"user": "u", "secret": "env:SECRET"}}
    here = visit(folder, 60, **{probe: {"url": "http://api.test", **TABLES[probe]}}, credentials=login)
    release = ReleaseFile(version="2.4.0", commit="c" * 40, tag="v2.4.0", moment=datetime.now(UTC))
    with patch.object(web, "client", client), suppress(ProbeError):
        written = dump(LOOKS[probe](replace(here, needs={"release": release})))
        load(PROBES[probe].facts, written)
        assert longest(json.loads(written)) <= (ROUTES if probe == "alertmanager" else TEXT_LIMIT)


@pytest.mark.parametrize("probe", GOOD)
@given(data=st.data())
@settings(max_examples=40, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_apis(probe: str, tmp_path: Path, data: st.DataObject) -> None:
    replies = dict(GOOD[probe])
    path = data.draw(st.sampled_from(sorted(replies)))
    if data.draw(st.integers(0, 3)):
        replies[path] = warped(replies[path], data)
    else:
        replies[path] = data.draw(damaged(json.dumps(replies[path]).encode()))
    kept(probe, tmp_path, replies, {})
