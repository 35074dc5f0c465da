"""How documents name a version, and whether a change log tells of one."""

from __future__ import annotations

import re

DATE = re.compile(r"\d{4}-\d\d-\d\d|\d{1,2}\.? \w+ \d{4}|\w+ \d{1,2}, \d{4}")


def named(version: str) -> str:
    """A pattern that finds a version, with its "v" or without; no longer one, and no candidate of it (2.4.0-rc1)."""
    return rf"(?<![\w.])v?{re.escape(version)}(?!\w|\.\d|-[A-Za-z])"


def changelog_lacks(source: str, path: str, version: str) -> tuple[str, ...]:
    """Why a change log does not tell of a version: no entry, no date, no words."""
    entry = re.search(rf"^#+ .*{named(version)}.*$", source, re.MULTILINE)
    if not entry:
        return (f"{path} has no entry for {version}",)
    if not DATE.search(entry[0]):
        return (f"the entry for {version} has no date",)
    body = re.split(r"^#{1,2} ", source[entry.end() :], maxsplit=1, flags=re.MULTILINE)[0]
    return () if len(body.split()) >= 3 else (f"the entry for {version} is empty",)
