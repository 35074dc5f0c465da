"""The kill table as Markdown: what each fault turned red, and which items no fault of the table kills."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from acceptance.checklist import checklist
from acceptance.judge import catalogue

PROOF = Path(__file__).parents[1] / "docs" / "proof.json"
HEAD = ("| fault | what is wrong | killed | survived | collateral | seen |", "| --- | --- | --- | --- | --- | --- |")


def kill_table(report: dict[str, Any]) -> str:
    """The page for a proof's report."""
    lines = ["# Kill table", "", *_healthy(report["healthy"]), "", *HEAD]
    lines += [_line(each) for each in report["faults"]]
    killed = {id for each in report["faults"] for id in each["killed"]}
    lines += ["", f"{len(killed)} of {len(catalogue())} measured items are killed by a fault above."]
    lines += [
        "",
        "No fault of this table kills these; the self-tests beside them judge them on facts made by hand:",
        "",
    ]
    lines += [
        f"- `{id}`: {checklist()[id].sentence} ({', '.join(_tests_of(id)) or 'none'})"
        for id in catalogue()
        if id not in killed
    ]
    return "\n".join([*lines, ""])


def _healthy(runs: list[dict[str, Any]]) -> list[str]:
    green = sum(not run["not_green"] for run in runs)
    lines = [f"The healthy sandbox was looked at {len(runs)} times and was all green in {green} of them."]
    for run in runs:
        lines += [f"- {run['on']}, `{id}`: {why}" for id, why in run["not_green"].items()]
    return lines


def _line(row: dict[str, Any]) -> str:
    killed = ", ".join(id if status == "FAIL" else f"{id} ({status})" for id, status in row["killed"].items())
    cells = (f"`{row['fault']}`", row["change"], killed, ", ".join(row["survived"]), ", ".join(row["collateral"]))
    return "| " + " | ".join((*cells, f"{row['on']} {row['commit']}")) + " |"


def _tests_of(id: str) -> list[str]:
    """Self-tests that name the item."""
    files = Path(__file__).parent.rglob("test_*.py")
    return sorted(path.name for path in files if f'"{id}"' in path.read_text(encoding="utf-8"))
