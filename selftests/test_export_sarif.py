"""SARIF as Microsoft's validator reads it: schema and rules without an error."""

from __future__ import annotations

import json
import subprocess
from pathlib import Path

import pytest

from acceptance.record import sarif
from acceptance.verdict import Status
from selftests.readers import FOLDER, needs
from selftests.records import full, generated

pytestmark = pytest.mark.oracle


@needs("@microsoft/sarif-multitool-linux")
@pytest.mark.parametrize("record", [full(), generated(3), generated(5, 0.9)], ids=["full", "some", "most"])
def test_the_validator_finds_no_error(tmp_path: Path, record: object) -> None:
    (tmp_path / "run.sarif").write_text(sarif.render(record), encoding="utf-8")  # type: ignore[arg-type]
    tool = FOLDER / "node_modules" / "@microsoft" / "sarif-multitool-linux" / "Sarif.Multitool"
    tool.chmod(0o755)  # the package leaves that to its install script
    command = [str(tool.resolve()), "validate", "run.sarif", "--output", "found.sarif"]
    done = subprocess.run(command, cwd=tmp_path, capture_output=True, text=True, timeout=120)
    found = json.loads((tmp_path / "found.sarif").read_text(encoding="utf-8-sig"))["runs"][0]["results"]
    assert not [result["message"] for result in found if result.get("level", "warning") == "error"], done.stdout


def test_what_failed_and_what_is_waived() -> None:
    record = generated(5, 0.9)
    results = {r["ruleId"]: r for r in json.loads(sarif.render(record))["runs"][0]["results"]}
    security = {item.id: item for item in record.items if item.id.startswith("SEC-")}
    assert results.keys() == {id for id, item in security.items() if item.status is not Status.NOT_RUN}
    assert {id for id, r in results.items() if r["kind"] == "fail" and not r.get("suppressions")} == {
        id for id, item in security.items() if item.status is Status.FAIL
    }
    assert all(r.get("suppressions") for id, r in results.items() if security[id].status is Status.WAIVED)


def test_two_exports_are_equal() -> None:
    assert sarif.render(full()) == sarif.render(full())
