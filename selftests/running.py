"""Runs the suite as a user does, in a process of its own, with its reports in a folder of the self-test."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path
from typing import Any

ROOT = Path(__file__).parents[1]
TESTS = [str(ROOT / name) for name in ("tests_infra", "tests_security", "tests_functional", "tests_performance")]


@dataclass(frozen=True)
class Ended:
    """How a run ended, and what it left."""

    code: int
    said: str
    folder: Path  # of the run

    @property
    def record(self) -> dict[str, Any]:
        """Its record."""
        found: dict[str, Any] = json.loads((self.folder / "record.json").read_text(encoding="utf-8"))
        return found

    def statuses(self) -> dict[str, str]:
        """The status of each item that was judged."""
        return {item["id"]: item["status"] for item in self.record["items"] if item["status"] != "NOT-RUN"}


def command(*words: str) -> list[str]:
    """The command line of a run; who gives no path runs all four directories."""
    paths = [] if any(str(ROOT) in word for word in words) else TESTS
    return [sys.executable, "-m", "pytest", "-c", str(ROOT / "pyproject.toml"), f"--rootdir={ROOT}", *words, *paths]


def start(where: Path, *words: str, **environment: str) -> subprocess.Popen[str]:
    """A run that has just been started, below `where`."""
    where.mkdir(parents=True, exist_ok=True)
    return subprocess.Popen(
        command(*words), cwd=where, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True,
        env={**os.environ, "XDG_STATE_HOME": str(where / "state"), **environment},
    )  # fmt: skip


def run(where: Path, *words: str, timeout_s: int = 120, **environment: str) -> Ended:
    """A whole run below `where`."""
    with start(where, *words, **environment) as process:
        said, _ = process.communicate(timeout=timeout_s)
    return Ended(process.returncode, said, folders(where)[-1])


def folders(where: Path) -> list[Path]:
    """Folders of the runs below `where`, the newest last."""
    found = [path for path in where.glob("reports/*/*Z*") if path.is_dir() and not path.is_symlink()]
    return sorted(found, key=lambda path: path.stat().st_ctime_ns)
