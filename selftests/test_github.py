"""What a run tells GitHub Actions, in a real run; and since when items are as they are when reports come back from artifacts."""

from __future__ import annotations

import re
import shutil
from datetime import datetime
from pathlib import Path

from acceptance.children import Sandbox
from selftests.running import Ended, run

SELECTION = "FUNC-API-01 or FUNC-API-03 or SEC-TLS-03"
FAULT = "health-static"  # breaks FUNC-API-01


def night(where: Path, sandbox: Sandbox, **environment: str) -> Ended:
    """One run of a few items, one of which is red."""
    target = where.parent / "target"
    if not target.exists():
        target.mkdir()
        for path in sandbox.folder.glob("*.toml"):
            shutil.copy(path, target)
        shutil.copytree(sandbox.folder / "releases", target / "releases")
    return run(where, f"--target={target / 'target.toml'}", "-k", SELECTION, **environment)


def test_a_run_in_a_job_leaves_a_summary_and_annotations_and_the_next_one_knows_since_when(
    sandbox: Sandbox, tmp_path: Path
) -> None:
    summary = tmp_path / "summary.md"
    summary.write_text("# An earlier step\n", encoding="utf-8")
    sandbox.change(f"+{FAULT}")
    try:
        first = night(tmp_path / "first", sandbox, GITHUB_STEP_SUMMARY=str(summary), GITHUB_ACTIONS="true")
        shutil.copytree(first.folder, tmp_path / "second" / "reports" / first.folder.parent.name / first.folder.name)
        second = night(tmp_path / "second", sandbox)
    finally:
        sandbox.change(f"-{FAULT}")

    assert first.code == 1
    (annotation,) = [line for line in first.said.splitlines() if line.startswith("::")]
    assert annotation.startswith("::error title=FAIL FUNC-API-01::")
    head, *rows = summary.read_text(encoding="utf-8").split("\n## ")
    assert head == "# An earlier step"
    (text,) = rows
    assert text.startswith("NO-GO for 3 of 350 items")
    assert re.search(r"^\| FUNC-API-01 \| FAIL \| .+ \| .+ \| .+ \|$", text, re.MULTILINE)
    tables = [line.count("|") for line in text.splitlines() if line.startswith("|")]
    assert tables == [4, 4, 4, 6, 6, 6]  # two whole tables

    assert "::error" not in second.said
    since = {item["id"]: item.get("since") for item in second.record["items"]}
    assert datetime.fromisoformat(since["FUNC-API-01"]) == datetime.fromisoformat(first.record["started"])
    assert since["SEC-WEB-05"] is None
