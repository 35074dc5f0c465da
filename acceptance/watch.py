"""`acceptance watch`: takes samples at a plan's pace, keeps them on disk, and says what to do when that changes.

A sample is a run of its own (`pytest -m sample`); this module paces, condenses and advises. The clock is given, so
that a week passes in no time in a test; a clock that was set back, a kill or a restart lose no sample.
"""

from __future__ import annotations

import json
import os
from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any, Protocol

from acceptance.advice import ITEMS, LOOK_AGAIN_S, Advisor, Reading, Said, reading
from acceptance.facts import Unseen, dump
from acceptance.probes.sample import EARLIER, FILE, LogRead, Sample, read_samples, watched_version
from acceptance.target import TargetError
from acceptance.verdict import Status


@dataclass(frozen=True)
class Plan:
    """How often, for how long."""

    every: timedelta
    length: timedelta


PLANS = {
    "first-hour": Plan(timedelta(minutes=5), timedelta(hours=1)),
    "first-day": Plan(timedelta(minutes=30), timedelta(days=1)),
    "first-week": Plan(timedelta(days=1), timedelta(days=7)),
}


class Clock(Protocol):
    """What tells the time and lets it pass."""

    def now(self) -> datetime:
        """The wall clock, UTC."""

    def sleep(self, seconds: float) -> None:
        """Wait."""


class Book:
    """The file of samples. It is only appended to; a torn last line is cut off before the next one."""

    def __init__(self, state: Path) -> None:
        self.path, self.earlier = state / FILE, state / EARLIER

    def open(self, now: datetime, version: str, *, anew: bool = False) -> tuple[datetime, tuple[Sample, ...]]:
        """When the watch of this version started, and its samples; another version's watch becomes the earlier one."""
        if self.path.exists() and (anew or watched_version(self.path) != version):
            self.path.replace(self.earlier)
        if not self.path.exists():
            self._append(json.dumps({"started": now.isoformat(), "version": version}))
        started, samples = read_samples(self.path)
        return started or now, samples

    def add(self, sample: Sample) -> None:
        """Append one sample and make sure that it is on disk."""
        self._append(dump(sample))

    def _append(self, line: str) -> None:
        handle = os.open(self.path, os.O_RDWR | os.O_CREAT, 0o600)
        with os.fdopen(handle, "r+b") as out:
            whole = out.read()
            out.seek(whole.rfind(b"\n") + 1)  # what a kill left unfinished goes
            out.truncate()
            out.write(line.encode() + b"\n")
            out.flush()
            os.fsync(out.fileno())


@dataclass(frozen=True)
class Look:
    """What one sample brought: itself, and the readings of the rollback decision."""

    sample: Sample
    readings: dict[str, Reading]
    control_reached: bool = True


Take = Callable[[], Look]


class Teller(Protocol):
    """Who is told what the watch sees."""

    def shown(self, samples: tuple[Sample, ...], said: Said, due: datetime | None) -> None:
        """After each sample; when the next one is due, None after the last."""

    def changed(self, said: Said) -> None:
        """The advice is another than after the sample before."""

    def missed(self, why: str) -> None:
        """A sample could not be taken; the watch goes on."""


def watch(book: Book, plan: Plan, version: str, clock: Clock, take: Take, teller: Teller) -> Said | None:
    """Take samples until the plan's time is over; the last advice, None when no sample was due.

    A first sample that can't be taken ends it (TargetError); a later one leaves a hole, and is told.
    """
    started, samples = book.open(clock.now(), version)
    advisor, said, again = Advisor(_last_readings(samples)), None, False
    last = samples[-1].at if samples else None
    while True:
        if again:  # a red line of the first group: look again before anybody acts
            clock.sleep(LOOK_AGAIN_S)
        elif (due := next_due(started, last, plan, clock.now())) is not None:
            pause(clock, due, plan)
        else:
            return said
        try:
            look = take()
        except TargetError as problem:
            if said is None:
                raise
            teller.missed(str(problem))
            last, again = max(clock.now(), last or started), False
            continue
        before = samples[-1].advice if samples else ""
        said, advisor = advisor.look(look.readings, control_reached=look.control_reached)
        last = max(look.sample.at, samples[-1].at) if samples else look.sample.at  # a clock that was set back
        book.add(sample := replace(look.sample, at=last, advice=said.advice))
        samples = (*samples, sample)
        if said.advice != before:
            teller.changed(said)
        teller.shown(samples, said, next_due(started, last, plan, clock.now()))
        again = said.look_again_s is not None


