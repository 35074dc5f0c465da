"""The machines themselves. Facts: the collector on every host, by its own daemons' word."""

from acceptance import item


@item("INFRA-HOST-01")
def test_memory_is_large_enough(machines):
    """Move to a larger machine."""
    assert not machines.memory_below(gb=16)


@item("INFRA-HOST-02")
def test_cpus_are_enough(machines):
    """Move to a machine with more CPUs, or lift the quota."""
    assert not machines.fewer_cpus_than(8)


@item("INFRA-HOST-03")
def test_storage_is_large_solid_and_free(machines, signed):
    """Grow or clean the data directory's disk; rotating disks are too slow. Name a virtual one's volume_type, or attest."""
    assert not machines.storage_below(gb=100, free_percent=20)
    assert not machines.disks_that_may_rotate() or signed.require()


@item("INFRA-HOST-04")
def test_network_link_is_fast(machines, signed):
    """Mend the link, or move to an instance type that has the bandwidth; of a virtual one somebody attests it."""
    assert not machines.links_slower_than(mbps=1000)
    assert not machines.links_without_speed() or signed.require()


@item("INFRA-HOST-05")
def test_operating_system_is_supported(machines):
    """Upgrade the operating system to an LTS in support."""
    assert not machines.systems_older_than("ubuntu", "22.04")


@item("INFRA-HOST-06")
def test_no_security_update_is_pending(machines):
    """Install the updates, then reboot where that is due."""
    assert not machines.updates_pending()


@item("INFRA-HOST-07")
def test_time_zone_is_utc(machines, containers, nothing_runs):
    """Set the time zone to UTC (timedatectl, TZ)."""
    assert not machines.zones_other_than("UTC")
    assert nothing_runs or not containers.zones_other_than("UTC")


@item("INFRA-HOST-08")
def test_clock_is_synchronised(machines):
    """Start chrony, and look at its sources."""
    assert not machines.clocks_off_by(seconds=1)


@item("INFRA-HOST-09")
def test_host_name_is_set_and_resolves(machines):
    """Set the name with hostnamectl, and put it into /etc/hosts or DNS."""
    assert not machines.misnamed()
