"""The kill table as Markdown: what each fault turned red, and which items no fault of the table kills."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from acceptance.checklist import checklist
from acceptance.judge import catalogue

PROOF = Path(__file__).parents[1] / "docs" / "proof.json"
LAB = PROOF.with_name("proof-lab.json")
HEAD = ("| fault | what is wrong | killed | survived | collateral | seen |", "| --- | --- | --- | --- | --- | --- |")


def lab_rows() -> list[dict[str, Any]]:
    """The rows that the lab has kept, where it could be had."""
    rows: list[dict[str, Any]] = json.loads(LAB.read_text(encoding="utf-8")) if LAB.exists() else []
    return rows


def kill_table(report: dict[str, Any], lab: list[dict[str, Any]]) -> str:
    """The page for a proof's report and the lab's rows."""
    lines = ["# Kill table", "", *_healthy(report["healthy"]), "", *HEAD]
    lines += [_line(each) for each in report["faults"]]
    lines += [
        "",
        "## On real daemons",
        "",
        "The lab's host, broken by these commands; `selftests/lab/run.sh` does it.",
        "",
        *HEAD,
    ]
    lines += [_line({**each, "change": f"`{each['change']}`"}) for each in lab]
    killed = {id for each in (*report["faults"], *lab) for id in each["killed"]}
    lines += ["", f"{len(killed)} of {len(catalogue())} measured items are killed by a fault above."]
    alive = [id for id in catalogue() if id not in killed]
    if alive:
        lines += [
            "",
            "No fault of this table kills these; the self-tests beside them judge them on facts made by hand:",
            "",
        ]
        lines += [f"- `{id}`: {checklist()[id].sentence} ({', '.join(_tests_of(id)) or 'none'})" for id in alive]
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
    return "| " + " | ".join(cell.replace("|", "\\|") for cell in (*cells, f"{row['on']} {row['commit']}")) + " |"


def _tests_of(id: str) -> list[str]:
    """Self-tests that name the item."""
    files = Path(__file__).parent.rglob("test_*.py")
    return sorted(path.name for path in files if f'"{id}"' in path.read_text(encoding="utf-8"))
