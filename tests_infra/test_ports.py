"""What must not be reachable outside. Facts: the connect scan of the target's own addresses."""

from acceptance import item


@item("INFRA-CLOUD-09")
def test_stores_and_metrics_are_closed_outside(ports):
    """Bind the port to the private network; reach it, and the host, by the VPN or bastion."""
    assert not ports.sensitive_open()
    assert not ports.entered_beside_the_jump_host()


@item("INFRA-NET-04")
def test_tls_ends_at_the_edge(ports, tls):
    """Publish the backend's port on 127.0.0.1 only, and give the edge a certificate for every name."""
    assert not ports.backends_open()
    assert not tls.names_not_covered()
