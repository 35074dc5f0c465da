"""Boundaries of a host, its software and its containers: what is just good enough, and what just isn't."""

from __future__ import annotations

from typing import Any

import pytest

from acceptance.sandbox.configuration_faults import planned
from acceptance.sandbox.host_changes import Change, both, container, put
from acceptance.sandbox.host_faults import tool, unit
from acceptance.sandbox.world import World
from selftests.judging import BLOCKED, FAIL, PASS
from selftests.recorded_host import ENGINE, UNSEEN, judged

GIB = 1024**3
DISK, UPDATES, CLOCK = "system.disk", "system.updates", "system.clock"


@pytest.mark.parametrize(
    ("item", "change", "status"),
    [
        ("INFRA-HOST-01", put("system.memory_bytes", int(16 * GIB * 0.95) + 1), PASS),
        ("INFRA-HOST-01", put("system.memory_bytes", int(16 * GIB * 0.95) - 1), FAIL),
        ("INFRA-HOST-02", put("system.cpus", 8.0), PASS),
        ("INFRA-HOST-02", put("system.cpus", 7.9), FAIL),
        ("INFRA-HOST-03", put(f"{DISK}.size_bytes", 100 * 10**9), PASS),
        ("INFRA-HOST-03", put(f"{DISK}.size_bytes", 100 * 10**9 - 1), FAIL),
        ("INFRA-HOST-03", put(f"{DISK}.free_percent", 20.0), PASS),
        ("INFRA-HOST-03", put(f"{DISK}.free_percent", 19.9), FAIL),
        ("INFRA-HOST-03", put(f"{DISK}.inodes_free_percent", 19.9), FAIL),
        ("INFRA-HOST-04", put("system.link.speed_mbps", 1000), PASS),
        ("INFRA-HOST-04", put("system.link.speed_mbps", 999), FAIL),
        ("INFRA-HOST-06", put(f"{UPDATES}.index_age_days", 6.9), PASS),
        ("INFRA-HOST-06", put(f"{UPDATES}.index_age_days", 7.0), FAIL),
        ("INFRA-HOST-06", put(f"{UPDATES}.security", ["openssl"]), FAIL),
        ("INFRA-HOST-06", put(f"{UPDATES}.reboot_required", True), FAIL),
        ("INFRA-HOST-06", put("system.updates", UNSEEN), BLOCKED),
        ("INFRA-HOST-07", put("system.zone", "Etc/UTC"), PASS),
        ("INFRA-HOST-07", put("system.zone", "Europe/London"), FAIL),  # UTC in winter only
        ("INFRA-HOST-07", container(ENGINE, "zone", "Europe/London"), FAIL),
        ("INFRA-HOST-07", container(ENGINE, "zone", UNSEEN), BLOCKED),
        ("INFRA-HOST-08", put(f"{CLOCK}.offset_s", 0.99), PASS),
        ("INFRA-HOST-08", put(f"{CLOCK}.offset_s", 1.0), FAIL),
        ("INFRA-HOST-08", put(f"{CLOCK}.synchronised", False), FAIL),
        ("INFRA-HOST-08", put(f"{CLOCK}.daemon", ""), FAIL),
        ("INFRA-HOST-09", put("system.hostname", "app-2"), FAIL),
        ("INFRA-HOST-09", put("system.hostname", ""), FAIL),
        ("INFRA-HOST-09", put("system.resolves_to", ["127.0.1.1"]), PASS),
        ("INFRA-HOST-09", put("system.resolves_to", []), FAIL),
        ("INFRA-HOST-09", put("system.resolves_to", UNSEEN), BLOCKED),
    ],
)
def test_machines(item: str, change: Change, status: object) -> None:
    assert judged(item, change) is status


@pytest.mark.parametrize(
    ("item", "change", "status"),
    [
        ("INFRA-SOFT-01", put("engine.version", "20.10.0"), PASS),
        ("INFRA-SOFT-01", put("engine.version", "20.9.9"), FAIL),
        ("INFRA-SOFT-02", tool("docker compose", "v2.0.0"), PASS),
        ("INFRA-SOFT-02", tool("docker compose", "1.29.2"), FAIL),
        ("INFRA-SOFT-02", both(tool("docker compose"), tool("docker-compose", "2.0.0")), PASS),
        ("INFRA-SOFT-02", tool("docker compose"), FAIL),
        ("INFRA-SOFT-03", tool("git", "git version 2.0.0"), PASS),
        ("INFRA-SOFT-03", tool("git", "git version 1.9.5"), FAIL),
        ("INFRA-SOFT-04", tool("openssl", "OpenSSL 1.1.1w"), PASS),
        ("INFRA-SOFT-04", tool("openssl", "OpenSSL 1.1.0l"), FAIL),
        ("INFRA-SOFT-04", tool("openssl"), FAIL),
        ("INFRA-SOFT-05", both(tool("curl"), tool("wget", "GNU Wget 1.21")), PASS),
        ("INFRA-SOFT-05", both(tool("curl"), tool("wget")), FAIL),
        ("INFRA-SOFT-06", tool("jq"), FAIL),
        ("INFRA-SOFT-07", container("redis", "log_rotates", False), FAIL),
        ("INFRA-SOFT-08", put("engine.driver", "overlayfs"), PASS),
        ("INFRA-SOFT-08", put("engine.driver", "devicemapper"), FAIL),
        ("INFRA-SOFT-08", put("engine.d_type", False), FAIL),
        ("INFRA-SOFT-09", unit("docker.service", enabled=False), FAIL),
        ("INFRA-SOFT-09", container("redis", "restart_policy", ""), FAIL),
        ("INFRA-SOFT-10", tool("ufw"), FAIL),
        ("INFRA-SOFT-11", unit("fail2ban.service", active=False), FAIL),
        ("INFRA-SOFT-11", put("software.jails", ["sshd-ddos"]), FAIL),
        ("INFRA-SOFT-11", put("software.jails", UNSEEN), BLOCKED),
        ("INFRA-SOFT-12", tool("certbot"), FAIL),
        ("INFRA-SOFT-13", tool("mongosh"), FAIL),
        ("INFRA-SOFT-13", tool("mongodump"), FAIL),
        ("INFRA-SOFT-13", tool("mongorestore"), FAIL),
        ("INFRA-SOFT-14", unit("prometheus-node-exporter", active=False), FAIL),
        ("INFRA-SOFT-14", put("software.units", UNSEEN), BLOCKED),
        ("INFRA-SOFT-15", tool("mongodump"), FAIL),
        ("INFRA-SOFT-15", put("software.schedules", []), FAIL),
    ],
)
def test_software(item: str, change: Change, status: object) -> None:
    assert judged(item, change) is status


