"""`acceptance doctor` and `acceptance init`: what a target grants, what does not answer, and a target to start from."""

from __future__ import annotations

import re
import shutil
import tomllib
from pathlib import Path

import pytest
import tomlkit

from acceptance import doctor, init
from acceptance.children import Sandbox
from acceptance.target import TargetError, read
from selftests.commands import acceptance
from selftests.running import ROOT


@pytest.fixture
def copy(sandbox: Sandbox, tmp_path: Path) -> Path:
    """A target file of one's own on the running sandbox."""
    for path in [*sandbox.folder.glob("*.toml"), sandbox.folder / "releases"]:
        (shutil.copytree if path.is_dir() else shutil.copy)(path, tmp_path / path.name)
    return tmp_path / "target.toml"


def test_all_is_granted_and_answers(sandbox: Sandbox, capsys: pytest.CaptureFixture[str]) -> None:
    code = acceptance(doctor, "doctor", f"--target={sandbox.target_file}")
    said = capsys.readouterr().out
    assert code == 0, said
    counts = re.search(r"(\d+) of (\d+) addresses", said)
    assert counts
    assert counts[1] == counts[2] != "0"
    decided = re.match(r"(\d+) of 350 items can be decided", said)
    assert decided
    assert int(decided[1]) > 340


def test_a_grant_that_does_not_answer(copy: Path, capsys: pytest.CaptureFixture[str]) -> None:
    prometheus = read(copy).prometheus
    assert prometheus
    text = copy.read_text(encoding="utf-8").replace(prometheus.url, "http://127.0.0.1:9")
    copy.write_text(text, encoding="utf-8")
    assert acceptance(doctor, "doctor", f"--target={copy}") == 1
    assert "[prometheus] 127.0.0.1:9 takes no connection" in capsys.readouterr().out


def test_a_secret_that_is_not_there_and_a_table_that_is_missing(copy: Path, capsys: pytest.CaptureFixture[str]) -> None:
    tables = tomllib.loads(copy.read_text(encoding="utf-8"))
    del tables["registry"], tables["prometheus"]
    tables["credentials"]["gone"] = {"secret": "env:NOBODY_SET_THIS"}
    copy.write_text(tomlkit.dumps(tables), encoding="utf-8")
    assert acceptance(doctor, "doctor", f"--target={copy}") == 1
    said = capsys.readouterr().out
    assert "[credentials.gone]: the environment variable NOBODY_SET_THIS is not set" in said
    assert re.search(r"\[registry\] +would unlock \d+ items", said)
    assert re.search(r"\[prometheus\] +would unlock \d+ items", said)
    assert "Most would be unlocked by [" in said


def test_init_writes_a_target_that_doctor_reads(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    if not (ROOT / "targets" / "example" / "target.toml").exists():
        pytest.skip("there is no example yet")
    shutil.copytree(ROOT / "targets", tmp_path / "targets")
    monkeypatch.chdir(tmp_path)
    assert acceptance(init, "init", "prod", "--url=https://bot.acme.test") == 0
    target = read(tmp_path / "targets" / "prod" / "target.toml")
    assert target.urls.base.startswith("https://")
    assert "acme.test" in (tmp_path / "targets" / "prod" / "target.toml").read_text(encoding="utf-8")
    assert not any((target.allow.load, target.allow.writes, target.allow.disrupts))
    with pytest.raises(TargetError, match="exists"):
        acceptance(init, "init", "prod", "--url=https://bot.acme.test")


@pytest.mark.parametrize(
    "words, says",
    [
        (("sandbox", "--url=https://x.test"), "can't be a target's name"),
        (("../up", "--url=https://x.test"), "can't be a target's name"),
        (("prod", "--url=http://x.test"), "give the page's address"),
        (("prod",), "give the page's address"),
    ],
)
def test_init_refuses(words: tuple[str, ...], says: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    with pytest.raises(TargetError, match=says):
        acceptance(init, "init", *words)
    assert not (tmp_path / "targets").exists()
