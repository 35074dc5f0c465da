"""The cloud account as the target names it. Facts: AWS's own APIs, or Terraform's state; acceptance/probes/cloud.py."""

from acceptance import item


@item("INFRA-CLOUD-01")
def test_account_is_the_one_that_the_target_names(cloud):
    """Give the suite a key of the production account."""
    assert not cloud.account_faults()


@item("INFRA-CLOUD-02")
def test_network_ranges_are_private_and_apart(cloud):
    """Choose a private range that no connected network uses."""
    assert not cloud.network_faults()


@item("INFRA-CLOUD-03")
def test_public_and_private_subnets_in_two_zones(cloud):
    """Add the missing kind of subnet, in a second zone."""
    assert not cloud.subnet_faults()
    assert cloud.subnet_zones >= 2


@item("INFRA-CLOUD-04")
def test_only_web_ports_are_open_to_the_world(cloud):
    """Narrow the rule's source to the network that needs it."""
    assert not cloud.ports_open_beyond(80, 443)


@item("INFRA-CLOUD-05")
def test_public_names_point_at_static_addresses(cloud):
    """Allocate the address and bind it, or make the name an alias of the balancer."""
    assert not cloud.addresses_not_static()


@item("INFRA-CLOUD-06")
def test_balancer_is_active_and_its_targets_healthy(cloud):
    """Mend the target that is unhealthy; give the balancer a subnet in a second zone."""
    assert not cloud.balancer_faults()


@item("INFRA-CLOUD-07")
def test_groups_can_grow_and_shrink(cloud):
    """Set a maximum above the minimum and the balancer's health check; replace the instance."""
    assert not cloud.group_faults()


@item("INFRA-CLOUD-08")
def test_a_cdn_serves_the_assets(cdn):
    """Put the CDN before the assets, and let them be cached."""
    assert cdn.is_served_by_cdn
    assert cdn.second_was_a_hit


@item("INFRA-NET-03")
def test_balancer_finds_every_backend_healthy(balancer):
    """Mend the backend, or add the one that the balancer does not know."""
    assert not balancer.backends_unhealthy()


@item("INFRA-GATE-10")
def test_a_cdn_is_configured(cdn):
    """See INFRA-CLOUD-08."""
    assert cdn.is_served_by_cdn
    assert cdn.second_was_a_hit


@item("INFRA-GATE-11")
def test_auto_scaling_is_configured(cloud):
    """See INFRA-CLOUD-07."""
    assert not cloud.group_faults()
