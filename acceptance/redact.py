"""The one place where secrets go out: named values in every spelling, and whatever is shaped like a token."""

from __future__ import annotations

import base64
import json
import re
from collections.abc import Iterable
from pathlib import Path
from typing import Any
from urllib.parse import quote, quote_plus

from acceptance.facts import ProbeError
from acceptance.target import Target

SHORTEST = 8  # shorter values are not searched for: they would blacken ordinary words
SHOWN = "«redacted»"
_SHAPES = re.compile(
    r"eyJ[A-Za-z0-9_-]{5,}\.[A-Za-z0-9_-]{5,}(?:\.[A-Za-z0-9_-]*)?"  # JSON web tokens
    r"|-----BEGIN [A-Z ]*PRIVATE KEY-----.*?(?:-----END [A-Z ]*PRIVATE KEY-----|\Z)"
    r"|\b(?:sk-[A-Za-z0-9_-]{20,}|AKIA[0-9A-Z]{16}|gh[pousr]_[A-Za-z0-9]{30,}|xox[abpr]-[A-Za-z0-9-]{10,})"
    r"|(?<=://)[^/\s:@]{1,200}:[^/\s@]{1,200}(?=@)"  # user:password in a URL
    r"|(?i:(?<=bearer )|(?<=basic ))[A-Za-z0-9._~+/-]{16,}=*",
    re.DOTALL,
)


class Redactor:
    """Replaces every known secret, in each spelling that it may be written in."""

    def __init__(self, secrets: Iterable[str] = ()) -> None:
        spelt = {form for secret in secrets if len(secret) >= SHORTEST for form in spellings(secret)}
        self._known = (
            re.compile("|".join(re.escape(s) for s in sorted(spelt, key=len, reverse=True))) if spelt else None
        )

    def __call__(self, text: str) -> str:
        if self._known:
            text = self._known.sub(SHOWN, text)
        return _SHAPES.sub(SHOWN, text)

    def deep(self, value: Any) -> Any:
        """Every string of a JSON-like value, redacted."""
        if isinstance(value, str):
            return self(value)
        if isinstance(value, dict):
            return {self.deep(key): self.deep(each) for key, each in value.items()}
        if isinstance(value, list | tuple):
            return type(value)(self.deep(each) for each in value)
        return value


def spellings(secret: str) -> set[str]:
    """A secret as it is, URL-encoded, in JSON escapes, and in base64 at each of the three alignments."""
    raw = secret.encode("utf-8", "replace")
    forms = {secret, quote(secret, safe=""), quote_plus(secret), json.dumps(secret)[1:-1]}
    for shift in range(3):
        for alphabet in (base64.b64encode, base64.urlsafe_b64encode):
            code = alphabet(b"\x00" * shift + raw).decode().rstrip("=")
            forms.add(code[(0, 2, 3)[shift] : len(code) - (0 if (len(raw) + shift) % 3 == 0 else 1)])
    return {form for form in forms if len(form) >= SHORTEST}


def secrets_of(target: Target, live: Path | None = None) -> set[str]:
    """Values of all the target's credentials that can be read, and of what probes keep live."""
    values: set[str] = set()
    for name in target.credentials:
        try:
            values.add(target.secret(name))
        except ProbeError:
            continue  # a secret that can't be read can't leak
    for path in live.glob("*.json") if live else ():
        values |= set(_strings(json.loads(path.read_text(encoding="utf-8"))))
    return values


def _strings(value: Any) -> Iterable[str]:
    if isinstance(value, str):
        yield value
    elif isinstance(value, dict | list):
        for each in value.values() if isinstance(value, dict) else value:
            yield from _strings(each)
