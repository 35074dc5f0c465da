"""Who may log in to the hosts, and become root there: what the running daemons say, inside and outside."""

from acceptance import item


@item("SEC-ACCESS-01")
def test_ssh_accepts_keys(entrances, ssh_wire):
    """Set PubkeyAuthentication yes, also in each Match block, and reload sshd."""
    assert not entrances.keys_refused()
    assert not ssh_wire.hosts_without("publickey")


@item("SEC-ACCESS-02")
def test_ssh_refuses_passwords(entrances, ssh_wire):
    """Set PasswordAuthentication and KbdInteractiveAuthentication no, also in each Match block, and reload sshd."""
    assert not entrances.passwords_taken()
    assert not ssh_wire.methods_beyond("publickey")


@item("SEC-ACCESS-03")
def test_root_cannot_log_in(entrances):
    """Set PermitRootLogin no, also in each Match block, and reload sshd."""
    assert not entrances.root_let_in()


@item("SEC-ACCESS-04")
def test_only_the_deploy_user_becomes_root(entrances):
    """Take the user out of sudoers.d or of the group that is named."""
    assert not entrances.sudo_faults()


@item("SEC-ACCESS-05")
def test_ssh_does_not_listen_on_port_22(entrances, ports):
    """Take "Port 22" out of sshd_config and Include files, stop ssh.socket, reload."""
    assert not entrances.listening_on(22)
    assert not ports.open_at(22)


@item("SEC-ACCESS-06")
def test_login_needs_a_second_factor(entrances):
    """Set AuthenticationMethods publickey,keyboard-interactive and a required PAM module."""
    assert not entrances.one_factor_enough()


@item("SEC-SECRET-07")
def test_database_passwords_are_strong(deployed):
    """Generate the password: 16 characters or more of three classes, used once."""
    assert not deployed.weak_passwords()
