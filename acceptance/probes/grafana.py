"""Whether Grafana's dashboards show data: every panel's own queries, asked through Grafana's query API."""

from __future__ import annotations

import re
from dataclasses import field
from typing import TYPE_CHECKING, Any

from acceptance.facts import ProbeError, Unseen, facts, offenders, text
from acceptance.visit import Visit

if TYPE_CHECKING:
    from acceptance.asking import Api

PANELS = 200  # of one dashboard
OF_ANOTHER_PANEL = "-- Dashboard --"  # Grafana's own source: the answer of another panel


@facts
class Panel:
    """One panel: how many values its queries gave for the last hour, and the first error of its data source."""

    dashboard: str
    title: str
    values: int
    error: str

    def __repr__(self) -> str:
        return f"{self.dashboard} / {self.title}: {self.values} values {self.error}"[:200]


@facts
class Grafana:
    """The listed dashboards."""

    url: str
    panels: tuple[Panel | Unseen, ...]
    dashboards: tuple[str, ...]
    repeated: tuple[str, ...] = field(default=())

    def __repr__(self) -> str:
        return f"Grafana with {len(self.dashboards)} dashboards, {len(self.panels)} panels"

    def looked(self) -> str:
        """How much was asked."""
        again = f"; asked again: {', '.join(self.repeated)}" if self.repeated else ""
        names = ", ".join(self.dashboards)
        return f"{self.url}: {len(self.panels)} panels of {names}, last hour, by the query API{again}"[:300]

    def panels_without_data(self) -> tuple[Panel, ...]:
        """Panels that show nothing, or an error."""
        unseen = [each for each in self.panels if isinstance(each, Unseen)]
        return offenders([p for p in self.panels if isinstance(p, Panel) and (p.error or not p.values)], unseen)


def look(visit: Visit) -> Grafana:
    """Ask each panel of each listed dashboard. ProbeError when there is none, or Grafana's database is not well."""
    from acceptance import asking, web

    table = visit.target.grafana
    assert table
    with web.client(visit) as using, asking.reading("Grafana"):
        api = asking.api(visit, "Grafana", table.url, using, table.credential)
        if (health := api.json("/api/health")).get("database") != "ok":
            raise ProbeError("Grafana", f"its database is {health.get('database')!r:.40}")
        default = next((d["uid"] for d in api.json("/api/datasources", kind=list) if d.get("isDefault")), "")
        panels: list[Panel | Unseen] = []
        titles: list[str] = []
        for uid in table.dashboards:
            dashboard = api.json(f"/api/dashboards/uid/{uid}").get("dashboard") or {}
            titles.append(text(dashboard.get("title") or uid, 100))
            asking_ = with_queries(dashboard)
            if len(asking_) > PANELS:
                raise ProbeError("Grafana dashboards", f"{titles[-1]} has more than the {PANELS} panels that are asked")
            found = [_panel(api, titles[-1], panel, default, variables(dashboard)) for panel in asking_]
            panels += found or [Panel(titles[-1], "no panel with a query", 0, "")]
        if not panels:
            raise ProbeError("Grafana dashboards", "[grafana] dashboards names none")
        return Grafana(web.path_of(table.url), tuple(panels), tuple(titles), api.evidence())


def with_queries(dashboard: dict[str, Any]) -> list[dict[str, Any]]:
    """Panels that ask something, those within rows too; one that shows another panel's answer asks nothing."""
    found: list[dict[str, Any]] = []
    for panel in dashboard.get("panels") or ():
        found += [*with_queries(panel), panel] if panel.get("type") == "row" else [panel]
    return [panel for panel in found if any(_asks(panel, target) for target in panel.get("targets") or ())]


def _asks(panel: dict[str, Any], target: dict[str, Any]) -> bool:
    return not target.get("hide") and _source(panel, target) != OF_ANOTHER_PANEL


def _source(panel: dict[str, Any], target: dict[str, Any]) -> str:
    """The uid of a query's data source, "" for the default one."""
    source = target.get("datasource") or panel.get("datasource") or {}
    return str((source.get("uid") if isinstance(source, dict) else source) or "")


def variables(dashboard: dict[str, Any]) -> dict[str, str]:
    """Values that the dashboard's variables have now, as a query takes them."""
    found: dict[str, str] = {}
    for each in (dashboard.get("templating") or {}).get("list") or ():
        value = (each.get("current") or {}).get("value", "")
        values = [str(v) for v in (value if isinstance(value, list) else [value])]
        found[str(each.get("name"))] = ".*" if "$__all" in values else "|".join(values)
    return found


def filled(query: str, values: dict[str, str]) -> str:
    """A query with the dashboard's variables in their places; Grafana's own `$__` ones stay."""

    def value(match: re.Match[str]) -> str:
        return values.get(match[1] or match[2], match[0])

    return re.sub(r"\$\{(\w+)(?::\w+)?\}|\$(\w+)", value, query)


def _panel(api: Api, dashboard: str, panel: dict[str, Any], default: str, values: dict[str, str]) -> Panel | Unseen:
    title = text(panel.get("title") or f"panel {panel.get('id')}", 100)
    queries = []
    for target in panel["targets"]:
        if _asks(panel, target):
            uid = _source(panel, target)
            query = {key: filled(v, values) if isinstance(v, str) else v for key, v in target.items()}
            queries.append({**query, "datasource": {"uid": filled(uid or default, values)}, "intervalMs": 60_000})
    asked = {"queries": queries, "from": "now-1h", "to": "now"}
    response = api.ask("POST", "/api/ds/query", json=asked, harmless="a query reads")
    from acceptance import web
    from acceptance.asking import refusal

    document = web.as_json(response)
    results = document.get("results") if isinstance(document, dict) else None
    if not isinstance(results, dict) and response.status_code in (400, 404):  # no such source, or no such query
        return Panel(dashboard, title, 0, refusal(response))
    if not isinstance(results, dict):  # a data source's own error comes with results, and a status of 4xx or 5xx
        return Unseen(f"panel {dashboard} / {title}", refusal(response))
    errors = [text(each["error"], 150) for each in results.values() if each.get("error")]
    shown = sum(_values(frame) for each in results.values() for frame in each.get("frames") or ())
    return Panel(dashboard, title, shown, errors[0] if errors else "")


def _values(frame: dict[str, Any]) -> int:
    """Values in a frame that are not null, its time column left out."""
    types = [each.get("type") for each in (frame.get("schema") or {}).get("fields") or ()]
    columns = (frame.get("data") or {}).get("values") or []
    return sum(
        sum(v is not None for v in column) for kind, column in zip(types, columns, strict=False) if kind != "time"
    )
