"""What a watcher sees: at a terminal, in a narrow one, and where nobody looks."""

from __future__ import annotations

import fcntl
import os
import struct
import subprocess
import sys
import termios
from dataclasses import replace
from datetime import timedelta

import pytest

from acceptance.advice import Advice, Said
from acceptance.watch_terminal import BARS, PLAIN_BARS, countdown, line, sparkline
from selftests.test_watch import BEGAN, sample

RED = {f"FUNC-API-0{number}": "FAIL" for number in range(1, 7)}
SAMPLES = (
    *(sample(5 * i, p95_ms=(60.0 + i,)) for i in range(29)),
    replace(sample(145, p95_ms=(89.0,)), items=RED, failed=3),
)
HOLD = Said(Advice.HOLD, ("FUNC-ROLL-04",))
DUE = BEGAN + timedelta(minutes=150)


def test_a_line_a_sample_shows_state_latency_and_what_comes_next() -> None:
    said = line(SAMPLES, HOLD, DUE, 200)
    assert said.startswith(f"10:25 HOLD  p95 89 ms {sparkline([60.0 + i for i in range(30)])}  3 of 720 failed")
    assert said.endswith("red: FUNC-API-01, FUNC-API-02, FUNC-API-03, FUNC-API-04 and 2 more  next 10:30")
    assert line(SAMPLES, HOLD, None, 200).endswith("no more in this plan")


@pytest.mark.parametrize(
    "columns, red, bars",
    [(200, "FUNC-API-04 and 2 more", 24), (100, "FUNC-API-01 and 5 more", 20), (79, "FUNC-API-01 and 5 more", 0), (72, "6 items", 7)],
)  # fmt: skip
def test_in_a_narrow_terminal_bars_go_first_and_then_names(columns: int, red: str, bars: int) -> None:
    said = line(SAMPLES, HOLD, DUE, columns)
    assert len(said) <= columns
    assert red in said
    assert sum(said.count(bar) for bar in BARS) == bars


def test_what_is_too_narrow_for_anything_still_says_everything() -> None:
    said = line(SAMPLES, HOLD, DUE, 20)
    assert all(word in said for word in ("HOLD", "p95 89 ms", "3 of 720 failed", "6 items", "next 10:30"))


@pytest.mark.parametrize("values, shown", [([], ""), ([0.0, 0.0], "▁▁"), ([1, 4, 8], "▂▅█"), ([5.0] * 100, "█" * 24)])
def test_the_sparkline(values: list[float], shown: str) -> None:
    assert sparkline(values) == shown


@pytest.mark.parametrize("left_s, shown", [(0.4, "0:00"), (61, "1:01"), (3599, "59:59"), (86399.9, "23:59:59")])
def test_the_countdown(left_s: float, shown: str) -> None:
    assert countdown(left_s) == f"next look in {shown}"


WATCHER = """
from selftests.test_watch_terminal import DUE, HOLD, SAMPLES
from acceptance.watch_terminal import Screen, Wall
screen = Screen("prod 2.4.0, first-hour")
screen.looking(DUE)
screen.shown(SAMPLES, HOLD, DUE)
Wall(screen).sleep(1.2)
screen.say("12:35 no sample: a sample did not end within 900 s")
"""


def watched(columns: int, **environment: str) -> str:
    """All that is written to a terminal of so many columns; to a pipe when there are none."""
    command, env = [sys.executable, "-c", WATCHER], os.environ | {"PYTHONUTF8": "0", **environment}
    env.pop("COLUMNS", None)
    if not columns:
        return subprocess.run(command, env=env, capture_output=True, timeout=60, check=True).stdout.decode("latin-1")
    ours, theirs = os.openpty()
    fcntl.ioctl(theirs, termios.TIOCSWINSZ, struct.pack("HHHH", 24, columns, 0, 0))
    with subprocess.Popen(command, stdin=theirs, stdout=theirs, stderr=theirs, env=env) as child:
        os.close(theirs)
        written = b""
        try:
            while part := os.read(ours, 4096):
                written += part
        except OSError:  # how Linux says that the other side is gone
            pass
        assert child.wait(60) == 0, written
    os.close(ours)
    return written.decode("utf-8")


@pytest.mark.parametrize("columns", [40, 120])
def test_at_a_terminal_the_last_line_counts_down_and_never_wraps(columns: int) -> None:
    parts = watched(columns, LANG="C.UTF-8").split("\r\x1b[K")
    bottom = [part for part in parts if part and not part.endswith("\n")]
    assert [part for part in bottom if part.startswith("looking since 10:30:00")]
    counting = [part for part in bottom if part.startswith("next look in 0:0")]
    assert [part[: len("next look in 0:01")] for part in counting][:2] == ["next look in 0:01", "next look in 0:00"]
    assert "HOLD  30 samples" in counting[0]
    assert max(map(len, bottom)) < columns
    assert parts[-1].strip() == "12:35 no sample: a sample did not end within 900 s"


def test_where_nobody_looks_there_is_a_line_a_sample_and_no_control_character() -> None:
    written = watched(0, PYTHONIOENCODING="latin-1")
    assert [text.strip().split("  ")[0] for text in written.splitlines()] == [
        "10:25 HOLD",
        "because of FUNC-ROLL-04",
        "see reports/*/run/record.html",
        "12:35 no sample: a sample did not end within 900 s",
    ]
    assert "\x1b" not in written
    assert "\r" not in written
    assert PLAIN_BARS[-1] in written
