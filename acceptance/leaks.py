"""What must not stand in an answer or a log: secrets by shape and by hash, stack traces, file paths, queries. Pure."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Iterable

from acceptance.facts import text

SIGNS: tuple[tuple[str, re.Pattern[str]], ...] = tuple(
    (kind, re.compile(pattern))
    for kind, pattern in (
        ("a stack trace", r"Traceback \(most recent call last\)|\bat [\w.$<>]+ \([^)\n]+:\d+(?::\d+)?\)|panicked at |stack backtrace:|goroutine \d+ \[|File \"[^\"\n]+\", line \d+"),
        ("a file path", r"(?<![\w/.])/(?:app|usr|home|root|srv|opt|var|etc)/[\w.-]+/[\w./-]+\.(?:py|rs|js|ts|toml|ya?ml|env|conf)\b|[A-Z]:\\\\?(?:Users|app)\\"),
        ("a database query", r"\bSELECT\b[^\n]{1,200}\bFROM\b|\bMongo(?:Server|Network)?Error\b|\bE11000 duplicate key|\$where\b|SQLSTATE\["),
        ("a password in a URL", r"\b[a-z][a-z0-9+.-]{1,20}://[^\s/:@\"']{1,80}:[^\s/@\"']{3,}@"),
        ("a private key", r"-----BEGIN [A-Z ]*PRIVATE KEY-----"),
        ("a token", r"\beyJ[\w-]{10,}\.[\w-]{10,}\.[\w-]{10,}"),
        ("an API key", r"\b(?:AKIA[0-9A-Z]{16}|sk-[A-Za-z0-9_-]{20,}|gh[pousr]_[A-Za-z0-9]{30,}|xox[abpr]-[\w-]{10,})"),
        ("a password hash", r"\$2[aby]\$\d\d\$[./A-Za-z0-9]{20,}|\$argon2(?:id|i|d)\$"),
    )
)  # fmt: skip
WORD = re.compile(r"[^\s\"'<>,;(){}\[\]]{8,4096}")


def digest(secret: str) -> str:
    """How a known secret is compared without being kept."""
    return hashlib.sha256(secret.encode("utf-8", "replace")).hexdigest()


def leaks(body: str, known: Iterable[str] = (), allow: Iterable[str] = ()) -> tuple[str, ...]:
    """Kinds of what leaks in a text, each once. `known` are digests of secrets, `allow` values that belong there."""
    for value in allow:
        body = body.replace(value, "")
    found = [kind for kind, pattern in SIGNS if pattern.search(body)]
    digests = frozenset(known)
    if digests and any(digest(word) in digests for match in WORD.findall(body) for word in _parts(match)):
        found.append("a secret of this target")
    return tuple(text(kind, 60) for kind in found)


def _parts(word: str) -> set[str]:
    """A word as it stands, and what follows `=` or `:` in it."""
    return {word, word.strip(".:/=\\"), word.rpartition("=")[2], word.rpartition(":")[2]}
