"""What Alertmanager would do with an alert: its loaded routes and receivers, by its own API."""

from __future__ import annotations

import json
from dataclasses import field
from typing import Any

from acceptance.facts import ProbeError, facts, text
from acceptance.foreign import NoDocument, yaml_of
from acceptance.grading.routes import receivers
from acceptance.visit import Visit


@facts
class Receiver:
    """One receiver that is loaded, and how many integrations (mail, webhook, pager ...) it has."""

    name: str
    integrations: int


@facts
class Alertmanager:
    """The routing tree is kept as JSON text, its secrets already out."""

    url: str
    version: str
    receivers: tuple[Receiver, ...]
    routes: str
    repeated: tuple[str, ...] = field(default=())

    def __repr__(self) -> str:
        return f"Alertmanager {self.version} with {len(self.receivers)} receivers"

    def looked(self) -> str:
        """What was loaded."""
        again = f"; asked again: {', '.join(self.repeated)}" if self.repeated else ""
        return f"{self.url}: version {self.version}, receivers {', '.join(r.name for r in self.receivers)}{again}"

    def receivers_of(self, labels: dict[str, str]) -> tuple[str, ...]:
        """Where an alert with these labels goes."""
        try:
            return receivers(json.loads(self.routes), labels)
        except ValueError as problem:
            raise ProbeError("Alertmanager's routes", text(problem, 200)) from None

    def is_null(self, receiver: str) -> bool:
        """Whether what goes to a receiver goes nowhere."""
        return not any(each.name == receiver and each.integrations for each in self.receivers)


def look(visit: Visit) -> Alertmanager:
    """Read the configuration that is loaded. ProbeError when it can't be read."""
    from acceptance import asking, web

    table = visit.target.alertmanager
    assert table
    with web.client(visit) as using, asking.reading("Alertmanager"):
        api = asking.api(visit, "Alertmanager", table.url, using, table.credential)
        status = api.json("/api/v2/status")
        loaded = parse(str((status.get("config") or {}).get("original", "")))
        return Alertmanager(
            url=web.path_of(table.url),
            version=text((status.get("versionInfo") or {}).get("version", "unknown"), 40),
            receivers=tuple(
                Receiver(text(each.get("name", ""), 200), sum(len(v) for k, v in each.items() if _is_integration(k, v)))
                for each in loaded["receivers"]
            ),
            routes=json.dumps(loaded["route"], default=str)[:100_000],
            repeated=api.evidence(),
        )


def parse(source: str) -> Any:
    """The loaded configuration as a document. ProbeError when it holds no route or receivers."""
    try:
        document = yaml_of(source)
    except NoDocument as problem:
        raise ProbeError("Alertmanager's configuration", f"no YAML: {text(problem, 150)}") from None
    if not isinstance(document, dict) or not document.get("route") or not document.get("receivers"):
        raise ProbeError("Alertmanager's configuration", "it shows no route and receivers")
    return document


def _is_integration(key: str, value: object) -> bool:
    return key.endswith("_configs") and isinstance(value, list)
