"""Writes one entry into a file of people's words: comments stay, and what could not be read back is not kept."""

from __future__ import annotations

import argparse
import sys
from collections.abc import Mapping
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any

from acceptance import target
from acceptance.words import Words, WordsError, read


def folder_of(name: str) -> Path:
    """The folder of a target by its name or path."""
    return target.find(name).parent


def put(path: Path, keys: tuple[str, ...], fields: Mapping[str, Any], comment: str = "") -> Words:
    """Write fields at a place of a file and read the folder again; what is refused leaves the file as it was."""
    import tomlkit

    before = path.read_text(encoding="utf-8") if path.exists() else None
    document = tomlkit.parse(before or "")
    place: Any = document
    for depth, key in enumerate(keys):
        if key not in place:
            place[key] = tomlkit.table(is_super_table=depth < len(keys) - 1)
        place = place[key]
    if comment and keys:
        place.comment(comment)
    for name, value in fields.items():
        if value not in (None, "", (), {}):
            place[name] = list(value) if isinstance(value, tuple) else value
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(tomlkit.dumps(document), encoding="utf-8")
    try:
        return read(path.parent.parent if path.parent.name == "releases" else path.parent)
    except WordsError:
        if before is None:
            path.unlink()
        else:
            path.write_text(before, encoding="utf-8")
        raise


def answer(given: str | None, question: str, flag: str, choices: tuple[str, ...] = ()) -> str:
    """What a flag gave, else what the person types; a sentence when there is nobody to ask."""
    if given:
        return given
    if not sys.stdin.isatty():
        raise WordsError(f"{flag} is missing; give it, or run this in a terminal to be asked")
    if choices:
        question = f"{question} ({', '.join(choices)})"
    return input(f"{question}: ").strip()


def moment(text: str) -> datetime:
    """A time with its zone, as argparse type; `now` is this second in UTC."""
    if text == "now":
        return datetime.now(UTC).replace(microsecond=0)
    try:
        value = datetime.fromisoformat(text)
    except ValueError:
        raise argparse.ArgumentTypeError(f"{text!r} is no time; write 2026-03-02T08:10:00Z") from None
    if value.tzinfo is None:
        raise argparse.ArgumentTypeError(f"{text!r} has no time zone; add Z or an offset such as +07:00")
    return value


def end(text: str) -> date | datetime:
    """A date or a time with its zone, as argparse type."""
    try:
        return date.fromisoformat(text)
    except ValueError:
        return moment(text)


def said(problem: Exception) -> int:
    """Say what was wrong in one sentence; the exit code of a usage error."""
    sys.stderr.write(f"acceptance: {problem}\n")
    return 2


def now() -> datetime:
    """This second in UTC."""
    return datetime.now(UTC).replace(microsecond=0)
