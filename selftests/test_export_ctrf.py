"""CTRF as its reference implementation reads it: valid, every item, the same counts."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from acceptance.record import ctrf
from acceptance.verdict import Status
from selftests.readers import needs, read
from selftests.records import full, generated

pytestmark = pytest.mark.oracle
SCRIPT = """
const ctrf = require("ctrf"), fs = require("fs");
console.log(JSON.stringify(process.argv.slice(1).map((name) => {
  const report = ctrf.parse(fs.readFileSync(name, "utf8")), checked = ctrf.validate(report);
  const failed = ctrf.filterTests(report, {status: "failed"}).map((test) => test.testId);
  const counted = ctrf.calculateSummary(report.results.tests);
  return {errors: checked.errors || [], valid: checked.valid, failed, counted};
})));
"""


@needs("ctrf")
def test_the_reference_reader_takes_200_runs(tmp_path: Path) -> None:
    records = [full(), *(generated(seed) for seed in range(200))]
    files = []
    for number, record in enumerate(records):
        files.append(tmp_path / f"{number}.json")
        files[-1].write_text(ctrf.render(record), encoding="utf-8")
    for record, file, seen in zip(records, files, read(SCRIPT, *files), strict=True):
        assert (seen["valid"], seen["errors"]) == (True, [])
        assert seen["failed"] == [item.id for item in record.items if item.status is Status.FAIL]
        ours = json.loads(file.read_text(encoding="utf-8"))
        counted = ("tests", "passed", "failed", "skipped", "pending", "other")
        assert {name: ours["results"]["summary"][name] for name in counted} == {n: seen["counted"][n] for n in counted}
        assert ours["extra"]["decision"] == record.verdict.decision


def test_two_exports_are_equal() -> None:
    assert ctrf.render(full()) == ctrf.render(full())
