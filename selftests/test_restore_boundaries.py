"""Where the items of restores turn: how long ago, how much came back, how long it took. Facts made by hand."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import pytest

from acceptance.facts import Unseen
from acceptance.probes.backup_facts import RestoreTest
from acceptance.probes.restore import Restore
from acceptance.verdict import Status
from selftests.judging import BLOCKED, FAIL, PASS, judge
from selftests.test_backup_boundaries import NOT_RESTORED, NOW, UNSEEN, backup


@pytest.mark.parametrize("days, status", [(29.9, PASS), (30.1, FAIL)])
def test_restore_test_ages(days: float, status: Status) -> None:
    test = RestoreTest(NOW - timedelta(days=days), "x", 60.0, {"users": 3}, {"users": 3})
    assert judge("INFRA-MONGO-15", backup=backup(tests=(test,)), restore=NOT_RESTORED) is status


def test_restore_that_brought_back_less_is_red() -> None:
    test = RestoreTest(NOW, "x", 60.0, {"users": 3, "trades": 9}, {"users": 3})
    assert judge("INFRA-MONGO-15", backup=backup(tests=(test,)), restore=NOT_RESTORED) is FAIL
    assert judge("INFRA-MONGO-15", backup=backup(tests=()), restore=NOT_RESTORED) is FAIL
    assert judge("INFRA-MONGO-15", backup=backup(tests=UNSEEN), restore=NOT_RESTORED) is BLOCKED
    empty = RestoreTest(NOW, "x", 60.0, {}, {})
    assert judge("INFRA-MONGO-15", backup=backup(tests=(empty,)), restore=NOT_RESTORED) is FAIL
    assert judge("INFRA-MONGO-15", backup=backup(), restore=Restore(empty, "", "", ())) is FAIL
    to_come = RestoreTest(NOW + timedelta(days=1), "x", 60.0, {"users": 3}, {"users": 3})
    assert judge("INFRA-MONGO-15", backup=backup(tests=(to_come,)), restore=NOT_RESTORED) is FAIL
    left = Restore(None, "", "", ("acceptance_restore",))
    assert judge("INFRA-MONGO-15", backup=backup(), restore=left) is FAIL


def test_an_empty_collection_need_not_come_back() -> None:
    test = RestoreTest(NOW, "x", 60.0, {"users": 3, "drafts": 0}, {"users": 3})
    assert judge("INFRA-MONGO-15", backup=backup(tests=(test,)), restore=NOT_RESTORED) is PASS
    more = RestoreTest(NOW, "x", 60.0, {"users": 3}, {"users": 3, "ghosts": 1})
    assert judge("INFRA-MONGO-15", backup=backup(tests=(more,)), restore=NOT_RESTORED) is FAIL


@pytest.mark.parametrize(("minutes", "status"), [(5, PASS), (6, FAIL)])
def test_clocks_of_restores_may_differ_by_minutes(minutes: int, status: Status) -> None:
    test = RestoreTest(NOW + timedelta(minutes=minutes), "x", 60.0, {"users": 3}, {"users": 3})
    assert judge("INFRA-MONGO-15", backup=backup(tests=(test,)), restore=NOT_RESTORED) is status


def test_the_newest_restore_counts_wherever_it_stands() -> None:
    old, new = (RestoreTest(NOW - timedelta(days=d), "x", 60.0, {"users": 3}, {"users": 3}) for d in (40, 3))
    slow = replace(old, took_s=9000.0)
    for tests in ((new, slow), (slow, new)):
        assert judge("INFRA-MONGO-15", backup=backup(tests=tests), restore=NOT_RESTORED) is PASS
        assert judge("INFRA-BACKUP-07", backup=backup(tests=tests), restore=NOT_RESTORED) is PASS


@pytest.mark.parametrize(("procedure", "status"), [(("Restore",), PASS), ((), FAIL), (UNSEEN, BLOCKED)])
def test_the_runbook_tells_how_to_restore(procedure: tuple[str, ...] | Unseen, status: Status) -> None:
    assert judge("INFRA-BACKUP-06", backup=backup(procedure=procedure)) is status


@pytest.mark.parametrize("took_s, status", [(7199.9, PASS), (7200.0, FAIL), (10800, FAIL)])
def test_restore_in_less_than_2_hours(took_s: float, status: Status) -> None:
    test = RestoreTest(NOW, "x", took_s, {"users": 3}, {"users": 3})
    assert judge("INFRA-BACKUP-07", backup=backup(tests=(test,)), restore=NOT_RESTORED) is status
    own = Restore(test, "", "", ())
    assert judge("INFRA-BACKUP-07", backup=backup(), restore=own) is status