def _last_readings(samples: tuple[Sample, ...]) -> dict[str, Reading]:
    """What the last look before a restart said, so that a red line needs one more look, not two."""
    last = samples[-1].items if samples else {}
    return {id: reading(Status(status)) for id, status in last.items() if id in ITEMS}


def next_due(started: datetime, last: datetime | None, plan: Plan, now: datetime) -> datetime | None:
    """When the next sample is due after the last look; None when the plan is over. The first one is due at once."""
    end = started + plan.length
    if last is None:
        return started
    slot = (last - started) // plan.every + 1
    due = started + slot * plan.every
    return due if due < end and now < end + plan.every else None


def pause(clock: Clock, due: datetime, plan: Plan) -> None:
    """Wait until a sample is due, never longer than one interval: a clock that jumps back must not stop the watch."""
    wait = min((due - clock.now()).total_seconds(), plan.every.total_seconds())
    if wait > 0:
        clock.sleep(wait)


def condense(run: Path, at: datetime) -> Look:
    """A sample out of a run's folder: its record's statuses, and the series out of its facts."""
    record = json.loads((run / "record.json").read_text(encoding="utf-8"))
    items = {item["id"]: item for item in record["items"] if item["status"] != "NOT-RUN"}
    readings = {
        id: reading(Status(item["found"]), " ".join([item["note"], *item["evidence"]]))
        for id, item in items.items()
        if id in ITEMS
    }
    traffic, usage, hosts, alive = (_facts(run, name) for name in ("traffic", "usage", "hosts", "alive"))
    containers = [c for host in _values(usage.get("hosts")) for c in _values(host.get("containers"))]
    disks = {
        f"{name} {disk['device']} busy": disk["busy_percent"]
        for name, host in usage.get("hosts", {}).items()
        for disk in _values(host.get("disks"))
    }
    disks |= {
        f"{host['name']} {disk['path']} used": 100 - disk["free_percent"]
        for host in _values(hosts.get("hosts"))
        if (disk := _disk(host))
    }
    engines = [host["engine"] for host in _values(hosts.get("hosts")) if isinstance(host.get("engine"), dict)]
    running = [c for engine in engines for c in _values(engine.get("containers"))]
    windows = _values(traffic.get("windows"))
    sample = Sample(
        at=at,
        run=run.name,
        items={id: item["status"] for id, item in items.items()},
        p95_ms=tuple(w["p95_ms"] for w in windows if w["answered"]),
        sent=sum(w["answered"] + w["failed"] for w in windows),
        failed=sum(w["failed"] for w in windows),
        cpu_percent={c["name"]: c["cpu_percent"] for c in containers},
        memory_percent={c["name"]: c["memory_percent"] for c in containers},
        anon_bytes={c["name"]: c["anon_bytes"] for c in containers if c["anon_bytes"]},
        restarts={c["name"]: c["restarts"] for c in running},
        disk_percent=disks,
        connections={c["name"]: c["connections"] for c in containers if isinstance(c.get("connections"), int)},
        log_bytes_per_day={
            c["name"]: c["log"]["recent_bytes_per_day"]
            for c in running
            if c["log"].get("recent_bytes_per_day", -1.0) >= 0
        },
        log=_log([c["log"] for c in running]),
    )
    return Look(sample, readings, control_reached=not alive.get("control") or bool(alive.get("control_works")))


def _disk(host: dict[str, Any]) -> dict[str, Any]:
    """The data directory's disk; {} where it could not be seen."""
    disk = host.get("system", {}).get("disk", {})
    return disk if "free_percent" in disk else {}


def _log(logs: list[dict[str, Any]]) -> LogRead | Unseen:
    read = [log for log in logs if "lines" in log]
    if not read or len(read) < len(logs):
        return Unseen("the services' logs", f"{len(read)} of {len(logs)} were read")
    cut = [log["first_line_s_ago"] for log in read if not log["whole"]]
    return LogRead(sum(log["errors"] for log in read), not cut, min(cut, default=0.0))


def _facts(run: Path, name: str) -> dict[str, Any]:
    try:
        value = json.loads((run / "facts" / f"{name}.json").read_text(encoding="utf-8"))["value"]
    except (OSError, ValueError, KeyError):
        return {}
    return value if isinstance(value, dict) else {}


def _values(value: Any) -> list[dict[str, Any]]:
    """The objects in a list or a mapping; what could not be seen is none."""
    if isinstance(value, dict):
        value = list(value.values())
    return [each for each in value if isinstance(each, dict)] if isinstance(value, list) else []
