"""The first hour, day and week after a deployment, by the samples that `acceptance watch` took."""

from acceptance import item

HOUR, DAY, WEEK = 1, 24, 7 * 24


@item("PERF-WATCH-01")
def test_all_services_were_checked_every_5_minutes(watch):
    """Keep `acceptance watch --plan=first-hour` running on a machine that stays up."""
    assert not watch.holes(every_minutes=5, for_hours=HOUR)


@item("PERF-WATCH-02")
def test_error_logs_were_read_continuously(watch):
    """Read the errors, and keep more of the log than one interval writes."""
    assert not watch.log_errors(for_hours=HOUR)


@item("PERF-WATCH-03")
def test_resource_usage_stayed_within_its_limits(watch):
    """Find what used so much, or raise the limit."""
    assert not watch.not_green("PERF-USE-*", for_hours=HOUR)


@item("PERF-WATCH-04")
def test_no_memory_leak_shows(watch):
    """Inspect the container's heap; an hour shows steep slopes only."""
    assert not watch.memory_near(percent=80, for_hours=HOUR)


@item("PERF-WATCH-05")
def test_critical_user_journeys_work(watch):
    """Mend the operation that was red."""
    assert not watch.not_green(
        "FUNC-API-03", "FUNC-API-05", "FUNC-API-07", "FUNC-API-08", "FUNC-API-09", "FUNC-API-10", for_hours=HOUR
    )


@item("PERF-WATCH-06")
def test_calls_to_external_apis_succeed(watch):
    """Look at the service's log of its calls, its egress and its keys."""
    assert not watch.not_green("FUNC-EXT-01", "FUNC-EXT-03", for_hours=HOUR)


@item("PERF-WATCH-07")
def test_services_were_checked_every_30_minutes(watch):
    """Keep `acceptance watch --plan=first-day` running on a machine that stays up."""
    assert not watch.holes(every_minutes=30, for_hours=DAY)


@item("PERF-WATCH-08")
def test_daily_backup_completed(watch):
    """Look at the backup job's log, and run it by hand."""
    assert not watch.not_green_at_end("INFRA-BACKUP-02", for_hours=DAY)


@item("PERF-WATCH-09")
def test_performance_holds_its_level(watch):
    """Find what became slower since the same hours of the watch before."""
    assert not watch.degraded(for_hours=DAY)


@item("PERF-WATCH-10")
def test_no_anomaly_shows(watch):
    """Explain the change: a deployment, a job, more users, or a fault."""
    assert not watch.oddities(for_hours=DAY)


@item("PERF-WATCH-12")
def test_monitoring_alerts_work(watch):
    """Mend the alert's way to its receiver."""
    assert not watch.never_green("INFRA-MON-07", for_hours=DAY)


@item("PERF-WATCH-13")
def test_health_was_reviewed_daily(watch):
    """Take a sample every day: `acceptance watch --once` from cron or CI."""
    assert not watch.holes(every_minutes=24 * 60, for_hours=WEEK)


@item("PERF-WATCH-14")
def test_performance_was_reviewed_for_the_week(watch):
    """Find what became slower since the same hours of the watch before."""
    assert not watch.degraded(for_hours=WEEK)


@item("PERF-WATCH-15", of="INFRA-CODE-13")
def test_security_scan_ran_this_week(judged):
    """Run the scan on the deployed digests."""
    assert not judged.not_passed()


@item("PERF-WATCH-16", of="INFRA-CODE-14")
def test_dependency_updates_were_checked(ci, judged):
    """Run the dependency audit, and update what it names."""
    assert ci.newest_scan_age_days("dependencies") <= 7
    assert not judged.not_passed()


@item("PERF-LEAK-01")
def test_memory_does_not_grow_over_24_hours(memory):
    """Inspect the heap of the container that grows, or watch for 48 to 72 h; never roll back for this alone."""
    assert not memory.growing()
