"""Where Alertmanager sends an alert: its routing tree, walked as Alertmanager walks it. Pure."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

_MATCHER = re.compile(r'\s*"?([^"=!~\s]+)"?\s*(=~|!~|!=|=)\s*("(?:[^"\\]|\\.)*"|[^,"]*)\s*')


def receivers(route: Mapping[str, Any], labels: Mapping[str, str], inherited: str = "") -> tuple[str, ...]:
    """Names of the receivers of an alert with these labels; the root route takes all."""
    name = str(route.get("receiver") or inherited)
    found: list[str] = []
    for child in route.get("routes") or ():
        if matches(child, labels):
            found += receivers(child, labels, name)
            if not child.get("continue"):
                break
    return tuple(dict.fromkeys(found)) or (name,)


def matches(route: Mapping[str, Any], labels: Mapping[str, str]) -> bool:
    """Whether a route takes an alert: all of its matchers hold. An absent label counts as empty."""
    pairs = [(str(name), "=", str(value)) for name, value in (route.get("match") or {}).items()]
    pairs += [(str(name), "=~", str(value)) for name, value in (route.get("match_re") or {}).items()]
    for line in route.get("matchers") or ():
        pairs += matchers(str(line))
    return all(holds(operator, value, labels.get(name, "")) for name, operator, value in pairs)


def matchers(line: str) -> list[tuple[str, str, str]]:
    """The matchers of one line, such as `{severity="critical", team=~"a|b"}`. ValueError when it is none."""
    rest = line.strip()
    if rest.startswith("{") and rest.endswith("}"):
        rest = rest[1:-1]
    found: list[tuple[str, str, str]] = []
    while rest.strip():
        match = _MATCHER.match(rest)
        if not match:
            raise ValueError(f"no matcher: {line!r}")
        value = match[3].strip()
        if value.startswith('"'):
            value = re.sub(r'\\(["\\])', r"\1", value[1:-1])
        found.append((match[1], match[2], value))
        rest = rest[match.end() :].lstrip(", ")
    return found


def holds(operator: str, wanted: str, value: str) -> bool:
    """Whether one matcher takes a label's value."""
    if operator in ("=", "!="):
        return (value == wanted) is (operator == "=")
    return bool(re.fullmatch(wanted, value)) is (operator == "=~")
