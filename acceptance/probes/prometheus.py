"""What Prometheus sees: its targets, rules and samples, by its own API."""

from __future__ import annotations

import math
import re
from dataclasses import field
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

from acceptance.facts import ProbeError, Unseen, facts, offenders, seen, text
from acceptance.visit import Visit

if TYPE_CHECKING:
    from acceptance.asking import Api

INTERVAL = re.compile(r"([0-9]{1,9})(ms|[smhdwy])")
UNITS_S = {"ms": 0.001, "s": 1, "m": 60, "h": 3600, "d": 86400, "w": 604800, "y": 31536000}
ERRORS = re.compile(r"5\.\.|5\[0-9\]|5xx|error|fail|exception", re.IGNORECASE)
KEPT = 5_000  # targets, and rules, that are looked at; more is said, not cut


@facts
class Scraped:
    """One scrape target as Prometheus sees it."""

    job: str
    instance: str
    health: str
    error: str
    scraped_ago_s: float
    interval_s: float

    def __repr__(self) -> str:
        return f"{self.job} {self.instance}: {self.health}, scraped {self.scraped_ago_s:.0f} s ago {self.error}"[:200]


@facts
class Rule:
    """One rule that is loaded. `metrics_without_series` are names in its query that nothing exposes, or not so labelled."""

    name: str
    alerting: bool
    query: str
    health: str
    error: str
    labels: dict[str, str]
    metrics_without_series: tuple[str, ...] | Unseen = ()

    def __repr__(self) -> str:
        return f"rule {self.name}: {self.health} {self.error}"[:200]


@facts
class Series:
    """Samples of a query in the last hour. `distinct`: values of its liveliest series; `newest_ago_s`: None without any."""

    name: str
    query: str
    samples: int
    distinct: int
    newest_ago_s: float | None
    lowest_now: float | None

    def __repr__(self) -> str:
        ago = "never" if self.newest_ago_s is None else f"{self.newest_ago_s:.0f} s ago"
        return f"{self.name}: {self.samples} samples, {self.distinct} values, newest {ago}, now {self.lowest_now}"


@facts
class Prometheus:
    """Everything that was asked of one Prometheus."""

    url: str
    jobs: dict[str, str]  # by service, "" where the target names none
    mongodb_job: str
    targets: tuple[Scraped, ...]
    rules: tuple[Rule, ...]
    alertmanagers: int
    mongodb: Series | Unseen
    business: tuple[Series | Unseen, ...]
    repeated: tuple[str, ...] = field(default=())

    def __repr__(self) -> str:
        return f"Prometheus with {len(self.targets)} targets, {len(self.rules)} rules"

    def looked(self) -> str:
        """How much was seen."""
        again = f"; asked again: {', '.join(self.repeated)}" if self.repeated else ""
        return (
            f"{self.url}: {len(self.targets)} targets, {len(self.rules)} rules, {len(self.business)} business metrics,"
            f" {self.alertmanagers} Alertmanagers{again}"
        )

    def targets_down(self) -> tuple[Scraped, ...]:
        """Targets that the last scrape did not reach."""
        return tuple(each for each in self.targets if each.health != "up")

    def targets_stale(self, intervals: float) -> tuple[Scraped, ...]:
        """Targets whose last scrape is longer ago than so many of their intervals."""
        return tuple(each for each in self.targets if each.scraped_ago_s > intervals * each.interval_s)

    def services_unwatched(self) -> tuple[str, ...]:
        """Services of which no target is up."""
        if not self.jobs:
            raise ProbeError("the services' metrics", "the target has no [services] and no [prometheus] jobs")
        up = {each.job for each in self.targets if each.health == "up"}
        return tuple(
            f"{service}: {f'no target of job {job} is up' if job else '[prometheus] jobs names no job for it'}"
            for service, job in self.jobs.items()
            if job not in up
        )

    def mongodb_unwatched(self) -> tuple[str, ...]:
        """Why MongoDB is not monitored: exporter down, or its series absent, old, or saying that the server is down."""
        found = [repr(each) for each in self.targets if each.job == self.mongodb_job and each.health != "up"]
        if not any(each.job == self.mongodb_job for each in self.targets):
            found.append(f"no target of job {self.mongodb_job}")
        if found:
            return tuple(found)
        series = seen(self.mongodb)
        if series.newest_ago_s is None or series.newest_ago_s > 120 or series.lowest_now != 1:
            found.append(repr(series))
        return tuple(found)

    def business_metrics_without_life(self, newer_than_s: float) -> tuple[Series, ...]:
        """Business metrics with no fresh sample, or the same value all hour."""
        if not self.business:
            raise ProbeError("business metrics", "[prometheus] business names none")
        unseen = [each for each in self.business if isinstance(each, Unseen)]
        dead = [
            each
            for each in self.business
            if isinstance(each, Series)
            and (each.newest_ago_s is None or each.newest_ago_s > newer_than_s or each.distinct < 2)
        ]
        return offenders(dead, unseen)

    @property
    def alerts(self) -> tuple[Rule, ...]:
        """The alerting rules."""
        return tuple(rule for rule in self.rules if rule.alerting)

    def rules_unhealthy(self) -> tuple[Rule, ...]:
        """Rules that could not be evaluated, or never were."""
        return tuple(rule for rule in self.rules if rule.health != "ok")

    def error_alerts_that_watch(self) -> tuple[str, ...]:
        """Names of healthy alerts on errors whose metrics exist."""
        errors = [rule for rule in self.alerts if ERRORS.search(rule.query)]
        return tuple(rule.name for rule in errors if rule.health == "ok" and not seen(rule.metrics_without_series))


