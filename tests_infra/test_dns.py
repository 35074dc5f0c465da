"""Public names and addresses, as several resolvers and the zone's own servers give them. Facts: probe dns."""

from acceptance import item


@item("INFRA-HOST-10")
def test_public_names_resolve_to_the_servers(dns):
    """Correct the record; a resolver that still gives the old address needs its TTL to pass."""
    assert not dns.pointing_elsewhere()


@item("INFRA-HOST-11")
def test_reverse_dns_leads_back(dns):
    """Have the provider set the PTR record to a public name of that address."""
    assert not dns.pointers_wrong()


@item("INFRA-NET-01")
def test_records_point_at_the_production_servers(dns):
    """Correct the record that is named."""
    assert not dns.pointing_elsewhere()


@item("INFRA-NET-02")
def test_all_resolvers_agree(dns):
    """Wait for the TTL, and look why a secondary server has not taken the zone."""
    assert not dns.disagreeing()
