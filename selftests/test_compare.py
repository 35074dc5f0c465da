"""Two runs side by side, and many in a row."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest

from acceptance import diff
from acceptance.record.compare import difference, pasts, with_since
from acceptance.record.file import dump
from acceptance.record.model import ItemRow, Record
from acceptance.verdict import Result, Status, decide
from selftests.commands import acceptance
from selftests.records import START, generated

GOOD = generated(1, 0.0)
ID = next(item.id for item in GOOD.items if not item.words)


def but(record: Record, id: str = ID, days: float = 0, **change: object) -> Record:
    """The record with one item changed, some days later, with the verdict that follows."""
    items = tuple(replace(item, **change) if item.id == id else item for item in record.items)  # type: ignore[arg-type]
    verdict = decide([Result(i.id, i.severity, i.status, i.found) for i in items])
    return replace(record, items=items, verdict=verdict, started=record.started + timedelta(days=days))


def row(record: Record, id: str = ID) -> ItemRow:
    return record.by_id[id]


def test_the_same_run_differs_in_nothing() -> None:
    assert difference(GOOD, GOOD).nothing
    assert difference(GOOD, replace(GOOD, run="other", started=START + timedelta(days=1))).nothing


def test_a_turn_is_worse_or_better() -> None:
    bad = but(GOOD, status=Status.FAIL, found=Status.FAIL, note="21 days left")
    (change,) = difference(GOOD, bad).changes
    assert (change.id, change.what, change.before, change.after) == (ID, "worse", "PASS", "FAIL")
    assert "+ 21 days left" in change.lines
    assert difference(bad, GOOD).changes[0].what == "better"
    assert difference(bad, but(bad, status=Status.BLOCKED)).changes[0].what == "other"
    assert difference(GOOD, bad).head[0].startswith("verdict: GO for 350 of 350 items -> ")


def test_evidence_counts_times_do_not() -> None:
    later = but(GOOD, looked=tuple(line.replace("09:31:07", "11:59:59") for line in row(GOOD).looked))
    assert difference(GOOD, later).nothing
    other = but(GOOD, looked=tuple(line.replace("chain of 3", "chain of 2") for line in row(GOOD).looked))
    (change,) = difference(GOOD, other).changes
    assert change.what == "evidence"
    assert len(change.lines) == 2


def test_items_that_come_and_go_and_are_reworded() -> None:
    less = replace(GOOD, items=tuple(item for item in GOOD.items if item.id != ID))
    assert difference(GOOD, less).changes[0].what == "gone"
    assert difference(less, GOOD).changes[0].what == "new"
    assert difference(GOOD, but(GOOD, sentence="Something else")).changes[0].what == "reworded"


def test_since_skips_runs_that_did_not_judge() -> None:
    runs = [
        but(GOOD, days=3),
        but(GOOD, days=2, status=Status.NOT_RUN),
        but(GOOD, days=1),
        but(GOOD, days=0, status=Status.FAIL),
    ]
    assert row(with_since(but(GOOD, days=4), runs)).since == START + timedelta(days=1)
    assert row(with_since(but(GOOD, days=4, status=Status.FAIL), runs)).since == START + timedelta(days=4)
    assert row(with_since(but(GOOD, days=4, status=Status.NOT_RUN), runs)).since is None


def test_since_goes_back_beyond_the_runs_that_are_left() -> None:
    long_ago = START - timedelta(days=300)
    runs = [but(GOOD, days=2, status=Status.NOT_RUN), but(GOOD, days=1, since=long_ago)]
    assert row(with_since(but(GOOD, days=4), runs)).since == long_ago
    assert row(with_since(but(GOOD, days=4, status=Status.FAIL), runs)).since == START + timedelta(days=4)
    assert next(past for past in pasts(runs[::-1]) if past.id == ID).since == long_ago


def test_no_more_runs_are_read_than_are_needed() -> None:
    known = replace(GOOD, items=tuple(replace(item, since=START) for item in GOOD.items))

    def runs() -> Iterator[Record]:
        yield known
        raise AssertionError("one run too many was read")

    assert row(with_since(but(GOOD, days=4), runs())).since == START


def test_since_trusts_no_replay_and_no_cut_run() -> None:
    runs = [replace(GOOD, replayed_from="x"), replace(GOOD, complete=False)]
    assert row(with_since(but(GOOD, days=4), [*runs, but(GOOD, status=Status.FAIL)])).since == START + timedelta(days=4)


def test_a_first_run_is_new_in_nothing() -> None:
    assert with_since(GOOD, []) == GOOD


def test_flaps_and_time_to_mend() -> None:
    turns = (Status.PASS, Status.FAIL, Status.NOT_RUN, Status.BLOCKED, Status.PASS, Status.FAIL)
    past = next(p for p in pasts([but(GOOD, days=n, status=s) for n, s in enumerate(turns)]) if p.id == ID)
    assert past.flaps == 3
    assert past.mended_in == (timedelta(days=3),)
    assert past.since == START + timedelta(days=5)
    assert past.now is Status.FAIL


def test_the_command(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    for name, record in (("a", GOOD), ("b", but(GOOD, status=Status.FAIL, note="\x1b[2Jgone"))):
        (tmp_path / name).mkdir()
        (tmp_path / name / "record.json").write_text(dump(record))
    assert acceptance(diff, "diff", tmp_path / "a", tmp_path / "a") == 0
    assert capsys.readouterr().out == "Nothing changed.\n"
    assert acceptance(diff, "diff", tmp_path / "a", tmp_path / "b" / "record.json") == 1
    shown = capsys.readouterr().out
    assert "Worse: 1" in shown
    assert "\x1b" not in shown
    assert acceptance(diff, "diff", tmp_path / "a", tmp_path / "b", "--json") == 1
    assert json.loads(capsys.readouterr().out)["changes"][0]["id"] == ID
    assert acceptance(diff, "diff", tmp_path / "a", tmp_path / "none") == 2
