"""Where backups' items turn: ages to the second, gaps, retention, copies; on facts made by hand."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from acceptance.facts import Unseen
from acceptance.probes.backup_facts import Backup, Dump, Job, Kept, Place, RestoreTest
from acceptance.probes.backup_places import stamp
from acceptance.probes.restore import Restore
from acceptance.verdict import Status
from selftests.judging import BLOCKED, FAIL, PASS, PENDING, judge

NOW = datetime(2026, 3, 2, 9, 30, tzinfo=UTC)
STARTED = NOW - timedelta(minutes=20)
UNSEEN = Unseen("something", "for the test")
NOT_RESTORED = Restore(None, "it needs --allow writes", "", ())
NO_TIME = Kept("README.txt", None, 700)


def dump(age_min: float = 30, **changes: object) -> Dump:
    at = NOW - timedelta(minutes=age_min)
    made = Dump(f"full_{at:%Y%m%d_%H%M%S}", at, True, "aa", "matches", "", False, {"bot_core.users": 3}, "0041")
    return replace(made, **changes)  # type: ignore[arg-type]  # fields by name


def place(where: str, *ages_min: float, **changes: object) -> Place:
    times = [NOW - timedelta(minutes=age) for age in ages_min]
    kept = tuple(Kept(f"full_{at:%Y%m%d_%H%M%S}", at, 1000) for at in times)
    made = Place(where, kept, "eu-central-1" if where.startswith("s3") else "eu-west-1", True, None)
    return replace(made, **changes)  # type: ignore[arg-type]  # fields by name


HALF_HOURLY = tuple(30.0 * n for n in range(1, 32 * 48))


def backup(**changes: object) -> Backup:
    made = Backup(
        now=NOW, started=STARTED, deployed=STARTED, since=None, database="bot_core", home_region="eu-west-1",
        places=(place("/backups", *HALF_HOURLY), place("s3://kept/", *HALF_HOURLY)), newest=dump(), before=dump(),
        first_after=dump(10), remote=dump(), jobs=(Job("0 * * * *", "mongodump"),), configured_days=35,
        tests=(RestoreTest(NOW - timedelta(days=5), "x", 60.0, {"users": 3}, {"users": 3}),),
        procedure=("Restore",), back_migration="0041",
    )  # fmt: skip
    return replace(made, **changes)  # type: ignore[arg-type]  # fields by name


@pytest.mark.parametrize("age_min, status", [(59.98, PASS), (60.0, FAIL), (61, FAIL)])
def test_newest_backup_is_judged_to_the_second(age_min: float, status: Status) -> None:
    assert judge("INFRA-READY-07", backup=backup(before=dump(age_min), started=None)) is status
    assert judge("INFRA-READY-07", backup=backup(before=dump(age_min + 20))) is status


@pytest.mark.parametrize(
    "newest, status",
    [
        (dump(damage="users is cut"), FAIL),
        (dump(checksum="differs"), FAIL),
        (dump(collections={}), FAIL),
        (dump(checksum="missing"), PASS),
        (dump(encrypted=True, collections={}), PASS),
        (dump(encrypted=True, collections={}, checksum="missing"), FAIL),
        (dump(at=None), BLOCKED),
        (dump(-4), PASS),
        (dump(-7 * 60), BLOCKED),  # a name in local time
        (UNSEEN, BLOCKED),
    ],
)
def test_newest_backup_must_be_whole(newest: Dump | Unseen, status: Status) -> None:
    assert judge("INFRA-READY-07", backup=backup(before=newest, started=None)) is status


@pytest.mark.parametrize("gap_min, status", [(60, PASS), (61, FAIL), (90, FAIL)])
def test_an_hour_may_be_lost_and_no_more(gap_min: int, status: Status) -> None:
    ages = (*range(10, 1400, 30), 1390 + gap_min, 1390 + gap_min + 30)
    assert judge("INFRA-BACKUP-08", backup=backup(places=(place("/backups", *ages),))) is status


def test_a_name_in_local_time_fills_no_gap() -> None:
    ages = (-7 * 60.0, 120.0, *(120.0 + 30 * n for n in range(60)))
    assert judge("INFRA-BACKUP-08", backup=backup(places=(place("/backups", *ages),))) is FAIL


def test_gaps_of_the_day_before_do_not_count() -> None:
    ages = (*(30.0 * n for n in range(1, 49)), 24 * 60 + 20, 40 * 60)
    assert judge("INFRA-BACKUP-08", backup=backup(places=(place("/backups", *ages),))) is PASS


@pytest.mark.parametrize(("minutes", "status"), [(4, PASS), (5, PASS), (6, BLOCKED)])
def test_names_may_be_minutes_ahead(minutes: int, status: Status) -> None:
    ages = (-float(minutes), *HALF_HOURLY)
    assert judge("INFRA-BACKUP-08", backup=backup(places=(place("/backups", *ages),))) is status
    assert judge("INFRA-BACKUP-02", backup=backup(places=(place("/backups", *ages),))) is status
    ahead = backup(before=dump(-minutes), started=None)
    assert judge("INFRA-READY-07", backup=ahead) is status


@pytest.mark.parametrize(
    ("oldest_h", "since_h", "status"), [(22.9, None, FAIL), (23.0, None, PASS), (5.0, 6.0, PASS), (4.9, 6.0, FAIL)]
)
def test_the_hours_before_the_first_backup_count(oldest_h: float, since_h: float | None, status: Status) -> None:
    ages = tuple(60.0 * oldest_h - 30 * n for n in range(int(2 * oldest_h)))
    since = NOW - timedelta(hours=since_h) if since_h else None
    young = backup(places=(place("/backups", *ages),), since=since)
    assert judge("INFRA-BACKUP-08", backup=young) is status


def test_an_old_newest_backup_is_a_gap_too() -> None:
    ages = tuple(61.0 + 30 * n for n in range(60))
    assert judge("INFRA-BACKUP-08", backup=backup(places=(place("/backups", *ages),))) is FAIL


@pytest.mark.parametrize("missing", [1, 3, 7])
def test_a_day_without_backup_is_red(missing: int) -> None:
    day = 24 * 60.0
    ages = tuple(day * n + 60 for n in range(9) if n != missing)
    assert judge("INFRA-MONGO-14", backup=backup(places=(place("/backups", *ages),))) is FAIL
    assert judge("INFRA-BACKUP-02", backup=backup(places=(place("/backups", *ages),))) is FAIL


def test_a_week_is_judged_and_no_more() -> None:
    ages = tuple(24 * 60.0 * n + 60 for n in (0, 1, 2, 3, 4, 5, 6, 7, 9))
    seen = backup(places=(place("/backups", *ages),))
    assert judge("INFRA-MONGO-14", backup=seen) is judge("INFRA-BACKUP-02", backup=seen) is PASS


def test_young_systems_are_judged_since_backups_began() -> None:
    since = NOW - timedelta(days=2)
    ages = (60.0, 24 * 60.0 + 60, 47 * 60.0)
    young = backup(places=(place("/backups", *ages),), since=since)
    assert judge("INFRA-BACKUP-02", backup=young) is PASS
    assert judge("INFRA-BACKUP-05", backup=young) is PASS


@pytest.mark.parametrize(
    "changes, status",
    [
        ({"configured_days": 29}, FAIL),
        ({"configured_days": 30}, PASS),
        ({"places": (place("s3://kept/", *HALF_HOURLY, kept_days=7),)}, FAIL),
        ({"places": (place("s3://kept/", *HALF_HOURLY[: 48 * 7]),)}, FAIL),
        ({"configured_days": UNSEEN, "places": (place("/backups", *HALF_HOURLY),)}, BLOCKED),
        ({"configured_days": UNSEEN, "places": (place("s3://kept/", *HALF_HOURLY, kept_days=UNSEEN),)}, BLOCKED),
        ({"configured_days": UNSEEN, "places": (place("s3://kept/", *HALF_HOURLY, kept_days=30),)}, PASS),
        ({"places": (place("s3://kept/", *HALF_HOURLY, kept_days=29),)}, FAIL),
        ({"places": (place("/backups", *(60.0 * h for h in range(1, 29 * 24 + 1))),)}, PASS),  # the oldest may just go
        ({"places": (place("/backups", *(60.0 * h for h in range(1, 29 * 24))),)}, FAIL),
    ],
)
def test_retention_is_30_days_by_word_and_by_what_is_there(changes: dict[str, object], status: Status) -> None:
    assert judge("INFRA-BACKUP-05", backup=backup(**changes)) is status


@pytest.mark.parametrize(
    "changes, status",
    [
        ({"places": (place("/backups", 30),)}, FAIL),
        ({"places": (place("/backups", 30), UNSEEN)}, BLOCKED),
        ({"places": (place("/backups", 30), place("s3://kept/"))}, FAIL),
        ({"home_region": "eu-central-1"}, FAIL),
        ({"places": (place("s3://kept/", 30, encrypted=False),)}, FAIL),
        ({"remote": dump(sha256="bb")}, FAIL),
        ({"remote": dump(1440)}, FAIL),
        ({"remote": UNSEEN}, BLOCKED),
        ({"home_region": ""}, BLOCKED),
        ({"places": (place("s3://kept/", 30, encrypted=False),), "remote": dump(encrypted=True)}, PASS),
        ({"places": (place("/backups", 30), replace(place("s3://kept/"), kept=(NO_TIME,)))}, BLOCKED),
    ],
)
def test_remote_copy(changes: dict[str, object], status: Status) -> None:
    assert judge("INFRA-BACKUP-04", backup=backup(**changes)) is status


@pytest.mark.parametrize(
    "before, status",
    [
        (dump(79.98), PASS),
        (dump(80.0), FAIL),  # 60.0 min before the start
        (dump(age_min=30, newest_migration="0042"), FAIL),
        (dump(age_min=30, newest_migration=None), BLOCKED),
        (dump(age_min=10), BLOCKED),  # its last oplog entry is of 10 min after the start
        (dump(damage="cut"), FAIL),
        (UNSEEN, BLOCKED),
    ],
)
def test_backup_to_go_back_to(before: Dump | Unseen, status: Status) -> None:
    ages = () if isinstance(before, Unseen) or before.at is None else ((NOW - before.at) / timedelta(minutes=1),)
    places = (place("/backups", *ages), place("s3://kept/", *ages))
    assert judge("INFRA-GATE-03", backup=backup(before=before, places=places)) is status


def test_backup_to_go_back_to_needs_a_copy_elsewhere() -> None:
    assert judge("INFRA-GATE-03", backup=backup(places=(place("/backups", 30),))) is FAIL
    here, there = place("/backups", 30), place("s3://kept/", 30)
    cut = replace(there, kept=(replace(there.kept[0], size_bytes=999),))
    assert judge("INFRA-GATE-03", backup=backup(places=(here, there))) is PASS
    assert judge("INFRA-GATE-03", backup=backup(places=(here, cut))) is FAIL


@pytest.mark.parametrize(("newest", "known", "status"), [("v10", "v9", FAIL), ("v9", "v10", PASS), ("42", "42", PASS)])
def test_migrations_are_counted_not_spelt(newest: str, known: str, status: Status) -> None:
    seen = backup(before=dump(newest_migration=newest), back_migration=known)
    assert judge("INFRA-GATE-03", backup=seen) is status


@pytest.mark.parametrize(("hours", "status"), [(25.9, PASS), (26.1, FAIL)])
def test_a_day_that_is_not_over_has_had_its_backup_by_then(hours: float, status: Status) -> None:
    ages = tuple(60 * (hours + 24 * n) for n in range(9))
    late = backup(now=NOW.replace(hour=23), places=(place("/backups", *(a - 14 * 60 for a in ages)),))
    assert judge("INFRA-BACKUP-02", backup=late) is status
    assert judge("INFRA-MONGO-14", backup=late) is status


@pytest.mark.parametrize("id", ["INFRA-MONGO-14", "INFRA-BACKUP-02", "INFRA-BACKUP-08", "INFRA-READY-07"])
def test_names_in_local_time_prove_no_time(id: str) -> None:
    ages = tuple(-7 * 60.0 + 30 * n for n in range(32 * 48))
    seen = backup(started=None, places=(place("/backups", *ages),), before=dump(1, by_oplog=False))
    assert judge(id, backup=seen) is BLOCKED


def test_what_carries_no_time_is_no_backup() -> None:
    only = replace(place("/backups"), kept=(NO_TIME,))
    assert judge("INFRA-MONGO-13", backup=backup(places=(only,))) is BLOCKED
    assert judge("INFRA-BACKUP-01", backup=backup(places=(only, place("s3://kept/")))) is FAIL
    assert judge("INFRA-BACKUP-01", backup=backup(places=(only, place("s3://kept/", 30)))) is PASS


@pytest.mark.parametrize(
    "jobs, status",
    [
        ((), FAIL),
        ((Job("0 * * * *", "/path/to/backup mongodump"),), FAIL),
        ((Job("@reboot", "mongodump"),), FAIL),
        ((Job("@daily", "mongodump"), Job("@reboot", "mongodump")), PASS),
        (UNSEEN, BLOCKED),
    ],
)
def test_schedule(jobs: tuple[Job, ...] | Unseen, status: Status) -> None:
    assert judge("INFRA-BACKUP-01", backup=backup(jobs=jobs)) is status
    assert judge("INFRA-MONGO-13", backup=backup(jobs=jobs)) is status


def test_buckets_of_a_time_series_are_its_backup() -> None:
    from selftests.mongo_facts import mongo_with

    for buckets, status in ((12, PASS), (0, FAIL)):
        newest = dump(collections={"bot_core.users": 3, "bot_core.ticks": 0, "bot_core.system.buckets.ticks": buckets})
        live = mongo_with(counts={"users": 3, "ticks": 90_000})
        assert judge("INFRA-DATA-08", backup=backup(newest=newest), mongo=live) is status


def test_first_backup_after_the_deployment_is_pending_until_due() -> None:
    from selftests.mongo_facts import mongo_with

    live = mongo_with(counts={"users": 3})
    assert judge("INFRA-BACKUP-03", backup=backup(), mongo=live) is PASS
    assert judge("INFRA-BACKUP-03", backup=backup(first_after=None), mongo=live) is PENDING
    assert judge("INFRA-BACKUP-03", backup=backup(deployed=None), mongo=live) is PENDING
    late = backup(first_after=None, deployed=NOW - timedelta(days=2))
    assert judge("INFRA-BACKUP-03", backup=late, mongo=live) is BLOCKED
    assert judge("INFRA-BACKUP-03", backup=backup(), mongo=mongo_with(counts={"users": 3, "trades": 1})) is FAIL


@pytest.mark.parametrize(
    "live, status",
    [
        ({"users": 100}, PASS),
        ({"users": 106}, FAIL),
        ({"users": 94}, FAIL),
        ({"users": UNSEEN}, BLOCKED),
        ({"users": 100, "trades": 0}, FAIL),  # the backup lacks it
        ({}, BLOCKED),
    ],
)
def test_counts_within_5_percent_of_live(live: dict[str, int | Unseen], status: Status) -> None:
    from selftests.mongo_facts import mongo_with

    newest = dump(collections={"bot_core.users": 100})
    assert judge("INFRA-DATA-08", backup=backup(newest=newest), mongo=mongo_with(counts=live)) is status


@pytest.mark.parametrize(
    "name, at",
    [
        ("2026/03/mongodb_full_20260302_093000.tar.gz", NOW),
        ("full-2026-03-02T09:30:00Z.archive", NOW),
        ("dump_20260302-0930", NOW),
        ("mongodb_latest.gz", None),
        ("full-2026-03-02T16:30:00+07:00.gz", NOW),
        ("full_20260302_093000-4711.gz", NOW),  # a process' number is no zone
        ("full_20260302_093000+9999.gz", None),
        ("full_20261399_993000", None),
    ],
)
def test_time_stands_in_the_name(name: str, at: datetime | None) -> None:
    assert stamp(name) == at
