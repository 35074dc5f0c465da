"""What Alertmanager would do with an alert: its loaded routes and receivers, by its own API."""

from __future__ import annotations

import json
import re
from dataclasses import field
from datetime import datetime
from typing import TYPE_CHECKING, Any

from acceptance.facts import ProbeError, Unseen, facts, seen, text
from acceptance.foreign import NoDocument, yaml_of
from acceptance.grading.routes import holds, receivers
from acceptance.visit import Visit

if TYPE_CHECKING:
    from acceptance.asking import Api

SILENCES = 1_000  # active ones that are read
CRITICAL = {"alertname": "AcceptanceTest", "severity": "critical"}  # what any critical alert has


@facts
class Receiver:
    """One receiver that is loaded, and how many integrations (mail, webhook, pager ...) it has."""

    name: str
    integrations: int


@facts
class Silence:
    """One that is active; `matchers` are (label, operator, value), as in a route."""

    id: str
    matchers: tuple[tuple[str, str, str], ...]
    ends: str

    def __repr__(self) -> str:
        said = ", ".join(f'{name}{operator}"{value}"' for name, operator, value in self.matchers)
        return f"silence {self.id[:8]} {{{said}}} until {self.ends}"[:200]

    def takes(self, labels: dict[str, str]) -> bool:
        """Whether every alert with these labels is silenced, whatever else it is labelled with."""
        try:
            return all(holds(operator, value, labels.get(name, "")) for name, operator, value in self.matchers)
        except re.error as problem:
            raise ProbeError(f"{self!r}", text(problem, 100)) from None


@facts
class Alertmanager:
    """The routing tree is kept as JSON text, its secrets already out."""

    url: str
    version: str
    receivers: tuple[Receiver, ...]
    routes: str
    repeated: tuple[str, ...] = field(default=())
    silences: tuple[Silence, ...] | Unseen = field(default=())

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

    def silencing(self, labels: dict[str, str]) -> tuple[Silence, ...]:
        """Active silences that keep every alert with these labels from its receivers."""
        return tuple(each for each in seen(self.silences) if each.takes(labels))

    def silencing_critical(self) -> tuple[str, ...]:
        """Active silences that take all critical alerts, of whatever name."""
        return tuple(f"{each!r} keeps critical alerts from everybody" for each in self.silencing(CRITICAL))

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
            silences=_silences(api),
        )


def _silences(api: Api) -> tuple[Silence, ...] | Unseen:
    """Those that are active now. Unseen when they can't be read, or are too many."""
    try:
        listed = api.json("/api/v2/silences", kind=list)
    except ProbeError as problem:
        return Unseen("Alertmanager's silences", problem.why)
    active = [each for each in listed if (each.get("status") or {}).get("state") == "active"]
    if len(active) > SILENCES:
        return Unseen("Alertmanager's silences", f"{len(active)} are active, {SILENCES} are read")
    return tuple(
        Silence(
            text(each.get("id", ""), 60),
            tuple(
                (text(m["name"], 200), _operator(m), text(m.get("value", ""), 1000)) for m in each.get("matchers") or ()
            ),
            text(datetime.fromisoformat(str(each.get("endsAt"))).strftime("%Y-%m-%d %H:%MZ"), 40),
        )
        for each in active
    )


def _operator(matcher: dict[str, Any]) -> str:
    return (
        ("=~" if matcher.get("isRegex") else "=")
        if matcher.get("isEqual", True)
        else ("!~" if matcher.get("isRegex") else "!=")
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
