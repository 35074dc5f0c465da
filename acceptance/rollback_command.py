"""`acceptance rollback`: whether to roll back now, by the live system against its baseline, and how."""

from __future__ import annotations

import argparse
import json
import time
from pathlib import Path
from statistics import median
from typing import Any

from acceptance.advice import EXIT_CODES, LOOK_AGAIN_S, Advice, Advisor, Said
from acceptance.facts import load
from acceptance.grading.degradation import BASELINE_WINDOWS
from acceptance.grading.weaknesses import SHOWN, weaknesses
from acceptance.probes import PROBES
from acceptance.probes.baseline import FILE, Baseline, baseline_text
from acceptance.probes.traffic import LAG_SHARE
from acceptance.record.file import load as load_record
from acceptance.target import Target, TargetError, find, read
from acceptance.watch_command import state_folder, take
from acceptance.words import read as read_words


def register(commands: Any) -> None:
    """Add the command."""
    parser = commands.add_parser(
        "rollback",
        help="advise on rolling back, with the commands that do it",
        description="Exit codes: " + ", ".join(f"{code} {advice}" for advice, code in EXIT_CODES.items()),
    )
    parser.add_argument("--target", required=True, help="name below targets/, or a path to a target.toml")
    parser.add_argument(
        "--accept", default="", metavar="RUN", help="make an approved run's windows the baseline, and end"
    )
    parser.add_argument("--allow", default="", help="impacts that the look may have; none by default")
    parser.add_argument("--release", default="", help="version that is judged; else the newest open release file")
    parser.add_argument("--state", default="", help="folder that holds the baseline")
    parser.set_defaults(run=run)


def run(options: argparse.Namespace) -> int:
    """Look, look again where a red line must be confirmed, and advise."""
    path = find(options.target)
    target = read(path)
    if options.accept:
        print(accept(Path(options.accept), state_folder(target, options.state), target.name))
        return 0
    look = take(options, target, "rollback")
    said, advisor = Advisor().look(look.readings, control_reached=look.control_reached)
    if not said.confirmed:
        print(f"red once: {', '.join(said.because)}; looking again in {LOOK_AGAIN_S} s", flush=True)
        time.sleep(LOOK_AGAIN_S)
        look = take(options, target, "rollback")
        said, _ = advisor.look(look.readings, control_reached=look.control_reached)
    release = read_words(path.parent).release(options.release or None)
    versions = {"version": release.version, "previous": release.rollback} if release else {}
    print("\n".join(advise(said, target, versions)))
    return EXIT_CODES[said.advice]


def advise(said: Said, target: Target, versions: dict[str, str]) -> list[str]:
    """The advice, what it rests on, and the procedure's commands for this release."""
    lines = [f"{said.advice}" + (f": {', '.join(said.because)}" if said.because else "")]
    if said.advice not in (Advice.ROLL_BACK_NOW, Advice.ROLLBACK_ADVISED):
        return lines
    steps = target.rollback.steps if target.rollback else ()
    for number, step in enumerate(steps, 1):
        for name, value in versions.items():
            step = step.replace("{" + name + "}", value)
        lines.append(f"  {number}. {step}")
    if not steps:
        lines.append("  [rollback] steps of the target names no commands; follow the runbook")
    back = versions.get("previous", "")
    lines.append(f"  Afterwards write rolled_back into the release file (back to {back or 'the version before'}).")
    return lines


def accept(run: Path, state: Path, name: str) -> str:
    """Keep an approved run of the target as the baseline that later looks are compared with."""
    record = load_record((run / "record.json").read_text(encoding="utf-8"), str(run / "record.json"))
    if not record.verdict.approved or not record.complete:
        raise TargetError(f"{run} is no baseline: its verdict is {record.verdict.decision}, not approved and complete")
    if record.target != name:
        raise TargetError(f"{run} is no baseline of {name}: it is a run of {record.target}")
    traffic = _facts(run, "traffic")
    if traffic is None:
        raise TargetError(f"{run} is no baseline: it has no traffic windows")
    full = [window.p95_ms for window in traffic.windows if window.answered]
    if len(full) < BASELINE_WINDOWS:
        raise TargetError(f"{run} is no baseline: {len(full)} windows were answered, {BASELINE_WINDOWS} are needed")
    if traffic.lag_p99_ms > LAG_SHARE * median(full):
        raise TargetError(f"{run} is no baseline: the suite's machine lagged by {traffic.lag_p99_ms:.0f} ms (p99)")
    weak = weaknesses({name: seen for name in SHOWN if (seen := _facts(run, name)) is not None})
    path = state / FILE
    baseline = Baseline(
        record.run or run.name, record.version, traffic.kind, traffic.windows, traffic.lag_p99_ms,
        tuple(sorted(weak.shown)), tuple(each.what for each in weak.unseen),
    )  # fmt: skip
    path.write_text(baseline_text(baseline), encoding="utf-8")
    return f"{path} holds {len(full)} windows of {record.version or 'an unnamed version'} now"


def _facts(run: Path, probe: str) -> Any:
    """What a probe saw in a run; None where it saw nothing, or what it saw can't be read any more."""
    try:
        answer = json.loads((run / "facts" / f"{probe}.json").read_text(encoding="utf-8"))
        return load(PROBES[probe].facts, json.dumps(answer["value"]))
    except (OSError, ValueError, KeyError):
        return None
