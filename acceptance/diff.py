"""`acceptance diff A B`: what changed between two runs, in evidence too."""

from __future__ import annotations

import argparse
import json
from dataclasses import asdict
from pathlib import Path
from typing import Any

from acceptance.record.compare import Change, Difference, difference
from acceptance.record.file import RecordError, load
from acceptance.record.model import Record
from acceptance.record.words import one_line
from acceptance.signing import said

TITLES = {
    "worse": "Worse",
    "better": "Better",
    "other": "Otherwise",
    "gone": "No longer in the checklist",
    "new": "New in the checklist",
    "reworded": "Reworded",
    "evidence": "Same status, other evidence",
}


def register(commands: Any) -> None:
    """Add the command to the parser."""
    parser = commands.add_parser("diff", help="what changed between two runs; exit code 1 when something did")
    parser.add_argument("before", metavar="A", type=Path, help="a run's folder, or a record.json")
    parser.add_argument("after", metavar="B", type=Path)
    parser.add_argument("--json", action="store_true", help="print it as JSON")
    parser.set_defaults(run=run)


def run(args: argparse.Namespace) -> int:
    """Print what changed; 0 when nothing did, 1 when something did, 2 with one sentence."""
    try:
        seen = difference(read(args.before), read(args.after))
    except (RecordError, OSError) as problem:
        return said(problem)
    print(json.dumps(asdict(seen), ensure_ascii=False, indent=1) if args.json else text(seen), end="")
    return 0 if seen.nothing else 1


def read(path: Path) -> Record:
    """The record of a run's folder or of a file."""
    file = path / "record.json" if path.is_dir() else path
    return load(file.read_bytes().decode("utf-8", "replace"), str(file))


def text(seen: Difference) -> str:
    """The difference as people read it, worst first."""
    if seen.nothing:
        return "Nothing changed.\n"
    lines = [one_line(line, 600) for line in seen.head]
    for what, title in TITLES.items():
        own = [change for change in seen.changes if change.what == what]
        if own:
            lines += ["", f"{title}: {len(own)}"]
            lines += [line for change in own for line in _lines(change)]
    return "\n".join(lines).lstrip("\n") + "\n"


def _lines(change: Change) -> list[str]:
    turned = f"{change.before} -> {change.after}" if change.before != change.after else change.after
    return [f"  {change.id:15} {one_line(turned, 400)}", *(f"    {one_line(line)}" for line in change.lines)]
