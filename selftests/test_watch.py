"""The watch: what its samples prove, each fault of a week of samples, and a loop that nothing throws off its pace."""

from __future__ import annotations

import json
import time
from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from acceptance.advice import AT_ONCE, ITEMS, Advice, Reading, Said
from acceptance.facts import ProbeError, Unseen
from acceptance.grading.memory import Memory
from acceptance.judge import catalogue
from acceptance.probes.sample import FILE, LogRead, Sample, read_samples
from acceptance.probes.watch import Watch
from acceptance.probes.watch import look as look_at
from acceptance.record.watch_charts import CHARTS
from acceptance.sandbox import watch as part
from acceptance.sandbox.world import World
from acceptance.target import TargetError
from acceptance.verdict import Status
from acceptance.visit import Visit
from acceptance.watch import PLANS, Book, Look, condense, watch
from selftests.hosts_facts import host
from selftests.judging import BLOCKED, FAIL, PASS, PENDING, judge

BEGAN = datetime(2026, 3, 2, 8, 0, tzinfo=UTC)
ITEMS_OF_WATCH = [id for id, case in catalogue().items() if case.asks_for in (("watch",), ("outages",), ("memory",))]


def seen(world: World, now: datetime | None = None) -> Watch:
    part.start(world)
    visit = Visit(
        target=None,  # type: ignore[arg-type]
        now=now or world.now,
        run=world.folder,
        live=world.folder,
        state=world.folder / "state",
        marker="acceptance-test",
        ends=time.monotonic() + 10,
    )
    return look_at(visit)


@pytest.fixture
def world(tmp_path: Path) -> World:
    return World(tmp_path)


def test_a_healthy_week_is_green(world: World) -> None:
    week = seen(world)
    assert {id: judge(id, watch=week, hosts=host()) for id in ITEMS_OF_WATCH} == dict.fromkeys(ITEMS_OF_WATCH, PASS)
    assert "64 samples" in week.looked()


@pytest.mark.parametrize("fault", part.FAULTS, ids=lambda fault: fault.name)
def test_a_fault_breaks_exactly_its_items(fault: object, world: World) -> None:
    world.faults.add(fault.name)  # type: ignore[attr-defined]
    week = seen(world)
    red = {id for id in ITEMS_OF_WATCH if judge(id, watch=week, hosts=host()) is not PASS}
    assert red == set(fault.breaks)  # type: ignore[attr-defined]


def test_while_the_time_runs_it_is_pending_and_red_is_red_at_once(world: World) -> None:
    world.faults.add("watch-journey-red")
    part.start(world)
    started, samples = read_samples(world.folder / "state" / FILE)
    assert started
    early = Watch(started, started + timedelta(minutes=45), samples[:10], ())
    assert judge("PERF-WATCH-05", watch=early) is FAIL
    for id in ("PERF-WATCH-01", "PERF-WATCH-03", "PERF-WATCH-09", "PERF-WATCH-13", "PERF-LEAK-01"):
        assert judge(id, watch=early) is PENDING


def test_without_a_watch_everything_is_pending() -> None:
    nothing = Watch(None, BEGAN, (), ())
    assert {judge(id, watch=nothing, hosts=host()) for id in ITEMS_OF_WATCH} == {PENDING}


def sample(minutes: float, **changes: object) -> Sample:
    made = Sample(
        at=BEGAN + timedelta(minutes=minutes),
        run="run",
        items={"INFRA-HEALTH-01": "PASS", "PERF-USE-01": "PASS"},
        p95_ms=(60.0,) * 12,
        sent=720,
        failed=0,
        cpu_percent={},
        memory_percent={},
        restarts={},
        log=LogRead(0, True),
    )
    return replace(made, **changes)  # type: ignore[arg-type]


def hour(minutes: list[float], now: float = 70) -> Watch:
    return Watch(BEGAN, BEGAN + timedelta(minutes=now), tuple(sample(m) for m in minutes), ())


EVERY = [float(m) for m in range(0, 60, 5)]


@pytest.mark.parametrize(
    "minutes, expected",
    [
        (EVERY, PASS),
        ([m + 0.9 for m in EVERY], PASS),
        ([m for m in EVERY if m != 30], PASS),
        ([m for m in EVERY if m not in (30, 45)], FAIL),
        ([m for m in EVERY if m not in (30, 35)], FAIL),
        ([*EVERY[:6], 37.0, *EVERY[8:]], FAIL),
        (EVERY[:10], FAIL),
        (EVERY[2:], FAIL),
    ],
)
def test_holes(minutes: list[float], expected: Status) -> None:
    assert judge("PERF-WATCH-01", watch=hour(minutes)) is expected


