"""One sample of the watch, and the file of samples in the state folder: a header line, then a line a sample."""

from __future__ import annotations

import json
from dataclasses import field
from datetime import datetime
from pathlib import Path

from acceptance.facts import ProbeError, Unseen, facts, load, text

FILE = "watch.jsonl"
EARLIER = "watch-earlier.jsonl"
SAMPLES_LIMIT = 5_000


@facts
class LogRead:
    """The services' logs: errors outside the allow-list; whether all was read, else how far back."""

    errors: int
    whole: bool
    back_s: float = 0.0


@facts
class Sample:
    """One look. `items` has the status of each item that it judged; windows and series are in ms and per cent.

    Series go by container; those of disks by host and by what they tell.
    """

    at: datetime
    run: str
    items: dict[str, str]
    p95_ms: tuple[float, ...]
    sent: int
    failed: int
    cpu_percent: dict[str, float]
    memory_percent: dict[str, float]
    restarts: dict[str, int]
    log: LogRead | Unseen
    anon_bytes: dict[str, float] = field(default_factory=dict)
    disk_percent: dict[str, float] = field(default_factory=dict)  # used and busy
    connections: dict[str, float] = field(default_factory=dict)
    log_bytes_per_day: dict[str, float] = field(default_factory=dict)  # by what was written just before
    advice: str = ""  # what was said after it

    def __repr__(self) -> str:
        return f"sample of {self.at:%Y-%m-%d %H:%M}"


def watched_version(path: Path) -> str:
    """The version whose watch a file holds; "" when it does not say."""
    try:
        with path.open(encoding="utf-8") as lines:
            return str(json.loads(lines.readline(1000))["version"])
    except (OSError, ValueError, KeyError, TypeError):
        return ""


def read_samples(path: Path) -> tuple[datetime | None, tuple[Sample, ...]]:
    """When a watch started, and its samples. A torn last line, as a kill leaves it, is left out."""
    try:
        lines = path.read_text(encoding="utf-8").splitlines()
    except FileNotFoundError:
        return None, ()
    except (OSError, UnicodeDecodeError) as problem:
        raise ProbeError("the watch's samples", f"{path.name}: {text(problem, 120)}") from problem
    started, samples = None, []
    for number, line in enumerate(lines[:SAMPLES_LIMIT], 1):
        try:
            if number == 1:
                started = datetime.fromisoformat(json.loads(line)["started"])
            else:
                samples.append(load(Sample, line))
        except (ValueError, KeyError, TypeError) as problem:
            if number == len(lines):
                break
            raise ProbeError("the watch's samples", f"{path.name}, line {number} is no sample") from problem
    return started, tuple(samples)
