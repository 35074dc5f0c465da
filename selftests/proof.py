"""`make proof`: every fault on a running sandbox, and what it turned red; written to docs/proof.md and docs/proof.json.

Arguments: fault names or shell patterns; none for all. `--healthy N` looks at the healthy sandbox N times first.
"""

from __future__ import annotations

import argparse
import json
import shutil
import tempfile
from collections.abc import Iterable
from fnmatch import fnmatch
from pathlib import Path
from typing import Any

from acceptance.checklist import checklist
from acceptance.children import Sandbox
from acceptance.judge import catalogue
from acceptance.sandbox.parts import breaks, faults, part_of
from selftests.looking import again, judged, look, wanted

DOCS = Path(__file__).parents[1] / "docs"


def main() -> int:
    """Run the proof; 1 when a fault survives, harms its neighbours, or the healthy sandbox is not all green."""
    parser = argparse.ArgumentParser(prog="make proof")
    parser.add_argument("faults", nargs="*")
    parser.add_argument("--healthy", type=int, default=1)
    options = parser.parse_args()
    names = [n for n in faults() if not options.faults or any(fnmatch(n, p) for p in options.faults)]
    sandbox = Sandbox([])
    folder = Path(tempfile.mkdtemp(prefix="acceptance-proof-"))
    try:
        rows, odd = prove(sandbox, folder, names, options.healthy)
    finally:
        sandbox.end()
        shutil.rmtree(folder, ignore_errors=True)
    report = {"healthy_runs": options.healthy, "not_green_while_healthy": odd, "faults": rows}
    (DOCS / "proof.json").write_text(json.dumps(report, indent=1) + "\n", encoding="utf-8")
    (DOCS / "proof.md").write_text(table(report), encoding="utf-8")
    failed = [row["fault"] for row in rows if row["survived"] or row["collateral"]]
    print(f"{len(rows)} faults, {len(failed)} of them not sharp: {', '.join(failed) or 'none'}; see docs/proof.md")
    return 1 if failed or odd else 0


def prove(sandbox: Sandbox, folder: Path, names: Iterable[str], healthy_runs: int) -> tuple[list[dict[str, Any]], Any]:
    """One row a fault, and what was not green in a healthy run."""
    odd: dict[str, list[str]] = {}
    healthy = folder / "healthy"
    for number in range(max(1, healthy_runs)):
        shutil.rmtree(healthy, ignore_errors=True)
        look(sandbox.target_file, healthy, wanted(sandbox.target_file))
        for id, (status, why) in judged(sandbox.target_file, healthy).items():
            if status not in ("PASS", "NA"):
                odd.setdefault(id, []).append(f"run {number + 1}: {status}: {why[:200]}")
    before = judged(sandbox.target_file, healthy)
    rows = []
    for name in names:
        fault = faults()[name]
        probes = again((*part_of(fault).PROBES, *fault.seen_by))
        run = folder / name
        shutil.copytree(healthy / "facts", run / "facts")
        for probe in probes:
            (run / "facts" / f"{probe}.json").unlink(missing_ok=True)
        sandbox.change(f"+{name}")
        try:
            look(sandbox.target_file, run, probes & wanted(sandbox.target_file))
        finally:
            sandbox.change(f"-{name}")
        after = judged(sandbox.target_file, run)
        changed = {id for id in after if after[id][0] != before[id][0]}
        rows.append(row(name, changed, breaks(fault)))
        print(f"{rows[-1]['verdict']:<10} {name}", flush=True)
        shutil.rmtree(run)
    return rows, odd


def row(name: str, changed: set[str], expected: Iterable[str]) -> dict[str, Any]:
    """What a fault killed, what survived it, and what it harmed beside."""
    wanted_red = set(expected)
    survived, collateral = sorted(wanted_red - changed), sorted(changed - wanted_red)
    return {
        "fault": name, "change": faults()[name].change, "killed": sorted(changed & wanted_red), "survived": survived,
        "collateral": collateral, "verdict": "SURVIVED" if survived else "BLUNT" if collateral else "killed",
    }  # fmt: skip


def table(report: dict[str, Any]) -> str:
    """The kill table as Markdown, and the items that no fault of it kills."""
    lines = ["# Kill table", "", f"Healthy runs: {report['healthy_runs']}. Not green in them: "]
    lines[-1] += ", ".join(report["not_green_while_healthy"]) or "nothing."
    killed = {id for each in report["faults"] for id in each["killed"]}
    by_boundary = [id for id in catalogue() if id not in killed]
    lines += ["", "| fault | what is wrong | killed | survived | collateral |", "| --- | --- | --- | --- | --- |"]
    for each in report["faults"]:
        cells = (", ".join(each[key]) for key in ("killed", "survived", "collateral"))
        lines.append(f"| `{each['fault']}` | {each['change']} | {' | '.join(cells)} |")
    lines += ["", f"{len(killed)} of {len(checklist().items)} items are killed by a fault above.", ""]
    lines += ["Measured items without a fault in this table; boundary tests on facts made by hand kill them:", ""]
    return "\n".join([*lines, *(f"- `{id}`" for id in by_boundary), ""])


if __name__ == "__main__":
    raise SystemExit(main())
