"""Services: the container's own flag and the service's own protocol must agree."""

import pytest

from acceptance import item


@pytest.mark.parametrize("service", [
    pytest.param("rust-core-engine", marks=item("INFRA-HEALTH-01")),
    pytest.param("python-ai-service", marks=item("INFRA-HEALTH-02")),
    pytest.param("nextjs-ui-dashboard", marks=item("INFRA-HEALTH-03")),
    pytest.param("mongodb", marks=item("INFRA-HEALTH-04")),
    pytest.param("redis", marks=item("INFRA-HEALTH-05")),
    pytest.param("rabbitmq", marks=item("INFRA-HEALTH-06")),
])  # fmt: skip
def test_service_is_healthy(service_health, service):
    """Read the service's log and its health log (docker inspect); a check that can't fail proves nothing."""
    assert not service_health.against(service)


@item("INFRA-GATE-01")
def test_all_services_are_healthy(service_health, status_document):
    """Mend the service that the dissenting sign names."""
    assert not service_health.dissent(status_document)
