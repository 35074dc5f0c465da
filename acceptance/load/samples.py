"""What one generator process saw, request by request, and how it travels: exact numbers, not percentiles."""

from __future__ import annotations

import base64
import zlib
from array import array
from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

OK, ERROR, REFUSED = 0, 1, 2
LABELS = 32  # different error labels or instance names that are kept
PLAIN = ("share", "offered", "started", "stopped", "stopped_at_s", "strayed")
ARRAYS = (
    ("at_s", "d"),
    ("latency_ms", "d"),
    ("lag_ms", "d"),
    ("kind", "B"),
    ("sleep_at_s", "d"),
    ("sleep_lag_ms", "d"),
)


@dataclass
class Samples:
    """`at_s` is when a request was due, `latency_ms` runs from then, `lag_ms` is how late it was sent."""

    share: int = 0
    offered: int = 0
    started: float = 0.0  # Unix time of the schedule's second zero
    stopped: str = ""  # why the generator stopped early
    stopped_at_s: float = 0.0
    strayed: str = ""  # what the guard refused this process
    at_s: array[float] = field(default_factory=lambda: array("d"))
    latency_ms: array[float] = field(default_factory=lambda: array("d"))
    lag_ms: array[float] = field(default_factory=lambda: array("d"))
    kind: array[int] = field(default_factory=lambda: array("B"))
    sleep_at_s: array[float] = field(default_factory=lambda: array("d"))
    sleep_lag_ms: array[float] = field(default_factory=lambda: array("d"))
    errors: Counter[str] = field(default_factory=Counter)
    instances: Counter[str] = field(default_factory=Counter)

    def add(self, at_s: float, latency_ms: float, lag_ms: float, kind: int) -> None:
        """Keep one request."""
        self.at_s.append(at_s)
        self.latency_ms.append(latency_ms)
        self.lag_ms.append(lag_ms)
        self.kind.append(kind)

    def recent(self, since_s: float) -> tuple[list[float], int, int]:
        """Latencies, errors and refusals of the requests that ended after `since_s`; they are kept as they end."""
        latencies, errors, refused = [], 0, 0
        for i in range(len(self.at_s) - 1, -1, -1):
            if self.at_s[i] + self.latency_ms[i] / 1000 < since_s:
                break
            latencies.append(self.latency_ms[i])
            errors += self.kind[i] == ERROR
            refused += self.kind[i] == REFUSED
        return latencies, errors, refused

    def pack(self) -> dict[str, Any]:
        """As JSON can carry it."""
        plain = {name: getattr(self, name) for name in PLAIN}
        arrays = {
            name: base64.b64encode(zlib.compress(getattr(self, name).tobytes(), 1)).decode() for name, _ in ARRAYS
        }
        return {**plain, **arrays, "errors": bounded(self.errors), "instances": bounded(self.instances)}

    @classmethod
    def unpack(cls, packed: Mapping[str, Any]) -> Samples:
        """Out of what `pack` gave. ValueError, KeyError or TypeError when it is something else."""
        fields: dict[str, Any] = {name: packed[name] for name in PLAIN}
        for name, code in ARRAYS:
            fields[name] = array(code)
            fields[name].frombytes(zlib.decompress(base64.b64decode(packed[name])))
        return cls(**fields, errors=Counter(packed["errors"]), instances=Counter(packed["instances"]))


def bounded(counts: Mapping[str, int]) -> dict[str, int]:
    """The most frequent labels, cut to 80 characters."""
    return {label[:80]: count for label, count in Counter(counts).most_common(LABELS)}
