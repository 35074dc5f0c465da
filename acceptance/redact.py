"""The one place where secrets go out: named values in every spelling, whole or cut, and what is shaped like a token."""

from __future__ import annotations

import base64
import json
import re
from collections.abc import Iterable
from functools import cached_property
from html import escape
from pathlib import Path
from typing import Any
from urllib.parse import quote, quote_plus, unquote, urlsplit

from acceptance.facts import ProbeError
from acceptance.target import Target

SHORTEST = 8  # shorter values are not searched for: they would blacken ordinary words
PART = 12  # so many characters of a secret in a row give it away
HALF = PART // 2
SHOWN = "«redacted»"
_WORDS = re.compile(r"\s+|-----[A-Z ]+-----")  # a key's armour is no secret
_SHAPES = re.compile(
    r"eyJ[A-Za-z0-9_-]{5,}\.[A-Za-z0-9_-]{5,}(?:\.[A-Za-z0-9_-]*)?"  # JSON web tokens
    r"|-----BEGIN [A-Z ]*PRIVATE KEY-----.*?(?:-----END [A-Z ]*PRIVATE KEY-----|\Z)"
    r"|\b(?:sk-[A-Za-z0-9_-]{20,}|AKIA[0-9A-Z]{16}|gh[pousr]_[A-Za-z0-9]{30,}|xox[abpr]-[A-Za-z0-9-]{10,})"
    r"|(?<=://)[^/\s:@]{1,200}:[^/\s@]{1,200}(?=@)"  # user:password in a URL
    r"|(?i:(?<=bearer )|(?<=basic ))[A-Za-z0-9._~+/-]{16,}=*",
    re.DOTALL,
)


class Redactor:
    """Replaces every known secret in each spelling that it may be written in, and any long part of one.

    Foreign text is cut before it is kept, and a cut may go through a secret. `public` is text that anybody may read,
    such as the target's own file: what a secret shares with it, a user or a host in a URL, is no part of a secret.
    """

    def __init__(self, secrets: Iterable[str] = (), public: str = "") -> None:
        whole = set(secrets)
        known = [secret for secret in whole.union(*map(_password, whole)) if len(secret) >= SHORTEST]
        spelt = {form for secret in known for form in spellings(secret)}
        self._known = re.compile("|".join(map(re.escape, sorted(spelt, key=len, reverse=True)))) if spelt else None
        self._cut = {form for secret in known if "://" not in secret[:40] for form in spellings(secret)}
        self._public = public

    def __call__(self, text: str) -> str:
        if self._known:
            text = self._without_parts(self._known.sub(SHOWN, text))
        return _SHAPES.sub(SHOWN, text)

    @cached_property
    def _lines(self) -> list[str]:
        """What a part may be a part of: spellings without white space; of a URL its password alone."""
        return [line for form in self._cut for line in _WORDS.split(form) if len(line) >= PART]

    @cached_property
    def _halves(self) -> set[str]:
        """Every half of a part: each part holds one that begins at a multiple of HALF."""
        return {line[at : at + HALF] for line in self._lines for at in range(len(line) - HALF + 1)}

    @cached_property
    def _parts(self) -> set[str]:
        return {run for line in self._lines for run in _runs(line) if len(set(run)) > 4} - set(_runs(self._public))

    def _without_parts(self, text: str) -> str:
        halves = self._halves
        suspect = [at for at in range(0, len(text), HALF) if text[at : at + HALF] in halves]
        starts = sorted({each for at in suspect for each in range(max(0, at - HALF), at + 1)})
        kept: list[str] = []
        end = 0
        for at in starts:
            if text[at : at + PART] in self._parts:
                kept += [text[end:at], SHOWN] if at > end or not kept else []
                end = at + PART
        return "".join((*kept, text[end:]))

    def deep(self, value: Any) -> Any:
        """Every string of a JSON-like value, redacted."""
        if isinstance(value, str):
            return self(value)
        if isinstance(value, dict):
            return {self.deep(key): self.deep(each) for key, each in value.items()}
        if isinstance(value, list | tuple):
            return type(value)(self.deep(each) for each in value)
        return value


def _runs(text: str) -> list[str]:
    return [text[at : at + PART] for at in range(len(text) - PART + 1)]


def spellings(secret: str) -> set[str]:
    """A secret as it is, as URL, HTML, JSON and hex have it, and in base64 at each of the three alignments."""
    raw = secret.encode("utf-8", "replace")
    forms = {secret, *_quoted(secret), escape(secret), repr(secret)[1:-1]}
    forms |= {json.dumps(secret)[1:-1], json.dumps(secret, ensure_ascii=False)[1:-1], raw.hex(), raw.hex().upper()}
    forms |= {re.sub("%..", lambda code: code[0].lower(), form) for form in list(forms)}
    for shift in range(3):
        for alphabet in (base64.b64encode, base64.urlsafe_b64encode):
            code = alphabet(b"\x00" * shift + raw).decode().rstrip("=")
            forms.add(code[(0, 2, 3)[shift] : len(code) - (0 if (len(raw) + shift) % 3 == 0 else 1)])
    return {form for form in forms if len(form) >= SHORTEST}


def _quoted(secret: str) -> set[str]:
    """As URLs have it; half of a surrogate pair, which JSON may hold, is no reason to break."""
    return {quote(secret, "", errors="replace"), quote(secret, errors="replace"), quote_plus(secret, errors="replace")}


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


def _password(url: str) -> set[str]:
    """The password in a connection string, as it stands there and as it is meant."""
    try:
        password = urlsplit(url).password or "" if "://" in url[:40] else ""
    except ValueError:
        return set()
    return {password, unquote(password)} - {""}


def _strings(value: Any) -> Iterable[str]:
    if isinstance(value, str):
        yield value
    elif isinstance(value, dict | list):
        for each in value.values() if isinstance(value, dict) else value:
            yield from _strings(each)
