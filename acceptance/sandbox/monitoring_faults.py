"""How the sandbox's monitoring can be broken."""

from __future__ import annotations

from acceptance.sandbox.fault import Fault

_QUICK = tuple(
    Fault(name, "monitoring", change, breaks)
    for name, change, breaks in (
        ("scrape-target-down", "one of two engine instances can't be scraped", ("INFRA-MON-01", "INFRA-GATE-06")),
        ("scrape-late", "a target was last scraped 5 intervals ago", ("INFRA-MON-01",)),
        ("service-unwatched", "no scrape job for redis", ("INFRA-MON-03",)),
        (
            "mongodb-exporter-down",
            "MongoDB's exporter can't be scraped",
            ("INFRA-MON-01", "INFRA-MON-03", "INFRA-MONGO-16", "INFRA-GATE-06"),
        ),
        ("mongodb-down-says-exporter", "the exporter is up, and says that MongoDB is not", ("INFRA-MONGO-16",)),
        ("rules-not-mounted", "no rule is loaded", ("INFRA-MON-06", "INFRA-LOG-05", "INFRA-GATE-06")),
        ("rule-unhealthy", "a rule's evaluation fails", ("INFRA-MON-06",)),
        ("null-receiver", "critical alerts go to a receiver that does nothing", ("INFRA-MON-06", "INFRA-GATE-06")),
        (
            "critical-alerts-silenced",
            "a silence of ten years takes every critical alert",
            ("INFRA-MON-06", "INFRA-MON-07", "INFRA-GATE-06"),
        ),
        ("no-alertmanager", "Prometheus knows no Alertmanager", ("INFRA-MON-06", "INFRA-GATE-06")),
        ("no-error-alert", "no rule watches errors", ("INFRA-LOG-05",)),
        ("error-alert-without-series", "the alert on errors watches a metric that nothing exposes", ("INFRA-LOG-05",)),
        ("error-alert-on-unknown-label", "the alert on errors wants a label that no series has", ("INFRA-LOG-05",)),
        ("business-metric-constant", "a business metric shows one value all hour", ("INFRA-MON-05",)),
        ("business-metric-old", "a business metric's last sample is 20 min old", ("INFRA-MON-05",)),
        ("panel-without-data", "a panel's query gives nothing", ("INFRA-MON-02",)),
        ("datasource-error", "Grafana's data source refuses the query", ("INFRA-MON-02",)),
    )
)
# only these are seen by the probes that take long: the test alert, and the one that waits for scrapes
_SLOW = tuple(
    Fault(name, "monitoring", change, breaks, seen_by)
    for name, change, breaks, seen_by in (
        (
            "alert-never-arrives",
            "Alertmanager takes the alert and delivers nothing",
            ("INFRA-MON-07", "INFRA-GATE-06"),
            ("alert_path",),
        ),
        (
            "test-alert-goes-to-people",
            "no route takes the test alert out: it goes to the team's mail",
            ("INFRA-MON-07", "INFRA-GATE-06"),
            ("alert_path",),
        ),
        ("alert-never-resolved", "Alertmanager never tells that the alert is over", ("INFRA-MON-07",), ("alert_path",)),
        ("constant-request-counter", "the request counter does not move", ("INFRA-MON-04",), ("metrics",)),
        ("inflated-request-counter", "the request counter counts each request twice", ("INFRA-MON-04",), ("metrics",)),
        ("memory-metric-wrong", "the memory metric is of another process", ("INFRA-MON-04",), ("metrics",)),
        ("cpu-metric-wrong", "the CPU metric is of another process", ("INFRA-MON-04",), ("metrics",)),
        (
            "no-access-log",
            "the edge writes no access log",
            ("INFRA-LOG-06", "INFRA-MON-04"),
            ("access_log", "metrics"),
        ),
    )
)
FAULTS: tuple[Fault, ...] = (*_QUICK, *_SLOW)
