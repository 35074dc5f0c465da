"""Coverage, mutants and findings in JSON, LCOV and JSON lines: each parser takes what was decoded, and counts again."""

from __future__ import annotations

from collections import Counter
from typing import Any

from acceptance.facts import text
from acceptance.pipeline import sarif
from acceptance.pipeline.reading import Refused
from acceptance.probes.ci_reports import Coverage, Findings, Mutants

SHOWN = 20
_RATED = {"killed": True, "timeout": True, "survived": False, "nocoverage": False}  # Stryker's valid mutants


def coverage_py(name: str, service: str, report: dict[str, Any]) -> Coverage:
    """coverage.py's JSON: executed and missing lines of each file."""
    covered = sum(len(each["executed_lines"]) for each in report["files"].values())
    missing = sum(len(each["missing_lines"]) for each in report["files"].values())
    if not covered + missing:
        raise Refused("holds no line")
    claimed = float(report["totals"].get("percent_covered", 0))
    return Coverage(name, service, covered + missing, covered, claimed if 0 <= claimed <= 100 else None)


def lcov(name: str, service: str, report: str) -> Coverage:
    """LCOV: `DA` lines of each `SF`, which must be closed by end_of_record."""
    seen: dict[tuple[str, str], bool] = {}
    source, claimed = "", Counter[str]()
    for line in report.splitlines():
        kind, _, value = line.strip().partition(":")
        if kind == "SF":
            source = value
        elif kind == "DA":
            number, hits = value.split(",")[:2]
            seen[(source, number)] = seen.get((source, number), False) or int(hits) > 0
        elif kind in ("LF", "LH"):
            claimed[kind] += int(value)
    if not report.rstrip().endswith("end_of_record"):
        raise Refused("is cut: the last record is not closed")
    if not seen:
        raise Refused("holds no line")
    percent = 100 * claimed["LH"] / claimed["LF"] if claimed["LF"] else None
    return Coverage(name, service, len(seen), sum(seen.values()), percent)


def stryker(name: str, report: dict[str, Any]) -> Mutants:
    """Stryker's mutation-testing report: each mutant's status."""
    states = Counter(str(mutant["status"]).lower() for each in report["files"].values() for mutant in each["mutants"])
    if states["pending"]:
        raise Refused(f"is unfinished: {states['pending']} mutants are pending")
    return _mutants(name, "Stryker", states, _RATED)


def cargo_mutants(name: str, report: dict[str, Any]) -> Mutants:
    """cargo-mutants' outcomes.json: each outcome's summary, the baseline left out."""
    states = Counter(str(each["summary"]) for each in report["outcomes"] if each["scenario"] != "Baseline")
    rated = {"CaughtMutant": True, "Timeout": True, "MissedMutant": False}
    return _mutants(name, "cargo-mutants", states, rated)


def mutmut(name: str, report: dict[str, Any]) -> Mutants:
    """mutmut's statistics for pipelines."""
    if report.get("check_was_interrupted_by_user"):
        raise Refused("is unfinished: mutmut was interrupted")
    states = Counter({key: int(value) for key, value in report.items() if isinstance(value, int)})
    rated = {
        "killed": True,
        "timeout": True,
        "segfault": True,
        "survived": False,
        "no_tests": False,
        "suspicious": False,
    }
    return _mutants(name, "mutmut", states, rated)


def _mutants(name: str, tool: str, states: Counter[str], rated: dict[str, bool]) -> Mutants:
    detected = sum(states[state] for state, good in rated.items() if good)
    undetected = sum(states[state] for state, good in rated.items() if not good)
    if not detected + undetected:
        raise Refused("holds no mutant that could be judged")
    return Mutants(name, tool, detected, undetected)


def eslint(name: str, report: list[dict[str, Any]]) -> Findings:
    """ESLint's JSON: messages of each file."""
    return _findings(
        name, "eslint", [f"{file['filePath']}: {m.get('ruleId')}" for file in report for m in file["messages"]]
    )


def ruff(name: str, report: list[dict[str, Any]]) -> Findings:
    """ruff's JSON; `ruff format --check` writes findings without a rule."""
    formats = bool(report) and all(each.get("code") in (None, "unformatted") for each in report)
    shown = [f"{each['filename']}: {each.get('code')} {each.get('message', '')}" for each in report]
    return _findings(name, "ruff-format" if formats else "ruff", shown)


def rustfmt(name: str, report: list[dict[str, Any]]) -> Findings:
    """rustfmt --emit json: files with mismatches."""
    return _findings(name, "rustfmt", [str(each["name"]) for each in report if each["mismatches"]])


def pyright(name: str, report: dict[str, Any]) -> Findings:
    """pyright --outputjson: errors and warnings."""
    wrong = [d for d in report["generalDiagnostics"] if d.get("severity") in ("error", "warning")]
    return _findings(name, "pyright", [f"{d.get('file')}: {d.get('message')}" for d in wrong])


def clippy(name: str, lines: list[dict[str, Any]]) -> Findings:
    """cargo clippy --message-format json: warnings and errors; the build must be said to have finished."""
    if not any(line.get("reason") == "build-finished" for line in lines):
        raise Refused("is cut: cargo never says that the build finished")
    wrong = [
        line["message"]
        for line in lines
        if line.get("reason") == "compiler-message" and line["message"].get("level") in ("warning", "error")
    ]
    return _findings(name, "clippy", [f"{(m.get('code') or {}).get('code', '')} {m.get('message')}" for m in wrong])


def mypy(name: str, lines: list[dict[str, Any]]) -> Findings:
    """mypy --output json: one finding a line, notes left out."""
    wrong = [line for line in lines if line["severity"] != "note"]
    return _findings(name, "mypy", [f"{line['file']}:{line['line']}: {line['message']}" for line in wrong])


def sarif_findings(name: str, report: dict[str, Any]) -> tuple[Findings, ...]:
    """SARIF of a linter: results of each run, suppressed ones and notes left out."""
    return tuple(
        _findings(
            name,
            tool,
            [
                f"{each.rule}: {each.said.get('message', {}).get('text', '')}"
                for each in sarif.results(run)
                if not each.said.get("suppressions") and each.level in ("warning", "error")
            ],
        )
        for tool, run in sarif.tools(report)
    )


def _findings(name: str, tool: str, shown: list[str]) -> Findings:
    return Findings(name, text(tool, 40), len(shown), tuple(text(each, 160) for each in shown[:SHOWN]))
