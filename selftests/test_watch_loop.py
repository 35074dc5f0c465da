"""The loop that takes samples: plans, kills, restarts, clocks that jump, what is told and when, how a run is condensed."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import replace
from datetime import datetime, timedelta
from pathlib import Path

import pytest

from acceptance.advice import AT_ONCE, ITEMS, Advice, Reading, Said
from acceptance.facts import ProbeError, Unseen
from acceptance.probes.sample import FILE, LogRead, Sample, read_samples
from acceptance.probes.watch import Watch
from acceptance.target import TargetError
from acceptance.watch import PLANS, Book, Look, condense, watch
from selftests.judging import FAIL, PASS, judge
from selftests.test_watch import BEGAN, sample


class Clock:
    """Time passes by sleeping only; `jump` sets the wall clock by so much at a given moment."""

    def __init__(self, jumps: dict[float, timedelta] | None = None) -> None:
        self.passed, self.jumps, self.slept = 0.0, jumps or {}, 0

    def now(self) -> datetime:
        jumped = sum((by for at, by in self.jumps.items() if self.passed >= at), timedelta())
        return BEGAN + timedelta(seconds=self.passed) + jumped

    def sleep(self, seconds: float) -> None:
        assert 0 < seconds <= 24 * 3600
        self.passed += seconds
        self.slept += 1


GREEN = dict.fromkeys(ITEMS, Reading.GREEN)


class Watched:
    """A target that is watched: what each look brings, and what was said and shown."""

    def __init__(self, state: Path, clock: Clock, readings: Iterator[dict[str, Reading]] | None = None) -> None:
        self.book, self.clock, self.readings = Book(state), clock, readings
        self.looks, self.changes, self.killed_after = 0, list[Said](), 10**9
        self.failing, self.holes, self.control_reached = set[int](), list[str](), True

    def take(self) -> Look:
        self.looks += 1
        if self.looks > self.killed_after:
            raise KeyboardInterrupt
        self.clock.passed += 40  # a look takes its time
        if self.looks in self.failing:
            raise TargetError("a sample left no record")
        readings = next(self.readings) if self.readings else GREEN
        return Look(replace(sample(0), at=self.clock.now()), readings, self.control_reached)

    def run(self, plan: str = "first-hour", version: str = "2.4.0") -> Said | None:
        return watch(self.book, PLANS[plan], version, self.clock, self.take, self)

    def shown(self, samples: tuple[Sample, ...], said: Said, due: datetime | None) -> None:
        return

    def changed(self, said: Said) -> None:
        self.changes.append(said)

    def missed(self, why: str) -> None:
        self.holes.append(why)

    def samples(self) -> tuple[Sample, ...]:
        return read_samples(self.book.path)[1]


@pytest.mark.parametrize("plan, count", [("first-hour", 12), ("first-day", 48), ("first-week", 7)])
def test_a_plan_takes_its_samples_and_ends(plan: str, count: int, tmp_path: Path) -> None:
    watched = Watched(tmp_path, Clock())
    said = watched.run(plan)
    assert said == Said(Advice.CONTINUE, ())
    assert len(watched.samples()) == count
    assert [each.advice for each in watched.changes] == [Advice.CONTINUE]


def test_an_hour_of_it_passes_its_own_items(tmp_path: Path) -> None:
    watched = Watched(tmp_path, Clock())
    watched.run()
    started, samples = read_samples(watched.book.path)
    assert judge("PERF-WATCH-01", watch=Watch(started, watched.clock.now() + timedelta(minutes=9), samples, ())) is PASS


def test_a_kill_in_the_middle_of_a_line_and_a_restart_lose_nothing(tmp_path: Path) -> None:
    clock = Clock()
    first = Watched(tmp_path, clock)
    first.killed_after = 5
    with pytest.raises(KeyboardInterrupt):
        first.run()
    with first.book.path.open("a", encoding="utf-8") as torn:
        torn.write('{"at": "2026-03-02T08:2')
    assert len(first.samples()) == 5
    second = Watched(tmp_path, clock)
    second.run()
    assert len(second.samples()) == 12
    assert second.looks == 7


@pytest.mark.parametrize("by", [timedelta(hours=-3), timedelta(minutes=-7)])
def test_a_clock_that_is_set_back_does_not_stop_it(by: timedelta, tmp_path: Path) -> None:
    watched = Watched(tmp_path, Clock({1200.0: by}))
    samples_wanted = 12
    try:
        watched.run()
    finally:
        times = [each.at for each in watched.samples()]
        assert times == sorted(times)
    assert len(times) >= samples_wanted


def test_a_clock_that_jumps_ahead_leaves_a_hole_that_is_named(tmp_path: Path) -> None:
    watched = Watched(tmp_path, Clock({1200.0: timedelta(minutes=20)}))
    watched.run()
    started, samples = read_samples(watched.book.path)
    assert judge("PERF-WATCH-01", watch=Watch(started, BEGAN + timedelta(hours=2), samples, ())) is FAIL


def test_another_version_begins_a_new_watch_and_keeps_the_one_before(tmp_path: Path) -> None:
    clock = Clock()
    Watched(tmp_path, clock).run("first-hour", "2.3.0")
    Watched(tmp_path, clock).run("first-hour", "2.4.0")
    book = Book(tmp_path)
    assert len(read_samples(book.earlier)[1]) == len(read_samples(book.path)[1]) == 12


def test_a_line_that_is_no_sample_is_named(tmp_path: Path) -> None:
    path = tmp_path / FILE
    path.write_text('{"started": "2026-03-02T08:00:00+00:00", "version": "1"}\nnonsense\n{}\n', encoding="utf-8")
    with pytest.raises(ProbeError, match="line 2"):
        read_samples(path)


def test_a_critical_red_is_looked_at_again_before_anybody_acts(tmp_path: Path) -> None:
    red = {**GREEN, AT_ONCE[0]: Reading.RED}
    watched = Watched(tmp_path, Clock(), iter([GREEN, red, red, *[GREEN] * 20]))
    watched.run()
    assert [each.advice for each in watched.changes][:3] == [Advice.CONTINUE, Advice.HOLD, Advice.ROLL_BACK_NOW]
    confirmed = watched.samples()[2]
    assert confirmed.advice == Advice.ROLL_BACK_NOW
    assert confirmed.at - watched.samples()[1].at == timedelta(seconds=70)


def test_a_restart_tells_nobody_again_what_they_know(tmp_path: Path) -> None:
    clock = Clock()
    first = Watched(tmp_path, clock)
    first.killed_after = 3
    with pytest.raises(KeyboardInterrupt):
        first.run()
    second = Watched(tmp_path, clock)
    second.run()
    assert (len(first.changes), second.changes) == (1, [])


def test_a_sample_that_can_not_be_taken_leaves_a_hole_and_the_watch_goes_on(tmp_path: Path) -> None:
    watched = Watched(tmp_path, Clock())
    watched.failing = {3}
    watched.run()
    assert watched.holes == ["a sample left no record"]
    assert (watched.looks, len(watched.samples())) == (12, 11)


def test_a_first_sample_that_can_not_be_taken_ends_it(tmp_path: Path) -> None:
    watched = Watched(tmp_path, Clock())
    watched.failing = {1}
    with pytest.raises(TargetError):
        watched.run()


def test_without_its_own_network_the_watch_never_advises_to_roll_back(tmp_path: Path) -> None:
    red = dict.fromkeys(ITEMS, Reading.RED)
    watched = Watched(tmp_path, Clock(), iter([red] * 30))
    watched.control_reached = False
    watched.run()
    assert [each.advice for each in watched.changes] == [Advice.CANNOT_SAY]


def test_a_sample_is_condensed_from_a_run(tmp_path: Path) -> None:
    (tmp_path / "facts").mkdir()
    rows = [
        {
            "id": "PERF-ROLL-01",
            "status": "BLOCKED",
            "found": "BLOCKED",
            "note": "could not look: undecided",
            "evidence": [],
        },
        {"id": "PERF-USE-01", "status": "PASS", "found": "PASS", "note": "", "evidence": ["held"]},
        {"id": "SEC-TLS-03", "status": "NOT-RUN", "found": "NOT-RUN", "note": "", "evidence": []},
    ]
    (tmp_path / "record.json").write_text(json.dumps({"items": rows}), encoding="utf-8")
    windows = [
        {"answered": 59, "failed": 1, "p50_ms": 20.0, "p95_ms": 61.0},
        {"answered": 0, "failed": 60, "p95_ms": 0.0},
    ]
    engine = {"name": "engine", "cpu_percent": 20.0, "memory_percent": 31.0, "anon_bytes": 9, "connections": 41}
    disks = [{"device": "sda", "busy_percent": 7.0, "wait_ms": 1.0}]
    usage = {"hosts": {"a": {"containers": [engine], "disks": disks}, "b": {"what": "host b", "why": "no route"}}}
    log = {
        "lines": 90, "whole": False, "warnings": ["WARN slow"], "errors": 1, "first_line_s_ago": 400.0,
        "recent_bytes_per_day": 5e6,
    }  # fmt: skip
    system = {"disk": {"path": "/data", "free_percent": 62.0}}
    blind = {"name": "b", "system": {"what": "b", "why": "no route"}, "engine": {"what": "b", "why": "no route"}}
    containers = {"containers": [{"name": "engine", "restarts": 2, "log": log}]}
    hosts = {"hosts": [{"name": "a", "system": system, "engine": containers}, blind]}
    for name, value in {"traffic": {"windows": windows}, "usage": usage, "hosts": hosts}.items():
        (tmp_path / "facts" / f"{name}.json").write_text(json.dumps({"value": value}), encoding="utf-8")
    look = condense(tmp_path, BEGAN)
    assert look.readings == {"PERF-ROLL-01": Reading.UNDECIDED}
    assert look.sample.items == {"PERF-ROLL-01": "BLOCKED", "PERF-USE-01": "PASS"}
    assert (look.sample.sent, look.sample.failed, look.sample.p95_ms) == (120, 61, (61.0,))
    assert look.sample.memory_percent == {"engine": 31.0}
    assert look.sample.restarts == {"engine": 2}
    assert look.sample.log == LogRead(1, False, 400.0)
    assert look.sample.anon_bytes == {"engine": 9}
    assert look.sample.disk_percent == {"a sda busy": 7.0, "a /data used": 38.0}
    assert look.sample.connections == {"engine": 41}
    assert look.sample.log_bytes_per_day == {"engine": 5e6}


@pytest.mark.parametrize("control, works, reached", [("", False, True), ("a:1", True, True), ("a:1", False, False)])
def test_a_sample_says_whether_the_suites_own_network_works(
    control: str, works: bool, reached: bool, tmp_path: Path
) -> None:
    (tmp_path / "facts").mkdir()
    (tmp_path / "record.json").write_text('{"items": []}', encoding="utf-8")
    alive = {"signs": [], "control": control, "control_works": works}
    (tmp_path / "facts" / "alive.json").write_text(json.dumps({"value": alive}), encoding="utf-8")
    assert condense(tmp_path, BEGAN).control_reached is reached


def test_a_run_without_those_facts_makes_a_sample_that_says_so(tmp_path: Path) -> None:
    (tmp_path / "record.json").write_text('{"items": []}', encoding="utf-8")
    assert isinstance(condense(tmp_path, BEGAN).sample.log, Unseen)
