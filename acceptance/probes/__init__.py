"""The table of probes: each way to look, by the name that tests ask for it. One entry a line, alphabetical."""

from __future__ import annotations

from acceptance.probes import (
    access_log,
    alert_path,
    alertmanager,
    balancer,
    browser,
    browser_facts,
    api,
    cdn,
    ci,
    ci_facts,
    cloud,
    cloud_facts,
    cors,
    echo,
    forgeries,
    grafana,
    guards,
    headers,
    health,
    hold,
    hosts,
    load,
    login,
    metrics,
    plain,
    prometheus,
    registry,
    release,
    tls,
    websocket,
    services,
    usage,
)
from acceptance.probes.probe import Probe as Probe
from acceptance.probes.probe import When as When

_ALL = (
    Probe("api_load", load.look, load.ApiLoad, access="load", when=When.ALONE, deadline_s=260, requests=250_000),
    Probe("ci", ci.look, ci_facts.Ci, access="ci", needs=("release",), deadline_s=60, requests=60),
    Probe("browser", browser.look, browser_facts.Browser, access="browser", deadline_s=90, requests=1500),
    Probe("api", api.look, api.Api, needs=("login",)),
    Probe("forgeries", forgeries.look, forgeries.Tokens, needs=("login",)),
    Probe("guards", guards.look, guards.Guards, needs=("login",), requests=260),
    Probe("websocket", websocket.look, websocket.Websocket, needs=("login",)),
    Probe("websocket_echo", echo.look, echo.Echo, needs=("login",), when=When.ALONE),
    Probe("websocket_hold", hold.look, hold.Holds, needs=("login",), deadline_s=90),
    Probe("cors", cors.look, cors.CorsAnswers),
    Probe("headers", headers.look, headers.Headers, requests=60),
    Probe("health", health.look, health.Health),
    Probe("login", login.look, login.Login),
    Probe("plain", plain.look, plain.Plain),
    Probe("status_at_end", health.look_status, health.StatusDocument, when=When.LAST),
    Probe("tls", tls.look, tls.Tls, deadline_s=90, requests=2_000),
    Probe("release", release.look, release.ReleaseFile),
    Probe("status_document", health.look_status, health.StatusDocument),
    Probe("access_log", access_log.look, access_log.AccessLog, access="access_log"),
    Probe(
        "alert_path", alert_path.look, alert_path.AlertPath, access="alertmanager", needs=("alertmanager",),
        deadline_s=150, requests=300,
    ),
    Probe("alertmanager", alertmanager.look, alertmanager.Alertmanager, access="alertmanager"),
    Probe("grafana", grafana.look, grafana.Grafana, access="grafana", requests=600, deadline_s=60),
    Probe(
        "metrics", metrics.look, metrics.Metrics, access="prometheus", needs=("prometheus",), when=When.ALONE,
        deadline_s=200, requests=900,
    ),
    Probe("hosts", hosts.look, hosts.Hosts, access="hosts", needs=("services",), deadline_s=60),
    Probe("prometheus", prometheus.look, prometheus.Prometheus, access="prometheus", requests=300),
    Probe(
        "registry", registry.look, registry.Registry, access="registry", needs=("release",), deadline_s=60, requests=1_000
    ),
    Probe("cloud", cloud.look, cloud_facts.Cloud, access="cloud", deadline_s=40, requests=500),
    Probe("cdn", cdn.look, cdn.Cdn, access="cdn"),
    Probe("balancer", balancer.look, balancer.Balancer, access="balancer", needs=("cloud",)),
    Probe("registry", registry.look, registry.Registry, access="registry", deadline_s=60, requests=1_000),
    Probe("services", services.look, services.Services, access="services", deadline_s=45),
    Probe("usage", usage.look, usage.Usage, access="hosts", deadline_s=320),
)  # fmt: skip
PROBES: dict[str, Probe] = {probe.name: probe for probe in _ALL}