@pytest.mark.parametrize(
    ("item", "change", "status"),
    [
        ("INFRA-START-01", container("redis", "config_files", "/home/deploy/compose.yaml"), FAIL),
        ("INFRA-START-01", container("redis", "config_hash", "0" * 64), FAIL),
        ("INFRA-START-01", put("engine.compose", UNSEEN), BLOCKED),
        ("INFRA-LOG-07", container(ENGINE, "log.audit_lines", 0), FAIL),
        ("INFRA-START-02", container("redis", "service", "valkey"), FAIL),
        ("INFRA-START-03", container("redis", "state", "exited"), FAIL),
        ("INFRA-START-04", container("redis", "restarts", 1), FAIL),
        ("INFRA-START-04", container("redis", "oom_killed", True), FAIL),
        ("INFRA-START-04", container("redis", "state", "restarting"), FAIL),
        ("INFRA-START-05", container("redis", "log.errors_at_start", ["FATAL no memory"]), FAIL),
        ("INFRA-START-05", container("redis", "log", UNSEEN), BLOCKED),
        ("INFRA-START-06", container("redis", "healthy_after_s", 180.0), PASS),
        ("INFRA-START-06", container("redis", "healthy_after_s", 180.5), FAIL),
        ("INFRA-LOG-02", container("redis", "log_rotates", False), FAIL),
        ("INFRA-LOG-03", container("redis", "log.verbose_lines", 1), FAIL),
        ("INFRA-LOG-04", container("redis", "log.bytes_per_day", 10**9 - 1.0), PASS),
        ("INFRA-LOG-04", container("redis", "log.bytes_per_day", 1e9), FAIL),
        ("INFRA-GATE-13", container("redis", "log.warnings", ["WARNING overcommit"]), FAIL),
        ("INFRA-GATE-13", container("redis", "log.whole", False), BLOCKED),
        ("INFRA-CONF-03", planned("redis", "image", "redis"), FAIL),
        ("INFRA-CONF-03", planned("redis", "published_databases", [":6379"]), FAIL),
        ("INFRA-CONF-04", planned("redis", "has_healthcheck", False), PASS),
        ("INFRA-BUILD-07", container(ENGINE, "revision", ""), FAIL),
        ("INFRA-BUILD-09", container(ENGINE, "image_bytes", 1024**3 + 1), FAIL),
        ("INFRA-BUILD-10", container(ENGINE, "image_id", "sha256:older"), FAIL),
        ("SEC-WEB-11", container("redis", "log.tells", ["REDIS_PASSWORD"]), FAIL),
    ],
)
def test_containers(item: str, change: Change, status: object) -> None:
    assert judged(item, change) is status


@pytest.mark.parametrize(("percent", "status"), [(120, PASS), (121, FAIL)])
def test_an_image_may_grow_by_a_fifth(percent: int, status: object) -> None:
    def change(answer: dict[str, Any]) -> None:
        now = next(c for c in answer["engine"]["containers"] if c["service"] == ENGINE)
        before = next(t for t in answer["engine"]["tags"] if ENGINE in t["tag"] and t["tag"].endswith(World.previous))
        now["image_bytes"], before["size_bytes"] = percent * 10**6, 100 * 10**6

    assert judged("INFRA-BUILD-09", change) is status


@pytest.mark.parametrize(("size_bytes", "status"), [(GIB, PASS), (GIB + 1, FAIL)])
def test_an_image_that_was_always_large_is_large(size_bytes: int, status: object) -> None:
    def change(answer: dict[str, Any]) -> None:
        now = next(c for c in answer["engine"]["containers"] if c["service"] == ENGINE)
        before = next(t for t in answer["engine"]["tags"] if ENGINE in t["tag"] and t["tag"].endswith(World.previous))
        now["image_bytes"] = before["size_bytes"] = size_bytes

    assert judged("INFRA-BUILD-09", change) is status


ITEMS = sorted({
    row[0] for test in (test_machines, test_software, test_containers) for row in test.pytestmark[0].args[1]  # type: ignore[attr-defined]  # parametrize's rows
})  # fmt: skip


@pytest.mark.parametrize("item", ITEMS)
def test_the_recorded_host_passes(item: str) -> None:
    assert judged(item) is PASS
