"""The containers since their start, and what they log. Facts: Docker's engine on every host."""

from acceptance import item


@item("INFRA-START-01")
def test_verified_compose_file_is_in_use(containers):
    """Start the project again from the verified file."""
    assert not containers.not_from_the_verified_file()


@item("INFRA-START-02")
def test_services_are_those_of_the_production_profile(containers):
    """Start with --profile prod --remove-orphans."""
    assert not containers.services_unlike_the_profile()


@item("INFRA-START-03")
def test_every_container_runs(containers):
    """Read the log of the container that ended, mend the cause, start it."""
    assert not containers.services_not_running()


@item("INFRA-START-04")
def test_no_container_restarted_or_ran_out_of_memory(containers):
    """Find out why it ended; raise its memory limit where that was the cause."""
    assert not containers.unstable()


@item("INFRA-START-05")
def test_no_error_in_the_first_10_minutes(containers):
    """Mend what is logged, or allow the line in the target with a reason."""
    assert not containers.errors_at_start()


@item("INFRA-START-06")
def test_every_service_became_healthy_in_time(containers):
    """Find out what the slow service waits for."""
    assert not containers.healthy_later_than(minutes=3)


@item("INFRA-LOG-01")
def test_every_service_writes_its_log(service_health):
    """Log to standard output, unbuffered."""
    assert not service_health.silent()


@item("INFRA-LOG-02")
def test_logs_are_rotated(containers):
    """Set max-size and max-file for the container's log driver."""
    assert not containers.logs_not_rotated()


@item("INFRA-LOG-03")
def test_log_level_is_info(containers):
    """Set the level of the service to info, and recreate its container."""
    assert not containers.verbose()


@item("INFRA-LOG-04")
def test_logs_grow_at_a_manageable_rate(containers):
    """Log less, or ship the lines away."""
    assert not containers.logs_growing_over(gb_per_day=1)


@item("INFRA-LOG-07")
def test_audit_logs_are_written(containers):
    """Turn on the audit log of log-ins."""
    assert not containers.without_audit_events()


@item("INFRA-GATE-13")
def test_logs_show_no_warning(containers):
    """Mend what is logged, or allow the line in the target with a reason."""
    assert not containers.warnings()
