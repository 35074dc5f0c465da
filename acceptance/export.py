"""`acceptance export`: a run in the format of another tool."""

from __future__ import annotations

import argparse
import importlib
import sys
from pathlib import Path
from typing import Any

from acceptance.diff import read

FORMATS = ("hdf", "ctrf", "sarif", "saf")


def register(commands: Any) -> None:
    """Add the command to the parser."""
    parser = commands.add_parser("export", help="write a run in the format of another tool")
    parser.add_argument("run_folder", metavar="DIR", type=Path, help="the run, such as reports/prod/latest")
    parser.add_argument("--format", required=True, choices=FORMATS)
    parser.add_argument("--out", type=Path, help="the file; standard output if left out")
    parser.set_defaults(run=run)


def run(args: argparse.Namespace) -> int:
    """Write it; 0."""
    text: str = importlib.import_module(f"acceptance.record.{args.format}").render(read(args.run_folder))
    if args.out:
        args.out.write_text(text, encoding="utf-8")
    else:
        sys.stdout.write(text)
    return 0
