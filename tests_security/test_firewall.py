"""What keeps strangers out, by the running firewall's word and by what answers outside; both must agree."""

from acceptance import item


@item("SEC-FIREWALL-01")
def test_firewall_denies_by_default(entrances):
    """ufw default deny incoming, IPV6=yes, ufw enable."""
    assert not entrances.firewall_open()


@item("SEC-FIREWALL-02")
def test_ssh_port_is_open(entrances, ssh_wire):
    """ufw allow from the office's or VPN's network to the port on which sshd listens."""
    assert not entrances.ssh_closed()
    assert not ssh_wire.silent()


@item("SEC-FIREWALL-03")
def test_port_80_is_open(entrances, ports, nothing_runs):
    """ufw allow 80/tcp, and look whether the edge listens."""
    assert not entrances.closed(80)
    assert nothing_runs or not ports.closed_at(80)


@item("SEC-FIREWALL-04")
def test_port_443_is_open(entrances, ports, nothing_runs):
    """ufw allow 443/tcp, and look whether the edge listens."""
    assert not entrances.closed(443)
    assert nothing_runs or not ports.closed_at(443)


@item("SEC-FIREWALL-05")
def test_no_other_port_answers(ports):
    """Publish the port on 127.0.0.1 only: what Docker publishes passes by ufw."""
    assert not ports.open_beyond_the_target()


@item("SEC-FIREWALL-06")
def test_rate_limits_cover_the_api(entrances):
    """Put limit_req into the location that these paths really use."""
    assert not entrances.unlimited_paths()


@item("SEC-FIREWALL-07")
def test_flood_protection_is_in_place(entrances):
    """Put a shield in front, or turn on SYN cookies and limit connections at the edge."""
    assert not entrances.without_flood_protection()


@item("SEC-FIREWALL-08")
def test_bans_last_long_enough(entrances):
    """Set maxretry, bantime and banaction of the sshd jail, and reload fail2ban."""
    assert not entrances.mild_jails(max_retry=5, ban_time_s=600)
