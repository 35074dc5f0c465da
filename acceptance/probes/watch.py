"""What the watch has seen since the deployment: samples on disk, and what they show over an hour, a day, a week."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from dataclasses import field, replace
from datetime import datetime, timedelta
from fnmatch import fnmatch
from itertools import pairwise
from statistics import median

from acceptance.facts import ProbeError, Unseen, facts, seen, text
from acceptance.probes.sample import EARLIER, FILE, Sample, read_samples, watched_version
from acceptance.visit import Visit

SLACK = 0.2  # of an interval: a sample may come that much later
MISSING_SHARE = 0.10
END = timedelta(hours=2)  # a sample that is older than that does not tell how a time ended


@facts
class Watch:
    """Samples of the release in their order; `earlier` are those of the watch before, for the same hours of a day."""

    started: datetime | None
    now: datetime
    samples: tuple[Sample, ...]
    earlier: tuple[Sample, ...]
    foreign: str = ""  # the version whose watch lies there instead
    cache_bounds: dict[str, float] = field(default_factory=dict)  # bytes that a store's cache may fill, by container

    def __repr__(self) -> str:
        return f"watch with {len(self.samples)} samples"

    def looked(self) -> str:
        """How many samples there are, and of which time."""
        if not self.samples:
            return f"no sample yet{self._foreign()}"
        first, last = self.samples[0].at, self.samples[-1].at
        return f"{len(self.samples)} samples from {first:%Y-%m-%d %H:%M} to {last:%Y-%m-%d %H:%M} UTC"

    def holes(self, *, every_minutes: float, for_hours: float) -> tuple[str, ...]:
        """Where samples are missing, when more than a tenth or two in a row are. PENDING while the time runs."""
        end = self._end(for_hours)
        interval = timedelta(minutes=every_minutes)
        times = [s.at for s in self._within(for_hours)]
        gaps = list(zip([self._began(), *times], [*times, end], strict=True))
        gaps[0] = (gaps[0][0] - interval, gaps[0][1])  # the first sample is due at the start itself
        missing = [(a, b, _missed((b - a) / interval)) for a, b in gaps]
        total = sum(count for _, _, count in missing)
        found = [f"{count} missing between {a:%d %H:%M} and {b:%d %H:%M}" for a, b, count in missing if count]
        if self.now < end:
            self.pending(for_hours, f"{len(times)} samples so far" + (f"; {found[0]}" if found else ""))
        few = total > MISSING_SHARE * for_hours * 60 / every_minutes
        return tuple(found) if few or any(count > 1 for _, _, count in missing) else ()

    def not_green(self, *patterns: str, for_hours: float) -> tuple[str, ...]:
        """Items that were red in a sample."""

        def find(sample: Sample) -> Iterator[str | Unseen]:
            wanted = {id: s for id, s in sample.items.items() if any(fnmatch(id, each) for each in patterns)}
            for id, status in sorted(wanted.items()):
                if status == "FAIL":
                    yield f"{id} at {sample.at:%d %H:%M}"
                elif status not in ("PASS", "NA", "WAIVED"):
                    yield Unseen(f"{id} at {sample.at:%d %H:%M}", f"it was {status}")
            for each in patterns:
                if not any(fnmatch(id, each) for id in wanted):
                    yield Unseen(f"{each} at {sample.at:%d %H:%M}", "the sample did not judge it")

        return self._judged(for_hours, find)

    def log_errors(self, *, for_hours: float) -> tuple[str, ...]:
        """Samples with errors in the logs, and those that missed lines."""

        before = {after.at: (after.at - first.at) / timedelta(seconds=1) for first, after in pairwise(self.samples)}

        def find(sample: Sample) -> Iterator[str | Unseen]:
            if isinstance(sample.log, Unseen):
                yield sample.log
            elif sample.log.errors:
                yield f"{sample.log.errors} errors at {sample.at:%d %H:%M}"
            elif not sample.log.whole and sample.log.back_s < before.get(sample.at, 0.0):
                yield f"lines are missing before {sample.at:%d %H:%M}: the log does not go back to the sample before"

        return self._judged(for_hours, find)

    def memory_near(self, *, percent: float, for_hours: float) -> tuple[str, ...]:
        """Containers at the share of their limit, or on the way to it within the time by their steady slope."""
        from acceptance.grading.trend import mann_kendall_z, theil_sen

        def find(sample: Sample) -> Iterator[str | Unseen]:
            if not sample.memory_percent:
                yield Unseen(f"memory at {sample.at:%d %H:%M}", "the sample has no container's memory")
            for name, value in sample.memory_percent.items():
                if value >= percent:
                    yield f"{name} {value:.0f} % at {sample.at:%d %H:%M}"

        found = list(self._judged(for_hours, find))
        for name, (hours, values) in self.series(lambda s: s.memory_percent, for_hours).items():
            reach = values[-1] + theil_sen(hours, values) * for_hours
            if len(values) >= 6 and mann_kendall_z(values) > 2.33 and reach >= percent:
                found.append(f"{name} would reach {reach:.0f} % within {for_hours:g} h")
        return tuple(found)

    def degraded(self, *, for_hours: float) -> tuple[str, ...]:
        """The p95s against the same hours of the watch before; undecided: ProbeError."""
        from acceptance.grading.degradation import Band, ratio

        samples = self._complete(for_hours)
        before, now = [], []
        for sample in samples:
            like = [old for old in self.earlier if old.p95_ms and _hours_apart(old.at, sample.at) <= 1]
            if like and sample.p95_ms:
                level = median(median(old.p95_ms) for old in like)
                before += [median(old.p95_ms) / level for old in like]
                now.append(median(sample.p95_ms) / level)
        if len(now) < 0.5 * len(samples):
            raise ProbeError(
                "the same hours of an earlier watch", f"only {len(now)} of {len(samples)} samples have any"
            )
        found = ratio(before, now)
        if found.band is Band.GREEN:
            return ()
        if found.lower < 1.2:
            raise ProbeError("whether performance holds", f"undecided: the p95 is {found}")
        return (f"the p95 is {found}",)

    def oddities(self, *, for_hours: float) -> tuple[str, ...]:
        """Change points and outliers of any series that last two samples."""
        from acceptance.grading.sample_series import oddities

        return oddities(self._complete(for_hours))

    def never_green(self, id: str, *, for_hours: float) -> tuple[str, ...]:
        """The item, when no sample of the time saw it pass. PENDING while that may still come."""
        samples = self._within(for_hours)
        if any(sample.items.get(id) == "PASS" for sample in samples):
            return ()
        if self.now < self._end(for_hours):
            self.pending(for_hours, f"{id} has not passed yet")
        return (f"{id} did not pass in {len(samples)} samples",)

    def not_green_at_end(self, id: str, *, for_hours: float) -> tuple[str, ...]:
        """The item, when the last sample of the time saw it red: what was true at the start proves nothing of the time."""
        last = self._complete(for_hours)[-1]
        if (gap := self._end(for_hours) - last.at) > END:
            raise ProbeError(
                f"{id} after {for_hours:g} h", f"the last sample is from {gap / timedelta(hours=1):.1f} h before"
            )
        status = last.items.get(id, "not judged")
        if status not in ("PASS", "FAIL"):
            raise ProbeError(f"{id} at {last.at:%d %H:%M}", f"it was {status}")
        return (f"{id} did not pass at {last.at:%d %H:%M}",) if status == "FAIL" else ()

    def down_for(self, *, minutes: float) -> tuple[str, ...]:
        """Services that are down now, and that no look saw healthy for so long."""
        if not self.samples:
            self.pending(0, "there is no sample yet")
        since = dict[str, datetime]()
        for sample in self.samples:
            for id, status in sample.items.items():
                if fnmatch(id, "INFRA-HEALTH-*") and status == "FAIL":
                    since.setdefault(id, sample.at)
                elif status == "PASS":  # what is over is for PERF-WATCH to judge: going back would not mend it
                    since.pop(id, None)
        last = self.samples[-1].at
        found = [
            f"{id} red from {first:%d %H:%M} to {last:%d %H:%M}"
            for id, first in since.items()
            if last - first >= timedelta(minutes=minutes)
        ]
        if not found and not any(fnmatch(id, "INFRA-HEALTH-*") for s in self.samples for id in s.items):
            raise ProbeError("the services' health", "no sample judged it")
        return tuple(found)

    def series(
        self, of: Callable[[Sample], dict[str, float]], hours: float
    ) -> dict[str, tuple[list[float], list[float]]]:
        found: dict[str, tuple[list[float], list[float]]] = {}
        for sample in self._within(hours):
            for name, value in of(sample).items():
                at, values = found.setdefault(name, ([], []))
                at.append((sample.at - self._began()) / timedelta(hours=1))
                values.append(value)
        return found

    def _judged(self, hours: float, find: Callable[[Sample], Iterable[str | Unseen]]) -> tuple[str, ...]:
        samples = self._within(hours)
        said = [each for sample in samples for each in find(sample)]
        if found := [each for each in said if isinstance(each, str)]:
            return tuple(found)
        self._complete(hours)
        for each in said:
            seen(each)  # something could not be seen: say what
        return ()

    def after(self, moment: datetime) -> Watch:
        """The samples from then on, as a watch that began then; one that began later stays as it is."""
        if self.started is None or self.started >= moment:
            return self
        return replace(self, started=moment, samples=tuple(each for each in self.samples if each.at >= moment))

    def _foreign(self) -> str:
        return f" (the watch that lies there is of {self.foreign})" if self.foreign else ""

    def _complete(self, hours: float) -> tuple[Sample, ...]:
        """The samples of the time; PENDING while it runs, ProbeError when there are none."""
        samples = self._within(hours)
        if self.now < self._end(hours):
            self.pending(hours, f"{len(samples)} samples so far")
        if not samples:
            raise ProbeError(f"samples of {hours:g} h", "there are none")
        return samples

    def _within(self, hours: float) -> tuple[Sample, ...]:
        if self.started is None:
            self.pending(hours, f"no watch was started{self._foreign()}")
        end = self._end(hours)
        return tuple(sample for sample in self.samples if sample.at <= end)

    def _began(self) -> datetime:
        if self.started is None:
            self.pending(0, f"no watch was started{self._foreign()}")
            raise AssertionError
        return self.started

    def _end(self, hours: float) -> datetime:
        return self._began() + timedelta(hours=hours)

    def pending(self, hours: float, what: str) -> None:
        from acceptance.judge import Settled
        from acceptance.verdict import Status

        until = f"; until {self.started + timedelta(hours=hours):%Y-%m-%d %H:%M} UTC" if self.started and hours else ""
        raise Settled(Status.PENDING, f"{what}{until}; acceptance watch takes the samples")


def _missed(intervals: float) -> int:
    """How many samples are missing in a gap of so many intervals."""
    whole = int(intervals)
    return max(0, whole - 1 + (intervals - whole > SLACK))


def _hours_apart(one: datetime, other: datetime) -> float:
    """How far apart two times of the day are."""
    apart = abs((one - other) / timedelta(hours=1)) % 24
    return min(apart, 24 - apart)


def look(visit: Visit) -> Watch:
    """Read what the watch has laid into the state folder. Another version's samples say nothing of this one."""
    earlier, release = read_samples(visit.state / EARLIER)[1], visit.needs.get("release")
    started, samples = read_samples(visit.state / FILE)
    version = watched_version(visit.state / FILE)
    if release and started and version not in (release.version, release.rolled_back_to or release.version):
        return Watch(None, visit.now, (), earlier, foreign=text(version, 80) or "no version")
    compose = visit.target.compose if visit.target else None
    bounds = {name: mb * 1e6 for name, mb in compose.cache_mb.items()} if compose else {}
    return Watch(started, visit.now, samples, earlier, cache_bounds=bounds)
