"""A target whose backups lie in one bucket only: when that is a copy elsewhere, and when it is one place (INFRA-GATE-03)."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from acceptance.facts import Unseen
from acceptance.probes.backup_places import S3
from acceptance.verdict import Status
from selftests.judging import BLOCKED, FAIL, PASS, judge
from selftests.test_backup_boundaries import backup, dump, place
from selftests.test_backup_places import bucket as bucket
from selftests.test_backup_places import kept as kept

UNSEEN = Unseen("versions", "403")
LONE = place("s3://kept/", 30, versioned=True)


@pytest.mark.parametrize(
    "changes, status",
    [
        ({}, PASS),
        ({"versioned": False}, FAIL),
        ({"versioned": UNSEEN}, BLOCKED),
        ({"region": "eu-west-1"}, FAIL),  # where the database is
        ({"where": "/backups"}, FAIL),
    ],
)
def test_one_place_is_enough_where_deleting_loses_nothing(changes: dict[str, object], status: Status) -> None:
    lone = replace(LONE, **changes)  # type: ignore[arg-type]  # fields by name
    assert judge("INFRA-GATE-03", backup=backup(places=(lone,))) is status


def test_what_else_counts_still_counts() -> None:
    assert judge("INFRA-GATE-03", backup=backup(places=(LONE,), home_region="")) is BLOCKED
    assert judge("INFRA-GATE-03", backup=backup(places=(LONE,), before=dump(damage="cut"))) is FAIL
    unread = replace(LONE, versioned=UNSEEN)
    assert judge("INFRA-GATE-03", backup=backup(places=(unread,), before=dump(damage="cut"))) is FAIL
    empty = place("/backups")
    assert judge("INFRA-GATE-03", backup=backup(places=(empty, LONE))) is FAIL, "a second place was promised"
    assert judge("INFRA-GATE-03", backup=backup(places=(place("/backups", 30), LONE), home_region="")) is PASS


def test_a_copy_may_lie_where_nobody_could_look() -> None:
    here = place("/backups", 30)
    assert judge("INFRA-GATE-03", backup=backup(places=(here, UNSEEN))) is BLOCKED
    assert judge("INFRA-GATE-03", backup=backup(places=(here, UNSEEN), before=dump(damage="cut"))) is FAIL


def test_a_bucket_tells_whether_it_keeps_versions(bucket: S3, tmp_path: Path) -> None:  # the bucket's own
    assert bucket.versioned() is False
    client = bucket._aws.client("s3")
    client.put_bucket_versioning(Bucket="kept", VersioningConfiguration={"Status": "Enabled"})
    assert bucket.versioned() is True
    client.put_bucket_versioning(Bucket="kept", VersioningConfiguration={"Status": "Suspended"})
    assert bucket.versioned() is False
