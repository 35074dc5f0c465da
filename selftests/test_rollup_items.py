"""Each roll-up of the checklist: green when all that it adds up is, red when one of them is, or as many as it bears."""

from __future__ import annotations

from dataclasses import replace
from types import SimpleNamespace
from typing import Any

import pytest

from acceptance.judge import catalogue, judge, parts_of
from acceptance.sandbox.parts import OF_SEVERITY, TOLERANT
from acceptance.verdict import Status
from selftests.test_document_items import RELEASE, REPO
from selftests.test_rollup import case, judged

ROLL_UPS = sorted(id for id, each in catalogue().items() if "judged" in each.asks_for)
# what else a roll-up asks, all well
BESIDE: dict[str, Any] = {
    "release": RELEASE,
    "repo": REPO,
    "containers": SimpleNamespace(restarted_within=lambda *, hours: ()),
    "ci": SimpleNamespace(newest_scan_age_days=lambda _: 7.0),
}


def said(id: str, red: int, **beside: Any) -> Status:
    """The roll-up's status when the first so many of its parts are red and the others green."""
    parts = sorted(part.id for part in parts_of(catalogue()[id]))
    if OF_SEVERITY.get(id):  # a group that is lost is test_rollup's
        parts.sort(key=lambda each: each not in ("FUNC-API-01", "FUNC-EXT-01"))
    each = judged(*(case(part, Status.FAIL if n < red else Status.PASS) for n, part in enumerate(parts)))
    return judge(catalogue()[id], {**BESIDE, **beside, "judged": each}.__getitem__)[0]


@pytest.mark.parametrize("id", ROLL_UPS)
def test_a_roll_up_is_as_red_as_its_parts(id: str) -> None:
    least = TOLERANT.get(id, 1)
    assert said(id, 0) is said(id, least - 1) is Status.PASS
    assert said(id, least) is Status.FAIL


@pytest.mark.parametrize(
    ("id", "beside"),
    [
        ("INFRA-GATE-12", {"repo": replace(REPO, imperfect=("docs/a.md: TODO",))}),
        (
            "INFRA-ROLL-06",
            {"containers": SimpleNamespace(restarted_within=lambda *, hours: ("engine",) * (hours == 24))},
        ),
        (
            "PERF-WATCH-16",
            {"ci": SimpleNamespace(newest_scan_age_days=lambda kind: 7.1 if kind == "dependencies" else 0)},
        ),
    ],
)
def test_what_it_asks_beside_its_parts_counts_as_well(id: str, beside: dict[str, Any]) -> None:
    assert said(id, 0, **beside) is Status.FAIL


@pytest.mark.parametrize(
    ("label", "status"), [("cosmetic", Status.FAIL), ("Cosmetic", Status.FAIL), ("ui", Status.PASS)]
)
def test_known_issues_that_are_cosmetic(label: str, status: Status) -> None:
    from acceptance.probes.release import Issue

    known = replace(RELEASE, known_issues=(Issue("a typo", "low", (label,), "https://t.example.com/1"),))
    assert said("FUNC-ROLL-05", 0, release=known) is status
    assert said("FUNC-ROLL-05", 0, release=replace(RELEASE, known_issues=None)) is Status.BLOCKED
