"""Point-in-time recovery: slices of the oplog fill the hours between backups, where no hole cuts them off (INFRA-BACKUP-08)."""

from __future__ import annotations

from datetime import timedelta
from pathlib import Path

import pytest

from acceptance.facts import Unseen
from acceptance.probes import backup_places
from acceptance.probes.backup import _slices
from acceptance.probes.backup_kept import Kept, Slice
from acceptance.probes.backup_places import slices_of
from acceptance.tables.backup import Backup as Table
from acceptance.tables.backup import Bucket
from acceptance.verdict import Status
from acceptance.visit import Visit
from selftests.judging import BLOCKED, FAIL, PASS, judge
from selftests.test_backup_boundaries import NOW, backup, place
from selftests.test_backup_places import BUCKET, visit

DAILY = tuple(5 + 1440.0 * n for n in range(32))


def slices(*, without: range = range(0), every_min: int = 10) -> tuple[Slice, ...]:
    """Two days of slices, one after the other, without some by their number from the newest."""
    step = timedelta(minutes=every_min)
    numbers = (n for n in range(2 * 1440 // every_min) if n not in without)
    return tuple(Slice(NOW - (n + 1) * step, NOW - n * step) for n in numbers)


@pytest.mark.parametrize(
    "found, status",
    [
        (slices(), PASS),
        ((), FAIL),
        (slices(every_min=60), PASS),
        (slices(every_min=61), FAIL),
        (slices(without=range(30, 31)), FAIL),  # all after the hole hang in the air until the next backup
        (slices(without=range(200, 201)), PASS),  # before the last day's backup
        (Unseen("slices", "403"), BLOCKED),
    ],
)
def test_slices_between_daily_backups(found: tuple[Slice, ...] | Unseen, status: Status) -> None:
    seen = backup(places=(place("/backups", *DAILY),), slices=found)
    assert judge("INFRA-BACKUP-08", backup=seen) is status


def test_slices_that_can_not_be_read_matter_only_where_there_is_a_gap() -> None:
    assert judge("INFRA-BACKUP-08", backup=backup(slices=Unseen("slices", "403"))) is PASS


@pytest.mark.parametrize(
    "name, found",
    [
        ("rs0/20260302/20260302092000-1.20260302093000-5.oplog.s2", 1),
        ("20260302092000_20260302093000.oplog", 1),
        ("20260302093000-1.20260302092000-5.oplog.s2", 0),  # ends before it begins
        ("full_20260302_092500.archive.gz", 0),
        ("20260399092000-1.20260302093000-5.oplog.s2", 0),
    ],
)
def test_what_is_a_slice(name: str, found: int) -> None:
    assert len(slices_of([Kept(name, None, 700), Kept(name, None, 0)])) == found


def test_slices_are_listed_below_the_folder(tmp_path: Path) -> None:
    (tmp_path / "all/pbmPitr/rs0").mkdir(parents=True)
    (tmp_path / "all/pbmPitr/rs0/20260302092000-1.20260302093000-5.oplog.s2").write_bytes(b"x")
    here = visit(tmp_path)
    here.target._folder = tmp_path
    listed = _slices(here, Table(folder="all", oplog="pbmPitr/"))
    assert isinstance(listed, tuple)
    assert len(listed) == 1
    assert isinstance(_slices(here, Table(folder="all", oplog="none/")), Unseen)
    assert _slices(here, Table(folder="all")) == ()


def test_slices_are_listed_in_the_bucket_under_their_own_prefix(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    asked = []

    class Store:
        def __init__(self, _: Visit, known: Bucket) -> None:
            asked.append((known.bucket, known.prefix))

        def kept(self) -> tuple[Kept, ...]:
            return (Kept("20260302092000-1.20260302093000-5.oplog.s2", None, 7),)

    monkeypatch.setattr(backup_places, "S3", Store)
    found = _slices(visit(tmp_path), Table(s3=Bucket(**BUCKET), oplog="pbmPitr/"))
    assert isinstance(found, tuple)
    assert (len(found), asked) == (1, [("kept", "pbmPitr/")])
