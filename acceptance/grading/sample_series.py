"""The series that the watch's samples hold, each with the limit that its oddities are measured by. Pure."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from statistics import median

from acceptance.facts import ProbeError
from acceptance.grading.anomaly import NEEDED, anomalies
from acceptance.probes.sample import Sample

SOCKETS = 1024.0  # the usual soft limit of a process' open files
FAILED = (
    42.0  # 1 % of it are three of a look's 720 requests: fewer come and go by chance, though the limit itself is 5 %
)
KINDS: dict[str, tuple[Callable[[Sample], dict[str, float]], float]] = {
    "p95 in ms": (lambda s: {"": median(s.p95_ms)} if s.p95_ms else {}, 100.0),
    "failed requests in %": (lambda s: {"": 100 * s.failed / s.sent} if s.sent else {}, FAILED),
    "CPU in %": (lambda s: s.cpu_percent, 100.0),
    "memory in %": (lambda s: s.memory_percent, 100.0),
    "disk in %": (lambda s: s.disk_percent, 100.0),
    "connections": (lambda s: s.connections, SOCKETS),
    "log in MB a day": (lambda s: {name: rate / 1e6 for name, rate in s.log_bytes_per_day.items()}, 1000.0),
}


def series(samples: Sequence[Sample], kind: str) -> dict[str, list[float]]:
    """The values of a kind by whose they are, in the samples' order."""
    found: dict[str, list[float]] = {}
    for sample in samples:
        for whose, value in KINDS[kind][0](sample).items():
            found.setdefault(whose, []).append(value)
    return found


def oddities(samples: Sequence[Sample]) -> tuple[str, ...]:
    """Change points and outliers that last two samples. None is odd, and a kind lacks values: ProbeError."""
    odd, blind = [], []
    for kind, (_, limit) in KINDS.items():
        found = series(samples, kind)
        if not found:
            blind.append(f"no sample tells {kind}")
        for whose, values in found.items():
            name = f"{kind} of {whose}" if whose else kind
            if len(values) < NEEDED:
                blind.append(f"{name} has {len(values)} values, {NEEDED} are needed")
            odd += [f"{name}: {each}" for each in anomalies(values, limit)]
    if blind and not odd:
        raise ProbeError("the series of the samples", "; ".join(blind[:3]))
    return tuple(odd)
