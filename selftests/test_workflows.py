"""The CI workflows: actions pinned, few rights, secrets by name only, nothing foreign in a script."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import pytest
import yaml

ROOT = Path(__file__).parents[1]
WORKFLOWS = sorted((ROOT / ".github" / "workflows").glob("*.yml"))


def steps(path: Path) -> list[dict[str, Any]]:
    jobs = yaml.safe_load(path.read_text(encoding="utf-8"))["jobs"].values()
    return [step for job in jobs for step in job["steps"]]


def test_there_are_workflows() -> None:
    assert {path.name for path in WORKFLOWS} == {"nightly.yml", "release-gate.yml"}


@pytest.mark.parametrize("path", WORKFLOWS, ids=lambda path: path.name)
def test_actions_are_pinned_by_commit(path: Path) -> None:
    uses = [line.split("uses:")[1] for line in path.read_text(encoding="utf-8").splitlines() if "uses:" in line]
    assert uses
    assert not [use for use in uses if not re.fullmatch(r" actions/[a-z-]+@[0-9a-f]{40} # v\d+\.\d+\.\d+", use)]


@pytest.mark.parametrize("path", WORKFLOWS, ids=lambda path: path.name)
def test_rights_are_few(path: Path) -> None:
    workflow = yaml.safe_load(path.read_text(encoding="utf-8"))
    assert workflow["permissions"] == {}
    granted = {right for job in workflow["jobs"].values() for right in job["permissions"].items()}
    assert granted <= {("contents", "read"), ("actions", "read")}
    assert all(job["timeout-minutes"] <= 60 for job in workflow["jobs"].values())


@pytest.mark.parametrize("path", WORKFLOWS, ids=lambda path: path.name)
def test_no_expression_stands_in_a_script(path: Path) -> None:
    assert not [step["run"] for step in steps(path) if "${{" in step.get("run", "")]


@pytest.mark.parametrize("path", WORKFLOWS, ids=lambda path: path.name)
def test_secrets_go_to_single_steps_by_name(path: Path) -> None:
    text = path.read_text(encoding="utf-8")
    assert "secrets: inherit" not in text
    for job in yaml.safe_load(text)["jobs"].values():
        assert "secrets." not in str({key: value for key, value in job.items() if key != "steps"})


def test_the_runner_is_no_root() -> None:
    lines = (ROOT / "Dockerfile").read_text(encoding="utf-8").splitlines()
    assert "USER runner" in lines
    assert lines.index("USER runner") < lines.index('ENTRYPOINT ["python", "-m", "pytest"]')
    assert not [line for line in lines if line.startswith("FROM") and line.endswith(":latest")]
