"""The commands that write people's words: what they write is read back, and what is refused leaves the file alone."""

from __future__ import annotations

import argparse
import json
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from acceptance import attest, release, waive
from acceptance.record import saf
from acceptance.record.model import Word
from acceptance.words import read
from selftests.records import generated

TARGET = """
[urls]
base = "https://app.example.com"
plain = "http://app.example.com"
api = "https://api.example.com"
ws = "wss://api.example.com/ws"
dashboard = "https://app.example.com"
"""
PEOPLE = '[people."tech-lead@example.com"]\nroles = ["Tech Lead"]\n'
TOMORROW = (datetime.now(UTC) + timedelta(days=1)).strftime("%Y-%m-%d")
SIGN = ["--by=tech-lead@example.com", "--role=Tech Lead", "--says=told them", "--evidence=https://x.example", "--until"]


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    (tmp_path / "target.toml").write_text(TARGET)
    (tmp_path / "people.toml").write_text(PEOPLE)
    return tmp_path


@pytest.fixture
def acceptance(folder, capsys):
    def call(*words: str) -> tuple[int, str]:
        parser = argparse.ArgumentParser()
        commands = parser.add_subparsers(required=True)
        for module in (attest, waive, release):
            module.register(commands)
        args = parser.parse_args([*words, f"--target={folder}"])
        code = args.run(args)
        shown = capsys.readouterr()
        return code, shown.out + shown.err

    return call


def test_a_release_goes_from_new_to_closed(acceptance, folder):
    assert acceptance("release", "new", "2.3.0", f"--commit={'a' * 40}")[0] == 0
    assert read(folder).releases["2.3.0"].rollback == "take down"
    assert acceptance("release", "new", "2.4.0", f"--commit={'b' * 40}") == (
        2,
        "acceptance: release 2.3.0 is still open; close it first: acceptance release close 2.3.0\n",
    )
    assert acceptance("release", "deployed", "--by=devops")[0] == 2, "deployed before started"
    assert read(folder).releases["2.3.0"].deployed is None
    assert acceptance("release", "started")[0] == 0
    assert acceptance("release", "deployed", "--by=devops")[0] == 0
    assert acceptance("release", "trading-released", "--by=tech-lead@example.com")[0] == 0
    assert acceptance("release", "rolled-back", "--by=devops", "--reason=prices stood still")[0] == 0
    assert "rolled back" in acceptance("release", "show")[1]
    assert acceptance("release", "close")[0] == 0
    closed = read(folder).releases["2.3.0"]
    assert closed.rolled_back.to == "take down"
    assert closed.status == "rolled back"
    assert "# announced = " in (folder / "releases" / "2.3.0.toml").read_text(), "comments stay"
    assert acceptance("release", "new", "2.4.0", f"--commit={'b' * 40}")[0] == 0
    assert read(folder).releases["2.4.0"].rollback == "2.3.0"
    assert acceptance("release", "show", "9")[1].startswith("acceptance: there is no release '9'; valid: 2.3.0, 2.4.0")


def test_a_bad_commit_leaves_no_file(acceptance, folder):
    assert acceptance("release", "new", "2.3.0", "--commit=abc")[0] == 2
    assert not (folder / "releases" / "2.3.0.toml").exists()


def test_signing_makes_an_item_wait_no_longer(acceptance):
    acceptance("release", "new", "2.4.0", f"--commit={'b' * 40}")
    before = acceptance("attest", "--list")[1]
    assert "INFRA-READY-04" in before
    assert "INFRA-BACK-01" not in before, "nothing was rolled back"
    code, shown = acceptance("attest", "INFRA-READY-04", *SIGN, TOMORROW)
    assert code == 0, shown
    assert "INFRA-READY-04" not in acceptance("attest", "--list")[1]


def test_what_is_refused_leaves_the_file_as_it_was(acceptance, folder):
    assert "no release is open" in acceptance("attest", "INFRA-READY-04", *SIGN, TOMORROW)[1]
    acceptance("release", "new", "2.4.0", f"--commit={'b' * 40}")
    stranger = [word.replace("tech-lead", "mallory") for word in SIGN]
    code, shown = acceptance("attest", "INFRA-READY-04", *stranger, TOMORROW)
    assert (code, "is not in people.toml" in shown) == (2, True)
    assert not (folder / "attestations.toml").exists()
    assert "does not count: " in acceptance("attest", "INFRA-READY-04", *SIGN, "2020-01-01")[1]


