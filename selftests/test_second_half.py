"""What can't be looked at without harm is a person's to say: their word is the second half of a look, never instead of it."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest
import tomlkit

from acceptance.children import Sandbox
from selftests.running import run

ITEM = "SEC-WEB-05"  # operations with neither body nor id are not sent without `--allow disrupts`


@pytest.mark.parametrize(
    "fault, signed, status",
    [
        ("", True, "PASS"),
        ("", False, "PENDING"),
        ("every-route-open", True, "FAIL"),
        ("every-route-open", False, "FAIL"),
    ],
)
def test_a_word_completes_a_good_look_and_never_mends_a_bad_one(
    fault: str, signed: bool, status: str, sandbox: Sandbox, tmp_path: Path
) -> None:
    target = tmp_path / "target"
    target.mkdir()
    for path in sandbox.folder.glob("*.toml"):
        shutil.copy(path, target)
    shutil.copytree(sandbox.folder / "releases", target / "releases")
    words = tomlkit.parse((target / "attestations.toml").read_text(encoding="utf-8"))
    if not signed:
        del words[ITEM]
    (target / "attestations.toml").write_text(tomlkit.dumps(words), encoding="utf-8")
    if fault:
        sandbox.change(f"+{fault}")
    try:
        ended = run(tmp_path / "run", f"--target={target / 'target.toml'}", "-k", ITEM)
    finally:
        if fault:
            sandbox.change(f"-{fault}")
    assert ended.statuses() == {ITEM: status}
    if status == "PENDING":
        (note,) = [item["note"] for item in ended.record["items"] if item["id"] == ITEM]
        assert "nobody has signed" in note
