"""Where the lab can't be had it says what is missing, keeps no row of the proof, and no item turns green for it."""

import shutil
import subprocess
import time
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path

import pytest

from acceptance.probes import PROBES
from acceptance.visit import Visit
from selftests.lab.lab_host import statuses, target

RUN = Path(__file__).parent / "lab" / "run.sh"
DEBIAN = Path("/etc/apt/sources.list.d/debian.sources")
NEEDED = ("bash", "cut", "dirname", "env", "flock", "mkdir", "setsid", "sleep", "seq", "tail", "timeout", "tr")
Without = Callable[..., subprocess.CompletedProcess[str]]


@pytest.fixture
def without(tmp_path: Path) -> Without:
    """Run the lab on a machine that has some programs only; those that are given as shell stand for real ones."""

    def run(**scripts: str) -> subprocess.CompletedProcess[str]:
        programs = tmp_path / "bin"
        programs.mkdir()
        for name in NEEDED:
            (programs / name).symlink_to(shutil.which(name) or "/nowhere")
        for name, script in scripts.items():
            path = programs / name.replace("_", "-")
            path.write_text(f"#!/bin/sh\n{script}\n")
            path.chmod(0o755)
        env = {
            "PATH": str(programs), "HOME": str(tmp_path), "ACCEPTANCE_LAB": str(tmp_path / "lab"),
            "ACCEPTANCE_LAB_PROOF": str(tmp_path / "rows.json"),
        }  # fmt: skip
        done = subprocess.run([RUN], capture_output=True, text=True, env=env, timeout=60, stdin=subprocess.DEVNULL)
        assert not (tmp_path / "rows.json").exists()
        assert "passed" not in done.stdout
        return done

    return run


def test_without_root_there_is_no_lab(without: Without) -> None:
    done = without(id="echo 1000")
    assert (done.stdout, done.returncode) == ("lab: skipped: it needs root\n", 0)


@pytest.mark.skipif(not DEBIAN.exists(), reason="this is no Debian 12, which the lab says itself")
def test_without_a_package_source_there_is_no_lab(without: Without) -> None:
    done = without(id="echo 0", apt_get="echo 'E: Unable to fetch some archives' >&2; exit 100")
    assert "docker.io" in done.stdout
    assert "can't be installed: E: Unable to fetch some archives" in done.stdout
    assert done.returncode == 0


@pytest.mark.skipif(not DEBIAN.exists(), reason="this is no Debian 12, which the lab says itself")
def test_where_docker_may_not_run_there_is_no_lab(without: Without) -> None:
    dockerd = "echo 'failed to mount overlay: operation not permitted' >&2; exit 1"
    there = dict.fromkeys(("debootstrap", "iptables", "ssh"), "exit 0")
    done = without(id="echo 0", docker="exit 1", dockerd=dockerd, **there)
    assert done.stdout == ("lab: skipped: Docker can't be started: failed to mount overlay: operation not permitted \n")
    assert done.returncode == 0


def test_no_item_is_green_for_a_host_that_only_docker_would_reach(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PATH", str(tmp_path))
    place = tmp_path / "state"
    place.mkdir()
    there = Visit(target(container="lab-host"), datetime.now(UTC), place, place, place, "t", time.monotonic() + 20)
    found = statuses({name: PROBES[name].look(there) for name in ("hosts", "configuration", "services", "usage")})
    assert len(found) > 70
    assert {id: status for id, (status, _) in found.items() if status != "BLOCKED"} == {}
