"""What the record hands to whoever is on call: commands with the production profile, and where everything answers."""

from __future__ import annotations

from collections.abc import Mapping

from acceptance.record.model import Pair
from acceptance.target import Target

ROLES = {
    "on_call": "On-call engineer",
    "tech_lead": "Tech lead",
    "devops": "DevOps",
    "security": "Security",
    "management": "Management",
}
COMPOSE = "docker compose --profile prod"


def commands(back_to: str = "") -> tuple[Pair, ...]:
    """Status, logs, restart, stop, start and rollback; `back_to` is the tag to go back to, "" when none is stated."""
    rollback = f"git checkout {back_to} && {COMPOSE} pull && {COMPOSE} up -d" if back_to else "no version is stated"
    return (
        Pair("Status", f"{COMPOSE} ps"),
        Pair("Logs", f"{COMPOSE} logs --follow --tail 100"),
        Pair("Restart", f"{COMPOSE} restart"),
        Pair("Stop", f"{COMPOSE} stop"),
        Pair("Start", f"{COMPOSE} up -d"),
        Pair("Rollback", rollback),
    )


def contacts(of: Mapping[str, str]) -> tuple[Pair, ...]:
    """Whom to reach, as the release file names them."""
    return tuple(Pair(title, of[name]) for name, title in ROLES.items() if name in of)


def endpoints(target: Target) -> tuple[Pair, ...]:
    """Health, metrics, dashboards, API docs and the public addresses, as far as the target names them."""
    urls = target.urls
    found = [
        Pair("Page", urls.base),
        Pair("Dashboard", urls.dashboard),
        Pair("API", urls.api),
        Pair("WebSocket", urls.ws),
    ]
    for name, title in (("health", "Health"), ("status", "Service status"), ("metrics", "Metrics")):
        if operation := target.operations.get(name):
            found.append(Pair(title, urls.api + operation.path))
    found.append(Pair("API docs", urls.docs if "://" in urls.docs else urls.api + urls.docs))
    for title, table in (
        ("Prometheus", target.prometheus), ("Grafana", target.grafana), ("Alertmanager", target.alertmanager),
    ):  # fmt: skip
        if table:
            found.append(Pair(title, table.url))
    return tuple(dict.fromkeys(found))
