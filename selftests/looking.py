"""Looks at a sandbox outside of pytest's own loop: all probes, or some, into a folder; then judges all items."""

from __future__ import annotations

import json
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Iterable
from datetime import UTC, datetime
from functools import partial
from pathlib import Path

from acceptance.checklist import checklist
from acceptance.gate import gate
from acceptance.judge import catalogue, judge, probes_of
from acceptance.look import with_needs
from acceptance.probes import PROBES
from acceptance.run import Run
from acceptance.settle import Said
from acceptance.signoff import Release
from acceptance.target import read
from acceptance.words import read as read_words

ALL = frozenset({"load", "writes", "disrupts"})


def wanted(target_file: Path, allow: frozenset[str] = ALL) -> set[str]:
    """The probes that a run of everything would ask."""
    target = read(target_file)
    found: set[str] = set()
    for case in catalogue().values():
        behind = probes_of(case)
        if not gate(checklist()[case.id], behind, target, allow, _release(target_file)):
            found |= behind
    return found


def _release(target_file: Path) -> Release | None:
    return read_words(target_file.parent).release()


def look(target_file: Path, folder: Path, probes: Iterable[str], allow: frozenset[str] = ALL) -> None:
    """Ask some probes; answers that lie in `folder/facts` already are kept."""
    (folder / "facts").mkdir(parents=True, exist_ok=True)
    (folder / "shots").mkdir(exist_ok=True)
    live = Path(tempfile.mkdtemp(prefix="acceptance-live-"))
    plan = {
        "target": str(target_file), "probes": sorted(probes), "allow": sorted(allow),
        "now": datetime.now(UTC).isoformat(), "live": str(live), "state": str(target_file.parent / "state"),
    }  # fmt: skip
    (target_file.parent / "state").mkdir(mode=0o700, exist_ok=True)
    (folder / "wanted.json").write_text(json.dumps(plan), encoding="utf-8")
    with subprocess.Popen([sys.executable, "-m", "acceptance.look", str(folder)], stdin=subprocess.PIPE) as looker:
        try:
            looker.wait(400)
        finally:
            assert looker.stdin
            looker.stdin.close()
            shutil.rmtree(live, ignore_errors=True)
    (folder / "look.ended").touch()


def judged(target_file: Path, folder: Path, allow: frozenset[str] = ALL) -> dict[str, tuple[str, str]]:
    """Every measured item's status and why, on the facts in a folder."""
    target = read(target_file)
    now = datetime.now(UTC)
    words = read_words(target_file.parent)
    run = Run(folder, target, target_file, allow, now, "", folder, folder, Said(words, words.release(), now))
    found: dict[str, tuple[str, str]] = {}
    for case in catalogue().values():
        if settled := run.held(case):
            found[case.id] = (settled.status, settled.why)
        else:
            status, why = judge(case, partial(run.ask, case=case))
            found[case.id] = (status, why)
    return found


def again(probes: Iterable[str]) -> set[str]:
    """Probes to look with again, and those that live on their live secrets."""
    return set(with_needs(tuple(name for name in probes if name in PROBES)))
