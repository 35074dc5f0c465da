"""Prometheus, Grafana, Alertmanager: the probes against doubles, healthy and broken; boundaries on facts."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import replace
from datetime import timedelta
from functools import partial
from pathlib import Path
from typing import Any

import httpx
import pytest

from acceptance import asking
from acceptance.facts import ProbeError, Unseen, dump, load
from acceptance.joins import alerting
from acceptance.judge import catalogue, judge, resolve
from acceptance.probes import PROBES, alert_path, alertmanager, grafana, prometheus
from acceptance.probes.alert_path import AlertPath
from acceptance.probes.alertmanager import Alertmanager
from acceptance.probes.grafana import Grafana, Panel
from acceptance.probes.prometheus import Prometheus, Series
from acceptance.sandbox import monitoring
from acceptance.sandbox.double import Reply, Request, serve
from acceptance.sandbox.world import World
from acceptance.verdict import Status
from acceptance.visit import Visit
from selftests.test_asking import visit


@pytest.fixture
def world(tmp_path: Path) -> World:
    return World(tmp_path)


@pytest.fixture
def here(world: World, tmp_path: Path) -> Visit:
    tables = monitoring.start(world)
    tables.pop("doubles")
    return visit(tmp_path, allow=frozenset({"writes"}), **tables)


def there_and_back(probe: str, value: Any) -> Any:
    return load(PROBES[probe].facts, dump(value))


def saw(here: Visit) -> tuple[Prometheus, Alertmanager, Grafana]:
    return (
        there_and_back("prometheus", prometheus.look(here)),
        there_and_back("alertmanager", alertmanager.look(here)),
        there_and_back("grafana", grafana.look(here)),
    )


def test_healthy(here: Visit) -> None:
    watched, router, shown = saw(here)
    assert not watched.targets_down()
    assert not watched.targets_stale(intervals=2)
    assert not watched.services_unwatched()
    assert not watched.mongodb_unwatched()
    assert not watched.business_metrics_without_life(newer_than_s=300)
    assert not watched.rules_unhealthy()
    assert watched.error_alerts_that_watch() == ("ManyErrors",)
    assert not alerting(watched, router).gaps()
    assert not shown.panels_without_data()
    assert [panel.title for panel in shown.panels if not isinstance(panel, Unseen)] == ["Up", "p99"]


@pytest.mark.parametrize(
    ("fault", "wrong"),
    [
        ("scrape-target-down", lambda p, a, g: p.targets_down()),
        ("scrape-late", lambda p, a, g: p.targets_stale(intervals=2)),
        ("service-unwatched", lambda p, a, g: p.services_unwatched()),
        ("mongodb-exporter-down", lambda p, a, g: p.mongodb_unwatched()),
        ("mongodb-down-says-exporter", lambda p, a, g: p.mongodb_unwatched()),
        ("rules-not-mounted", lambda p, a, g: alerting(p, a).gaps()),
        ("rule-unhealthy", lambda p, a, g: p.rules_unhealthy()),
        ("null-receiver", lambda p, a, g: alerting(p, a).gaps()),
        ("no-alertmanager", lambda p, a, g: alerting(p, a).gaps()),
        ("no-error-alert", lambda p, a, g: not p.error_alerts_that_watch()),
        ("error-alert-without-series", lambda p, a, g: not p.error_alerts_that_watch()),
        ("error-alert-on-unknown-label", lambda p, a, g: not p.error_alerts_that_watch()),
        ("business-metric-constant", lambda p, a, g: p.business_metrics_without_life(newer_than_s=300)),
        ("business-metric-old", lambda p, a, g: p.business_metrics_without_life(newer_than_s=300)),
        ("panel-without-data", lambda p, a, g: g.panels_without_data()),
        ("datasource-error", lambda p, a, g: g.panels_without_data()),
    ],
)
def test_broken(world: World, here: Visit, fault: str, wrong: Callable[..., object]) -> None:
    world.faults.add(fault)
    assert wrong(*saw(here))


def path(here: Visit) -> AlertPath:
    return alert_path.look(replace(here, needs={"alertmanager": alertmanager.look(here)}))


def test_the_alert_arrives_is_resolved_and_remembered(here: Visit) -> None:
    sent = path(here)
    assert sent.arrived_within(60)
    assert sent.resolved
    later = alert_path.look(replace(here, allow=frozenset()))
    assert not later.by_this_run
    assert later.days_ago == 0
    assert later.arrived_within(60)


def test_without_writes_and_without_an_earlier_alert_nothing_is_sent(world: World, here: Visit) -> None:
    with pytest.raises(ProbeError, match="--allow writes sends one"):
        alert_path.look(replace(here, allow=frozenset()))
    assert world.log_path.read_text() == ""


def settled(here: Visit, found: AlertPath) -> list[tuple[Status, str]]:
    """INFRA-MON-07 and INFRA-GATE-06 on a test alert; all else is healthy."""
    watched, router, _ = saw(here)
    facts = {"prometheus": watched, "alertmanager": router, "alert_path": there_and_back("alert_path", found)}
    return [
        judge(catalogue()[id], partial(resolve, facts=facts.__getitem__)) for id in ("INFRA-MON-07", "INFRA-GATE-06")
    ]


def test_an_alert_that_might_page_is_not_sent_but_pending(world: World, here: Visit) -> None:
    world.faults.add("test-alert-goes-to-people")
    found = path(here)
    assert world.log_path.read_text() == ""
    for status, why in settled(here, found):
        assert status is Status.PENDING
        assert "to team, not only to acceptance" in why


@pytest.mark.parametrize(("days_ago", "expected"), [(7.0, Status.PASS), (7.01, Status.FAIL)])
def test_an_alert_of_the_last_7_days_proves_the_way(here: Visit, days_ago: float, expected: Status) -> None:
    last = AlertPath("acceptance", here.now - timedelta(days=days_ago), 0.0, 3.0, True, days_ago, by_this_run=False)
    assert settled(here, last)[1][0] is expected


def test_an_earlier_alert_counts_where_none_may_be_sent(world: World, here: Visit) -> None:
    path(here)
    world.faults.add("test-alert-goes-to-people")
    assert [status for status, _ in settled(here, path(here))] == [Status.PENDING, Status.PASS]


def test_an_alert_that_may_disrupt_is_sent_all_the_same_and_does_not_arrive(world: World, here: Visit) -> None:
    world.faults.add("test-alert-goes-to-people")
    table = here.target.alertmanager
    assert table
    hasty = here.target.model_copy(update={"alertmanager": table.model_copy(update={"patience_s": 0.3})})
    found = path(replace(here, target=hasty, allow=frozenset({"writes", "disrupts"})))
    assert "POST alertmanager" in world.log_path.read_text()
    assert [status for status, _ in settled(here, found)] == [Status.FAIL, Status.FAIL]


@pytest.mark.parametrize(("fault", "arrives"), [("alert-never-arrives", False), ("alert-never-resolved", True)])
def test_the_alert_is_lost(world: World, here: Visit, fault: str, arrives: bool) -> None:
    world.faults.add(fault)
    table = here.target.alertmanager
    assert table
    hasty = here.target.model_copy(update={"alertmanager": table.model_copy(update={"patience_s": 0.3})})
    found = path(replace(here, target=hasty))
    assert found.arrived_within(60) is arrives
    assert not found.resolved


def test_a_minute_is_the_limit(here: Visit) -> None:
    sent = AlertPath("r", here.now, 60.0, 60.0, True, 7.0, True)
    assert sent.arrived_within(60)
    assert not replace(sent, arrived_after_s=60.1).arrived_within(60)


def test_unseen_samples_block_and_a_dead_metric_beats_them() -> None:
    dead = Series("orders", "orders", 0, 0, None, None)
    unseen = Unseen("value", "time-out")
    watched = Prometheus("p", {}, "mongodb", (), (), 1, unseen, (unseen,))
    with pytest.raises(ProbeError, match="time-out"):
        watched.business_metrics_without_life(newer_than_s=300)
    assert replace(watched, business=(unseen, dead)).business_metrics_without_life(newer_than_s=300) == (dead,)
    with pytest.raises(ProbeError, match="names none"):
        replace(watched, business=()).business_metrics_without_life(newer_than_s=300)


@pytest.mark.parametrize(("text", "seconds"), [("15s", 15), ("1m30s", 90), ("500ms", 0.5), ("1h", 3600)])
def test_durations(text: str, seconds: float) -> None:
    assert prometheus.interval_s(text) == seconds


@pytest.mark.parametrize("text", ["", "15", "s", "15 s", "-1s"])
def test_no_duration(text: str) -> None:
    with pytest.raises(ProbeError):
        prometheus.interval_s(text)


def test_grafana_fills_its_variables() -> None:
    values = grafana.variables({"templating": {"list": [{"name": "job", "current": {"value": ["$__all"]}}]}})
    assert grafana.filled('up{job=~"$job"}[$__interval]', values) == 'up{job=~".*"}[$__interval]'
    assert grafana.filled("${job:regex}", {"job": "a|b"}) == "a|b"


def test_a_stranger_at_grafana_is_a_failure_not_a_verdict(world: World, here: Visit) -> None:
    table = here.target.grafana
    assert table
    anonymous = here.target.model_copy(update={"grafana": table.model_copy(update={"credential": ""})})
    with pytest.raises(ProbeError, match="401"):
        grafana.look(replace(here, target=anonymous))


def test_garbage_instead_of_alertmanagers_configuration() -> None:
    for source in ("", "{", "[]", "route: {}"):
        with pytest.raises(ProbeError):
            alertmanager.parse(source)


def api_of(here: Visit, answer: Callable[[Request], Reply]) -> Iterator[asking.Api]:
    with httpx.Client(timeout=2, trust_env=False) as using:
        yield asking.Api("Prometheus", here, using, serve(answer))


@pytest.mark.parametrize(("second", "alive"), [((5.0, 5.0), False), ((5.0, 6.0), True), ((), False)])
def test_two_series_that_stand_still_at_two_values_are_no_life(
    here: Visit, second: tuple[float, ...], alive: bool
) -> None:
    series = [{"values": [[0, "3"], [60, "3"]]}, {"values": [[n, str(each)] for n, each in enumerate(second)]}]

    def answer(request: Request) -> Reply:
        found = series if request.path.endswith("query_range") else [{"value": [0, str(here.now.timestamp())]}]
        return Reply({"status": "success", "data": {"result": found}})

    for api in api_of(here, answer):
        seen = prometheus._series(api, "orders", "orders_open", here.now)
        watched = Prometheus("p", {}, "mongodb", (), (), 1, seen, (seen,))
        assert bool(watched.business_metrics_without_life(newer_than_s=300)) is not alive


@pytest.mark.parametrize(
    ("query", "missing"),
    [
        ('rate(http_requests_total{status=~"5.."}[5m]) > 0.05', ()),
        ("sum(errors_total) > 5", ("errors_total",)),
        ("errors_total > 5", ("errors_total",)),
        ('http_requests_total{code="500"} > 0', ("http_requests_total{code}",)),
    ],
)
def test_an_alert_watches_what_exists(here: Visit, query: str, missing: tuple[str, ...]) -> None:
    known = ("count(http_requests_total)", 'count(http_requests_total{status!=""})')

    def answer(request: Request) -> Reply:
        return Reply({"status": "success", "data": {"result": [{}] if request.query["query"] in known else []}})

    for api in api_of(here, answer):
        assert prometheus._absent(api, query) == missing
        assert isinstance(prometheus._absent(api, "vector(1)"), Unseen)


@pytest.mark.parametrize(
    ("source", "status", "fails"),
    [("gone", 404, True), ("gone", 400, True), ("gone", 403, False), ("prom", 502, False)],
)
def test_a_panel_whose_source_is_gone_shows_nothing(here: Visit, source: str, status: int, fails: bool) -> None:
    panel = {"title": "Errors", "targets": [{"refId": "A", "datasource": {"uid": source}}]}
    for api in api_of(here, lambda _: Reply({"message": "Data source not found"}, status, (("Retry-After", "0"),))):
        assert isinstance(grafana._panel(api, "d", panel, "", {}), Panel) is fails


def test_a_panel_that_shows_another_panels_answer_asks_nothing() -> None:
    borrowed = {"targets": [{"refId": "A", "datasource": {"uid": "-- Dashboard --"}}]}
    own = {"targets": [{"refId": "A", "hide": True}, {"refId": "B"}]}
    assert grafana.with_queries({"panels": [borrowed, {"type": "row", "panels": [own]}]}) == [own]
