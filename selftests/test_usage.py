"""What a mistyped command says: one sentence with the valid choices, no traceback, never exit 0."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

from acceptance.target import TargetError, read

CASES = {
    "marker": (["--target=sandbox", "-m", "(critical"], "critical"),
    "keyword": (["--target=sandbox", "-k", "SEC-TLS and"], "SEC-TLS and"),
    "path": (["--target=sandbox", "tests_securty"], "tests_security"),
    "target": (["--target=prdo"], "sandbox"),
    "allow": (["--target=sandbox", "--allow", "laod"], "load, writes, disrupts"),
    "fault": (["--target=sandbox", "--fault=no-such-fault"], "acceptance sandbox --list-faults"),
    "fault elsewhere": (["--target=prod", "--fault=redirect-302"], "--target=sandbox"),
    "no target": (["tests_security/test_origins.py"], "--target="),
    "replay": (["--replay=no/such/run"], "is no run"),
}


def run(*arguments: str, timeout_s: float = 60) -> subprocess.CompletedProcess[str]:
    """pytest as a user starts it."""
    command = [sys.executable, "-m", "pytest", "-p", "no:cacheprovider", *arguments]
    return subprocess.run(command, capture_output=True, text=True, timeout=timeout_s, check=False)


@pytest.mark.parametrize("workers", [[], ["-n", "2"]], ids=["serial", "parallel"])
@pytest.mark.parametrize("name", CASES)
def test_mistyped_command_is_one_sentence(name: str, workers: list[str]) -> None:
    arguments, says = CASES[name]
    ended = run(*arguments, *workers)
    words = ended.stdout + ended.stderr
    assert ended.returncode not in (0, 1), words
    assert says in words
    assert "Traceback" not in words
    assert "INTERNALERROR" not in words


@pytest.mark.parametrize("workers", [[], ["-n", "2"]], ids=["serial", "parallel"])
def test_empty_selection_is_said(workers: list[str]) -> None:
    ended = run("--target=sandbox", "-k", "nothing-has-this-name", *workers)
    assert ended.returncode == 5
    assert "no item was selected" in ended.stdout + ended.stderr


@pytest.mark.parametrize("words", [["list"], ["sandbox", "--list-faults"]], ids=" ".join)
def test_installed_command_finds_the_items_from_anywhere(words: list[str], tmp_path: Path) -> None:
    command = [str(Path(sys.executable).with_name("acceptance")), *words]
    ended = subprocess.run(command, capture_output=True, text=True, timeout=60, check=False, cwd=tmp_path)
    assert (ended.returncode, ended.stderr) == (0, "")
    assert "SEC-TLS-03" in ended.stdout


@pytest.mark.parametrize(
    "source, says",
    [
        ("urls = 3", "urls"),
        ("[urls\n", "not valid TOML"),
        ('[urls]\nbase = "http://plain.example"\n', ":2: urls.base: must start with https://"),
        ('[allow]\nlaod = true\n[urls]\nbase="https://a"\nplain="http://a"\napi="https://a"\nws="wss://a"\ndashboard="https://a"', ":2: allow.laod: unknown key"),
        ('[credentials.user]\nsecret = "hunter2hunter2"\n', ":2: credentials.user.secret: must be a name"),
        ("[features]\nclowd = true\n", "unknown feature clowd"),
        ("[features]\nfirst_start = true\n", "answered by the release file"),
    ],
)  # fmt: skip
def test_bad_target_names_file_line_and_key(tmp_path: Path, source: str, says: str) -> None:
    path = tmp_path / "target.toml"
    whole = source if "[urls" in source or "urls" in source else source + GOOD_URLS
    path.write_text(whole, encoding="utf-8")
    ended = run(f"--target={path}")
    words = ended.stdout + ended.stderr
    assert ended.returncode == 4
    assert says in words
    assert "target.toml" in words
    assert "Traceback" not in words
    assert "hunter2" not in words


GOOD_URLS = """
[urls]
base = "https://a.example"
plain = "http://a.example"
api = "https://a.example"
ws = "wss://a.example/ws"
dashboard = "https://a.example"
"""


def test_target_that_is_no_utf8(tmp_path: Path) -> None:
    path = tmp_path / "target.toml"
    path.write_bytes(b"\xff\xfe[urls]")
    ended = run(f"--target={path}")
    assert ended.returncode == 4
    assert "UTF-8" in ended.stderr + ended.stdout


@pytest.mark.parametrize(
    "source, says",
    [
        (b"[urls]\n# \xff\n", "it must be a UTF-8 text file"),
        (GOOD_URLS.encode() + b"[urls]\n", "twice (at line "),
        (GOOD_URLS.encode() + b'[urls.x]\nbase = "a"\nbase = "b"\n', "(at line "),
    ],
    ids=["wrong encoding", "a table twice", "a key twice"],
)
def test_a_target_that_cannot_be_read_is_named(tmp_path: Path, source: bytes, says: str) -> None:
    path = tmp_path / "target.toml"
    path.write_bytes(source)
    with pytest.raises(TargetError) as refused:
        read(path)
    assert str(refused.value).startswith(str(path))
    assert says in str(refused.value)
    path.unlink()
    path.mkdir()
    with pytest.raises(TargetError, match="can't be read"):
        read(path)
