"""Backups of the database, and whether they bring it back. Facts: acceptance/probes/backup.py and restore.py."""

from acceptance import item


@item("INFRA-MONGO-13")
def test_a_backup_strategy_is_in_place(backup):
    """Put a job into the schedule that runs mongodump, and keep what it writes."""
    assert not backup.schedule_wrong()
    assert not backup.places_without_backups()


@item("INFRA-MONGO-14")
def test_backups_run_at_least_daily(backup):
    """Look into the job's log for the days that are named."""
    assert not backup.days_without(days=7)


@item("INFRA-MONGO-15")
def test_a_backup_was_restored_in_the_last_30_days(backup, restore):
    """Restore the newest backup into a scratch database, compare the counts, and record it."""
    assert not backup.restored_longer_ago_than(30)
    assert not backup.newest_test().differences()
    assert not restore.differences()
    assert not restore.left_behind


@item("INFRA-READY-07")
def test_newest_backup_is_less_than_60_minutes_old(backup):
    """Run the backup now, and look at what it says."""
    assert backup.age_minutes() < 60
    assert not backup.faults_before_start()


@item("INFRA-DATA-08")
def test_newest_backup_is_intact_and_complete(newest_backup):
    """Run the backup again; look at its log for the collection that is named."""
    assert not newest_backup.faults()
    assert not newest_backup.missing()
    assert not newest_backup.counts_off(percent=5)


@item("INFRA-BACKUP-01")
def test_automated_backup_is_set_up(backup):
    """Put a job into the schedule that runs mongodump, and keep what it writes."""
    assert not backup.schedule_wrong()
    assert not backup.places_without_backups()


@item("INFRA-BACKUP-02")
def test_backups_ran_every_day(backup):
    """Look into the job's log for the days that are named."""
    assert not backup.days_without(days=7)


@item("INFRA-BACKUP-03")
def test_first_backup_after_the_deployment_is_complete(first_backup):
    """Run the backup again; look at its log for what is named."""
    assert not first_backup.faults()
    assert not first_backup.missing()


@item("INFRA-BACKUP-04")
def test_backups_are_stored_remotely(backup):
    """Copy each backup to an encrypted bucket in another region, and compare the hash."""
    assert not backup.not_remote()


@item("INFRA-BACKUP-05")
def test_backups_are_kept_for_30_days(backup):
    """Raise the retention in the job's configuration and in the bucket's lifecycle."""
    assert not backup.kept_less_than(30)


@item("INFRA-BACKUP-06")
def test_restore_procedure_is_documented(backup):
    """Write the commands of a restore into the runbook."""
    assert not backup.procedure_missing()


@item("INFRA-BACKUP-07")
def test_service_is_restored_in_less_than_2_hours(backup, restore):
    """Restore in parallel, or from a snapshot of the volume."""
    assert backup.newest_test().took_s < 2 * 3600
    assert not restore.took_longer_than(hours=2)


@item("INFRA-BACKUP-08")
def test_at_most_1_hour_of_data_can_be_lost(backup):
    """Run backups more often, or keep the oplog as well."""
    assert not backup.gaps_over(hours=1)


@item("INFRA-GATE-03")
def test_a_recent_backup_is_available_for_rollback(backup):
    """Run a backup just before the deployment, and keep a copy elsewhere."""
    assert not backup.unreliable_before_start()
