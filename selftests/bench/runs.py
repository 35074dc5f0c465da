"""How long whole runs against the healthy sandbox take, by their records, and the memory that they use."""

from __future__ import annotations

import tempfile
import threading
from datetime import datetime
from pathlib import Path

import psutil

from selftests.bench.figures import Figure
from selftests.running import Ended, folders, start

RUNS = {  # words, seconds
    "critical gate": (("-m", "critical"), 15.0),
    "full run without load": (("--allow", "writes,disrupts"), 75.0),  # a socket must idle for 65 of them
    "full run with load": (("--allow", "load,writes,disrupts"), 240.0),
}
MEMORY_GB = 1.5
BROWSERS = ("chrom", "headless_shell")
END_S = 900


def measure() -> list[Figure]:
    """Three runs, and the largest memory of them."""
    figures, peaks = [], []
    with tempfile.TemporaryDirectory() as name:
        for number, (what, (words, limit_s)) in enumerate(RUNS.items()):
            took_s, peak_gb = watched(Path(name, str(number)), *words)
            figures.append(Figure(what, took_s, "s", limit_s))
            peaks.append(peak_gb)
    return [*figures, Figure("peak memory of a run and its sandbox, without the browser", max(peaks), "GB", MEMORY_GB)]


def watched(where: Path, *words: str) -> tuple[float, float]:
    """Seconds of one run, and the largest memory of its process tree in GB."""
    ended = threading.Event()
    with start(where, "--target=sandbox", "-q", *words) as process:
        peaks = [0]

        def watch() -> None:
            while not ended.wait(0.5):
                peaks.append(memory_bytes(process.pid))

        watching = threading.Thread(target=watch)
        watching.start()
        try:
            said, _ = process.communicate(timeout=END_S)
        finally:
            process.kill()
            ended.set()
            watching.join()
    record = Ended(process.returncode, said, folders(where)[-1]).record
    open_ = {i["id"]: i["note"] for i in record["items"] if i["status"] not in ("PASS", "NA", "NOT-RUN")}
    if "load" not in " ".join(words):
        open_ = {id: note for id, note in open_.items() if not note.endswith("needs --allow load")}
    if open_ or not record["complete"]:
        raise RuntimeError(f"a run of the healthy sandbox was not green: {open_ or said[-200:]}")
    took = datetime.fromisoformat(record["ended"]) - datetime.fromisoformat(record["started"])
    return took.total_seconds(), max(peaks) / 1e9


def memory_bytes(pid: int) -> int:
    """Proportional memory of a process and all that it started, but browsers."""
    total = 0
    try:
        family = [psutil.Process(pid), *psutil.Process(pid).children(recursive=True)]
    except psutil.NoSuchProcess:
        return 0
    for each in family:
        try:
            if not each.name().startswith(BROWSERS):
                total += each.memory_full_info().pss
        except psutil.Error:
            continue  # ended meanwhile
    return total
