"""Whether the deployment must be taken back: services that stay down, monitoring, how many services are unwell."""

from acceptance import item


@item("INFRA-ROLL-02")
def test_no_service_has_been_down_for_15_minutes(watch):
    """Roll back at once; the service's own log says why it is down."""
    assert not watch.down_for(minutes=15)