def look(visit: Visit) -> Prometheus:
    """Ask for targets, rules, Alertmanagers and the samples of the last hour. ProbeError when nothing is scraped."""
    from acceptance import asking, web

    table = visit.target.prometheus
    assert table
    with web.client(visit) as using, asking.reading("Prometheus"):
        api = asking.api(visit, "Prometheus", table.url, using, table.credential)
        targets = _data(api, "/api/v1/targets?state=active").get("activeTargets") or []
        if not targets:
            raise ProbeError("Prometheus targets", "it scrapes nothing")
        if len(targets) > KEPT:
            raise ProbeError("Prometheus targets", f"{len(targets)} are more than the {KEPT} that are looked at")
        now = datetime.fromtimestamp(float(_data(api, "/api/v1/query?query=time()")["result"][0]), UTC)  # its own clock
        groups = _data(api, "/api/v1/rules").get("groups") or []
        rules = [rule for group in groups for rule in group.get("rules") or []]
        if len(rules) > KEPT:
            raise ProbeError("Prometheus rules", f"{len(rules)} are more than the {KEPT} that are looked at")
        sends_to = _data(api, "/api/v1/alertmanagers").get("activeAlertmanagers") or []
        return Prometheus(
            url=web.path_of(table.url),
            jobs={name: table.jobs.get(name, "") for name in (*table.jobs, *visit.target.services)},
            mongodb_job=table.mongodb_job,
            targets=tuple(_scraped(each, now) for each in targets),
            rules=tuple(_rule(api, rule) for rule in rules),
            alertmanagers=len(sends_to),
            mongodb=_series(api, "MongoDB's exporter", table.mongodb_up, now),
            business=tuple(_series(api, name, query, now) for name, query in table.business.items()),
            repeated=api.evidence(),
        )


def interval_s(value: str) -> float:
    """Seconds of a duration as Prometheus writes it: 15s, 1m30s. ProbeError when it is none."""
    parts = INTERVAL.findall(value)
    if not parts or "".join(number + unit for number, unit in parts) != value:
        raise ProbeError("a scrape interval", f"{value[:40]!r} is no duration")
    return float(sum(int(number) * UNITS_S[unit] for number, unit in parts))


