"""All runs of a target on one page, and retention."""

from __future__ import annotations

import re
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest

from acceptance import history
from acceptance.record.file import dump
from acceptance.record.model import Record
from acceptance.record.timeline import render, said
from acceptance.verdict import Status
from selftests.commands import acceptance
from selftests.records import START, generated
from selftests.test_compare import GOOD, ID, but


def week() -> list[Record]:
    """Seven runs in which one item turns and turns."""
    turns = (Status.PASS, Status.FAIL, Status.FAIL, Status.PASS, Status.BLOCKED, Status.PASS, Status.FAIL)
    return [but(GOOD, days=n, status=s, found=s) for n, s in enumerate(turns)]


def write(folder: Path, records: list[Record]) -> None:
    for record in records:
        own = folder / f"{record.started:%Y%m%dT%H%M%SZ}"
        own.mkdir(parents=True)
        (own / "record.json").write_text(dump(replace(record, run=own.name)))


def test_the_page_shows_turns_and_time_to_mend() -> None:
    page = render("prod", week())
    row = re.search(rf'<tr id="{ID}" class="over-time" data-turned="(\d)">(.*?)</tr>', page)
    assert row
    assert row[1] == "5"
    assert re.findall(r'unseen">([A-Z-]+)<', row[2]) == ["PASS", "FAIL", "FAIL", "PASS", "BLOCKED", "PASS", "FAIL"]
    assert "2 days (median of 2)" in page
    assert page.count('class="over-time"') == 350
    assert page == render("prod", week())


def test_hostile_text_adds_nothing() -> None:
    bad = "<script>alert(1)</script>"
    page = render(bad, [replace(generated(3), target=bad, version=bad, commit=bad, run=f"../{bad}")], [bad])
    assert page.count("<script>") == 1
    assert 'href="../' not in page


def test_no_run_yet() -> None:
    assert "There is no run to show yet." in render("prod", [])


@pytest.mark.parametrize(
    "time, text",
    [(timedelta(days=1), "1 day"), (timedelta(hours=5), "5 hours"), (timedelta(seconds=9), "under a minute")],
)
def test_time_as_people_say_it(time: timedelta, text: str) -> None:
    assert said(time) == text


def test_the_command_leaves_out_what_it_can_not_trust(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    write(tmp_path / "prod", week())
    (tmp_path / "prod" / "latest").symlink_to("20260308T093000Z")
    (tmp_path / "prod" / "20260309T093000Z").mkdir()
    (tmp_path / "prod" / "20260309T093000Z" / "record.json").write_text("{")
    write(tmp_path / "prod", [replace(GOOD, started=START + timedelta(days=9), replayed_from="x")])
    assert acceptance(history, "history", "--target", "prod", "--reports", tmp_path) == 0
    out = capsys.readouterr().out
    assert "7 runs" in out
    assert "20260309T093000Z/record.json: cut or damaged" in out
    assert "Left out: 20260309T093000Z" in (tmp_path / "prod" / "history.html").read_text()


def test_retention_keeps_what_is_new_or_signed(tmp_path: Path) -> None:
    write(tmp_path / "prod", week())
    oldest = tmp_path / "prod" / "20260302T093000Z"
    (oldest / "signatures").mkdir()
    (oldest / "signatures" / "qa-engineer.txt.sig").touch()
    assert acceptance(history, "history", "--target", "prod", "--reports", tmp_path, "--keep", "2") == 0
    left = sorted(path.name for path in (tmp_path / "prod").iterdir() if path.is_dir())
    assert left == ["20260302T093000Z", "20260307T093000Z", "20260308T093000Z"]
