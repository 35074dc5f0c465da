"""The one place where secrets go out: named values in every spelling, whole or cut, and what is shaped like a token."""

from __future__ import annotations

import base64
import json
import re
from bisect import bisect_right
from collections.abc import Iterable, Iterator
from functools import cached_property
from html import unescape
from pathlib import Path
from typing import Any
from urllib.parse import unquote, urlsplit

from acceptance.facts import ProbeError
from acceptance.target import Target

SHORTEST = 8  # shorter values are not searched for: they would blacken ordinary words
PART = 12  # so many characters of a secret in a row give it away
HALF = PART // 2
SHOWN = "«redacted»"
_ARMOUR = re.compile(r"-----[A-Z ]+-----")  # a key's armour is no secret
_SHAPES = re.compile(
    r"eyJ[A-Za-z0-9_-]{5,}\.[A-Za-z0-9_-]{5,}(?:\.[A-Za-z0-9_-]*)?"  # JSON web tokens
    r"|-----BEGIN [A-Z ]*PRIVATE KEY-----.*?(?:-----END [A-Z ]*PRIVATE KEY-----|\Z)"
    r"|\b(?:sk-[A-Za-z0-9_-]{20,}|AKIA[0-9A-Z]{16}|gh[pousr]_[A-Za-z0-9]{30,}|xox[abpr]-[A-Za-z0-9-]{10,})"
    r"|(?<=://)[^/\s:@]{1,200}:[^/\s@]{1,200}(?=@)"  # user:password in a URL
    r"|(?i:(?<=bearer )|(?<=basic ))[A-Za-z0-9._~+/-]{16,}=*",
    re.DOTALL,
)


def _bytes_of(mark: str) -> str:
    """A pattern of one character as codes of its bytes in UTF-8, or of one byte."""
    more = mark + "[89ABab][0-9A-Fa-f]"
    longer = (f"{mark}{lead}[0-9A-Fa-f](?:{more}){{{of}}}" for lead, of in (("[CcDd]", 1), ("[Ee]", 2), ("[Ff]", 3)))
    return "|".join((*longer, mark + "[0-9A-Fa-f]{2}"))


# what others write instead of a character: the sign that all codes of a notation hold, and the codes
_NOTATIONS = {
    "%": re.compile(_bytes_of("%")),
    "\\": re.compile(rf"{_bytes_of(chr(92) * 2 + 'x')}|\\u[Dd][89ABab]..\\u[Dd][C-Fc-f]..|\\u[0-9A-Fa-f]{{4}}|\\."),
    "&": re.compile(r"&#?\w{1,10};"),
    "'": re.compile(r"""'"'"'|'\\''"""),  # how a shell has it within quotes
}
_NESTED = 2  # so many notations may lie in one another, such as JSON in HTML


def _meant(code: str) -> str:
    """What a code stands for."""
    if code[0] == "%" or (code.startswith("\\x") and len(code) > 3):
        raw = bytes.fromhex(code.replace("%", "").replace("\\x", ""))
        try:
            return raw.decode()
        except UnicodeDecodeError:
            return raw.decode("latin-1")
    if code[0] == "&":
        return unescape(code)
    if code.startswith("\\u") and len(code) > 2:
        try:
            return str(json.loads(f'"{code}"'))
        except ValueError:
            return code
    return {"n": "\n", "t": "\t", "r": "\r", "b": "\b", "f": "\f"}.get(code[1], code[1]) if code[0] == "\\" else "'"


def _read(text: str, codes: re.Pattern[str]) -> tuple[str, list[int], list[int]]:
    """A text with codes read, and the edges of the pieces between them, there and in what was given; each odd one is a code."""
    pieces: list[str] = []
    here, there = [0], [0]
    for code in codes.finditer(text):
        for piece, end in ((text[there[-1] : code.start()], code.start()), (_meant(code[0]), code.end())):
            pieces.append(piece)
            here.append(here[-1] + len(piece))
            there.append(end)
    return "".join((*pieces, text[there[-1] :])), here, there


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
        return _SHAPES.sub(SHOWN, self._without(text) if self._known else text)

    def _without(self, text: str) -> str:
        kept: list[str] = []
        end = -1
        for start, ends in sorted(self._spans(text, _NESTED)):
            if start > end:
                kept += [text[max(end, 0) : start], SHOWN]
            end = max(end, ends)
        return "".join((*kept, text[max(end, 0) :]))

    def _spans(self, text: str, nested: int) -> Iterator[tuple[int, int]]:
        """Where secrets and parts of them begin and end, as they are and as the codes in a text mean them."""
        assert self._known
        yield from (found.span() for found in self._known.finditer(text))
        yield from self._places(text)
        for codes in (codes for sign, codes in _NOTATIONS.items() if nested and sign in text):
            read, here, there = _read(text, codes)
            for start, end in self._spans(read, nested - 1) if len(here) > 1 else ():
                first, last = bisect_right(here, start) - 1, bisect_right(here, end - 1) - 1
                yield (
                    there[first] + (0 if first % 2 else start - here[first]),
                    there[last + 1] if last % 2 else there[last] + end - here[last],
                )

    @cached_property
    def _lines(self) -> list[str]:
        """What a part may be a part of: spellings; of a URL its password alone."""
        return [line for form in self._cut for line in _ARMOUR.split(form) if len(line) >= PART]

    @cached_property
    def _halves(self) -> set[str]:
        """Every half of a part: each part holds one that begins at a multiple of HALF."""
        return {line[at : at + HALF] for line in self._lines for at in range(len(line) - HALF + 1)}

    @cached_property
    def _parts(self) -> set[str]:
        return {run for line in self._lines for run in _runs(line) if len(set(run)) > 4} - set(_runs(self._public))

    def _places(self, text: str) -> Iterator[tuple[int, int]]:
        """Of parts."""
        halves = self._halves
        suspect = [at for at in range(0, len(text), HALF) if text[at : at + HALF] in halves]
        for at in sorted({each for half in suspect for each in range(max(0, half - HALF), half + 1)}):
            if text[at : at + PART] in self._parts:
                yield at, at + PART

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
    """A secret as it is, as forms of the web and hex have it, and in base64 at each of the three alignments."""
    raw = secret.encode("utf-8", "replace")
    forms = {secret, secret.replace(" ", "+"), raw.hex(), raw.hex().upper()}
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
