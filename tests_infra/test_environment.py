"""The deployed .env, judged on the host where it lies; no value leaves it. Facts: the collector, and what runs."""

import pytest

from acceptance import item


@item("INFRA-ENV-01")
def test_env_file_is_complete_private_and_filled_in(deployed):
    """Add what is missing, fill in placeholders, chmod 600, chown to the deploy user, save with LF."""
    assert not deployed.env_faults()


@item("INFRA-ENV-02")
def test_node_env_is_production(deployed, containers, nothing_runs):
    """Set NODE_ENV=production, and recreate the container that still has another value."""
    assert not deployed.settings_other_than("NODE_ENV", "production")
    assert nothing_runs or not containers.settings_other_than("NODE_ENV", "production", at_least="nextjs-ui-dashboard")


@item("INFRA-ENV-03")
def test_log_level_is_info(deployed, containers, nothing_runs):
    """Set LOG_LEVEL=info, and recreate the container that still has another value or has one of its own in compose."""
    assert not deployed.level_other_than("LOG_LEVEL", "info")
    assert nothing_runs or not containers.talkative("LOG_LEVEL")


@item("INFRA-ENV-04")
def test_rust_log_is_info(deployed, containers, nothing_runs):
    """Set RUST_LOG=info, in compose too; directives for single modules may be quieter."""
    assert not deployed.more_verbose_than("RUST_LOG", "info")
    assert nothing_runs or not containers.directives_beyond("RUST_LOG", "info")


@item("INFRA-ENV-05")
def test_exchange_and_model_keys_are_set(deployed):
    """Set the production keys."""
    assert not deployed.keys_not_set("BINANCE_API_KEY", "BINANCE_SECRET_KEY", "OPENAI_API_KEY")


@item("INFRA-ENV-06")
def test_database_connection_string_is_complete(deployed):
    """Name the replica set's hosts, a user with a password, and database bot_core."""
    assert not deployed.database_faults("bot_core")


@item("INFRA-ENV-07")
def test_engine_trades_on_the_live_exchange(deployed, services, nothing_runs):
    """Set BINANCE_TESTNET=false, and restart the engine where it still reports the test net."""
    assert not deployed.settings_other_than("BINANCE_TESTNET", "false")
    assert nothing_runs or not services.reports_other_than("rust-core-engine", "testnet", "false")


@item("INFRA-ENV-08")
def test_trading_is_off_at_first_start(deployed, services, nothing_runs):
    """Set TRADING_ENABLED=false, and restart the engine where it trades in spite of it."""
    assert not deployed.settings_other_than("TRADING_ENABLED", "false")
    assert nothing_runs or not services.reports_other_than("rust-core-engine", "trading", "false")


@item("INFRA-ENV-09")
def test_security_tokens_are_long_random_and_distinct(deployed):
    """Generate each token anew (openssl rand -base64 48); one that was committed is burnt."""
    assert not deployed.weak_tokens(random_bytes=32)


@item("INFRA-ENV-10")
def test_every_service_has_limits_that_fit_the_host(containers, plan, nothing_runs):
    """Set deploy.resources.limits of memory and CPU for the service."""
    services = plan if nothing_runs else containers
    assert not services.limits_missing()
    assert not services.limits_above_the_host()


@item("INFRA-ENV-11")
def test_cors_origins_are_production_only(deployed):
    """List exactly the production origins, with https, in CORS_ALLOWED_ORIGINS."""
    assert not deployed.foreign_origins()


@item("INFRA-ENV-12")
def test_certificate_and_key_belong_together(deployed):
    """Point SSL_CERT_PATH and SSL_KEY_PATH at one pair, the key with mode 600."""
    assert not deployed.pair_faults()


@item("INFRA-ENV-13")
def test_monitoring_credentials_are_no_defaults(deployed, defaults, nothing_runs):
    """Set the credentials, and change Grafana's own admin password."""
    assert not deployed.monitoring_not_set()
    assert nothing_runs or not defaults.that_work("grafana")


@item("INFRA-ENV-14")
def test_external_services_have_credentials(deployed):
    """Set the credentials that the external service gave you."""
    assert not deployed.external_not_set()


@pytest.mark.parametrize("kind", [
    pytest.param("engine", marks=item("INFRA-CONF-01")),
    pytest.param("ai", marks=item("INFRA-CONF-02")),
])  # fmt: skip
def test_configuration_file_is_valid(deployed, kind):
    """Mend the file; keys as in the release's template, secrets by reference."""
    assert not deployed.config_faults(kind)


@item("INFRA-CONF-03")
def test_compose_file_resolves(containers):
    """Set the variable, pin the tag, take out the mount or the published port that is named."""
    assert not containers.compose_faults()


@item("INFRA-CONF-04")
def test_dependencies_wait_for_health(containers):
    """Give the service a health check, and let depends_on wait for service_healthy."""
    assert not containers.dependency_faults()
