"""Software on the hosts: each program was started, each daemon asked. Facts: the collector on every host."""

from acceptance import item


@item("INFRA-SOFT-01")
def test_docker_engine_answers(installed):
    """Install or start a supported Docker Engine."""
    assert not installed.engines_older_than(20, 10)


@item("INFRA-SOFT-02")
def test_docker_compose_answers(installed):
    """Install the compose plugin; version 1 is at its end."""
    assert not installed.compose_older_than(2, 0)


@item("INFRA-SOFT-03")
def test_git_is_installed(installed):
    """Install git."""
    assert not installed.older_than("git", 2, 0)


@item("INFRA-SOFT-04")
def test_openssl_is_installed(installed):
    """Install OpenSSL 1.1.1 or newer."""
    assert not installed.older_than("openssl", 1, 1, 1)


@item("INFRA-SOFT-05")
def test_curl_or_wget_is_installed(installed):
    """Install curl."""
    assert not installed.missing_all_of("curl", "wget")


@item("INFRA-SOFT-06")
def test_jq_is_installed(installed):
    """Install jq."""
    assert not installed.missing("jq")


@item("INFRA-SOFT-07")
def test_container_logs_are_rotated(containers, plan, nothing_runs):
    """Set max-size and max-file in daemon.json or in the service's logging, then recreate the container."""
    services = plan if nothing_runs else containers
    assert not services.logs_not_rotated()


@item("INFRA-SOFT-08")
def test_images_are_stored_on_overlay(installed):
    """Set "storage-driver": "overlay2" on a file system that supports d_type."""
    assert not installed.storage_other_than_overlay()


@item("INFRA-SOFT-09")
def test_docker_starts_on_boot(installed):
    """systemctl enable --now docker, and give each service a restart policy."""
    assert not installed.not_started_on_boot()


@item("INFRA-SOFT-10")
def test_ufw_is_installed(installed):
    """Install ufw."""
    assert not installed.missing("ufw")


@item("INFRA-SOFT-11")
def test_fail2ban_runs_with_an_sshd_jail(installed):
    """Enable the sshd jail, and start fail2ban."""
    assert not installed.without_jail("sshd")


@item("INFRA-SOFT-12")
def test_acme_client_is_installed(installed):
    """Install certbot, or name the ACME client in the target."""
    assert not installed.without_acme_client()


@item("INFRA-SOFT-13")
def test_mongo_tools_are_installed(installed):
    """Install mongodb-mongosh and mongodb-database-tools."""
    assert not installed.missing("mongosh", "mongodump", "mongorestore")


@item("INFRA-SOFT-14")
def test_monitoring_agents_run(installed):
    """Start the agent that is named."""
    assert not installed.agents_down()


@item("INFRA-SOFT-15")
def test_backup_tool_is_installed_and_scheduled(installed):
    """Install the tool, and give it a timer."""
    assert not installed.backups_not_scheduled()
