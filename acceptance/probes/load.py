"""The API under load: exact latencies in blocks of 5 s, errors, throughput, the generator's own lag, CPU, backends."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from acceptance.facts import ProbeError, Unseen, facts, seen
from acceptance.visit import Visit

if TYPE_CHECKING:
    from acceptance.grading.exceedance import Outcome, Share

LAG_P99_MS = 5.0  # above it the generator, not the target, may have been slow
OFFERED_WITHIN = 0.02
LIMITS_MS = {50: 50, 95: 100, 99: 200}  # the checklist's, by percentile: near one of them more rounds are offered


@facts
class Block:
    """Five seconds: how long each answered request took, from the moment in which it was due."""

    start_s: float
    latencies_us: tuple[int, ...]

    def __repr__(self) -> str:
        return f"{len(self.latencies_us)} requests from {self.start_s:.0f} s"


@facts
class Second:
    """One second of the whole run, for charts."""

    at_s: int
    sent: int
    succeeded: int
    failed: int
    median_ms: float
    p99_ms: float


@facts
class CpuSample:
    """CPU usage at a time after the load's start."""

    at_s: float
    percent: float


@facts
class Phase:
    """A window of the load at one rate. `refused` counts from the start; `succeeded_within` what ended inside it."""

    rate_per_s: float
    length_s: float
    offered: int
    sent: int
    failed: int
    refused: int
    succeeded_within: int
    lag_p99_ms: float
    sleep_lag_p99_ms: float
    min_rtt_ms: float
    stopped: str
    blocks: tuple[Block, ...]

    @property
    def answered(self) -> int:
        """Requests with a latency."""
        return sum(len(block.latencies_us) for block in self.blocks)

    def trusted(self) -> Phase:
        """Itself; ProbeError when the generator, or a limiter before the target, may have made the numbers."""
        what = f"the API at {self.rate_per_s:.0f} requests/s"
        if self.lag_p99_ms > LAG_P99_MS:
            why = f"its lag p99 is {self.lag_p99_ms:.1f} ms, over {LAG_P99_MS:.0f}"
            raise ProbeError(what, f"the load generator is the limit: {why}; use more processes or a quieter machine")
        if self.refused:
            raise ProbeError(
                what, f"{self.refused} requests got 429: allow-list the generator, or name the entry behind the limiter"
            )
        if not self.stopped and abs(self.sent - self.offered) > OFFERED_WITHIN * self.offered:
            raise ProbeError(what, f"the load generator is the limit: it sent {self.sent} of {self.offered} requests")
        return self

    def stopped_because(self) -> str:
        """Why the load was stopped before or in this phase; "" when it was not."""
        return self.trusted().stopped

    def error_percent(self) -> float:
        """Failed requests per hundred sent."""
        return 100 * self.trusted().failed / max(1, self.sent)

    def successes_per_s(self) -> float:
        """Successes a second that ended inside the offering window."""
        return self.trusted().succeeded_within / self.length_s

    def upper_bound_ms(self, percentile: int) -> Percentile:
        """The percentile, to be compared with its limit by `<`; ProbeError when there is too little to judge it."""
        from acceptance.grading.exceedance import NEEDED

        self.trusted()
        if self.answered < NEEDED[percentile]:
            what = f"p{percentile} at {self.rate_per_s:.0f} requests/s"
            raise ProbeError(what, f"{self.answered} requests were answered, {NEEDED[percentile]} are needed")
        return Percentile(percentile, self)

    def near_a_limit(self) -> bool:
        """Whether more rounds could decide what these leave undecided."""
        from acceptance.grading.exceedance import Outcome

        try:
            judged = [self.upper_bound_ms(each).against(limit_ms) for each, limit_ms in LIMITS_MS.items()]
        except ProbeError:
            return False  # numbers that can't be trusted don't get better by more of them
        return not self.stopped and Outcome.UNDECIDED in judged and Outcome.FAIL not in judged

    def with_rounds(self, more: Phase) -> Phase:
        """Both as one phase: sums, the worse lag, all blocks."""
        blocks = [replace(block, start_s=block.start_s + self.length_s) for block in more.blocks]
        return replace(
            self,
            length_s=self.length_s + more.length_s,
            offered=self.offered + more.offered,
            sent=self.sent + more.sent,
            failed=self.failed + more.failed,
            refused=self.refused + more.refused,
            succeeded_within=self.succeeded_within + more.succeeded_within,
            lag_p99_ms=max(self.lag_p99_ms, more.lag_p99_ms),
            sleep_lag_p99_ms=max(self.sleep_lag_p99_ms, more.sleep_lag_p99_ms),
            stopped=more.stopped,
            blocks=(*self.blocks, *blocks),
        )


