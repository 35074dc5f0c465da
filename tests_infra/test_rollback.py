"""Whether the deployment must be taken back: services that stay down, monitoring, how many services are unwell."""

from acceptance import item


@item("INFRA-ROLL-02")
def test_no_service_has_been_down_for_15_minutes(outages):
    """Roll back at once; the service's own log says why it is down."""
    assert not outages.longer_than(minutes=15)


@item("INFRA-ROLL-04", of="INFRA-MON-01 INFRA-MON-03 INFRA-MON-06")
def test_monitoring_works(judged):
    """Mend the monitoring before you trust that all is well."""
    assert not judged.red()


@item("INFRA-ROLL-05", of="INFRA-HEALTH-*")
def test_no_more_than_1_service_is_unhealthy(judged):
    """Roll back: more than one service is unwell."""
    assert not judged.red_beyond(1)


@item("INFRA-ROLL-06", of="INFRA-START-04 PERF-USE-01 PERF-USE-02 FUNC-API-02")
def test_no_service_is_degraded(judged, containers):
    """Mend it forward: restart, scale or raise the limit of what is named."""
    assert not judged.red()
    assert not containers.restarted_within(hours=24)


@item("INFRA-BACK-08")
def test_monitoring_went_on_for_30_minutes(watch_after_rollback):
    """Run `acceptance watch` for half an hour after the rollback; what was seen before it does not count."""
    assert not watch_after_rollback.holes(every_minutes=5, for_hours=30 / 60)
