"""Whether Bot Core is watched, and somebody hears of it. Facts: the APIs of Prometheus, Grafana, Alertmanager."""

from acceptance import item


@item("INFRA-MON-01")
def test_prometheus_scrapes_every_target(prometheus):
    """Bring each target that is down back, or take it out of the scrape configuration."""
    assert not prometheus.targets_down()
    assert not prometheus.targets_stale(intervals=2)


@item("INFRA-MON-02")
def test_dashboards_show_data(grafana):
    """Mend the panel's query or its data source; a panel that is no longer needed goes out."""
    assert not grafana.panels_without_data()


@item("INFRA-MON-03")
def test_every_service_is_monitored(prometheus):
    """Add a scrape job for the service, and name it in [prometheus] jobs."""
    assert not prometheus.services_unwatched()


@item("INFRA-MON-04")
def test_metrics_agree_with_reality(metrics, metrics_beside_docker):
    """Count every request once, in the service that answers it; let memory and CPU be those of the container."""
    assert metrics.counted >= metrics.sent
    assert metrics.counted <= metrics.counted_at_most
    assert not metrics_beside_docker.apart(points=10)


@item("INFRA-MON-05")
def test_business_metrics_are_visible(prometheus):
    """Let the service set the metric whenever the value changes."""
    assert not prometheus.business_metrics_without_life(newer_than_s=300)


@item("INFRA-MON-06")
def test_alerts_are_configured(prometheus, alerting):
    """Mount the rule files, route every alert to a receiver that tells somebody, and end silences of severe ones."""
    assert not prometheus.rules_unhealthy()
    assert not alerting.gaps()


@item("INFRA-MON-07")
def test_a_test_alert_arrives(sent_alert, alertmanager):
    """Follow the alert: Alertmanager's log names the delivery that failed. End the silence that takes critical alerts."""
    assert sent_alert.by_this_run
    assert sent_alert.arrived_within(60)
    assert sent_alert.resolved
    assert not alertmanager.silencing_critical()


@item("INFRA-LOG-05")
def test_error_logs_are_watched(prometheus):
    """Load an alert on the rate of errors whose metric exists."""
    assert prometheus.error_alerts_that_watch()


@item("INFRA-LOG-06")
def test_access_logs_are_written(access_log):
    """Turn the edge's access log on, and let it name the user agent."""
    assert access_log.ours >= 1


@item("INFRA-MONGO-16")
def test_mongodb_is_monitored(prometheus):
    """Run MongoDB's exporter with a user that may read the server's status."""
    assert not prometheus.mongodb_unwatched()


@item("INFRA-GATE-06")
def test_monitoring_and_alerting_are_active(prometheus, alerting, last_alert):
    """See INFRA-MON-01, INFRA-MON-06 and INFRA-MON-07."""
    assert not prometheus.targets_down()
    assert not alerting.gaps()
    assert last_alert.arrived_within(60)
    assert last_alert.days_ago <= 7
