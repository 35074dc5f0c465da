"""The edge's access log, here and on a host: what was added, rotation, and a log that is not there."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from acceptance.facts import ProbeError
from acceptance.logfile import HostLog, LogFile
from selftests.test_asking import visit

Opened = Callable[[Path], LogFile | HostLog]


@pytest.fixture(params=["here", "on a host"])
def opened(request: pytest.FixtureRequest, tmp_path: Path) -> Opened:
    if request.param == "here":
        return LogFile
    here = visit(tmp_path, hosts={"edge": {"local": True}})
    return lambda path: HostLog(here, "edge", path)


def test_what_was_added_is_read(opened: Opened, tmp_path: Path) -> None:
    path = tmp_path / "access.log"
    path.write_text("old line\n")
    log = opened(path)
    start = log.size_bytes()
    with path.open("a") as out:
        out.write("GET / ours ünïcode\n")
    assert log.since(start) == "GET / ours ünïcode\n"


def test_a_rotated_log_is_read_from_its_start(opened: Opened, tmp_path: Path) -> None:
    path = tmp_path / "access.log"
    path.write_text("x" * 500)
    log = opened(path)
    start = log.size_bytes()
    path.write_text("new\n")
    assert log.since(start) == "new\n"


def test_a_log_that_is_not_there_is_a_failure(opened: Opened, tmp_path: Path) -> None:
    with pytest.raises(ProbeError):
        opened(tmp_path / "absent.log").size_bytes()
