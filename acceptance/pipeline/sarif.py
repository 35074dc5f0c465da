"""Results of SARIF runs as the standard means them: level and rating by the rule where the result has none."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from acceptance.facts import text
from acceptance.pipeline.reading import Refused


@dataclass(frozen=True)
class Result:
    """One result that complains. `score` is the rule's `security-severity`, None where it has none."""

    rule: str | None
    level: str
    score: object
    said: dict[str, Any]


def tools(report: dict[str, Any]) -> list[tuple[str, dict[str, Any]]]:
    """Each run with the name of its tool. Refused when there is none, or one that did not run to its end."""
    found = []
    for run in report["runs"]:
        tool = str(run["tool"]["driver"]["name"]).lower()
        if "results" not in run:
            raise Refused(f"is cut: the run of {tool} has no results")
        if any(each.get("executionSuccessful") is False for each in run.get("invocations") or ()):
            raise Refused(f"is no whole run: {text(tool, 40)} says that its execution failed")
        found.append((tool, run))
    if not found:
        raise Refused("holds no run")
    return found


def results(run: dict[str, Any]) -> Iterator[Result]:
    """What a run complains of: no passes, no questions that don't apply, nothing that was there before and is gone."""
    parts = (run["tool"]["driver"], *(run["tool"].get("extensions") or ()))
    rules = {rule["id"]: rule for part in reversed(parts) for rule in part.get("rules") or ()}
    listed = run["tool"]["driver"].get("rules") or ()
    for said in run["results"]:
        if said.get("kind", "fail") not in ("fail", "open", "review") or said.get("baselineState") == "absent":
            continue
        named, index = said.get("ruleId") or (said.get("rule") or {}).get("id"), said.get("ruleIndex", -1)
        rule = rules.get(named) or (listed[index] if not named and 0 <= index < len(listed) else {})
        level = said.get("level") or (rule.get("defaultConfiguration") or {}).get("level") or "warning"
        yield Result(named or rule.get("id"), str(level), (rule.get("properties") or {}).get("security-severity"), said)
