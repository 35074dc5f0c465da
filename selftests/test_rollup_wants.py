"""A roll-up asks for no probe that a run may not use: what an impact forbids, or a feature rules out, stays unasked."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path

import pytest

from acceptance.checklist import checklist
from acceptance.judge import catalogue, parts_of
from acceptance.run import Run
from acceptance.settle import Said
from acceptance.target import Target
from acceptance.words import read as read_words

BY_RELEASE = ("first_start", "deployed", "rolled_back")  # the release says so, not the target
URLS = {
    "base": "https://app.example.com",
    "plain": "http://app.example.com",
    "api": "https://app.example.com",
    "ws": "wss://app.example.com/ws",
    "dashboard": "https://app.example.com",
}


def run(folder: Path, *allow: str, **features: str) -> Run:
    target = Target.model_validate(
        {"name": "t", "urls": URLS, "features": features, "allow": dict.fromkeys(("load", "writes", "disrupts"), True)}
    )
    now = datetime.now(UTC)
    words = read_words(folder)
    return Run(folder, target, folder / "t", frozenset(allow), now, "", folder, folder, Said(words, None, now))


@pytest.mark.parametrize("allow, asked", [((), False), (("load",), True)])
def test_load_is_asked_only_when_it_is_allowed(tmp_path, allow, asked):
    case = catalogue()["FUNC-GATE-02"]
    assert ("api_load" in run(tmp_path, *allow).wants(case)) is asked


def test_an_absent_feature_needs_no_access(tmp_path):
    case = catalogue()["FUNC-GATE-02"]
    assert "cloud" in run(tmp_path).wants(case)
    absent = dict.fromkeys(("cloud", "loadbalancer", "autoscaling"), "there is none")
    assert "cloud" not in run(tmp_path, **absent).wants(case)


def test_all_that_a_target_may_call_optional_is_added_up():
    optional = {
        item.id for item in checklist().items if item.feature and item.feature not in BY_RELEASE and not item.attested
    }
    assert len(optional) > 25
    assert optional - {part.id for part in parts_of(catalogue()["FUNC-GATE-02"])} == set()
