"""How others write a secret: built here of nothing that the suite has, so that what its redactor forgets is sought too."""

from __future__ import annotations

import base64
import html
import json
import re
from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator
from urllib.parse import quote, quote_plus

PART = 12  # so many characters of a secret in a row give it away
_START = 8  # of what is sought: enough to look for the rest


def _codes(character: str, form: str) -> str:
    return "".join(form % byte for byte in character.encode())


def _units(character: str, form: str) -> str:
    pairs = character.encode("utf-16-be").hex()
    return "".join(form % int(pairs[at : at + 4], 16) for at in range(0, len(pairs), 4))


CHARACTERS: dict[str, Callable[[str], str]] = {
    "raw": str,
    "url": lambda c: quote(c, safe=""),
    "url-path": quote,
    "url-form": quote_plus,
    "url-small": lambda c: quote(c, safe="").lower() if len(quote(c, safe="")) > 1 else c,
    "url-all": lambda c: _codes(c, "%%%02X"),
    "url-all-small": lambda c: _codes(c, "%%%02x"),
    "json": lambda c: json.dumps(c)[1:-1],
    "json-unicode": lambda c: json.dumps(c, ensure_ascii=False)[1:-1],
    "json-slash": lambda c: json.dumps(c)[1:-1].replace("/", "\\/"),
    "json-all": lambda c: _units(c, "\\u%04x"),
    "json-all-capital": lambda c: _units(c, "\\u%04X"),
    "json-in-json": lambda c: json.dumps(json.dumps(c)[1:-1])[1:-1],
    "html": html.escape,
    "html-numbered": lambda c: f"&#{ord(c)};" if html.escape(c) != c or not c.isascii() else c,
    "html-all": lambda c: f"&#{ord(c)};",
    "html-all-hex": lambda c: f"&#x{ord(c):X};",
    "html-of-url": lambda c: html.escape(quote(c, safe="/&")),
    "python": lambda c: repr(c)[1:-1].replace("'", "\\'"),
    "python-bytes": lambda c: repr(c.encode())[2:-1],
    "shell": lambda c: c.replace("'", "'\"'\"'"),
    "shell-backslash": lambda c: c.replace("'", "'\\''"),
    "hex": lambda c: _codes(c, "%02x"),
    "hex-capital": lambda c: _codes(c, "%02X"),
}


def base64s(raw: bytes) -> Iterator[str]:
    """What stands in base64 of anything that holds these bytes: of both alphabets, wherever they begin."""
    for shift in range(3):
        first, end = -(-8 * shift // 6), 8 * (shift + len(raw)) // 6
        for written in (base64.b64encode, base64.urlsafe_b64encode):
            yield written(b"<" * shift + raw + b">>>").decode()[first:end]


def whole(secret: str) -> list[str]:
    """Every spelling of a secret."""
    codes = list(base64s(secret.encode()))
    written = ["".join(map(write, secret)) for write in CHARACTERS.values()]
    return list(
        dict.fromkeys([*written, *codes, *map(quote_plus, codes), *(code.replace("/", "\\/") for code in codes)])
    )


def pieces(secret: str) -> set[str]:
    """Every spelling of every part that gives it away; the same few characters again and again tell nothing."""
    parts = [part for part in _windows(secret) if len(set(part)) > 4]
    codes = [code for written in base64s(secret.encode()) for code in _windows(written) if len(set(code)) > 4]
    return {
        *("".join(map(write, part)) for part in parts for write in CHARACTERS.values()),
        *codes, *map(quote_plus, codes), *(code.replace("/", "\\/") for code in codes),
    }  # fmt: skip


def _windows(text: str) -> Iterator[str]:
    return (text[at : at + PART] for at in range(len(text) - PART + 1))


class Sought:
    """Finds what gives secrets away; what everybody may read does not, such as the name of a user in a URL."""

    def __init__(self, secrets: Iterable[str], public: str = "") -> None:
        everywhere = set(_windows(public))
        self._by_start: defaultdict[str, set[str]] = defaultdict(set)
        for piece in {piece for secret in secrets for piece in pieces(secret)} - everywhere:
            self._by_start[piece[:_START]].add(piece)

    def within(self, text: str) -> list[str]:
        """The first few pieces that a text holds."""
        found: list[str] = []
        for at in range(len(text) - _START + 1):
            if ends := self._by_start.get(text[at : at + _START]):
                found += [piece for piece in ends if text.startswith(piece, at)]
                if len(found) > 2:
                    break
        return found + [token[0][:40] for token in re.finditer(r"eyJ[\w-]{8,}\.eyJ[\w-]{8,}", text)][:1]
