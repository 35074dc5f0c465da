"""INFRA-READY-01: which earlier record lets a deployment begin."""

from __future__ import annotations

import subprocess
from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

from acceptance import sign
from acceptance.probes import approvals as module
from acceptance.probes.approvals import Approval, Approvals, look
from acceptance.record.file import dump
from acceptance.record.model import Record
from acceptance.verdict import Status
from selftests.commands import acceptance
from selftests.judging import FAIL, PASS, judge
from selftests.records import START, generated
from selftests.test_compare import GOOD

COMMIT = "8f31c2d07ab54e1f"


def approval(**change: Any) -> Approval:
    made = Approval("20260302T073000Z", "2.4.0", COMMIT, START - timedelta(hours=2), "GO", True)
    return replace(made, **change)


def approvals(*runs: Approval, **unreadable: str) -> Approvals:
    return Approvals("reports/prod", "2.4.0", COMMIT, START, runs, unreadable)


@pytest.mark.parametrize(
    "runs, status",
    [
        ((approval(),), PASS),
        ((approval(ended=START - timedelta(hours=24)),), PASS),
        ((approval(ended=START - timedelta(hours=24, seconds=1)),), FAIL),
        ((), FAIL),
        ((approval(commit="0" * 40),), FAIL),
        ((approval(version="2.3.0"),), FAIL),
        ((approval(ended=START + timedelta(seconds=1)),), FAIL),
        ((approval(decision="NO-GO", approved=False),), FAIL),
        ((approval(decision="GO WITH APPROVAL", signed=("Tech Lead",)),), PASS),
        ((approval(decision="GO WITH APPROVAL"),), FAIL),
        ((approval(decision="GO WITH APPROVAL", signed=("QA Engineer",)),), FAIL),
        ((approval(decision="GO WITH APPROVAL", approved=False, signed=("Tech Lead",)),), FAIL),
        ((approval(problems=("facts/tls.json: was changed",)),), FAIL),
        ((approval(), approval(ended=START - timedelta(hours=1), decision="NO-GO", approved=False)), FAIL),
        ((approval(decision="NO-GO", ended=START - timedelta(hours=9)), approval()), PASS),
    ],
)
def test_what_lets_it_begin(runs: tuple[Approval, ...], status: Status) -> None:
    assert judge("INFRA-READY-01", approvals=approvals(*runs)) is status


def test_a_newer_record_that_can_not_be_believed_is_no_pass() -> None:
    assert judge("INFRA-READY-01", approvals=approvals(approval(), **{"20260302T090000Z": "edited"})) is FAIL
    assert judge("INFRA-READY-01", approvals=approvals(approval(), **{"20260301T090000Z": "edited"})) is PASS


@pytest.mark.parametrize("minutes, status", [(-121, FAIL), (-120, FAIL), (-119, PASS)])
def test_the_review_comes_after_the_record(minutes: int, status: Status) -> None:
    signed = SimpleNamespace(require=lambda: SimpleNamespace(on=START + timedelta(minutes=minutes)))
    assert judge("INFRA-READY-10", signed=signed, approvals=approvals(approval())) is status


@pytest.fixture
def target(tmp_path: Path) -> Path:
    """A target's folder with one who may sign, and a key."""
    key = tmp_path / "key"
    subprocess.run(["ssh-keygen", "-q", "-t", "ed25519", "-N", "", "-f", key], check=True, timeout=20)
    public = key.with_suffix(".pub").read_text().strip()
    (tmp_path / "people.toml").write_text(f'[people."lead@example.com"]\nroles = ["Tech Lead"]\nkeys = ["{public}"]\n')
    return tmp_path


def seen(target: Path, *records: Record) -> Approvals:
    """What the probe sees of some records."""
    for record in records:
        run = target / "runs" / record.run
        run.mkdir(parents=True, exist_ok=True)
        (run / "record.json").write_text(dump(record))
    release = SimpleNamespace(version="2.4.0", commit=COMMIT, moment=START + timedelta(days=9))
    table = SimpleNamespace(folder="runs")
    visit = SimpleNamespace(
        target=SimpleNamespace(name=GOOD.target, records=table, _folder=target),
        run=target / "runs" / "now",
        need=lambda _: release,
    )
    return look(visit)  # type: ignore[arg-type]


def test_only_whole_runs_that_looked_themselves_count(target: Path) -> None:
    names = ("plain", "cut", "replayed", "running", "few")
    few = tuple(replace(i, status=Status.NOT_RUN) if i.id == "SEC-TLS-03" else i for i in GOOD.items)
    verdict = replace(GOOD.verdict, judged=GOOD.verdict.judged - 1)
    changes: list[dict[str, Any]] = [
        {}, {"complete": False}, {"replayed_from": "x"}, {"running": True}, {"items": few, "verdict": verdict},
    ]  # fmt: skip
    records = [replace(GOOD, run=name, **change) for name, change in zip(names, changes, strict=True)]
    assert [run.run for run in seen(target, *records).runs] == ["plain"]


def test_records_of_other_targets_in_a_shared_folder_do_not_count(
    target: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(module, "NEWEST", 2)
    others = [replace(GOOD, run=f"20260302T09000{n}Z", target="staging") for n in range(3)]
    assert seen(target, *others).runs == ()
    own = replace(GOOD, run="20260302T073000Z")
    assert [run.run for run in seen(target, own).runs] == [own.run], "however many newer ones others have"


def test_signatures_are_checked(target: Path) -> None:
    seen(target, replace(GOOD, run="20260302T073000Z", sign_off=()))
    run = target / "runs" / "20260302T073000Z"
    words = ("--role", "Tech Lead", "--key", target / "key", "--people", target / "people.toml")
    assert acceptance(sign, "sign", run, *words) == 0
    (found,) = seen(target).runs
    assert (found.signed, found.problems) == (("Tech Lead",), ())
    (run / "record.html").write_text("of another version of the suite")
    assert seen(target).runs[0].problems == ()
    (run / "late.txt").write_text("added")
    assert seen(target).runs[0].problems == ("late.txt: was added after the manifest was made",)


def test_a_damaged_record_is_named(target: Path) -> None:
    seen(target, replace(generated(2), run="20260302T073000Z"))
    (target / "runs" / "20260302T073000Z" / "record.json").write_text("{")
    assert "cut or damaged" in seen(target).unreadable["20260302T073000Z"]
