"""Samples count for the version that they were taken of, and after a rollback only from then on."""

from __future__ import annotations

import json
from dataclasses import replace
from datetime import datetime, timedelta
from pathlib import Path

import pytest

from acceptance.facts import ProbeError
from acceptance.joins import watch_after_rollback
from acceptance.probes.release import ReleaseFile
from acceptance.probes.sample import FILE
from acceptance.probes.watch import Watch, look
from acceptance.sandbox import watch as part
from acceptance.sandbox.world import World
from acceptance.verdict import Status
from selftests.judging import FAIL, PASS, PENDING, judge
from selftests.test_asking import visit
from selftests.test_watch import BEGAN, hour

EVERY_5 = [0.0, 5.0, 10.0, 15.0, 20.0, 25.0]


def release_of(version: str, rolled_back: datetime | None = None, to: str = "") -> ReleaseFile:
    return ReleaseFile(version, "c" * 40, "", BEGAN, rolled_back=rolled_back, rolled_back_to=to)


@pytest.mark.parametrize(
    ("minutes", "now", "expected"),
    [(EVERY_5, 31, PASS), (EVERY_5, 29, PENDING), (EVERY_5[:4], 31, FAIL), ([0.0, 5.0, 20.0, 25.0], 40, FAIL)],
)
def test_half_an_hour_after_a_rollback(minutes: list[float], now: float, expected: Status) -> None:
    taken_back = watch_after_rollback(hour(minutes, now), release_of("2.4.0", BEGAN))
    assert judge("INFRA-BACK-08", watch_after_rollback=taken_back) is expected


def test_what_was_seen_before_the_rollback_does_not_count() -> None:
    seen = hour(EVERY_5, 40)
    taken_back = watch_after_rollback(seen, release_of("2.4.0", BEGAN + timedelta(minutes=20)))
    assert [each.at - BEGAN for each in taken_back.samples] == [timedelta(minutes=20), timedelta(minutes=25)]
    assert judge("INFRA-BACK-08", watch_after_rollback=taken_back) is PENDING
    assert watch_after_rollback(seen, release_of("2.4.0", BEGAN - timedelta(hours=1))) == seen
    with pytest.raises(ProbeError):
        watch_after_rollback(seen, release_of("2.4.0"))


def look_at_the_watch_of(version: str, release: ReleaseFile, folder: Path) -> Watch:
    world = World(folder)
    part.start(world)
    file = world.folder / "state" / FILE
    header, *samples = file.read_text(encoding="utf-8").splitlines()
    file.write_text("\n".join([json.dumps(json.loads(header) | {"version": version}), *samples, ""]), encoding="utf-8")
    return look(replace(visit(folder), state=file.parent, needs={"release": release}))


@pytest.mark.parametrize(
    ("version", "back_to", "counts"), [("2.4.0", "", True), ("2.3.0", "", False), ("2.3.0", "2.3.0", True)]
)
def test_the_watch_of_another_version_says_nothing(version: str, back_to: str, counts: bool, tmp_path: Path) -> None:
    found = look_at_the_watch_of(version, release_of("2.4.0", to=back_to), tmp_path)
    assert bool(found.samples) is counts
    assert ("is of 2.3.0" in found.looked()) is not counts
    assert judge("PERF-WATCH-01", watch=found) is (PASS if counts else PENDING)


def test_a_watch_that_does_not_say_of_what_it_is_says_nothing(tmp_path: Path) -> None:
    assert "is of no version" in look_at_the_watch_of("", release_of("2.4.0"), tmp_path).looked()
