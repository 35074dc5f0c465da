"""The same items get the same verdict serial, in parallel, by node id and on replay, which opens no socket."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

from acceptance.children import Sandbox
from selftests.running import ROOT, Ended, command, folders, run

SELECTION = "FUNC-API-0 or INFRA-MONGO-0 or SEC-WEB-03 or INFRA-NET-05 or INFRA-HOST-0"
NO_SOCKETS = """
import sys
def _refuse(event, args):
    if event in ("socket.connect", "socket.bind", "socket.sendto", "socket.sendmsg", "socket.getaddrinfo"):
        sys.stderr.write("A SOCKET WAS USED\\n")
        raise RuntimeError(event)
sys.addaudithook(_refuse)
"""


@pytest.fixture(scope="module")
def serial(tmp_path_factory: pytest.TempPathFactory) -> Ended:
    """A serial run of the selection on a sandbox that is gone afterwards, with something red in it."""
    return run(tmp_path_factory.mktemp("serial"), "--target=sandbox", "--fault=health-static", "-k", SELECTION)


def test_serial(serial: Ended) -> None:
    statuses = serial.statuses()
    assert len(statuses) > 25
    assert {id for id, status in statuses.items() if status not in ("PASS", "NA")} == {"FUNC-API-01"}, statuses
    assert (serial.code, serial.record["complete"]) == (1, True)


@pytest.mark.parametrize("workers", ["2", pytest.param("8", marks=pytest.mark.proof)])
def test_parallel_comes_to_the_same(workers: str, serial: Ended, sandbox: Sandbox, tmp_path: Path) -> None:
    sandbox.change("+health-static")
    try:
        parallel = run(tmp_path, f"--target={sandbox.target_file}", "-n", workers, "-k", SELECTION)
    finally:
        sandbox.change("-health-static")
    assert parallel.statuses() == serial.statuses()
    assert parallel.record["verdict"] == serial.record["verdict"]
    assert parallel.code == serial.code
    assert (parallel.record["complete"], len(parallel.record["items"])) == (True, 350)


def test_replay_comes_to_the_same_without_a_socket(serial: Ended, tmp_path: Path) -> None:
    (tmp_path / "sitecustomize.py").write_text(NO_SOCKETS, encoding="utf-8")
    path = os.pathsep.join([str(tmp_path), os.environ.get("PYTHONPATH", "")])
    forbidden = subprocess.run(
        [sys.executable, "-c", "import socket; socket.create_connection(('127.0.0.1', 9))"],
        env={**os.environ, "PYTHONPATH": path}, capture_output=True, text=True, timeout=30, check=False,
    )  # fmt: skip
    assert "A SOCKET WAS USED" in forbidden.stderr
    again = run(tmp_path / "again", f"--replay={serial.folder}", "-k", SELECTION, PYTHONPATH=path)
    assert "A SOCKET WAS USED" not in again.said
    assert again.statuses() == serial.statuses()
    assert again.record["verdict"] == serial.record["verdict"]
    assert again.record["replayed_from"] == serial.folder.name
    assert again.record["target"] == "sandbox"
    assert not (again.folder.parent / "latest").exists()
    assert (serial.folder.parent / "latest").resolve() == serial.folder


@pytest.mark.skipif(os.geteuid() != 0, reason="needs root for a network namespace")
def test_replay_comes_to_the_same_where_there_is_no_network(serial: Ended, tmp_path: Path) -> None:
    alone = ["unshare", "-n", "--"]
    nobody = [*alone, sys.executable, "-c", "import socket; socket.create_connection(('127.0.0.1', 9))"]
    assert "unreachable" in subprocess.run(nobody, capture_output=True, text=True, timeout=30, check=False).stderr
    ended = subprocess.run(
        [*alone, *command(f"--replay={serial.folder}", "-k", SELECTION)], cwd=tmp_path, capture_output=True, text=True,
        env={**os.environ, "XDG_STATE_HOME": str(tmp_path / "state")}, timeout=120, check=False,
    )  # fmt: skip
    again = Ended(ended.returncode, ended.stdout, folders(tmp_path)[-1])
    assert again.statuses() == serial.statuses()
    assert again.code == serial.code


@pytest.mark.parametrize(
    "words, ids",
    [
        (("-m", "critical", "-k", "FUNC-API-0"), {"FUNC-API-01", "FUNC-API-03"}),
        ((str(ROOT / "tests_security"), "-k", "SEC-WEB-03"), {"SEC-WEB-03"}),
    ],
    ids=["marker", "directory"],
)
def test_selections(words: tuple[str, ...], ids: set[str], sandbox: Sandbox, tmp_path: Path) -> None:
    ended = run(tmp_path, f"--target={sandbox.target_file}", *words)
    assert set(ended.statuses()) >= ids
    assert set(ended.statuses().values()) == {"PASS"}
    assert ended.code == 0


def test_one_node_id(sandbox: Sandbox, tmp_path: Path) -> None:
    import inspect

    from acceptance.judge import catalogue

    function = catalogue()["FUNC-API-01"].function
    node = f"{inspect.getfile(function)}::{function.__name__}"
    assert run(tmp_path, f"--target={sandbox.target_file}", node).statuses() == {"FUNC-API-01": "PASS"}
