"""The suite's own light traffic: latency windows and failures now, beside those of the last approved release."""

from __future__ import annotations

import time
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from statistics import median
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

from acceptance.facts import ProbeError, Unseen, facts, seen, text
from acceptance.probes.baseline import Baseline, Kind, Window, read_baseline
from acceptance.visit import Visit

if TYPE_CHECKING:
    from acceptance.grading.degradation import Errors, Ratio

WINDOWS = 12
WINDOW_REQUESTS = 60  # fewer make a p95 that is mostly noise
LONGEST_WINDOW_S = 3.0
GENERATOR = "paced threads 2"  # changes when the way of sending does: windows of another one are not compared
LAG_SHARE = 0.2  # of the baseline's p95: more lag than that could look like a slower release


@facts
class Traffic:
    """Windows now, and the baseline."""

    kind: Kind
    windows: tuple[Window, ...]
    lag_p99_ms: float
    baseline: Baseline | Unseen

    def __repr__(self) -> str:
        p95 = median(window.p95_ms for window in self.windows)
        return f"traffic to {self.kind.host}: p95 {p95:.1f} ms in {len(self.windows)} windows"

    def looked(self) -> str:
        """How much was sent, what came of it, and what it is compared with."""
        answered, failed = sum(w.answered for w in self.windows), sum(w.failed for w in self.windows)
        against = (
            f"{latencies(self.baseline.windows)} in run {self.baseline.run} of {self.baseline.version}"
            if isinstance(self.baseline, Baseline)
            else f"no baseline ({self.baseline.why})"
        )
        return (
            f"{answered + failed} requests at {self.kind.rate_per_s:g}/s ({', '.join(self.kind.operations)}), "
            f"{failed} failed, {latencies(self.windows)}, "
            f"lag p99 {self.lag_p99_ms:.1f} ms; {against}"
        )

    def ratio(self) -> Ratio:
        """How many times the p95 is that of the baseline; ProbeError without a like baseline."""
        from acceptance.grading.degradation import BASELINE_WINDOWS, ratio

        what = "the p95 against the last approved release"
        baseline = seen(self.baseline)
        if unlike := self.kind.unlike(baseline.kind):
            raise ProbeError(what, f"the baseline is unlike: {unlike}")
        now = [w.p95_ms for w in self.windows if w.answered]
        before = [w.p95_ms for w in baseline.windows if w.answered]
        if len(before) < BASELINE_WINDOWS or len(now) < 2:
            raise ProbeError(what, f"{len(before)} windows in the baseline, {len(now)} now; 12 and 2 are needed")
        if self.lag_p99_ms > LAG_SHARE * median(before):
            raise ProbeError(what, f"the suite's machine lagged by {self.lag_p99_ms:.0f} ms (p99)")
        return ratio(before, now)

    def errors(self) -> Errors:
        """Failed requests with their interval; ProbeError of fewer than 300."""
        from acceptance.grading.degradation import REQUESTS, errors

        failed = sum(w.failed for w in self.windows)
        sent = failed + sum(w.answered for w in self.windows)
        if sent < REQUESTS:
            raise ProbeError("the error rate", f"{sent} requests, {REQUESTS} are needed")
        return errors(failed, sent)

    def slower_by_more_than(self, percent: float) -> tuple[str, ...]:
        """The ratio, when it is over and surely well over 1. In doubt: ProbeError, undecided."""
        from acceptance.grading.degradation import Band

        ratio = self.ratio()
        if ratio.value <= 1 + percent / 100:
            return ()
        if ratio.band is not Band.RED:
            raise ProbeError("whether it is slower", f"undecided: {ratio}")
        return (f"p95 is {ratio}",)

    def slower_by(self, percent: float) -> tuple[str, ...]:
        """The ratio, when it surely reaches the share. Surely far below: (). In doubt: ProbeError, undecided."""
        from acceptance.grading.degradation import Band

        ratio = self.ratio()
        if ratio.band is Band.GREEN and ratio.value < 1 + percent / 100:
            return ()
        if ratio.lower < 1 + percent / 100:
            raise ProbeError("whether it is slower", f"undecided: {ratio}")
        return (f"p95 is {ratio}",)

    def errors_over(self, percent: float) -> tuple[str, ...]:
        """The error rate, when it is over, and surely over a fifth of it. In doubt: ProbeError, undecided."""
        from acceptance.grading.degradation import Band

        errors = self.errors()
        if errors.failed <= percent / 100 * errors.of:
            return ()
        if errors.band is not Band.RED:
            raise ProbeError("the error rate", f"undecided: {errors} failed")
        return (f"{errors} requests failed",)

    def errors_not_under(self, percent: float) -> tuple[str, ...]:
        """The error rate, when it surely reaches the share. Under it and surely under 5 %: (). In doubt: ProbeError."""
        from acceptance.grading.degradation import Band

        errors = self.errors()
        if errors.band is Band.GREEN and errors.failed < percent / 100 * errors.of:
            return ()
        if errors.lower < percent / 100:
            raise ProbeError("the error rate", f"undecided: {errors} failed")
        return (f"{errors} requests failed",)


