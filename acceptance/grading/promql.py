"""Which metrics a PromQL query rests on, and which of their labels it wants filled. Pure; no more of the language."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass

TOKEN = re.compile(
    r"""(?P<text>"(?:\\.|[^"\\])*"|'(?:\\.|[^'\\])*'|`[^`]*`)|(?P<comment>\#[^\n]*)|(?P<number>\d[\w.]*)"""
    r"""|(?P<name>[a-zA-Z_:][\w:]*)|(?P<sign>=~|!~|!=|==|>=|<=|\S)"""
)
GROUPING = ("by", "without", "on", "ignoring", "group_left", "group_right")
WORDS = ("and", "or", "unless", "bool", "offset", "inf", "nan", "atan2")
CLOSES = {"(": ")", "[": "]", "{": "}"}


@dataclass(frozen=True)
class Selector:
    """One metric with the labels that its series must have for the query to find them."""

    metric: str
    labels: tuple[str, ...]


def selectors(query: str) -> tuple[Selector, ...]:
    """Each metric that is named, once."""
    return tuple(dict.fromkeys(_selectors(_tokens(query))))


def _tokens(query: str) -> list[tuple[str, str]]:
    return [(m.lastgroup or "", m[0]) for m in TOKEN.finditer(query) if m.lastgroup != "comment"] + [("", "")]


def _selectors(tokens: list[tuple[str, str]]) -> Iterator[Selector]:
    i, metric = 0, ""
    while i < len(tokens):
        kind, word = tokens[i]
        following = tokens[i + 1][1] if i + 1 < len(tokens) else ""
        if word == "{" or word == "[" or (word.lower() in GROUPING and following == "("):
            start = i if word in CLOSES else i + 1
            i = _closed(tokens, start)
            if word == "{":
                named, labels = _matchers(tokens[start + 1 : i])
                if metric or named:
                    yield Selector(metric or named, labels)
                metric = ""
        else:
            if metric:
                yield Selector(metric, ())
            is_metric = kind == "name" and following != "(" and following.lower() not in GROUPING[:2]
            metric = word if is_metric and word.lower() not in (*WORDS, *GROUPING) else ""
        i += 1
    if metric:
        yield Selector(metric, ())


def _closed(tokens: list[tuple[str, str]], start: int) -> int:
    """Where a bracket is closed; the end where it never is."""
    closes = CLOSES[tokens[start][1]]
    return next((i for i in range(start, len(tokens)) if tokens[i][1] == closes), len(tokens))


def _matchers(tokens: list[tuple[str, str]]) -> tuple[str, tuple[str, ...]]:
    """The name that `__name__` gives, and labels that can't be empty."""
    named, labels = "", []
    for (_, label), (_, sign), (kind, value) in zip(tokens, tokens[1:], tokens[2:], strict=False):
        if kind != "text" or sign not in ("=", "=~"):
            continue
        if label == "__name__":
            named = value[1:-1] if sign == "=" else ""
        elif value[1:-1] if sign == "=" else not _may_be_empty(value[1:-1]):
            labels.append(label)
    return named, tuple(labels)


def _may_be_empty(pattern: str) -> bool:
    try:
        return re.fullmatch(pattern, "") is not None
    except re.error:  # the server's dialect, not ours
        return True
