"""A .env file read as python-dotenv reads it: quotes, comments, `export`, and never by a shell."""

from __future__ import annotations

import re

LINE = re.compile(
    r"""^[ \t]*(?:export[ \t]+)?(?P<name>'[^']*'|[^=\#\s'"][^=\#\s]*)[ \t]*(?:=[ \t]*
    (?:'(?P<single>(?:[^'\\]|\\.)*)'|"(?P<double>(?:[^"\\]|\\.)*)"|(?P<plain>[^\r\n]*)))?[^\r\n]*\r?$""",
    re.MULTILINE | re.VERBOSE,
)
ESCAPES = {"n": "\n", "r": "\r", "t": "\t", "\\": "\\", "'": "'", '"': '"', "f": "\f", "v": "\v", "a": "\a", "b": "\b"}


def parse_dotenv(text):
    """Names and values; a later line wins, as it does for the programs that read the file."""
    raw = {}
    for found in LINE.finditer(text):
        name = found.group("name").strip("'")
        if found.group("single") is not None:
            value = (re.sub(r"\\([\\'])", r"\1", found.group("single")), False)
        elif found.group("double") is not None:
            value = (re.sub(r"\\([\\'\"abfnrtv])", lambda m: ESCAPES[m.group(1)], found.group("double")), True)
        elif found.group("plain") is not None:
            value = (re.sub(r"[ \t]+#.*", "", found.group("plain")).rstrip(), True)
        else:
            continue
        raw[name] = value
    values = {}
    for name, (value, expands) in raw.items():
        values[name] = expanded(value, values) if expands else value
    return values


def expanded(value, known):
    """`${NAME}` and `${NAME:-default}` put in."""

    def put(found):
        given = known.get(found.group(1), "")
        return given if given or found.group(2) is None else found.group(2)

    return re.sub(r"\$\{([^}:]+)(?::-([^}]*))?\}", put, value)
