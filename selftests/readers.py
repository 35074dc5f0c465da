"""Readers of export formats that we did not write: packages of npm, run by node. READERS names their folder."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
from pathlib import Path
from typing import Any

import pytest

FOLDER = Path(os.environ.get("READERS", ".lab/readers"))  # npm install --prefix .lab/readers --ignore-scripts NAME


def needs(package: str, install: str = "") -> pytest.MarkDecorator:
    """Skip where the reader is not installed; `install` names it with its version where that matters."""
    there = shutil.which("node") and (FOLDER / "node_modules" / package).is_dir()
    how = f"npm install --prefix {FOLDER} --ignore-scripts {install or package}"
    return pytest.mark.skipif(not there, reason=f"a reader that we did not write: {how}")


def read(script: str, *files: Path) -> Any:
    """What a script of the reader prints as JSON about some files."""
    done = subprocess.run(
        ["node", "-e", script, *map(str, files)], cwd=FOLDER, capture_output=True, text=True, timeout=120
    )
    assert done.returncode == 0, done.stderr
    return json.loads(done.stdout)


def command(*words: str | Path) -> str:
    """What MITRE's own command prints."""
    saf = (FOLDER / "node_modules/.bin/saf").resolve()
    return subprocess.run([saf, *words], capture_output=True, text=True, timeout=120, check=True).stdout