def test_waivers_and_plans_are_written_for_those_who_may(acceptance, folder):
    who = ["--approver=tech-lead@example.com", "--role=Tech Lead", "--reason=known", f"--until={TOMORROW}"]
    assert acceptance("waive", "SEC-TLS-03", *who)[0] == 0
    assert "can't be waived" in acceptance("waive", "SEC-WEB-01", *who)[1]
    assert acceptance("waive", "SEC-TLS-06", "--plan=drop old ciphers", "--who=devops", f"--until={TOMORROW}")[0] == 0
    words = read(folder)
    assert set(words.waivers) == {"SEC-TLS-03"}
    assert words.planned(datetime.now(UTC)) == ("SEC-TLS-06",)


def saf_file(folder: Path, *entries: dict[str, str]) -> Path:
    base = {
        "control_id": "INFRA-READY-04",
        "explanation": "told them (thread 482)",
        "frequency": "7d",
        "status": "passed",
        "updated": datetime.now(UTC).strftime("%Y-%m-%dT%H:%M:%SZ"),
        "updated_by": "tech-lead@example.com, Tech Lead",
    }
    path = folder / "said.json"
    path.write_text(json.dumps([base | entry for entry in entries]))
    return path


def test_attestations_of_the_saf_tools_are_taken_over(acceptance, folder):
    acceptance("release", "new", "2.4.0", f"--commit={'b' * 40}")
    path = saf_file(folder, {}, {"control_id": "INFRA-MON-08", "status": "failed", "frequency": "monthly"})
    code, shown = acceptance("attest", f"--from={path}")
    assert code == 0, shown
    words = read(folder).attestations
    assert [(word.outcome, word.role, word.version) for word in words.values()] == [
        ("done", "Tech Lead", "2.4.0"),
        ("refused", "Tech Lead", "2.4.0"),
    ]
    assert words["INFRA-READY-04"].until - words["INFRA-READY-04"].on == timedelta(days=7)
    assert "said.json, SHA-256 " in words["INFRA-READY-04"].evidence


def test_what_we_export_comes_back(acceptance, folder):
    acceptance("release", "new", "2.4.0", f"--commit={'b' * 40}")
    on = datetime.now(UTC).replace(microsecond=0)
    word = Word(
        "attestation", "tech-lead@example.com", "Tech Lead", on, on + timedelta(days=3), "told them", "thread 1"
    )
    item = replace(generated(1, 0.0).by_id["INFRA-READY-04"], words=(word,))
    path = folder / "said.json"
    path.write_text(saf.render(replace(generated(1, 0.0), items=(item,))))
    assert acceptance("attest", f"--from={path}")[0] == 0
    back = read(folder).attestations["INFRA-READY-04"]
    assert (back.by, back.role, back.on, back.until) == (word.by, word.role, word.on, word.until)
    assert back.says == "told them (thread 1)"


@pytest.mark.parametrize(
    "entry, says",
    [
        ({"control_id": "INFRA-READY-99"}, "entry 2: INFRA-READY-99 is no item"),
        ({"control_id": "INFRA-READY-04"}, "entry 2: INFRA-READY-04 stands twice"),
        ({"updated_by": "mallory@example.com, Tech Lead"}, "is nobody of people.toml"),
        ({"updated_by": "tech-lead@example.com, QA Engineer"}, "does not list tech-lead@example.com as QA Engineer"),
        ({"status": "fine"}, "valid: passed, failed"),
        ({"frequency": "often"}, "write 7d, 2w, 3m or 1y"),
        ({"updated": "yesterday"}, "entry 2: "),
        ({"updated": "2020-01-31", "frequency": "1m"}, "lapsed at 2020-02-29"),
        ({"explanation": ""}, "explanation is missing"),
    ],
)
def test_one_that_can_not_be_taken_takes_none(entry, says, acceptance, folder):
    acceptance("release", "new", "2.4.0", f"--commit={'b' * 40}")
    path = saf_file(folder, {}, {"control_id": "INFRA-READY-06"} | entry)
    code, shown = acceptance("attest", f"--from={path}")
    assert (code, says in shown) == (2, True), shown
    assert not (folder / "attestations.toml").exists()


@pytest.mark.parametrize("text", ["{}", "[1]", "[", "&a [*a", "x" * 1_000_001])
def test_what_is_no_list_of_attestations_is_refused(text, acceptance, folder):
    (folder / "said.json").write_text(text)
    assert acceptance("attest", f"--from={folder / 'said.json'}")[0] == 2
