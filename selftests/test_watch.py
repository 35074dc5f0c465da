"""The watch: what its samples prove, and each fault of a week of samples."""

from __future__ import annotations

import time
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from acceptance.facts import ProbeError, Unseen
from acceptance.grading.memory import Memory
from acceptance.grading.sample_series import oddities
from acceptance.judge import catalogue
from acceptance.probes.sample import FILE, LogRead, Sample, read_samples
from acceptance.probes.watch import Watch
from acceptance.probes.watch import look as look_at
from acceptance.record.watch_charts import CHARTS
from acceptance.sandbox import watch as part
from acceptance.sandbox.world import World
from acceptance.verdict import Status
from acceptance.visit import Visit
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


@pytest.mark.parametrize("gone", ["", *(f"FUNC-API-{n}" for n in ("03", "05", "07", "08", "09", "10"))])
def test_a_journey_that_no_sample_went_is_not_green(gone: str, world: World) -> None:
    week = seen(world)
    cut = tuple(replace(each, items={k: v for k, v in each.items.items() if k != gone}) for each in week.samples)
    assert judge("PERF-WATCH-05", watch=replace(week, samples=cut)) is (BLOCKED if gone else PASS)


@pytest.mark.parametrize(
    "statuses, now, expected",
    [
        ({0: "PASS", 1440: "PASS"}, 1500, PASS),
        ({0: "PASS", 1440: "FAIL"}, 1500, FAIL),
        ({0: "FAIL", 1440: "PASS"}, 1500, PASS),
        ({0: "PASS", 1440: "BLOCKED"}, 1500, BLOCKED),
        ({0: "PASS", 1320: "PASS"}, 1500, PASS),
        ({0: "PASS", 1319: "PASS"}, 1500, BLOCKED),
        ({0: "PASS", 1440: "PASS"}, 1439, PENDING),
        ({0: "PASS", 1440: "PASS", 1441: "FAIL"}, 1500, PASS),
    ],
)
def test_a_backup_of_the_day_is_one_that_is_there_at_its_end(
    statuses: dict[int, str], now: int, expected: Status
) -> None:
    samples = tuple(sample(m, items={"INFRA-BACKUP-02": status}) for m, status in statuses.items())
    day = Watch(BEGAN, BEGAN + timedelta(minutes=now), samples, ())
    assert judge("PERF-WATCH-08", watch=day) is expected


def test_a_container_that_was_made_anew_begins_a_stretch_of_its_own() -> None:
    counts = [2, 2, 0, 0, 1]
    samples = tuple(sample(m, anon_bytes={"e": 1.0}, restarts={"e": n}) for m, n in enumerate(counts))
    assert Memory(Watch(BEGAN, BEGAN, samples, ()))._stretches("e") == [(0, 2), (2, 4), (4, 5)]


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


CALM = {
    "p95_ms": (60.0,), "sent": 720, "cpu_percent": {"engine": 20.0}, "memory_percent": {"engine": 30.0},
    "disk_percent": {"app used": 40.0}, "connections": {"mongo": 50.0}, "log_bytes_per_day": {"engine": 20e6},
}  # fmt: skip


def stepped(count: int, **changes: object) -> tuple[Sample, ...]:
    """Calm samples whose second half has something else."""
    return tuple(sample(30 * i, **CALM | (changes if 2 * i >= count else {})) for i in range(count))  # type: ignore[operator]


@pytest.mark.parametrize(
    "changes, odd",
    [
        ({}, ()),
        ({"p95_ms": (60.0, 61.0, 90.0)}, ()),
        ({"p95_ms": (60.0, 61.006, 90.0)}, ("p95 in ms: change at sample 11: 61.01, usually 60",)),  # their median
        ({"failed": 3}, ()),
        ({"failed": 425, "sent": 100_000}, ("failed requests in %: change at sample 11: 0.425, usually 0",)),
        ({"failed": 4}, ("failed requests in %: change at sample 11: 0.5556, usually 0",)),
        ({"cpu_percent": {"engine": 21.006}}, ("CPU in % of engine: change at sample 11: 21.01, usually 20",)),
        ({"memory_percent": {"engine": 31.0}}, ()),
        ({"memory_percent": {"engine": 31.006}}, ("memory in % of engine: change at sample 11: 31.01, usually 30",)),
        ({"disk_percent": {"app used": 41.006}}, ("disk in % of app used: change at sample 11: 41.01, usually 40",)),
        ({"connections": {"mongo": 60.0}}, ()),
        ({"connections": {"mongo": 60.2455}}, ("connections of mongo: change at sample 11: 60.25, usually 50",)),
        ({"log_bytes_per_day": {"engine": 30e6}}, ()),
        (
            {"log_bytes_per_day": {"engine": 30.006e6}},
            ("log in MB a day of engine: change at sample 11: 30.01, usually 20",),
        ),
    ],
)
def test_oddities_are_measured_by_each_series_limit(changes: dict[str, object], odd: tuple[str, ...]) -> None:
    assert oddities(stepped(20, **changes)) == odd


def test_short_series_block_unless_another_one_is_odd() -> None:
    assert oddities(stepped(12)) == ()
    with pytest.raises(ProbeError, match="p95 in ms has 11 values, 12 are needed"):
        oddities(stepped(11))
    with pytest.raises(ProbeError, match="no sample tells failed requests"):
        oddities(stepped(20, sent=0)[10:] * 2)
    newcomer = stepped(20, cpu_percent={"engine": 60.0, "new": 1.0})
    assert oddities(newcomer) == ("CPU in % of engine: change at sample 11: 60, usually 20",)


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


def test_without_a_sample_of_memory_it_waits() -> None:
    early = Watch(BEGAN, BEGAN + timedelta(hours=2), (sample(0), sample(60)), ())
    assert judge("PERF-LEAK-01", watch=early) is PENDING


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


def test_the_leaks_chart_shows_what_the_rule_judges(world: World) -> None:
    world.faults.add("memory-leak")
    (chart,) = CHARTS["PERF-LEAK-01"][1](seen(world))
    engine = next(row.value for row in chart.rows if row.name == "rust-core-engine")
    first, last = (float(part.split()[0]) for part in engine.split(", "))
    assert last > 2 * first
    assert chart.rows[-1].name == "what would have shown"
    assert "MB" in chart.svg
