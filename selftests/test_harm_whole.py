"""Whole runs against a sandbox that is watched from within, in a network of their own: nothing changes, nothing strays.

Where there can be no such network, packets are not judged; requests and state are all the same.
"""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from acceptance.guard import named
from acceptance.target import read
from selftests import packets
from selftests.running import ROOT

# each leads a careless client astray: to another host, to a route that must not be called, to more than was asked
TEMPTING = "redirect-elsewhere,every-route-open"
SOME = "FUNC-API-0 or INFRA-MONGO or SEC-WEB or INFRA-CLOUD or INFRA-MON or SEC-ACCESS or FUNC-EXT"
QUERIES = ("/grafana/api/ds/query",)  # a question in a body
SESSION = ("/api/auth/login", "/api/auth/logout", "/api/auth/refresh")


def watched(folder: Path, *words: str, faults: str = "", timeout_s: int = 900) -> dict[str, Any]:
    """What was seen of a run with these words."""
    watch = "no packets" if (why := packets.why_not()) else "packets"
    before = [] if why else packets.alone()
    inside = [*before, sys.executable, "-m", "selftests.isolated", str(folder), watch, faults, *words]
    subprocess.run(inside, cwd=ROOT, check=True, timeout=timeout_s)
    told: dict[str, Any] = json.loads((folder / "watched.json").read_text(encoding="utf-8"))
    said = (folder / "said.txt").read_text(encoding="utf-8")
    assert "Requests sent:" in said, said[-3000:]
    assert len(told["asked"]) > 30
    if why:
        print(f"packets were not watched: {why}")
    else:
        assert sorted(strayed(folder, told)) == []
    return told


def strayed(folder: Path, told: dict[str, Any]) -> set[str]:
    """Addresses that the target does not name."""
    literal, _ = named(read(folder / "sandbox" / "target.toml"))
    assert "127.0.0.1" in told["went"], "no packet was seen, so nothing is proven"
    return set(told["went"]) - literal


def writes(told: dict[str, Any]) -> list[str]:
    """What the sandbox was asked that could change it, and did not refuse."""
    found = []
    for line in told["asked"]:
        words = line.split()
        if words[0] == "mongo":
            found.append(line)
            continue
        method, path, status = words[1:4] if words[0][0].isdigit() else words[0:3]
        if method not in ("GET", "HEAD", "OPTIONS") and path not in SESSION + QUERIES and status < "400":
            found.append(line)
    return found


@pytest.mark.parametrize(
    "faults, words",
    [
        (TEMPTING, ("-k", SOME)),
        pytest.param(TEMPTING, (), marks=pytest.mark.proof),
        pytest.param("", (), marks=pytest.mark.proof),
    ],
    ids=["some, tempting", "whole, tempting", "whole"],
)
def test_looking_leaves_no_trace(faults: str, words: tuple[str, ...], tmp_path: Path) -> None:
    told = watched(tmp_path, *words, faults=faults)
    assert writes(told) == []
    assert told["changed"] == []


@pytest.mark.parametrize(
    "words",
    [("-m", "writes"), pytest.param((), marks=pytest.mark.proof)],
    ids=["some", "whole"],
)
def test_what_was_made_is_unmade(words: tuple[str, ...], tmp_path: Path) -> None:
    told = watched(tmp_path, "--allow=writes,disrupts", *words)
    assert writes(told) != [], "nothing was made, so nothing is proven"
    assert told["changed"] == []
