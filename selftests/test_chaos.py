"""What happens to a run is told in a sentence: what was measured is kept, and there is no GO by accident."""

from __future__ import annotations

import json
import os
import signal
import subprocess
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from acceptance.children import Sandbox
from acceptance.recorder import Recorder
from acceptance.run import Run
from acceptance.settle import Said
from acceptance.words import read as read_words
from selftests.misbehaving import target_of
from selftests.running import Ended, command, folders, run, start
from selftests.test_kill import until

WAITS = "FUNC-WS-05 or FUNC-API-01"  # the first holds a connection for 65 s
SOME = "FUNC-API-0 or INFRA-MONGO-0 or SEC-WEB-03"


def told_plainly(said: str) -> None:
    """No traceback, no internal error."""
    assert "Traceback" not in said, said[-3000:]
    assert "INTERNALERROR" not in said, said[-3000:]


def the_looker(of: int) -> int:
    """Its process id, as the child of a run."""
    for path in Path("/proc").glob("[0-9]*"):
        try:
            parent = (path / "stat").read_text().rpartition(")")[2].split()[1]
            if parent == str(of) and b"acceptance.look" in (path / "cmdline").read_bytes():
                return int(path.name)
        except OSError:
            continue
    raise AssertionError("there is no looker")


@pytest.mark.parametrize("words", [(), ("-n", "2")], ids=["serial", "parallel"])
def test_the_looker_is_killed(words: tuple[str, ...], sandbox: Sandbox, tmp_path: Path) -> None:
    with start(tmp_path, f"--target={sandbox.target_file}", "-k", WAITS, *words) as process:
        assert until(lambda: list(tmp_path.glob("reports/*/*/facts/health.json")), 100), "it never looked"
        os.kill(the_looker(process.pid), signal.SIGKILL)
        said, _ = process.communicate(timeout=60)
    told_plainly(said)
    ended = Ended(process.returncode, said, folders(tmp_path)[-1])
    items = {item["id"]: item for item in ended.record["items"]}
    assert (ended.code, ended.record["complete"]) == (1, True)
    assert ended.record["verdict"]["decision"] != "GO"
    assert items["FUNC-API-01"]["status"] == "PASS"
    assert items["FUNC-WS-05"]["status"] == "BLOCKED"
    assert "the looker ended without its answer" in items["FUNC-WS-05"]["note"]


def on_a_small_disk(where: Path, kib: int, *words: str) -> tuple[int, str]:
    """Code and words of a run whose reports/ lies on a disk of that size; what it left is copied out to `kept`."""
    script = f'mkdir reports kept && mount -t tmpfs -o size={kib}k tmpfs reports && "$@"; code=$?; cp -a reports/. kept; exit $code'
    where.mkdir()
    process = subprocess.run(
        ["unshare", "-rm", "sh", "-c", script, "sh", *command(*words)], cwd=where, capture_output=True, text=True,
        env={**os.environ, "XDG_STATE_HOME": str(where / "state")}, timeout=120, check=False,
    )  # fmt: skip
    return process.returncode, process.stdout + process.stderr


def test_the_disk_fills_up(sandbox: Sandbox, tmp_path: Path) -> None:
    tried = subprocess.run(
        ["unshare", "-rm", "mount", "-t", "tmpfs", "tmpfs", str(tmp_path)],
        capture_output=True,
        text=True,
        check=False,
        timeout=20,
    )
    if tried.returncode:
        pytest.skip(f"no disk of one's own can be made here: {tried.stderr.strip()}")
    whole = run(tmp_path / "whole", f"--target={sandbox.target_file}", "-k", SOME)
    assert whole.code == 0, whole.said[-2000:]
    needs_kib = sum(path.stat().st_size for path in whole.folder.rglob("*") if path.is_file()) // 1024
    codes = set()
    for share in (0.1, 0.5, 0.9):
        where = tmp_path / f"{share}"
        code, said = on_a_small_disk(
            where, max(4, int(needs_kib * share)), f"--target={sandbox.target_file}", "-k", SOME
        )
        told_plainly(said)
        assert code not in (0, 2), said[-2000:]
        assert "No space left on device" in said or code == 1, said[-2000:]
        for record in where.glob("kept/*/*/record.json"):
            kept = json.loads(record.read_text(encoding="utf-8"))
            assert not kept["complete"] or kept["verdict"]["decision"] != "GO"
        codes.add(code)
    assert 3 in codes


def test_a_clock_that_is_set_back_ends_no_run_before_its_start(tmp_path: Path) -> None:
    later = datetime.now(UTC) + timedelta(hours=2)
    words = read_words(tmp_path)
    made = Run(tmp_path, target_of(), tmp_path, frozenset(), later, "", tmp_path, tmp_path, Said(words, None, later))
    record = Recorder(made).finish([], cut=False)
    assert record.started == record.ended == later