@dataclass(frozen=True)
class Percentile:
    """A percentile that is judged by the share of requests at or over the limit (acceptance.grading.exceedance)."""

    percentile: int
    phase: Phase

    def share(self, limit_ms: float) -> Share:
        """The share of requests that took `limit_ms` or longer, with its bounds."""
        from acceptance.grading import exceedance

        limit_us = limit_ms * 1000
        blocks = [(sum(us >= limit_us for us in b.latencies_us), len(b.latencies_us)) for b in self.phase.blocks]
        return exceedance.share([block for block in blocks if block[1]])

    def against(self, limit_ms: float) -> Outcome:
        """What the bounds allow to say of it."""
        from acceptance.grading.exceedance import allowed

        return self.share(limit_ms).against(allowed(self.percentile))

    def __lt__(self, limit_ms: float) -> bool:
        from acceptance.grading.exceedance import Outcome, allowed

        permitted, share = allowed(self.percentile), self.share(limit_ms)
        outcome = share.against(permitted)
        what = f"whether p{self.percentile} is under {limit_ms:.0f} ms"
        if outcome is Outcome.UNDECIDED:
            raise ProbeError(
                what,
                f"undecided: {100 * share.over / share.of:.2f} % took longer (between {100 * share.lower:.2f} and "
                f"{100 * max(share.upper, share.block_upper):.2f} %, allowed {100 * permitted:.0f} %); use more rounds",
            )
        nearer = limit_ms + self.phase.min_rtt_ms
        if outcome is Outcome.FAIL and self.against(nearer) is not Outcome.FAIL:
            raise ProbeError(what, f"the network alone takes {self.phase.min_rtt_ms:.0f} ms; run nearer to the target")
        return outcome is Outcome.PASS

    def __repr__(self) -> str:
        ordered = sorted(us for block in self.phase.blocks for us in block.latencies_us)
        at = ordered[min(len(ordered) - 1, len(ordered) * self.percentile // 100)] / 1000
        return f"p{self.percentile} {at:.1f} ms of {len(ordered)} requests at {self.phase.rate_per_s:.0f}/s"


@facts
class ApiLoad:
    """One load run: rounds at the target's rate, then the full rate; one schedule, one set of processes."""

    host: str
    mix: tuple[str, ...]
    processes: int
    steady: Phase
    full: Phase
    seconds: tuple[Second, ...]
    errors: dict[str, int]
    instances: dict[str, int] | Unseen
    backends: int
    cpu: tuple[CpuSample, ...] | Unseen

    def __repr__(self) -> str:
        return (
            f"load on {self.host}: {self.steady.sent} requests at {self.steady.rate_per_s:.0f}/s, {self.full.sent} full"
        )

    def looked(self) -> str:
        """What was offered, and how far the numbers can be trusted."""
        steady, full = self.steady, self.full
        worst = ", ".join(f"{label} x {count}" for label, count in list(self.errors.items())[:3])
        return (
            f"{self.host}: {steady.sent} requests at {steady.rate_per_s:.0f}/s in {steady.length_s:.0f} s, {full.sent} "
            f"at {full.rate_per_s:.0f}/s in {full.length_s:.0f} s; {self.processes} generator processes, lag p99 "
            f"{steady.lag_p99_ms:.1f} and {full.lag_p99_ms:.1f} ms, min RTT {steady.min_rtt_ms:.1f} ms; "
            f"errors: {worst or 'none'}"
        )

    def upper_bound_ms(self, percentile: int) -> Percentile:
        """The percentile at the target's rate, compared with its limit by `<`."""
        return self.steady.upper_bound_ms(percentile)

    def cpu_mean_percent(self) -> float:
        """Mean CPU usage at the full rate; ProbeError when what is reported never moves."""
        values = [sample.percent for sample in self._cpu_at_full_rate()]
        return sum(values) / len(values)

    def cpu_rise_points(self) -> float:
        """By how many points the CPU usage climbed over the full-rate window; 0.0 without a significant trend."""
        from acceptance.grading.trend import mann_kendall_z, theil_sen

        samples = self._cpu_at_full_rate()
        at, values = [s.at_s for s in samples], [s.percent for s in samples]
        if mann_kendall_z(values) < 2.33:
            return 0.0
        return max(0.0, theil_sen(at, values) * self.full.length_s)

    def _cpu_at_full_rate(self) -> tuple[CpuSample, ...]:
        self.full.trusted()
        samples = seen(self.cpu)
        if len(samples) < 10:
            raise ProbeError("CPU usage under load", f"{len(samples)} samples in the full-rate window, 10 are needed")
        if len({sample.percent for sample in samples}) == 1:
            raise ProbeError(
                "CPU usage under load", f"each of {len(samples)} samples says {samples[0].percent} %: constant"
            )
        return samples

    def uneven_backends(self, within_percent: float) -> tuple[str, ...]:
        """Backends whose share is further from an equal one than `within_percent` of it, and missing ones."""
        counts, total = seen(self.instances), sum(seen(self.instances).values())
        if not total or self.backends < 2 or "no header" in counts:
            raise ProbeError(
                "each backend's share", "answers don't name the backend; set [load] instance_header and backends >= 2"
            )
        expected = total / max(self.backends, len(counts))
        found = [
            f"{name}: {count} of {total} requests, {expected:.0f} expected"
            for name, count in counts.items()
            if abs(count - expected) > within_percent / 100 * expected
        ]
        if len(counts) < self.backends:
            found.append(f"{self.backends - len(counts)} of {self.backends} backends got no request")
        return tuple(found)


def look(visit: Visit) -> ApiLoad:
    """Offer the load that `[load]` describes."""
    from acceptance.load.offer import offer

    return offer(visit)