def _data(api: Api, path: str) -> Any:
    document = api.json(path)
    if document.get("status") != "success" or not isinstance(document.get("data"), dict):
        raise ProbeError(f"Prometheus {path.partition('?')[0]}", text(document.get("error") or "no data", 200))
    return document["data"]


def _scraped(target: dict[str, Any], now: datetime) -> Scraped:
    labels = target.get("labels") or {}
    try:
        at = datetime.fromisoformat(str(target["lastScrape"]))
    except (KeyError, ValueError):
        raise ProbeError("Prometheus targets", f"{labels.get('job')} has no time of its last scrape") from None
    return Scraped(
        job=text(labels.get("job", ""), 100),
        instance=text(labels.get("instance", ""), 200),
        health=text(target.get("health", ""), 20),
        error=text(target.get("lastError", ""), 200),
        scraped_ago_s=(now - at).total_seconds(),
        interval_s=interval_s(str(target.get("scrapeInterval", ""))),
    )


def _rule(api: Api, rule: dict[str, Any]) -> Rule:
    alerting, query = rule.get("type") == "alerting", text(rule.get("query", ""), 1000)
    watches_errors = alerting and ERRORS.search(query)
    return Rule(
        name=text(rule.get("name", ""), 200),
        alerting=alerting,
        query=query,
        health=text(rule.get("health", ""), 20),
        error=text(rule.get("lastError", ""), 200),
        labels={text(k, 100): text(v, 200) for k, v in (rule.get("labels") or {}).items()},
        metrics_without_series=_absent(api, query) if watches_errors else (),
    )


def _absent(api: Api, query: str) -> tuple[str, ...] | Unseen:
    """Metrics of a query that have no series now, or none with a label that the query wants."""
    from urllib.parse import quote

    from acceptance.grading.promql import selectors

    def exists(wanted: str) -> bool:
        return bool(_data(api, f"/api/v1/query?query={quote(f'count({wanted})')}").get("result"))

    missing: list[str] = []
    if not (named := selectors(query)):
        return Unseen("metrics of a rule", f"its query names none: {text(query, 80)}")
    try:
        for each in named:
            if not exists(each.metric):
                missing.append(each.metric)
            else:
                missing += [
                    f"{each.metric}{{{name}}}" for name in each.labels if not exists(f'{each.metric}{{{name}!=""}}')
                ]
    except ProbeError as problem:
        return Unseen(problem.what, problem.why)
    return tuple(missing)


def _series(api: Api, name: str, query: str, now: datetime) -> Series | Unseen:
    """The last hour of a query, one sample a minute; the newest by Prometheus's own time stamp."""
    from urllib.parse import quote

    end = now.timestamp()
    asked = f"/api/v1/query_range?query={quote(query)}&start={end - 3600:.0f}&end={end:.0f}&step=60"
    try:
        result = _data(api, asked).get("result") or []
        stamps = _data(api, f"/api/v1/query?query={quote(f'max(timestamp({query}))')}").get("result") or []
        values = [[float(value) for _, value in each.get("values") or []] for each in result]
        newest = [float(each["value"][1]) for each in stamps]
        instant = _data(api, f"/api/v1/query?query={quote(query)}").get("result") or []
        current = [float(each["value"][1]) for each in instant]
    except ProbeError as problem:
        return Unseen(name, f"{problem.what}: {problem.why}")
    except (KeyError, ValueError, TypeError, IndexError) as problem:
        return Unseen(name, f"the answer has no samples of the usual form: {problem!r:.100}")
    finite = [[value for value in each if math.isfinite(value)] for each in values]
    return Series(
        name=text(name, 100),
        query=text(query, 300),
        samples=sum(map(len, finite)),
        distinct=max((len(set(each)) for each in finite), default=0),
        newest_ago_s=end - max(newest) if newest else None,
        lowest_now=min(current) if current and all(map(math.isfinite, current)) else None,
    )
