"""`make proof`: the healthy sandbox twenty times, then every fault; docs/proof.json says what each of them turned red.

Arguments: fault names or shell patterns; none for all. Rows of faults that are not put on now are kept, so it may be
run in parts. It wants a machine with nothing else to do: an item that was not green without the fault is not killed.
"""

from __future__ import annotations

import argparse
import json
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Iterable, Iterator
from datetime import UTC, datetime
from fnmatch import fnmatch
from pathlib import Path
from typing import Any

from acceptance.children import Sandbox
from acceptance.sandbox.parts import breaks, faults
from selftests.breaking import Healthy, changed, is_slow, with_fault
from selftests.kill_table import PROOF, kill_table, lab_rows


def main() -> int:
    """Run the proof; 1 when a fault survives, harms its neighbours, or the healthy sandbox is not all green."""
    parser = argparse.ArgumentParser(prog="make proof")
    parser.add_argument("faults", nargs="*")
    parser.add_argument("--healthy", type=int, help="healthy runs; 20 when no fault is named, else none")
    options = parser.parse_args()
    names = [n for n in faults() if not options.faults or any(fnmatch(n, p) for p in options.faults)]
    healthy_runs = options.healthy if options.healthy is not None else 0 if options.faults else 20
    report = json.loads(PROOF.read_text(encoding="utf-8")) if PROOF.exists() else {"healthy": [], "faults": []}
    folder = Path(tempfile.mkdtemp(prefix="acceptance-proof-"))
    try:
        if healthy_runs:
            report["healthy"] = []
        for number in range(healthy_runs):
            report["healthy"].append(healthy_run(folder / f"healthy-{number}"))
            print(f"healthy run {number + 1}: {report['healthy'][-1]['not_green'] or 'all green'}", flush=True)
            write(report)
        for row in rows(names, folder) if names else ():
            kept = {each["fault"]: each for each in report["faults"] if each["fault"] in faults()} | {row["fault"]: row}
            report["faults"] = [kept[name] for name in sorted(kept)]
            print(f"{row['verdict']:<10} {row['fault']}", flush=True)
            write(report)
    finally:
        shutil.rmtree(folder, ignore_errors=True)
    wrong = [row["fault"] for row in report["faults"] if row["fault"] in names and row["verdict"] != "killed"]
    odd = sorted({id for run in report["healthy"] for id in run["not_green"]})
    print(f"{len(names)} faults, not sharp: {', '.join(wrong) or 'none'}; not green: {', '.join(odd) or 'none'}")
    return 1 if wrong or odd else 0


def healthy_run(folder: Path) -> dict[str, Any]:
    """What was not green in a sandbox that was started for this run, and why."""
    sandbox = Sandbox([])
    try:
        found = Healthy.seen(sandbox, folder).judged()
    finally:
        sandbox.end()
    not_green = {id: f"{status}: {why[:200]}" for id, (status, why) in found.items() if status not in ("PASS", "NA")}
    return {**stamp(), "judged": len(found), "not_green": not_green}


def rows(names: list[str], folder: Path) -> Iterator[dict[str, Any]]:
    """One row a fault, on one sandbox that every probe has seen healthy."""
    sandbox = Sandbox([])
    try:
        healthy = Healthy.seen(sandbox, folder / "healthy")
        for name in sorted(names, key=is_slow):
            run = folder / name
            before, after = healthy.judged(), with_fault(name, healthy, run)
            shutil.rmtree(run)
            green = {id for id, (status, _) in before.items() if status in ("PASS", "NA")}
            found = {id: after[id] for id in green & changed(before, after)}
            yield {**row(name, faults()[name].change, found, breaks(faults()[name])), **stamp()}
    finally:
        sandbox.end()


def row(name: str, change: str, changed: dict[str, tuple[str, str]], expected: Iterable[str]) -> dict[str, Any]:
    """What a fault killed, and with which status; what survived it, and what it harmed beside."""
    wanted_red = set(expected)
    survived = sorted(wanted_red - changed.keys())
    collateral = {id: f"{status}: {why[:200]}" for id, (status, why) in changed.items() if id not in wanted_red}
    return {
        "fault": name,
        "change": change,
        "killed": {id: changed[id][0] for id in sorted(wanted_red & changed.keys())},
        "survived": survived,
        "collateral": collateral,
        "verdict": "SURVIVED" if survived else "BLUNT" if collateral else "killed",
    }


def stamp() -> dict[str, str]:
    """Which code, and when."""
    head = subprocess.run(["git", "rev-parse", "--short", "HEAD"], capture_output=True, text=True, timeout=10)
    return {"commit": head.stdout.strip(), "on": datetime.now(UTC).strftime("%Y-%m-%dT%H:%MZ")}


def write(report: dict[str, Any]) -> None:
    """Both files, after each row: what was measured is not lost when the proof is cut."""
    PROOF.write_text(json.dumps(report, indent=1) + "\n", encoding="utf-8")
    PROOF.with_suffix(".md").write_text(kill_table(report, lab_rows()), encoding="utf-8")


if __name__ == "__main__":
    sys.exit(main())
