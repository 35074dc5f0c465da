"""What settles an item before anybody looks, and in which order: feature, the target's leave, the run's leave, access."""

from __future__ import annotations

import json
from dataclasses import replace

import pytest

from acceptance.checklist import checklist
from acceptance.gate import gate
from acceptance.judge import Settled
from acceptance.signoff import Release
from acceptance.target import Target
from acceptance.verdict import Status

BASE = "https://app.example.com"
URLS = {"base": BASE, "plain": "http://app.example.com", "api": BASE, "ws": "wss://app.example.com/ws", "dashboard": BASE}  # fmt: skip
PLAIN = replace(checklist()["INFRA-HOST-01"], impact="", feature="")
LOAD = replace(PLAIN, impact="load")
MONGO = replace(PLAIN, feature="mongo_container")
NOW = "2026-03-02T09:00:00Z"


def target(*, features: dict[str, str] | None = None, **allow: bool) -> Target:
    return Target.model_validate({"name": "t", "urls": URLS, "features": features or {}, "allow": allow})


def release(**fields: str) -> Release:
    return Release.model_validate_json(json.dumps({"version": "2.4.0", "commit": "a" * 40, **fields}))


def settled(*asked: object) -> tuple[Status, str] | None:
    found = gate(*asked)  # type: ignore[arg-type]  # what each case gives
    return (found.status, found.why) if isinstance(found, Settled) else found


def test_nothing_in_the_way_is_judged() -> None:
    assert settled(PLAIN, (), target(), frozenset(), None) is None
    assert settled(PLAIN, ("tls",), target(), frozenset(), None) is None
    assert settled(MONGO, (), target(), frozenset(), None) is None
    assert settled(LOAD, (), target(load=True), frozenset({"load"}), None) is None


def test_an_absent_feature_says_why() -> None:
    absent = target(features={"mongo_container": "Atlas"})
    assert settled(MONGO, (), absent, frozenset(), None) == (Status.NA, "mongo_container: Atlas")
    assert settled(replace(LOAD, feature="mongo_container"), ("cloud",), absent, frozenset(), None) == (
        Status.NA, "mongo_container: Atlas",
    )  # fmt: skip


@pytest.mark.parametrize("feature", ["deployed", "rolled_back"])
def test_a_release_answers_for_itself(feature: str) -> None:
    item = replace(PLAIN, feature=feature)
    assert settled(item, (), target(), frozenset(), None) == (Status.NA, "there is no release file")
    assert settled(item, (), target(), frozenset(), release())[0] is Status.NA  # type: ignore[index]


def test_a_deployed_release_is_judged() -> None:
    item = replace(PLAIN, feature="deployed")
    assert settled(item, (), target(), frozenset(), release(started=NOW, deployed=NOW)) is None


def test_an_impact_needs_the_leave_of_the_target_first_and_then_of_the_run() -> None:
    forbidden = (Status.PENDING, "the target does not allow load; a person may attest to it")
    assert settled(LOAD, ("cloud",), target(writes=True), frozenset({"load"}), None) == forbidden
    not_asked = (Status.NOT_RUN, "needs --allow load")
    assert settled(LOAD, ("cloud",), target(load=True), frozenset({"writes"}), None) == not_asked


def test_missing_access_is_named_once_and_in_order() -> None:
    asked = ("mongo", "cloud", "tls", "mongo_burst")
    found = settled(PLAIN, asked, target(), frozenset(), None)
    assert found == (Status.PENDING, "the target grants no [cloud], [mongo]; a person may attest to it")
