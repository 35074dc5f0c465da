"""Fixtures of the lab: its folder with the host running, visits to it, and what probes see there."""

from __future__ import annotations

import os
import shutil
import subprocess
import time
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from acceptance.facts import ProbeError, dump, load
from acceptance.probes import PROBES
from acceptance.visit import Visit
from selftests.lab.lab_host import Look, in_host, target

HERE = Path(__file__).parent


def plugin() -> str:
    """The compose plugin of this machine, "" when there is none."""
    folders = (
        Path.home() / ".docker/cli-plugins",
        Path("/usr/local/lib/docker/cli-plugins"),
        Path("/usr/libexec/docker/cli-plugins"),
    )
    found = [str(f / "docker-compose") for f in folders if (f / "docker-compose").exists()]
    return shutil.which("docker-compose") or next(iter(found), "")


@pytest.fixture(scope="session")
def work() -> Path:
    """The lab's folder, with the lab running."""
    folder = Path(os.environ.get("ACCEPTANCE_LAB", Path.home() / ".cache/acceptance-lab"))
    docker = shutil.which("docker")
    if os.geteuid() != 0 or not docker or subprocess.run([docker, "info"], capture_output=True, timeout=30).returncode:
        pytest.skip("the lab needs root and a Docker daemon that runs")
    running = subprocess.run(
        [docker, "inspect", "-f", "{{.State.Running}}", "lab-host"], capture_output=True, text=True, timeout=30
    )
    if running.stdout.strip() != "true" or not (folder / "ssh_config").exists():
        if not (plugin() and shutil.which("debootstrap")):
            pytest.skip("the lab needs debootstrap and Docker's compose plugin")
        folder.mkdir(parents=True, exist_ok=True)
        shutil.copy(plugin(), folder / "docker-compose")
        subprocess.run(["bash", HERE / "up.sh", folder], check=True, timeout=900)
    in_host("test -d /opt/bot-core/.git")
    return folder


@pytest.fixture(scope="session")
def visit(work: Path, tmp_path_factory: pytest.TempPathFactory) -> Callable[..., Visit]:
    """Visits to the lab's host, by ssh or by the way that is given."""
    state = tmp_path_factory.mktemp("state") / "lab"
    state.mkdir()

    def made(**host: Any) -> Visit:
        way = host or {"ssh": "lab-host", "ssh_config": str(work / "ssh_config")}
        return Visit(target(**way), datetime.now(UTC), state, state, state, "acceptance-lab", time.monotonic() + 60)

    return made


@pytest.fixture(scope="session")
def look(visit: Callable[[], Visit]) -> Look:
    """Facts of some probes, as read back from disk; a ProbeError stands for itself."""

    def seen(*names: str) -> dict[str, Any]:
        found: dict[str, Any] = {}
        for name in names:
            try:
                found[name] = load(PROBES[name].facts, dump(PROBES[name].look(visit())))
            except ProbeError as problem:
                found[name] = problem
        return found

    return seen
