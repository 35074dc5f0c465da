"""Boundaries of the deployed directory and of who gets into the host: just good enough, and just not."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from acceptance.facts import Unseen
from acceptance.probes.defaults import Default, Defaults
from acceptance.sandbox.configuration_faults import DATABASE, PAIR, extra_user, limit_elsewhere, secret, setting, views
from acceptance.sandbox.host_changes import Change, both, container, put
from selftests.judging import BLOCKED, FAIL, PASS
from selftests.recorded_host import UNSEEN, configured, judged, ports, reporting, wire

ENV = "deployment.env"


@pytest.mark.parametrize(
    ("item", "change", "status"),
    [
        ("INFRA-ENV-01", put(f"{ENV}.missing", ["JWT_EXPIRY"]), FAIL),
        ("INFRA-ENV-01", put(f"{ENV}.owner", "root"), FAIL),
        ("INFRA-ENV-02", setting("NODE_ENV", "Production"), FAIL),
        ("INFRA-ENV-02", container("nextjs-ui-dashboard", "settings", {}), FAIL),  # the dashboard must have it
        ("INFRA-ENV-02", container("redis", "settings", {}), PASS),
        ("INFRA-ENV-03", container("redis", "settings", {"LOG_LEVEL": "Debug"}), FAIL),
        ("INFRA-ENV-03", container("redis", "settings", {"LOG_LEVEL": "WARNING"}), PASS),  # an image's own word
        (
            "INFRA-ENV-03",
            both(container("redis", "settings", {"LOG_LEVEL": "debug"}), container("redis", "state", "exited")),
            PASS,
        ),
        ("INFRA-ENV-03", put("engine", UNSEEN), BLOCKED),
        ("INFRA-ENV-04", container("redis", "settings", {"RUST_LOG": "info,hyper=warn"}), PASS),
        ("INFRA-ENV-04", container("redis", "settings", {"RUST_LOG": "info,hyper"}), FAIL),  # all of hyper
        ("INFRA-ENV-04", container("redis", "settings", {"RUST_LOG": "bot=debug"}), FAIL),
        ("INFRA-ENV-04", setting("RUST_LOG", "info,hyper=info"), PASS),
        ("INFRA-ENV-04", setting("RUST_LOG", "info,hyper=debug"), FAIL),
        ("INFRA-ENV-04", setting("RUST_LOG", "hyper=info"), FAIL),  # what has no directive is silent
        ("INFRA-ENV-05", secret("BINANCE_SECRET_KEY", right_shape=False), FAIL),
        ("INFRA-ENV-05", secret("BINANCE_API_KEY", length="empty"), FAIL),
        ("INFRA-ENV-05", secret("OPENAI_API_KEY", placeholder=True), FAIL),
        ("INFRA-ENV-06", put(f"{ENV}.databases", [DATABASE]), PASS),
        ("INFRA-ENV-06", put(f"{ENV}.databases", [{**DATABASE, "database": "bot_core_test"}]), FAIL),
        ("INFRA-ENV-06", put(f"{ENV}.databases", [DATABASE, {**DATABASE, "local": True}]), FAIL),
        ("INFRA-ENV-06", put(f"{ENV}.databases", [{**DATABASE, "parses": False}]), FAIL),
        ("INFRA-ENV-06", put(f"{ENV}.databases", []), FAIL),
        ("INFRA-ENV-07", setting("BINANCE_TESTNET", "False"), FAIL),
        ("INFRA-ENV-08", setting("TRADING_ENABLED", "true"), FAIL),
        ("INFRA-ENV-09", secret("JWT_SECRET", random_bytes=32), PASS),
        ("INFRA-ENV-09", secret("JWT_SECRET", random_bytes=31), FAIL),
        ("INFRA-ENV-09", secret("JWT_SECRET", same_as=["RUST_API_KEY"]), FAIL),
        ("INFRA-ENV-09", put(f"{ENV}.committed", ["RUST_API_KEY"]), FAIL),
        ("INFRA-ENV-09", put(f"{ENV}.committed", UNSEEN), BLOCKED),
        ("INFRA-ENV-10", container("redis", "cpu_limit", 0.0), FAIL),
        ("INFRA-ENV-10", container("redis", "cpu_limit", 8.0), PASS),
        ("INFRA-ENV-10", container("redis", "cpu_limit", 8.5), FAIL),
        ("INFRA-ENV-10", container("redis", "memory_limit_bytes", 0), FAIL),
        ("INFRA-ENV-12", put(f"{ENV}.pair", {**PAIR, "key_mode": "640"}), PASS),  # it is root's
        ("INFRA-ENV-12", put(f"{ENV}.pair", {**PAIR, "key_mode": "640", "key_owner": "deploy"}), FAIL),
        ("INFRA-ENV-12", put(f"{ENV}.pair", {**PAIR, "key_there": False}), FAIL),
        ("INFRA-ENV-12", put(f"{ENV}.pair", {**PAIR, "belong": False}), FAIL),
        ("INFRA-ENV-13", secret("GRAFANA_PASSWORD", common=True), FAIL),
        ("INFRA-ENV-13", secret("MONITORING_API_KEY", length="empty"), FAIL),
        ("INFRA-ENV-14", secret("SENTRY_DSN", right_shape=False), FAIL),
        ("INFRA-CONF-01", put("deployment.configs.engine.clear_secrets", ["secret_key"]), FAIL),
        ("INFRA-CONF-02", put("deployment.configs.ai.placeholders", ["key"]), FAIL),
        ("INFRA-BUILD-01", put("deployment.git", UNSEEN), BLOCKED),
        ("INFRA-BUILD-02", put("deployment.git.changed", ["compose.yaml"]), FAIL),
        ("INFRA-BUILD-02", put("deployment.git.tags", ["v2.4.0-rc1"]), FAIL),
        ("INFRA-BUILD-03", put("deployment.git.commit", "0" * 40), FAIL),
        ("INFRA-BUILD-04", put(f"{ENV}.names", []), FAIL),
        ("INFRA-BUILD-05", secret("JWT_SECRET", elsewhere=["staging's JWT_SECRET"]), FAIL),
        ("INFRA-BUILD-05", secret("JWT_SECRET", as_example=True), FAIL),
        ("INFRA-BUILD-06", put("engine.compose.unset", ["RABBITMQ_PASSWORD"]), FAIL),
        ("INFRA-BUILD-06", put(f"{ENV}.missing", ["JWT_EXPIRY"]), FAIL),
        ("SEC-SECRET-07", secret("REDIS_PASSWORD", length="16 to 23", classes=3), PASS),
        ("SEC-SECRET-07", secret("REDIS_PASSWORD", length="16 to 23", classes=2), FAIL),
        ("SEC-SECRET-07", secret("REDIS_PASSWORD", length="24 to 31", classes=2, random_bytes=12), PASS),
        ("SEC-SECRET-07", secret("REDIS_PASSWORD", length="24 to 31", classes=2, random_bytes=11), FAIL),
        ("SEC-SECRET-07", secret("REDIS_PASSWORD", length="1 to 15"), FAIL),
        ("SEC-SECRET-07", secret("REDIS_PASSWORD", same_as=["GRAFANA_PASSWORD"]), FAIL),
    ],
)
def test_what_is_deployed(item: str, change: Change, status: object) -> None:
    assert judged(item, change) is status


@pytest.mark.parametrize(
    ("item", "unnamed"), [("INFRA-ENV-09", "tokens"), ("INFRA-ENV-13", "monitoring"), ("INFRA-ENV-14", "external")]
)
def test_a_target_that_names_no_secret_passes_none(item: str, unnamed: str) -> None:
    bare = replace(configured(), **{unnamed: ()})
    assert judged(item, configuration=bare) is BLOCKED


@pytest.mark.parametrize(
    ("item", "change", "status"),
    [
        ("SEC-ACCESS-01", views("root", public_key=False), FAIL),
        ("SEC-ACCESS-02", views("root", password=True), FAIL),
        ("SEC-ACCESS-02", views("root", methods="any"), FAIL),  # keyboard-interactive is on
        ("SEC-ACCESS-02", views("root", methods="publickey,keyboard-interactive keyboard-interactive"), FAIL),
        ("SEC-ACCESS-02", views("root", keyboard=False, methods="any"), PASS),
        ("SEC-ACCESS-03", views("root", root="without-password"), FAIL),
        ("SEC-ACCESS-03", views("root", root="forced-commands-only"), PASS),
        ("SEC-ACCESS-03", both(views("root", root="forced-commands-only"), put("access.sshd.root_keys", 1)), FAIL),
        ("SEC-ACCESS-03", put("access.sshd.root_keys", 1), PASS),  # they open nothing
        ("SEC-ACCESS-03", put("access.sshd.root_keys", UNSEEN), BLOCKED),
        ("SEC-ACCESS-04", put("access.sudo.valid", False), FAIL),
        ("SEC-ACCESS-04", put("access.sudo.users.name=deploy.sudo", False), FAIL),
        ("SEC-ACCESS-04", extra_user(), PASS),
        ("SEC-ACCESS-04", extra_user(sudo=True), FAIL),
        ("SEC-ACCESS-04", extra_user(all_without_password=True), FAIL),
        ("SEC-ACCESS-04", extra_user(root_groups=["lxd"]), FAIL),
        ("SEC-ACCESS-04", put("access.sudo", UNSEEN), BLOCKED),
        ("SEC-ACCESS-05", put("access.sshd.ports", [2222, 22]), FAIL),
        ("SEC-ACCESS-05", put("access.sshd.ports", []), BLOCKED),
        ("SEC-ACCESS-06", views("deploy", methods="publickey"), FAIL),
        ("SEC-ACCESS-06", views("deploy", methods="any"), FAIL),
        ("SEC-ACCESS-06", views("deploy", methods="publickey,keyboard-interactive publickey"), FAIL),
        ("SEC-ACCESS-06", put("access.sshd.second_factor", False), FAIL),
        ("SEC-ACCESS-06", put("access.sshd.second_factor", UNSEEN), BLOCKED),
        ("SEC-FIREWALL-01", put("access.ufw.active", False), FAIL),
        ("SEC-FIREWALL-01", put("access.ufw.incoming", "reject"), PASS),
        ("SEC-FIREWALL-01", put("access.ufw.incoming", ""), FAIL),
        ("SEC-FIREWALL-01", put("access.ufw.guards_v6", False), FAIL),
        ("SEC-FIREWALL-02", put("access.sshd.ports", [2223]), FAIL),
        ("SEC-FIREWALL-03", put("access.ufw.rules", []), FAIL),
        ("SEC-FIREWALL-04", put("access.ufw.rules", []), FAIL),
        ("SEC-FIREWALL-06", put("access.edge.zones", []), FAIL),
        ("SEC-FIREWALL-06", limit_elsewhere, FAIL),
        ("SEC-FIREWALL-06", put("access.edge.servers", []), BLOCKED),
        ("SEC-FIREWALL-07", put("access.syn_cookies", False), FAIL),
        ("SEC-FIREWALL-07", put("access.edge.connection_limits", False), FAIL),
        ("SEC-FIREWALL-08", put("access.jail.max_retry", 5), PASS),
        ("SEC-FIREWALL-08", put("access.jail.max_retry", 6), FAIL),
        ("SEC-FIREWALL-08", put("access.jail.ban_time_s", 600.0), PASS),
        ("SEC-FIREWALL-08", put("access.jail.ban_time_s", 599.0), FAIL),
        ("SEC-FIREWALL-08", put("access.jail.ban_time_s", -1.0), PASS),  # for ever
        ("SEC-FIREWALL-08", put("access.jail.find_time_s", 60.0), PASS),
        ("SEC-FIREWALL-08", put("access.jail.find_time_s", 59.0), FAIL),
        ("SEC-FIREWALL-08", put("access.jail.find_time_s", 7 * 86400 + 1.0), FAIL),
        ("SEC-FIREWALL-08", put("access.jail.ready", False), FAIL),
    ],
)
def test_entrances(item: str, change: Change, status: object) -> None:
    assert judged(item, change) is status


@pytest.mark.parametrize(
    ("item", "more", "status"),
    [
        ("SEC-ACCESS-01", {"ssh_wire": wire("password")}, FAIL),
        ("SEC-ACCESS-02", {"ssh_wire": wire("publickey", "keyboard-interactive")}, FAIL),
        ("SEC-ACCESS-02", {"ssh_wire": wire(closed=True)}, BLOCKED),
        ("SEC-ACCESS-05", {"ports": ports(22, 80, 443, 2222)}, FAIL),
        ("SEC-FIREWALL-02", {"ssh_wire": wire(closed=True)}, FAIL),
        ("SEC-FIREWALL-03", {"ports": ports(443)}, FAIL),
        ("SEC-FIREWALL-04", {"ports": ports(80)}, FAIL),
        ("INFRA-ENV-07", {"services": reporting(testnet="true")}, FAIL),
        ("INFRA-ENV-08", {"services": reporting(trading="true")}, FAIL),
        ("INFRA-ENV-13", {"defaults": Defaults((Default("grafana", "/login", "admin", 200, True),))}, FAIL),
        ("INFRA-ENV-13", {"defaults": Defaults((Unseen("it", "not asked"),))}, BLOCKED),
    ],
)
def test_what_answers_outside_counts_as_much(item: str, more: dict[str, Any], status: object) -> None:
    assert judged(item, **more) is status


ITEMS = sorted({
    row[0] for test in (test_what_is_deployed, test_entrances) for row in test.pytestmark[0].args[1]  # type: ignore[attr-defined]  # parametrize's rows
})  # fmt: skip


@pytest.mark.parametrize("item", ITEMS)
def test_the_recorded_host_passes(item: str) -> None:
    assert judged(item) is PASS
