"""Secrets in text: structured ones by detect-secrets' own patterns, live ones by value, likely ones for the list.

Values leave this module only as the hash that a detect-secrets baseline has.
"""

from __future__ import annotations

import hashlib
import math
import re
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any

RULES = "1"  # a new number makes every blob be read again
LINE_LIMIT = 4_000
SHORTEST = 8
LEFT_OUT = ("IPPublicDetector", "KeywordDetector", "PrivateKeyDetector")  # no secrets, by guess, and told below
KEY = re.compile(
    rb"-----BEGIN (?:[A-Z0-9]+ )*PRIVATE KEY(?: BLOCK)?-----(?:\s|\\[nr])+(?:[\w-]+: [^\n]*\s+)*[A-Za-z0-9+/=]{40}"
)
HASHED = re.compile(rb'"hashed_secret": *"[0-9a-f]{40}"')  # how a baseline names what it accepts
LIKELY = re.compile(
    r"(?i)(?:passw(?:or)?d|pwd|secret|token|api_?key|access_?key)\w*[\"']?\s*[:=]\s*[\"']?([^\s\"'#,;<>(){}\[\]]{12,200})"
)
PLACEHOLDER = re.compile(
    r"(?i)^[$<{%*]|example|placeholder|change[-_]?me|change[-_]this|your[-_]|replace|generate|dummy|sample|redacted"
    r"|\bfake|x{4,}|\*{3,}|\.{3}|^(?:user|username|pass|passwd|password|secret|token|admin|test|default)\w{0,4}$"
)


@dataclass(frozen=True)
class Found:
    """A secret in a text: its kind, its line, and the hash of its value."""

    kind: str
    line: int
    hash: str
    likely: bool = False  # told by its randomness only


@dataclass
class Scanner:
    """Reads texts; a line that was read before is not read again. `live` are values of the target's secrets."""

    live: tuple[bytes, ...] = ()
    _known: set[int] = field(default_factory=set)

    @cached_property
    def rules(self) -> list[tuple[Any, list[re.Pattern[str]]]]:
        """detect-secrets' structured plugins, and their patterns for a quick look at many lines at once."""
        from detect_secrets.core.plugins.util import get_mapping_from_secret_type_to_class
        from detect_secrets.plugins.base import RegexBasedDetector

        rules: list[tuple[Any, list[re.Pattern[str]]]] = []
        kind: Any
        for kind in get_mapping_from_secret_type_to_class().values():
            if issubclass(kind, RegexBasedDetector) and kind.__name__ not in LEFT_OUT:
                plugin = kind()
                rules.append((plugin, [re.compile(p.pattern, p.flags | re.MULTILINE) for p in plugin.denylist]))
        return rules

    def scan(self, data: bytes) -> list[Found]:
        """All secrets of one text that no earlier text had in the same line."""
        found = [
            Found("Live secret", _line(data, data.find(value)), _hash(value)) for value in self.live if value in data
        ]
        if b"\0" in data[:8000]:
            return found
        for match in KEY.finditer(data):
            found.append(Found("Private Key", _line(data, match.start()), _hash(match[0])))
        fresh: list[tuple[int, str]] = []
        plain = HASHED.sub(b'"hashed_secret"', data)
        for number, line in enumerate(plain.decode("utf-8", "replace").splitlines(), 1):
            mark = hash(line)
            if len(line) >= 12 and mark not in self._known:
                self._known.add(mark)
                fresh += [(number, line[at : at + LINE_LIMIT]) for at in range(0, len(line), LINE_LIMIT - 200)]
        chunk = "\n".join(line for _, line in fresh)
        for plugin, patterns in self.rules:
            if any(pattern.search(chunk) for pattern in patterns):
                found += self._by(plugin, fresh)
        if LIKELY.search(chunk):
            found += [f for number, line in fresh for f in _likely(number, line)]
        return found

    def _by(self, plugin: Any, lines: list[tuple[int, str]]) -> Iterator[Found]:
        for number, line in lines:
            for part in sorted(set(plugin.analyze_string(line))):
                # some patterns yield only the beginning that names the kind
                value = part if len(part) >= SHORTEST else _whole(plugin, line, part)
                if not placeholder(value):
                    yield Found(plugin.secret_type, number, _hash(value.encode()))


def placeholder(value: str) -> bool:
    """Whether a value stands for a secret instead of being one."""
    return bool(PLACEHOLDER.search(value)) or len(set(value)) < 4


def random_bits(value: str) -> float:
    """Shannon entropy of a value's characters, in bits a character."""
    counts = Counter(value)
    return -sum(n / len(value) * math.log2(n / len(value)) for n in counts.values())


def _likely(number: int, line: str) -> Iterator[Found]:
    for match in LIKELY.finditer(line):
        value = match[1]
        mixed = any(c.isdigit() for c in value) and any(c.isalpha() for c in value)
        if mixed and random_bits(value) > 3.3 and not placeholder(value):
            yield Found("Likely secret", number, _hash(value.encode()), likely=True)


def _whole(plugin: Any, line: str, part: str) -> str:
    found = (match[0] for pattern in plugin.denylist if (match := pattern.search(line)) and part in match[0])
    return next(found, part)


def _line(data: bytes, at: int) -> int:
    return data.count(b"\n", 0, at) + 1


def _hash(value: bytes) -> str:
    return hashlib.sha1(value, usedforsecurity=False).hexdigest()  # the hash of detect-secrets' baselines
