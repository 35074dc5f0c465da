"""`acceptance history`: all runs of a target as one page, and which old ones may go."""

from __future__ import annotations

import argparse
import shutil
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path
from typing import Any

from acceptance.record.file import RecordError, load
from acceptance.record.model import Record
from acceptance.record.signatures import FOLDER
from acceptance.record.timeline import render
from acceptance.signing import said

REPORTS = Path("reports")


def register(commands: Any) -> None:
    """Add the command to the parser."""
    parser = commands.add_parser("history", help="write a page of all runs of a target")
    parser.add_argument("--target", required=True, help="name of the target")
    parser.add_argument("--reports", type=Path, default=REPORTS, help="where the runs lie; reports/ if left out")
    parser.add_argument("--out", type=Path, help="the page; reports/TARGET/history.html if left out")
    parser.add_argument("--keep", type=_count, help="remove runs beyond the newest N; signed ones always stay")
    parser.set_defaults(run=run)


def run(args: argparse.Namespace) -> int:
    """Write the page; 0, or 2 with one sentence."""
    folder = args.reports / args.target
    if not folder.is_dir():
        return said(FileNotFoundError(f"there are no runs in {folder}"))
    try:
        if args.keep:
            for gone in beyond(folder, args.keep):
                shutil.rmtree(gone)
                print(f"removed {gone}")
        records, unreadable = read_all(folder)
        out = args.out or folder / "history.html"
        out.write_text(render(args.target, records, unreadable), encoding="utf-8")
    except OSError as problem:
        return said(problem)
    for line in unreadable:
        print(line)
    print(f"{len(records)} runs: {out}")
    return 0


def read_all(folder: Path) -> tuple[list[Record], list[str]]:
    """The runs that are over and looked themselves, oldest first; and what could not be read, as sentences."""
    records: list[Record] = []
    unreadable: list[str] = []
    for path in runs(folder):
        try:
            record = read(path)
        except (RecordError, OSError) as wrong:
            unreadable.append(f"Left out: {wrong}")
            continue
        if not record.running and not record.replayed_from:
            records.append(record)
    return sorted(records, key=lambda record: (record.started, record.run)), unreadable


def read_newest(folder: Path, most: int) -> Iterator[Record]:
    """The runs that are over, newest first, read one by one as they are asked for; a damaged one is left out."""
    for path in reversed(runs(folder)[-most:]):
        with suppress(RecordError, OSError):
            if not (record := read(path)).running:
                yield record


def read(path: Path) -> Record:
    """The record of a run's folder."""
    return load((path / "record.json").read_bytes().decode("utf-8", "replace"), f"{path.name}/record.json")


def runs(folder: Path) -> list[Path]:
    """Folders of runs, oldest first."""
    return sorted(path.parent for path in folder.glob("*/record.json") if not path.parent.is_symlink())


def beyond(folder: Path, keep: int) -> list[Path]:
    """Runs that are older than the newest `keep` and that nobody signed."""
    old = runs(folder)[: -keep or None]
    latest = (folder / "latest").resolve()
    return [path for path in old if not any((path / FOLDER).glob("*.sig")) and path.resolve() != latest]


def _count(text: str) -> int:
    count = int(text)
    if count < 1:
        raise argparse.ArgumentTypeError("must be 1 or more")
    return count
