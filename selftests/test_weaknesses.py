"""Security and the way back: only what the version to go back to lacks is a reason to go there."""

from __future__ import annotations

import json
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from acceptance import rollback_command
from acceptance.facts import ProbeError, Unseen, dump
from acceptance.grading.weaknesses import WeakerThanBefore, weaknesses
from acceptance.probes.baseline import Baseline, Before, read_baseline
from acceptance.probes.ci_facts import Ci
from acceptance.probes.ci_reports import Scan, Severity, Vulnerability
from acceptance.probes.defaults import Default, Defaults
from acceptance.probes.forgeries import Try
from acceptance.probes.guards import Guard
from acceptance.probes.release import ReleaseFile
from acceptance.probes.services import Answer, Services
from acceptance.verdict import Status
from selftests.judging import BLOCKED, FAIL, PASS, judge
from selftests.test_access_boundaries import guards, tokens
from selftests.test_rollback import BASELINE
from selftests.test_watch import BEGAN
from selftests.test_watch_command import run_folder, visit_of

RELEASE = ReleaseFile("2.4.0", "c" * 40, "v2.4.0", datetime(2026, 3, 2, tzinfo=UTC), rollback="2.3.0")


def scans(*found: str, version: str = "3.0.1") -> Ci:
    """A pipeline whose image scan found these."""
    those = tuple(Vulnerability(id, Severity.CRITICAL, f"openssl {version}") for id in found)
    return Ci("c0ffee", "ci", BEGAN, scans=(Scan("trivy.json", "scans", "trivy", "image", BEGAN, found=those),))


def defaults(*names: str, at: str = "/login") -> Defaults:
    return Defaults(
        tuple(Default(n, at, "admin", 200 if n in names else 401, n in names) for n in ("grafana", "mongo"))
    )


def stores(*, wide: bool = False) -> Services:
    return Services(BEGAN, (Answer("redis", True, "+PONG", wide, {}, 0.0),), ("redis",), {})


def strangers(status: int) -> dict[str, Any]:
    return {"guards": guards(Guard("GET /orders", "a stranger", status))}


def forged(status: int) -> dict[str, Any]:
    return {"forgeries": tokens(forged=(Try("alg none", status, status == 200), Try("cut", 401, False)))}


def seen(**changes: Any) -> dict[str, Any]:
    """What the five probes saw; all is well where nothing else is said."""
    well = {"guards": guards(), "forgeries": tokens(), "defaults": defaults(), "services": stores(), "ci": scans()}
    return well | changes


def baseline(folder: Path, **changes: Any) -> Before:
    """What `acceptance rollback --accept` keeps of a run that saw this."""
    run = run_folder(folder, approved=True)
    for name, value in seen(**changes).items():
        (run / "facts" / f"{name}.json").write_text(json.dumps({"value": json.loads(dump(value))}), encoding="utf-8")
    rollback_command.accept(run, folder, "prod")
    kept = read_baseline(visit_of(None, folder))  # type: ignore[arg-type]
    assert isinstance(kept, Baseline)
    return Before(replace(kept, version="2.3.0"))


@pytest.mark.parametrize(
    "now, before, expected",
    [
        ({}, {}, PASS),
        ({}, {"defaults": defaults("grafana")}, PASS),
        ({"defaults": defaults("grafana")}, {}, FAIL),
        ({"defaults": defaults("grafana")}, {"defaults": defaults("grafana", "mongo", at="/old/login")}, BLOCKED),
        ({"defaults": defaults("grafana", "mongo")}, {"defaults": defaults("grafana")}, FAIL),
        ({"services": stores(wide=True)}, {}, FAIL),
        ({"services": stores(wide=True)}, {"services": stores(wide=True)}, BLOCKED),
        (strangers(200), {}, FAIL),
        (strangers(200), strangers(206), BLOCKED),
        (forged(200), {}, FAIL),
        (forged(200), forged(500), BLOCKED),
        ({"ci": scans("CVE-1")}, {}, FAIL),
        ({"ci": scans("CVE-1")}, {"ci": scans("CVE-1", version="3.0.0")}, BLOCKED),
        ({"ci": scans("CVE-1", "CVE-2")}, {"ci": scans("CVE-1")}, FAIL),
        ({"ci": scans("CVE-1")} | forged(200), {"ci": scans("CVE-1")}, FAIL),
        ({"guards": guards(Unseen("GET /a", "no route"))}, {}, BLOCKED),
        ({"guards": guards(Unseen("GET /a", "no route")), "ci": scans("CVE-1")}, {}, FAIL),
    ],
)
def test_only_what_the_version_to_go_back_to_lacks_is_red(
    now: dict[str, Any], before: dict[str, Any], expected: Status, tmp_path: Path
) -> None:
    found = judge("SEC-ROLL-01", **seen(**now), baseline=baseline(tmp_path, **before), release=RELEASE)
    assert found is expected


HAD = Before(replace(BASELINE, weak=("defaults: grafana",)))


@pytest.mark.parametrize(
    "before, release, expected",
    [
        (HAD, RELEASE, BLOCKED),
        (HAD, replace(RELEASE, rollback=""), BLOCKED),
        (HAD, replace(RELEASE, rollback="2.2.0"), FAIL),
        (HAD, replace(RELEASE, rollback="take down"), FAIL),
        (Before(Unseen("a baseline", "none was accepted yet")), RELEASE, FAIL),
    ],
)
def test_a_baseline_counts_for_its_own_version_only(before: Before, release: ReleaseFile, expected: Status) -> None:
    assert judge("SEC-ROLL-01", **seen(defaults=defaults("grafana")), baseline=before, release=release) is expected


def test_what_an_approved_run_did_not_look_at_is_named(tmp_path: Path) -> None:
    rollback_command.accept(run_folder(tmp_path, approved=True), tmp_path, "prod")
    assert (
        "guards, forgeries, defaults, services, ci not seen" in Before(read_baseline(visit_of(None, tmp_path))).looked()
    )  # type: ignore[arg-type]


def test_who_is_undecided_names_the_weakness_that_going_back_would_keep() -> None:
    now = weaknesses(seen(defaults=defaults("grafana")))
    with pytest.raises(ProbeError, match=r"going back won't mend it, as before: .*grafana"):
        WeakerThanBefore(now, HAD, RELEASE).lacking_before()
