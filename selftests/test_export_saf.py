"""SAF attestations as MITRE's own converter applies them to a run: who said what, and until when it counts."""

from __future__ import annotations

import json
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from acceptance.record import hdf, saf
from acceptance.record.model import Record
from acceptance.verdict import Status
from selftests.readers import command, needs, read
from selftests.records import full

SCRIPT = """
const at = require("@mitre/hdf-converters/lib/src/utils/attestations"), fs = require("fs");
console.log = console.error;
const [run, said] = process.argv.slice(1).map((name) => JSON.parse(fs.readFileSync(name, "utf8")));
const applied = at.addAttestationToHDF(run, said).profiles[0].controls;
process.stdout.write(JSON.stringify(Object.fromEntries(applied.map((each) => [each.id, each.results.at(-1)]))));
"""


def said(ends_in: timedelta, status: Status = Status.PASS) -> Record:
    """A run with one attested item whose word ends so much after now."""
    now = datetime.now(UTC).replace(microsecond=0)
    record = full()
    item = next(item for item in record.items if item.by == "attested")
    word = replace(item.words[0], on=now - timedelta(days=2), until=now + ends_in)
    item = replace(item, words=(word,), status=status, found=status)
    return replace(
        record, items=tuple(item if each.id == item.id else replace(each, words=()) for each in record.items)
    )


def applied(tmp_path: Path, record: Record) -> dict[str, str]:
    """What the converter makes of the attested item, when the run itself could not tell."""
    (entry,) = json.loads(saf.render(record))
    run = json.loads(hdf.render(record))
    for control in run["profiles"][0]["controls"]:
        if control["id"] == entry["control_id"]:
            control["results"][0]["status"] = "skipped"
    (tmp_path / "run.json").write_text(json.dumps(run), encoding="utf-8")
    (tmp_path / "said.json").write_text(saf.render(record), encoding="utf-8")
    results: dict[str, dict[str, str]] = read(SCRIPT, tmp_path / "run.json", tmp_path / "said.json")
    return results[entry["control_id"]]


@pytest.mark.oracle
@needs("@mitre/hdf-converters", "@mitre/hdf-converters@2.11.1")
@pytest.mark.parametrize("status, word", [(Status.PASS, "passed"), (Status.FAIL, "failed")])
def test_the_converter_takes_it_over(status: Status, word: str, tmp_path: Path) -> None:
    seen = applied(tmp_path, said(timedelta(days=5), status))
    assert seen["status"] == word
    assert "product-manager@example.com, Product Manager" in seen["message"]
    assert "thread 482" in seen["message"]


@pytest.mark.oracle
@needs("@mitre/hdf-converters", "@mitre/hdf-converters@2.11.1")
def test_an_end_that_is_over_is_over_there_too(tmp_path: Path) -> None:
    assert applied(tmp_path, said(timedelta(hours=-1)))["status"] == "skipped"


@pytest.mark.oracle
@needs("@mitre/saf", "@mitre/saf@1.5.3")
def test_the_saf_command_applies_it_to_a_run_and_counts_it(tmp_path: Path) -> None:
    record, run, after = said(timedelta(days=5)), tmp_path / "run.json", tmp_path / "after.json"
    (entry,) = json.loads(saf.render(record))
    whole = json.loads(hdf.render(record))
    (item,) = [each for each in whole["profiles"][0]["controls"] if each["id"] == entry["control_id"]]
    item["results"][0]["status"] = "skipped"
    run.write_text(json.dumps(whole), encoding="utf-8")
    (tmp_path / "said.json").write_text(saf.render(record), encoding="utf-8")
    command("attest", "apply", "-i", run, tmp_path / "said.json", "-o", after)
    before, now = (json.loads(command("view", "summary", "-f", "json", "-i", each))[0] for each in (run, after))
    assert now["passed"]["total"] == before["passed"]["total"] + 1
    assert now["skipped"]["total"] == before["skipped"]["total"] - 1


@pytest.mark.parametrize("hours, days", [(7 * 24, "7d"), (7 * 24 - 1, "6d"), (5, "0d")])
def test_it_never_outlasts_what_was_signed(hours: int, days: str) -> None:
    record = said(timedelta(hours=hours - 48))
    assert json.loads(saf.render(record))[0]["frequency"] == days


def test_a_word_that_no_longer_counts_is_left_out() -> None:
    record = said(timedelta(days=5))
    gone = tuple(replace(i, words=tuple(replace(w, in_force=False) for w in i.words)) for i in record.items)
    assert json.loads(saf.render(replace(record, items=gone))) == []
    assert saf.render(record) == saf.render(record)