def latencies(windows: Sequence[Window]) -> str:
    """The median windows' percentiles."""
    answered = [w for w in windows if w.answered]
    if not answered:
        return "none answered"
    p50, p95, p99 = (median(getattr(w, name) for w in answered) for name in ("p50_ms", "p95_ms", "p99_ms"))
    return f"p50/p95/p99 {p50:.1f}/{p95:.1f}/{p99:.1f} ms"


def look(visit: Visit) -> Traffic:
    """Send the operations of `[rollback]` for 36 s at most, and read the baseline from the state folder."""
    table = visit.target.rollback
    assert table is not None  # the probe's access
    kind = Kind(text(urlsplit(visit.target.urls.api).netloc, 200), table.operations, table.rate_per_s, GENERATOR)
    samples = _send(visit)
    each_s = window_s(table.rate_per_s)
    windows = [[s for s in samples if i * each_s <= s[0] < (i + 1) * each_s] for i in range(WINDOWS)]
    lags = sorted(lag for _, _, lag, _ in samples)
    return Traffic(kind, tuple(_window(each) for each in windows), lags[len(lags) * 99 // 100], read_baseline(visit))


def window_s(rate_per_s: float) -> float:
    """How long a window is at a rate: a higher one is sooner done, a low one has fewer requests in each."""
    return min(LONGEST_WINDOW_S, WINDOW_REQUESTS / rate_per_s)


def _send(visit: Visit) -> list[tuple[float, float, float, bool]]:
    """(due s, latency ms, lag ms, success) of each request; they start when they are due, whatever came before."""
    from acceptance import web
    from acceptance.load.offer import unfit_for_load

    table = visit.target.rollback
    assert table is not None
    if unfit := [f"{name}: {why}" for name in table.operations if (why := unfit_for_load(visit, name))]:
        raise ProbeError("the suite's own traffic", "; ".join(unfit))
    wanted = [visit.target.operations[name] for name in table.operations]
    if not wanted:
        raise ProbeError("the suite's own traffic", "[rollback] operations is empty")
    needs_token = not all(operation.public for operation in wanted)
    headers = web.bearer(visit.token(table.role)) if needs_token else {}
    count = round(WINDOWS * window_s(table.rate_per_s) * table.rate_per_s)

    with web.client(visit, headers=headers) as client, ThreadPoolExecutor(max_workers=64) as pool:
        began = time.perf_counter() + 0.2

        def one(number: int) -> tuple[float, float, float, bool]:
            due = number / table.rate_per_s
            lag = time.perf_counter() - began - due
            operation = wanted[number % len(wanted)]
            try:
                answer = web.ask(client, operation.method, visit.target.urls.api + operation.path)
                body = web.as_json(answer)
                good = answer.status_code < 400 and not web.denies(body)
            except ProbeError:
                good = False
            return due, (time.perf_counter() - began - due) * 1000, lag * 1000, good

        running = []
        for number in range(count):
            time.sleep(max(0.0, began + number / table.rate_per_s - time.perf_counter()))
            running.append(pool.submit(one, number))
        return [each.result() for each in running]


def _window(samples: list[tuple[float, float, float, bool]]) -> Window:
    took = sorted(ms for _, ms, _, good in samples if good)
    failed = len(samples) - len(took)
    if not took:
        return Window(0, failed, 0.0, 0.0, 0.0)
    return Window(len(took), failed, *(took[len(took) * percent // 100] for percent in (50, 95, 99)))
