"""The processes that a run starts: the looker, and a sandbox of its own. Both end when this process does."""

from __future__ import annotations

import json
import os
import shutil
import signal
import subprocess
import sys
import tempfile
import threading
from collections.abc import Iterable
from pathlib import Path
from typing import IO

from acceptance.look import with_needs
from acceptance.run import Run
from acceptance.target import TargetError


class Looking:
    """The controller's hold on the looker; the looker dies when this process does."""

    def __init__(self, run: Run, probes: Iterable[str]) -> None:
        self.run = run
        plan = {
            "target": str(run.target_file), "probes": sorted(with_needs(tuple(probes))), "allow": sorted(run.allow),
            "now": run.now.isoformat(), "live": str(run.live), "state": str(run.state),
            "release": run.said.version,
        }  # fmt: skip
        (run.folder / "wanted.json").write_text(json.dumps(plan, indent=1), encoding="utf-8")
        self._mark = run.folder / "look.began"
        self._mark.touch()
        self.process = _start(
            [sys.executable, "-m", "acceptance.look", str(run.folder)], (run.folder / "look.log").open("a")
        )
        threading.Thread(target=self._wait, daemon=True).start()

    def _wait(self) -> None:
        self.process.wait()
        self._mark.rename(self.run.folder / "look.ended")  # by rename: it must succeed when the disk is full

    def end(self) -> None:
        """Stop looking."""
        _stop(self.process)


class Sandbox:
    """The controller's hold on a sandbox of its own."""

    def __init__(self, faults: Iterable[str]) -> None:
        # a target is named by its folder
        self.folder = Path(tempfile.mkdtemp(prefix="acceptance-sandbox-")) / "sandbox"
        self.folder.mkdir()
        flags = [f"--fault={fault}" for fault in faults]
        self.log = self.folder / "sandbox.log"
        command = [sys.executable, "-m", "acceptance.sandbox", str(self.folder), *flags]
        self.process = _start(command, self.log.open("w"), stdout=subprocess.PIPE)
        assert self.process.stdout
        line = self.process.stdout.readline()
        if not line:
            _stop(self.process)
            tail = self.log.read_text(encoding="utf-8").strip().splitlines()[-1:] or ["no word"]
            raise TargetError(f"the sandbox did not start: {tail[0]}")
        self.target_file = Path(json.loads(line)["target"])

    def change(self, line: str) -> None:
        """Put a fault on (`+NAME`) or off (`-NAME`); returns when it is done."""
        assert self.process.stdin
        assert self.process.stdout
        self.process.stdin.write(f"{line}\n".encode())
        self.process.stdin.flush()
        if not json.loads(self.process.stdout.readline() or "{}").get("ok"):
            raise TargetError(f"the sandbox did not take {line}")

    def end(self) -> None:
        """Stop it and remove its folder."""
        _stop(self.process)
        shutil.rmtree(self.folder.parent, ignore_errors=True)


def _start(command: list[str], log: IO[str], stdout: int | None = None) -> subprocess.Popen[bytes]:
    environment = {**os.environ, "PYTHONUNBUFFERED": "1"}
    with log:
        return subprocess.Popen(
            command, stdin=subprocess.PIPE, stdout=log if stdout is None else stdout, stderr=log, env=environment,
            start_new_session=True, cwd=Path(__file__).parents[1],
        )  # fmt: skip


def _stop(process: subprocess.Popen[bytes]) -> None:
    if process.stdin:
        process.stdin.close()
    try:
        process.wait(2)
    except subprocess.TimeoutExpired:
        os.killpg(process.pid, signal.SIGKILL)
        process.wait(2)
    if process.stdout:
        process.stdout.close()