def test_what_a_sample_could_not_see_blocks() -> None:
    blind = [sample(m, items={"PERF-USE-01": "BLOCKED"}, log=Unseen("the logs", "no route")) for m in EVERY]
    seen = Watch(BEGAN, BEGAN + timedelta(hours=2), tuple(blind), ())
    assert judge("PERF-WATCH-03", watch=seen) is BLOCKED
    assert judge("PERF-WATCH-02", watch=seen) is BLOCKED
    assert judge("PERF-WATCH-05", watch=seen) is BLOCKED


@pytest.mark.parametrize("back_s, expected", [(301.0, PASS), (299.0, FAIL)])
def test_a_log_that_goes_back_to_the_sample_before_has_no_gap(back_s: float, expected: Status) -> None:
    samples = tuple(sample(m, log=LogRead(0, False, back_s)) for m in EVERY)
    assert judge("PERF-WATCH-02", watch=Watch(BEGAN, BEGAN + timedelta(hours=2), samples, ())) is expected


@pytest.mark.parametrize("minutes, expected", [(10, PASS), (15, FAIL)])
def test_down_for_15_minutes(minutes: int, expected: Status) -> None:
    down = {"INFRA-HEALTH-02": "FAIL"}
    samples = tuple(
        sample(m, items=down if m >= 10 else {"INFRA-HEALTH-02": "PASS"}) for m in range(0, 11 + minutes, 5)
    )
    assert judge("INFRA-ROLL-02", watch=Watch(BEGAN, BEGAN, samples, ()), hosts=host()) is expected
    mended = (*samples, sample(12 + minutes, items={"INFRA-HEALTH-02": "PASS"}))
    assert judge("INFRA-ROLL-02", watch=Watch(BEGAN, BEGAN, mended, ()), hosts=host()) is PASS


@pytest.mark.parametrize("kind", ["disk_percent", "connections", "log_bytes_per_day", "cpu_percent", "p95_ms"])
def test_a_kind_of_series_that_no_sample_tells_blocks_the_search_for_oddities(kind: str, world: World) -> None:
    week = seen(world)
    nothing = () if kind == "p95_ms" else {}
    blind = replace(week, samples=tuple(replace(each, **{kind: nothing}) for each in week.samples))  # type: ignore[arg-type]
    assert judge("PERF-WATCH-10", watch=blind) is BLOCKED


def memory(hours: float, value: object, restart_at: float = 1e9) -> Watch:
    samples = tuple(
        sample(60 * h, anon_bytes={"engine": 1e6 * value(h)}, restarts={"engine": int(h >= restart_at)})  # type: ignore[operator]
        for h in [*(i / 12 for i in range(12)), *(1 + i / 2 for i in range(int(2 * hours) - 1))]
    )
    return Watch(BEGAN, BEGAN + timedelta(hours=hours + 1), samples, ())


@pytest.mark.parametrize(
    "watched, expected",
    [
        (memory(24, lambda h: 30 * (1 + 0.01 * h)), FAIL),
        (memory(24, lambda h: 30 + 8 * ((h / 3) % 1)), PASS),
        (memory(24, lambda h: 30 + (h * 7) % 1), PASS),
        (memory(12, lambda h: 30 * (1 + 0.01 * h)), PENDING),
        (memory(24, lambda h: 30 * (1 + 0.01 * (h % 12)), restart_at=12), PENDING),
        (memory(36, lambda h: 30 + (h * 7) % 1, restart_at=2), PASS),
    ],
    ids=["1 % an hour", "sawtooth", "flat", "too short", "restart in the middle", "restart early"],
)
def test_growth_of_memory(watched: Watch, expected: Status) -> None:
    assert judge("PERF-LEAK-01", watch=watched) is expected


def test_it_never_says_no_leak() -> None:
    assert "may not" in Memory(memory(24, lambda h: 30.0)).looked()


def test_a_restart_is_named() -> None:
    said = Memory(memory(36, lambda h: 30 + (h * 7) % 1, restart_at=2)).looked()
    assert "restarted while it was watched: engine 1 times" in said


@pytest.mark.parametrize("bound_mb, expected", [(38.0, PASS), (36.0, FAIL), (None, FAIL)])
def test_a_store_may_fill_its_cache(bound_mb: float | None, expected: Status) -> None:
    bounds = {"engine": bound_mb * 1e6} if bound_mb else {}
    watched = replace(memory(24, lambda h: 30 * (1 + 0.01 * h)), cache_bounds=bounds)
    assert judge("PERF-LEAK-01", watch=watched) is expected


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


def test_the_leaks_chart_shows_what_the_rule_judges(world: World) -> None:
    world.faults.add("memory-leak")
    (chart,) = CHARTS["PERF-LEAK-01"][1](seen(world))
    engine = next(row.value for row in chart.rows if row.name == "rust-core-engine")
    first, last = (float(part.split()[0]) for part in engine.split(", "))
    assert last > 2 * first
    assert chart.rows[-1].name == "what would have shown"
    assert "MB" in chart.svg
