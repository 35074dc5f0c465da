"""The last approved release as `acceptance rollback --accept` kept it: what a look now is compared with."""

from __future__ import annotations

import json
from dataclasses import asdict
from typing import Any

from acceptance.facts import Unseen, facts, load, text
from acceptance.visit import Visit

FILE = "baseline.json"


@facts
class Window:
    """Three seconds of requests; latencies run from the moment in which each was due.

    Of a window's few requests the p99 is nearly the slowest: it is shown, and decides nothing.
    """

    answered: int
    failed: int
    p50_ms: float
    p95_ms: float
    p99_ms: float


@facts
class Kind:
    """What makes windows comparable: the same operations at the same rate by the same generator on the same host."""

    host: str
    operations: tuple[str, ...]
    rate_per_s: float
    generator: str

    def unlike(self, other: Kind) -> str:
        """In what another kind differs; "" when it does not. The port does not count."""
        pairs = {
            "host": (self.host.partition(":")[0], other.host.partition(":")[0]),
            "operations": (sorted(self.operations), sorted(other.operations)),
            "rate": (self.rate_per_s, other.rate_per_s),
            "generator": (self.generator, other.generator),
        }
        return ", ".join(f"{name} {old} is now {new}" for name, (new, old) in pairs.items() if new != old)


@facts
class Baseline:
    """The last approved release: its windows, and the weaknesses that its record shows or did not look for."""

    run: str
    version: str
    kind: Kind
    windows: tuple[Window, ...]
    lag_p99_ms: float
    weak: tuple[str, ...] = ()
    unseen: tuple[str, ...] = ()


@facts
class Before:
    """What the last approved release had wrong. Without a baseline nothing is known of it."""

    baseline: Baseline | Unseen

    def looked(self) -> str:
        """Which record is compared with."""
        if isinstance(self.baseline, Unseen):
            return f"no baseline ({self.baseline.why}): whatever is found counts as new"
        blind = f", {', '.join(self.baseline.unseen)} not seen" if self.baseline.unseen else ""
        return f"{len(self.baseline.weak)} weaknesses in run {self.baseline.run} of {self.baseline.version}{blind}"


def look(visit: Visit) -> Before:
    """Read the baseline from the state folder."""
    return Before(read_baseline(visit))


def read_baseline(visit: Visit) -> Baseline | Unseen:
    """The windows that were accepted as the baseline (`acceptance rollback --accept=RUN`)."""
    what = "a baseline"
    try:
        return load(Baseline, (visit.state / FILE).read_text(encoding="utf-8"))
    except FileNotFoundError:
        return Unseen(what, "none was accepted yet; see acceptance rollback --accept")
    except (OSError, ValueError) as problem:
        return Unseen(what, f"baseline.json can't be read, accept a run again: {text(problem, 120)}")


def baseline_text(baseline: Baseline) -> str:
    """What `read_baseline` reads."""
    made: dict[str, Any] = asdict(baseline)
    return json.dumps(made, indent=1)
