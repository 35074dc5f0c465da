"""HDF as inspecjs reads it: every item with its status, and the run's verdict."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from acceptance.record import hdf
from acceptance.record.model import Record
from acceptance.verdict import Status
from selftests.readers import needs, read
from selftests.records import full, generated

pytestmark = pytest.mark.oracle
SCRIPT = """
const {convertFile} = require("inspecjs"), fs = require("fs");
const {ExecControl} = require("inspecjs/lib/compat_impl/compat_inspec_1_0");
console.log(JSON.stringify(process.argv.slice(1).map((name) => {
  const read = convertFile(fs.readFileSync(name, "utf8"), true)["1_0_ExecJson"];
  return read.profiles[0].controls.map((each) => {
    const control = new ExecControl(each);
    return [control.wraps.id, control.status, control.severity];
  });
})));
"""
AS_READ = {
    Status.PASS: "Passed",
    Status.FAIL: "Failed",
    Status.BLOCKED: "Profile Error",
    Status.PENDING: "Not Reviewed",
    Status.NOT_RUN: "Not Reviewed",
    Status.NA: "Not Applicable",
}


@needs("inspecjs")
def test_inspecjs_reads_what_we_say_of_200_runs(tmp_path: Path) -> None:
    records = [full(), *(generated(seed) for seed in range(200))]
    files = []
    for number, record in enumerate(records):
        files.append(tmp_path / f"{number}.json")
        files[-1].write_text(hdf.render(record), encoding="utf-8")
    read_back = [
        controls for start in range(0, len(files), 50) for controls in read(SCRIPT, *files[start : start + 50])
    ]
    for record, controls in zip(records, read_back, strict=True):
        assert [(id, status) for id, status, _ in controls] == expected(record)
        severities = {item.id: "none" if item.status is Status.NA else item.severity for item in record.items}
        assert not [id for id, _, severity in controls if severity not in (severities[id], record.by_id[id].severity)]


def expected(record: Record) -> list[tuple[str, str]]:
    return [(i.id, AS_READ[i.found if i.status is Status.WAIVED else i.status]) for i in record.items]


def test_the_verdict_is_that_of_the_run() -> None:
    for seed in range(200):
        record = generated(seed)
        verdict = json.loads(hdf.render(record))["passthrough"]["verdict"]
        assert verdict["decision"] == record.verdict.decision
        assert (verdict["decision"] == "GO" or verdict["approved"]) == (record.verdict.exit_code == 0)


def test_two_exports_are_equal() -> None:
    assert hdf.render(full()) == hdf.render(full())
