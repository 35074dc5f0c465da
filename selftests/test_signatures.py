"""Signing a run and checking it: with the stock tool, offline, wherever the folder went, naming what was changed."""

from __future__ import annotations

import json
import random
import shutil
import subprocess
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest

from acceptance import sign
from acceptance.record import signatures
from acceptance.record.file import dump
from acceptance.record.renderings import renderings
from acceptance.words import read_people
from selftests.commands import acceptance
from selftests.records import full

QA = "qa@example.com"


@pytest.fixture(scope="module")
def key(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("key") / "id_ed25519"
    subprocess.run(["ssh-keygen", "-q", "-t", "ed25519", "-N", "", "-C", "qa", "-f", path], check=True, timeout=20)
    return path


@pytest.fixture(scope="module")
def people(key: Path) -> Path:
    path = key.with_name("people.toml")
    public = key.with_name(key.name + ".pub").read_text().strip()
    path.write_text(
        f'[people."{QA}"]\nname = "QA"\nroles = ["QA Engineer"]\nkeys = ["{public}"]\n'
        f'[people."lead@example.com"]\nroles = ["Tech Lead"]\nkeys = []\n'
    )
    return path


@pytest.fixture
def run(tmp_path: Path) -> Path:
    """A run's folder as a run leaves it."""
    folder = tmp_path / "20260302T093000Z"
    (folder / "facts").mkdir(parents=True)
    record = replace(full(), sign_off=())
    (folder / "record.json").write_text(dump(record))
    (folder / "facts" / "tls.json").write_text('{"value": 1}')
    (folder / "look.log").write_text("")
    for name, text in renderings(record).items():
        (folder / name).write_text(text)
    return folder


@pytest.fixture
def signed(run: Path, key: Path, people: Path) -> Path:
    assert acceptance(sign, "sign", run, "--role", "QA Engineer", "--key", key, "--people", people) == 0
    return run


def verified(folder: Path, people: Path) -> signatures.Verified:
    return signatures.verify(folder, read_people(people))


def test_a_signed_run_verifies(signed: Path, people: Path, capsys: pytest.CaptureFixture[str]) -> None:
    seen = verified(signed, people)
    assert (seen.signed, seen.problems) == (("QA Engineer",), ())
    assert acceptance(sign, "verify", signed, "--people", people) == 0
    assert "not yet signed by Tech Lead" in capsys.readouterr().out
    assert acceptance(sign, "verify", signed, "--people", people, "--all-roles") == 1


def test_the_page_shows_who_signed(signed: Path) -> None:
    assert QA in (signed / "record.html").read_text()
    assert QA in (signed / "checklist.md").read_text()


def test_the_stock_tool_alone_can_check_it(signed: Path, key: Path, tmp_path: Path) -> None:
    public = key.with_name(key.name + ".pub").read_text()
    (tmp_path / "allowed").write_text(f"{QA} {public}")
    statement = signed / "signatures" / "qa-engineer.txt"
    command = ["ssh-keygen", "-Y", "verify", "-f", tmp_path / "allowed", "-I", QA, "-n", "bot-core-acceptance", "-s"]
    subprocess.run(
        [*command, f"{statement}.sig"], input=statement.read_bytes(), check=True, timeout=20, capture_output=True
    )
    subprocess.run(
        ["sha256sum", "--check", "--quiet", "signatures/manifest.sha256"], cwd=signed, check=True, timeout=20
    )


def test_it_survives_copying_and_zipping(signed: Path, people: Path, tmp_path: Path) -> None:
    archive = shutil.make_archive(str(tmp_path / "run"), "zip", signed)
    shutil.unpack_archive(archive, tmp_path / "elsewhere")
    assert verified(tmp_path / "elsewhere", people).problems == ()


def edit(name: str, old: str, new: str) -> Callable[[Path], None]:
    def change(folder: Path) -> None:
        text = (folder / name).read_text()
        assert old in text
        (folder / name).write_text(text.replace(old, new, 1))

    return change


@pytest.mark.parametrize(
    "change, named",
    [
        (edit("facts/tls.json", "1", "2"), "facts/tls.json: was changed"),
        (edit("record.html", "NO-GO", "GO"), "record.html: is not what the record renders to"),
        (edit("checklist.md", "- [ ]", "- [x]"), "checklist.md: is not what"),
        (edit("junit.xml", "<failure", "<skipped"), "junit.xml: is not what"),
        (edit("record.json", '"status": "FAIL"', '"status": "PASS"'), "changed after it was written"),
        (edit("record.json", '"schema": 1', '"schema":  1'), "record.json: was changed"),
        (edit("signatures/qa-engineer.txt", "verdict: NO-GO", "verdict: GO"), "its verdict is not that"),
        (edit("signatures/qa-engineer.txt", "by: qa@", "by: lead@"), "is no QA Engineer"),
        (edit("signatures/qa-engineer.txt", "by: qa@", "by: nobody@"), "is not in people.toml"),
        (edit("signatures/qa-engineer.txt", "role: QA Engineer", "role: Tech Lead"), "was signed as Tech Lead"),
        (edit("signatures/qa-engineer.txt", "on: 20", "on: 21"), "the signature is not one of"),
        (edit("signatures/qa-engineer.txt", "target: ", "goal: "), "is no statement"),
        (edit("signatures/manifest.sha256", "facts/tls.json", "facts/tlt.json"), "its manifest is not that"),
        (lambda folder: (folder / "facts" / "tls.json").unlink(), "facts/tls.json: is missing"),
        (lambda folder: (folder / "facts" / "dns.json").touch(), "facts/dns.json: was added"),
        (lambda folder: (folder / "facts" / "to").symlink_to("/etc/hostname"), "facts/to: is a link"),
        (lambda folder: (folder / "signatures" / "qa-engineer.txt.sig").unlink(), "signature file is missing"),
        (lambda folder: (folder / "signatures" / "manifest.sha256").unlink(), "its manifest is not that"),
        (lambda folder: (folder / "signatures" / "boss.txt").touch(), "boss.txt: is for a role that does not sign"),
        (lambda folder: (folder / "record.json").unlink(), "record.json"),
        (lambda folder: (folder / "record.html").unlink(), "record.html: is missing"),
    ],
)  # fmt: skip
def test_a_change_is_named(signed: Path, people: Path, change: Callable[[Path], None], named: str) -> None:
    change(signed)
    problems = verified(signed, people).problems
    assert [problem for problem in problems if named in problem], problems


@pytest.mark.parametrize(
    "name",
    [
        "record.json", "record.html", "checklist.md", "junit.xml", "facts/tls.json",
        "signatures/manifest.sha256", "signatures/qa-engineer.txt", "signatures/qa-engineer.txt.sig",
    ],
)  # fmt: skip
def test_any_byte_that_changed_is_named(name: str, signed: Path, people: Path) -> None:
    whole, draw = (signed / name).read_bytes(), random.Random(name)
    named = {"signatures/manifest.sha256": "its manifest", "signatures/qa-engineer.txt.sig": "qa-engineer.txt"}
    for at in (0, len(whole) - 1, *(draw.randrange(len(whole)) for _ in range(6))):
        other = bytes([whole[at] ^ draw.choice((1, 2, 4, 8, 16, 128))])
        (signed / name).write_bytes(whole[:at] + other + whole[at + 1 :])
        problems = verified(signed, people).problems
        assert any(named.get(name, Path(name).name) in each for each in problems), (at, other, problems)


def test_a_record_resealed_after_signing_is_named(signed: Path, people: Path) -> None:
    record = replace(full(), sign_off=(), version="9.9.9")
    (signed / "record.json").write_text(dump(record))
    assert [p for p in verified(signed, people).problems if "its version is not that of these files" in p]


def test_another_key_does_not_count(signed: Path, tmp_path: Path, people: Path) -> None:
    other = tmp_path / "other"
    subprocess.run(["ssh-keygen", "-q", "-t", "ed25519", "-N", "", "-f", other], check=True, timeout=20)
    statement = signed / "signatures" / "qa-engineer.txt"
    statement.with_name("qa-engineer.txt.sig").unlink()
    command = ["ssh-keygen", "-Y", "sign", "-q", "-f", other, "-n", "bot-core-acceptance", statement]
    subprocess.run(command, check=True, timeout=20)
    assert verified(signed, people).rows[2].note == f"the signature is not one of {QA}'s keys over this statement"


@pytest.mark.parametrize(
    "role, change, why",
    [
        ("Tech Lead", None, "is no Tech Lead"),
        ("QA Engineer", {"running": True}, "only a complete run"),
        ("QA Engineer", {"complete": False}, "only a complete run"),
    ],
)
def test_what_must_not_be_signed(
    run: Path, key: Path, people: Path, role: str, change: dict[str, object] | None, why: str,
    capsys: pytest.CaptureFixture[str],
) -> None:  # fmt: skip
    if change:
        (run / "record.json").write_text(dump(replace(full(), **change)))  # type: ignore[arg-type]
    assert acceptance(sign, "sign", run, "--role", role, "--key", key, "--people", people) == 2
    assert why in capsys.readouterr().err
    assert not (run / "signatures" / "qa-engineer.txt.sig").exists()


def test_a_run_changed_between_two_signatures_is_refused(
    signed: Path, key: Path, people: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (signed / "look.log").write_text("later")
    assert acceptance(sign, "sign", signed, "--role", "QA Engineer", "--key", key, "--people", people) == 2
    assert "was changed after it was first signed" in capsys.readouterr().err


def test_a_record_can_not_choose_its_own_people(run: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (run / "record.json").write_text(dump(replace(full(), target="../elsewhere")))
    assert acceptance(sign, "verify", run) == 2
    assert "--people" in capsys.readouterr().err


def test_an_unsigned_run_is_not_as_signed(run: Path, people: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert acceptance(sign, "verify", run, "--people", people) == 1
    assert "Nobody has signed" in capsys.readouterr().out


def test_rendering_again_gives_the_same_page(signed: Path, people: Path) -> None:
    edit("record.html", "NO-GO", "GO")(signed)
    assert acceptance(sign, "record", signed) == 0
    assert verified(signed, people).problems == ()
    assert json.loads((signed / "record.json").read_text())["schema"] == 1
