"""The forge: which check counts when a name ran twice, and that a label nobody uses finds no bugs for a reason."""

from __future__ import annotations

from pathlib import Path

import pytest
from pydantic import ValidationError

from acceptance.facts import Unseen
from acceptance.pipeline import forge
from acceptance.probes.ci_reports import Check
from acceptance.sandbox.double import Reply, Request, serve
from acceptance.tables.ci import Ci, GitHub
from selftests.test_asking import visit

COMMIT = "a" * 40


def github(answers: dict[str, object]) -> GitHub:
    def answer(request: Request) -> Reply:
        return Reply(answers[request.path.rpartition("/")[2]])

    return GitHub(repository="team/bot", api=serve(answer), checks={"load": ("load",)})


def run(status: str, conclusion: str | None, started: str | None) -> dict[str, object]:
    return {"name": "load", "status": status, "conclusion": conclusion, "started_at": started, "head_sha": COMMIT}


@pytest.mark.parametrize(
    ("second", "counts"),
    [
        (run("completed", "failure", "2026-03-01T00:00:01Z"), Check("load", "completed", "failure")),
        (run("completed", "failure", "2026-02-01T00:00:00Z"), Check("load", "completed", "success")),
        (run("queued", None, None), Check("load", "queued", "")),
    ],
)
@pytest.mark.parametrize("order", [1, -1])
def test_the_newest_run_of_a_check_counts_also_one_that_waits(
    tmp_path: Path, second: dict[str, object], counts: Check, order: int
) -> None:
    runs = [run("completed", "success", "2026-03-01T00:00:00Z"), second][::order]
    assert forge.checks(visit(tmp_path), github({"check-runs": {"check_runs": runs}}), COMMIT) == (counts,)


WISH = {"number": 1, "title": "Wish", "labels": [{"name": "wish"}]}


@pytest.mark.parametrize(
    ("labels", "found"),
    [
        (("wish",), 1),
        (("Severity: High",), 0),
        (("severity: hihg",), None),
        (("severity: high", "P0"), None),
    ],
)
def test_a_label_that_the_tracker_does_not_have_finds_nothing_and_blocks(
    tmp_path: Path, labels: tuple[str, ...], found: int | None
) -> None:
    there = github({"issues": [WISH], "labels": [{"name": "wish"}, {"name": "severity: high"}]})
    seen = forge.bugs(visit(tmp_path), there, labels)
    assert (None if isinstance(seen, Unseen) else len(seen)) == found


def test_without_labels_no_bug_could_be_severe() -> None:
    with pytest.raises(ValidationError, match="severity_labels"):
        Ci(folder="x", severity_labels=())
