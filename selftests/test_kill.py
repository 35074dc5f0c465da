"""A run that is killed says so in its record, and leaves no process behind."""

from __future__ import annotations

import json
import os
import signal
import time
from pathlib import Path
from typing import Any

import pytest

from acceptance.children import Sandbox
from selftests.running import folders, start

TRACE = "ACCEPTANCE_SELF_TEST"


def alive(mark: str) -> list[str]:
    """Processes that carry the mark in their environment."""
    found = []
    for path in Path("/proc").glob("[0-9]*/environ"):
        try:
            if f"{TRACE}={mark}".encode() in path.read_bytes().split(b"\0"):
                found.append((path.parent / "cmdline").read_bytes().replace(b"\0", b" ").decode()[:200])
        except OSError:
            continue
    return [line for line in found if line]  # a zombie has no command line


def until(what: Any, seconds: float) -> Any:
    """Its first true answer, or the last one when the time is over."""
    ends = time.monotonic() + seconds
    while not (answer := what()) and time.monotonic() < ends:
        time.sleep(0.05)
    return answer


@pytest.mark.parametrize("how", [signal.SIGKILL, signal.SIGTERM, signal.SIGINT], ids=lambda how: how.name)
def test_killed_while_it_looks(how: signal.Signals, sandbox: Sandbox, tmp_path: Path) -> None:
    signal.signal(signal.SIGINT, signal.default_int_handler)  # ignored where the tests run in the background: inherited
    mark = f"{tmp_path}-{how.name}"
    # FUNC-WS-05 holds a connection for 65 s, so that the run is surely going on
    target = "sandbox" if how is signal.SIGKILL else sandbox.target_file  # the first starts and ends one of its own
    with start(tmp_path, f"--target={target}", "-k", "FUNC-WS-05 or FUNC-API-01", **{TRACE: mark}) as process:
        assert until(lambda: list(tmp_path.glob("reports/*/*/facts/login.json")), 100), "it never looked"
        assert until(lambda: len(alive(mark)) > 2, 30), "nobody holds the connection"
        process.send_signal(how)
        process.wait(30)
        assert until(lambda: not alive(mark), 2.0), alive(mark)
    record = json.loads((folders(tmp_path)[-1] / "record.json").read_text(encoding="utf-8"))
    assert record["complete"] is False
    if how is signal.SIGKILL:
        assert record["ended"] is None
    else:
        notes = {item["id"]: item["note"] for item in record["items"]}
        assert notes["FUNC-WS-05"] == "the run was cut"
        assert process.returncode == 2


@pytest.mark.parametrize("how", [signal.SIGKILL, signal.SIGTERM], ids=lambda how: how.name)
def test_nothing_stays_in_the_temporary_folder(how: signal.Signals, sandbox: Sandbox, tmp_path: Path) -> None:
    mine = tmp_path / "tmp"
    mine.mkdir()
    with start(
        tmp_path, f"--target={sandbox.target_file}", "-k", "FUNC-WS-05", TMPDIR=str(mine), **{TRACE: str(mine)}
    ) as process:
        assert until(lambda: list(tmp_path.glob("reports/*/*/facts/login.json")), 100)
        assert list(mine.glob("acceptance-live-*/tokens.json"))
        os.kill(process.pid, how)
        process.wait(30)
        assert until(lambda: not alive(str(mine)), 2.0)
    assert list(mine.glob("acceptance-live-*")) == []


@pytest.mark.parametrize(("words", "code"), [(["-k", "nothing_of_this_name"], 5), (["--release=9.9.9"], 4)])
def test_nothing_stays_of_a_run_that_asks_nothing(
    words: list[str], code: int, sandbox: Sandbox, tmp_path: Path
) -> None:
    mine = tmp_path / "tmp"
    mine.mkdir()
    with start(tmp_path, f"--target={sandbox.target_file}", *words, TMPDIR=str(mine)) as process:
        said, _ = process.communicate(timeout=60)
    assert process.returncode == code, said
    assert list(mine.glob("acceptance-live-*")) == []


@pytest.mark.parametrize("more", [("--max-worker-restart=0",), ()], ids=["not replaced", "replaced"])
def test_a_lost_worker(more: tuple[str, ...], sandbox: Sandbox, tmp_path: Path) -> None:
    """By default xdist starts another in its place; with --dist loadfile that one would wait for ever (pytest-xdist #1323, mended after 3.8)."""
    mark = str(tmp_path)
    words = (f"--target={sandbox.target_file}", "-n", "1", *more, "-k", "FUNC-WS-05 or FUNC-API-01")
    with start(tmp_path, *words, **{TRACE: mark}) as process:
        assert until(lambda: list(tmp_path.glob("reports/*/*/facts/login.json")), 100)
        time.sleep(0.5)
        workers = [
            path for path in Path("/proc").glob("[0-9]*")
            if str(process.pid) == _parent(path) and b"acceptance.look" not in (path / "cmdline").read_bytes()
        ]  # fmt: skip
        assert len(workers) == 1
        os.kill(int(workers[0].name), signal.SIGKILL)
        said, _ = process.communicate(timeout=100)
        assert until(lambda: not alive(mark), 2.0), alive(mark)
    record = json.loads((folders(tmp_path)[-1] / "record.json").read_text(encoding="utf-8"))
    items = {item["id"]: item for item in record["items"]}
    assert (items["FUNC-WS-05"]["status"], items["FUNC-WS-05"]["note"]) == ("BLOCKED", "its worker was lost"), said[
        -800:
    ]
    assert process.returncode != 0


def _parent(path: Path) -> str:
    try:
        return (path / "stat").read_text().rpartition(")")[2].split()[1]
    except OSError:
        return ""
