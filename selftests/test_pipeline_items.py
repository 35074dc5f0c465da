"""Boundaries of what the pipeline's artifacts say of a release: just good enough, and just not. Facts made by hand."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from types import SimpleNamespace
from typing import Any

import pytest

from acceptance.facts import Unseen
from acceptance.probes.ci_facts import Ci
from acceptance.probes.ci_reports import (
    Bug,
    Check,
    Coverage,
    Findings,
    Ignored,
    LogLine,
    Mutants,
    OtherCommit,
    Scan,
    Severity,
    Unread,
    Vulnerability,
)
from acceptance.probes.ci_reports import TestRun as Run
from selftests.judging import BLOCKED, FAIL, PASS, judge

NOW = datetime(2026, 3, 2, 8, 0, tzinfo=UTC)
RUNS = {"tests": 2411, "integration": 3, "load": 1, "staging": 1}
TOOLS = ("ruff", "flake8", "clippy", "eslint", "rustfmt", "mypy")


def run(role: str, tests: int, *wrong: str, **more: int) -> Run:
    return Run(f"{role}.xml", role, tests, **{"failures": len(wrong), "errors": 0, "skipped": 0, **more}, failed=wrong)


def scan(kind: str, *found: Vulnerability, days: float = 1.0, role: str = "scans") -> Scan:
    return Scan(f"{kind}.json", role, "trivy", kind, NOW - timedelta(days=days), ("app.example.com",), found=found)


def ci(**changes: Any) -> Ci:
    made = Ci(
        "c" * 40, "ci", NOW, hosts=("app.example.com",),
        runs=tuple(run(role, tests) for role, tests in RUNS.items()),
        coverage=(Coverage("a.xml", "engine", 1000, 901),),
        mutants=(Mutants("m.json", "mutmut", 76, 24),),
        findings=tuple(Findings(f"{tool}.json", tool, 0) for tool in TOOLS),
        scans=(scan("image"), scan("dependencies"), scan("web", role="web_scan")),
        log_files=("build.log",),
        bugs=(),
    )  # fmt: skip
    return replace(made, **changes)


def runs(*others: Run) -> dict[str, Any]:
    """These in the place of those of their role."""
    replaced = {each.role for each in others}
    return {"runs": (*(r for r in ci().runs if r.role not in replaced), *others)}


def without(role: str) -> dict[str, Any]:
    return {"runs": tuple(r for r in ci().runs if r.role != role)}


def found(tool: str) -> dict[str, Any]:
    return {"findings": (*ci().findings, Findings("more.json", tool, 1, ("x",)))}


def vulnerable(severity: Severity, kind: str = "image", role: str = "scans") -> dict[str, Any]:
    return {"scans": (*ci().scans, scan(kind, Vulnerability("CVE-1", severity, "x 1.0"), days=0.5, role=role))}


def unread(role: str) -> dict[str, Any]:
    return {"unread": (Unread("x", role, "it is no report"),)}


def checks(*conclusions: str, role: str) -> dict[str, Any]:
    named = tuple(Check(f"check {n}", "completed", conclusion) for n, conclusion in enumerate(conclusions))
    return {"checks": named, "required": {role: tuple(each.name for each in named)}}


LINT = {"INFRA-CODE-05": "pylint", "INFRA-CODE-06": "black", "INFRA-CODE-07": "tsc", "INFRA-CODE-08": "clippy",
        "INFRA-CODE-09": "ruff", "INFRA-CODE-10": "eslint"}  # fmt: skip
ROLES = {"INFRA-CODE-11": "integration", "INFRA-CODE-12": "load", "INFRA-READY-09": "staging", "PERF-GATE-01": "load"}
OTHER = OtherCommit("load.xml", "load", "b" * 40)
OLD_WEB = (scan("web", days=7.001, role="web_scan"),)


@pytest.mark.parametrize(
    ("item", "changes", "status"),
    [
        ("INFRA-CODE-01", runs(run("tests", 2410)), FAIL),
        ("INFRA-CODE-01", runs(run("tests", 1200), replace(run("tests", 1211), file="b.xml")), PASS),
        ("INFRA-CODE-01", runs(run("tests", 2411, "test_a")), FAIL),
        ("INFRA-CODE-01", runs(run("tests", 2411, errors=1)), FAIL),
        ("INFRA-CODE-01", runs(run("tests", 2411, skipped=2411)), FAIL),
        ("INFRA-CODE-01", runs(run("tests", 2411, skipped=2410)), PASS),  # those that were skipped are shown
        ("INFRA-CODE-01", without("tests"), FAIL),
        ("INFRA-CODE-01", unread("tests"), BLOCKED),
        ("INFRA-CODE-01", checks("success", "failure", role="tests"), FAIL),
        ("INFRA-CODE-01", checks("success", role="tests"), PASS),
        ("INFRA-CODE-01", checks("success", role="tests") | {"checks": Unseen("checks", "403")}, BLOCKED),
        ("INFRA-CODE-02", {"coverage": (Coverage("a.xml", "engine", 1000, 900, 95.0),)}, FAIL),
        ("INFRA-CODE-02", {"coverage": (Coverage("a", "engine", 10, 10), Coverage("b", "ai", 90, 80))}, FAIL),
        ("INFRA-CODE-02", {"coverage": ()}, BLOCKED),
        ("INFRA-CODE-02", unread("coverage"), BLOCKED),
        ("INFRA-GATE-05", {"coverage": (Coverage("a.xml", "engine", 1000, 900),)}, FAIL),
        ("INFRA-CODE-03", {"mutants": (Mutants("m.json", "mutmut", 75, 25),)}, FAIL),
        ("INFRA-CODE-03", {"mutants": ()}, BLOCKED),
        ("INFRA-CODE-03", unread("mutation"), BLOCKED),
        ("INFRA-CODE-04", vulnerable(Severity.HIGH), FAIL),
        ("INFRA-CODE-04", vulnerable(Severity.CRITICAL), FAIL),
        ("INFRA-CODE-04", vulnerable(Severity.UNKNOWN), FAIL),  # nobody says that it is less
        ("INFRA-CODE-04", vulnerable(Severity.MEDIUM), PASS),
        ("INFRA-CODE-04", vulnerable(Severity.HIGH) | {"ignored": (Ignored("CVE-1", "r", "lead", NOW),)}, PASS),
        ("INFRA-CODE-04", vulnerable(Severity.HIGH) | {"ignored": (Ignored("CVE-2", "r", "lead", NOW),)}, FAIL),
        ("INFRA-CODE-04", {"scans": ()}, BLOCKED),
        ("INFRA-CODE-04", unread("ignores"), BLOCKED),
        ("INFRA-CODE-04", unread("scans"), BLOCKED),
        ("INFRA-CODE-13", unread("scans") | {"scans": ()}, BLOCKED),
        ("INFRA-BUILD-08", unread("build_log"), BLOCKED),
        ("INFRA-BUILD-08", unread("build_log") | {"log_files": ()}, BLOCKED),
        ("INFRA-GATE-09", {"bugs": Unseen("the tracker", "403")}, BLOCKED),
        ("INFRA-CODE-09", found("flake8"), FAIL),
        ("INFRA-CODE-09", {"findings": (Findings("f.json", "flake8", 0),)}, PASS),
        ("INFRA-CODE-12", checks("failure", role="load") | without("load"), FAIL),
        ("INFRA-CODE-12", checks("success", role="load") | without("load"), PASS),
        ("SEC-WEB-18", unread("ignores"), BLOCKED),
        *((item, found(tool), FAIL) for item, tool in LINT.items()),
        *((item, {"findings": ()}, BLOCKED) for item in LINT),
        *((item, unread("lint"), BLOCKED) for item in LINT),
        ("INFRA-CODE-05", checks("cancelled", role="lint"), FAIL),
        ("INFRA-CODE-08", found("eslint"), PASS),  # each tool has an item of its own
        *((item, without(role), FAIL) for item, role in ROLES.items()),
        *((item, runs(run(role, 2, "it")), FAIL) for item, role in ROLES.items()),
        *((item, unread(role), BLOCKED) for item, role in ROLES.items()),
        ("INFRA-CODE-12", without("load") | {"others": (OTHER,)}, FAIL),
        ("INFRA-CODE-13", {"scans": (scan("image", days=7),)}, PASS),
        ("INFRA-CODE-13", {"scans": (scan("image", days=7.001),)}, FAIL),
        ("INFRA-CODE-13", {"scans": (scan("image", role="web_scan"),)}, BLOCKED),
        ("INFRA-CODE-14", vulnerable(Severity.LOW, "dependencies"), FAIL),
        ("INFRA-CODE-14", vulnerable(Severity.CRITICAL, "image"), PASS),  # INFRA-IMAGE-06 tells of it
        ("INFRA-BUILD-08", {"log_lines": (LogLine("build.log", 3, "warning: unused"),)}, FAIL),
        ("INFRA-BUILD-08", {"log_files": ()}, BLOCKED),
        ("INFRA-GATE-09", {"bugs": (Bug("7", "orders vanish", ("critical",)),)}, FAIL),
        ("INFRA-GATE-09", {"bugs": None}, BLOCKED),
        ("SEC-WEB-18", {"scans": (scan("web", days=7, role="web_scan"),)}, PASS),
        ("SEC-WEB-18", {"scans": OLD_WEB}, FAIL),
        ("SEC-WEB-18", {"scans": (scan("web"),)}, BLOCKED),
        ("SEC-WEB-18", vulnerable(Severity.LOW, "web", "web_scan"), FAIL),
        ("SEC-WEB-18", vulnerable(Severity.INFO, "web", "web_scan"), PASS),
        ("SEC-WEB-18", unread("web_scan"), BLOCKED),
    ],
)  # fmt: skip
def test_items_of_the_pipeline(item: str, changes: dict[str, Any], status: object) -> None:
    assert judge(item, ci=ci()) is PASS
    assert judge(item, ci=ci(**changes)) is status


@pytest.mark.parametrize(
    ("changes", "unscanned", "status"),
    [
        ({}, (), PASS),
        ({}, ("engine: sha256:1",), FAIL),
        (vulnerable(Severity.CRITICAL), (), FAIL),
        (vulnerable(Severity.HIGH), (), PASS),  # INFRA-CODE-04 tells of it
        (vulnerable(Severity.CRITICAL, "dependencies"), (), PASS),
    ],
)
def test_images_are_scanned_and_hold_nothing_critical(
    changes: dict[str, Any], unscanned: tuple[str, ...], status: object
) -> None:
    scans = SimpleNamespace(not_scanned=lambda *, within_days: unscanned if within_days == 7 else ("asked otherwise",))
    assert judge("INFRA-IMAGE-06", image_scans=scans, ci=ci(**changes)) is status


@pytest.mark.parametrize(("days", "status"), [(7, PASS), (7.001, FAIL)])
def test_an_audit_of_dependencies_counts_for_a_week(days: float, status: object) -> None:
    from acceptance.judge import catalogue
    from acceptance.rollup import Judged

    seen = ci(scans=(scan("image"), scan("dependencies", days=days)))
    judged = Judged([catalogue()["INFRA-CODE-14"]], lambda _: None, lambda name, case: seen)
    assert judge("PERF-WATCH-16", ci=seen, judged=judged) is status
