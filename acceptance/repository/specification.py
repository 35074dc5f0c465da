"""@spec tags of the code against the requirements that the specification documents define. Pure."""

from __future__ import annotations

import re

TAG = r"@spec\b[\s:(\[]*"
DONE = re.compile(
    r"\[x\]|✅|\bstatus\W+(?:is\W+)?(?:implemented|done|complete)|\|\s*(?:implemented|done)\s*\|", re.IGNORECASE
)


def defined(source: str, requirement: str) -> dict[str, bool]:
    """Requirements that a document defines, and whether each is marked implemented.

    A definition is a heading, list item or table row that begins with the id; its text reaches to the next one.
    """
    start = re.compile(rf"^\s*(?:#+|[-*+]|\d+[.)]|\|)\s*(?:\[[ xX]\]\s*)?[*_`\[]*({requirement})\b")
    found: dict[str, bool] = {}
    current = ""
    for line in source.splitlines():
        if match := start.match(line):
            current = match[1]
            found.setdefault(current, False)
        elif line.startswith("#") and current and not re.match(r"#{3,}", line):
            current = ""
        if current and DONE.search(line):
            found[current] = True
    return found


def tags(line: str, requirement: str) -> list[str]:
    """Requirements that a line of code names after @spec; several may follow with commas."""
    named: list[str] = []
    for match in re.finditer(rf"{TAG}({requirement}(?:\s*,\s*{requirement})*)", line):
        named += re.findall(requirement, match[1])
    return named


def untold(line: str, requirement: str) -> bool:
    """Whether a line has an @spec tag that names nothing."""
    return bool(re.search(r"@spec\b", line)) and not tags(line, requirement)
