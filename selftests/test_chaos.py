"""What happens to a run is told in a sentence: what was measured is kept, and there is no GO by accident."""

from __future__ import annotations

import json
import os
import re
import signal
import subprocess
import time
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from acceptance.children import Sandbox
from acceptance.recorder import Recorder
from acceptance.run import Run
from acceptance.settle import Said
from acceptance.visit import Visit
from acceptance.words import read as read_words
from selftests.misbehaving import answer, target_of
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


@pytest.mark.parametrize(
    ("by_s", "told"), [(-7200.0, "set back by 7200 s"), (7200.0, "set forward by 7200 s"), (1.0, "")]
)
def test_what_was_seen_while_the_clock_was_set_is_not_trusted(by_s: float, told: str, tmp_path: Path) -> None:
    def jump(_: Visit) -> str:
        at = time.time()
        time.time = lambda: at + by_s  # in the probe's own process
        return "seen"

    found = answer(jump, tmp_path)
    assert told in found.get("failure", {}).get("why", "")
    assert ("value" in found) is not bool(told)


def test_a_clock_that_is_set_back_ends_no_run_before_its_start(tmp_path: Path) -> None:
    later = datetime.now(UTC) + timedelta(hours=2)
    words = read_words(tmp_path)
    made = Run(tmp_path, target_of(), tmp_path, frozenset(), later, "", tmp_path, tmp_path, Said(words, None, later))
    record = Recorder(made).finish([], cut=False)
    assert record.started == record.ended == later


AGED = "FUNC-WS or FUNC-API or FUNC-EXT or SEC-TLS-03 or SEC-SECRET or INFRA-HOST-0 or INFRA-DATA or INFRA-MON"
AGES = {"market-an-hour-old": "FUNC-API-10", "tls-30-days-left": "SEC-TLS-03", "business-metric-old": "INFRA-MON-05"}


@pytest.mark.proof
@pytest.mark.parametrize("jump", ["93600", "-93600"], ids=["forward", "back"])
def test_the_clock_jumps_in_the_middle_of_a_run(jump: str, sandbox: Sandbox, tmp_path: Path) -> None:
    clock, library = tmp_path / "clock", tmp_path / "clock.so"
    try:
        made = ["cc", "-shared", "-fPIC", "-O1", "-o", str(library), str(Path(__file__).with_name("clock.c"))]
        subprocess.run(made, check=True, timeout=60, capture_output=True)
    except (OSError, subprocess.CalledProcessError) as problem:
        pytest.skip(f"the library that sets a run's clock can't be made here: {problem}")
    clock.write_text("0", encoding="ascii")
    faked = {"LD_PRELOAD": str(library), "CLOCK_AHEAD": str(clock)}
    for fault in AGES:
        sandbox.change(f"+{fault}")
    try:
        where = tmp_path / "run"
        with start(where, f"--target={sandbox.target_file}", "-k", AGED, **faked) as process:
            assert until(lambda: list(where.glob("reports/*/*/facts/health.json")), 100), "it never looked"
            clock.write_text(jump, encoding="ascii")
            said, _ = process.communicate(timeout=240)
    finally:
        for fault in AGES:
            sandbox.change(f"-{fault}")
    told_plainly(said)
    ended = Ended(process.returncode, said, folders(where)[-1])
    items = {item["id"]: item for item in ended.record["items"]}
    assert (ended.code, ended.record["complete"], len(items)) == (1, True, 350)
    assert ended.record["started"] <= ended.record["ended"]
    assert {id: items[id]["status"] for id in AGES.values() if items[id]["status"] == "PASS"} == {}
    told = "\n".join(line for item in items.values() for line in (*item["looked"], *item["evidence"], item["note"]))
    assert "this machine's clock was set" in told
    assert re.findall(r"(?<![\w.-])-\d[\d.]* ?(?:s|ms|h|hours|days|minutes)\b.*", told) == []
