"""Which Chromium is taken: the target's, the environment's, Playwright's own, the system's; nothing else is guessed."""

from __future__ import annotations

from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

from acceptance.facts import ProbeError
from acceptance.probes import chromium

PLACES = ("target", "environment", "playwright", "chromium", "google-chrome")


def taken(there: tuple[str, ...], named: tuple[str, ...], folder: Path, monkeypatch: pytest.MonkeyPatch) -> str:
    """Which of the programs that are there is taken, when target and environment name theirs or don't."""
    for each in there:
        (folder / each).touch(0o755)
    where = {each: str(folder / each) for each in PLACES}
    monkeypatch.setattr(chromium, "SYSTEM", (where["chromium"], where["google-chrome"]))
    monkeypatch.setenv("ACCEPTANCE_CHROMIUM", where["environment"] if "environment" in named else "")
    table = SimpleNamespace(executable=where["target"] if "target" in named else "")
    visit: Any = SimpleNamespace(target=SimpleNamespace(browser=table))
    playwright: Any = SimpleNamespace(chromium=SimpleNamespace(executable_path=where["playwright"]))
    return Path(chromium.executable(visit, playwright)).name


@pytest.mark.parametrize("first", range(len(PLACES)))
def test_the_first_that_is_there_is_taken(first: int, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    there = PLACES[first:]
    assert taken(there, there, tmp_path, monkeypatch) == PLACES[first]


@pytest.mark.parametrize("named", [("target",), ("environment",), ()])
def test_a_named_one_that_is_not_there_is_told(
    named: tuple[str, ...], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    there = PLACES[2:] if named else ()
    with pytest.raises(ProbeError, match=named[0] if named else "Playwright's own"):
        taken(there, named, tmp_path, monkeypatch)
