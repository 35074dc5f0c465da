"""JSON and YAML of others, read within bounds: nothing that is nested, counted or unfolded without end is a document."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    import yaml

DEPTH = 100  # lists and objects within each other
DIGITS = 300  # of a whole number: what is longer is no float, and RFC 8259 promises it to nobody
NODES = 200_000  # of a YAML document with every alias unfolded


class NoDocument(ValueError):
    """A text that is no JSON or YAML, or none that may be read; the message says why in one line."""


def json_of(source: str | bytes) -> Any:
    """The document of a JSON text. NoDocument when there is none."""
    try:
        found = json.loads(source, parse_int=_whole)
    except RecursionError:
        raise NoDocument("it is nested too deeply") from None
    except ValueError as problem:
        raise NoDocument(" ".join(str(problem).split())[:200]) from None
    level = [found]
    for _ in range(DEPTH):
        level = [part for each in level if isinstance(each, dict | list) for part in _parts(each)]
        if not level:
            return found
    raise NoDocument("it is nested too deeply")


def yaml_of(source: str | bytes, *, words: bool = False) -> Any:
    """The document of a YAML text; with `words` every scalar stays a string. NoDocument when there is none."""
    import yaml

    try:
        loader = (yaml.BaseLoader if words else yaml.SafeLoader)(source)
        node = loader.get_single_node()
        if node is None:
            return None
        _unfolded(node, {})
        return loader.construct_document(node)
    except RecursionError:
        raise NoDocument("it is nested too deeply") from None
    except (
        yaml.YAMLError,
        ValueError,
        TypeError,
        AttributeError,
        OverflowError,
    ) as problem:  # 2026-13-45 is a date there
        raise NoDocument(" ".join(str(problem).split())[:200]) from None


def _whole(digits: str) -> int:
    if len(digits) > DIGITS:
        raise ValueError(f"a number of {len(digits)} digits")
    return int(digits)


def _parts(value: dict[str, Any] | list[Any]) -> Any:
    return value.values() if isinstance(value, dict) else value


def _unfolded(node: yaml.Node, known: dict[int, int]) -> int:
    """How many nodes stand under a node, aliases unfolded."""
    if id(node) in known:
        if not known[id(node)]:
            raise NoDocument("it holds itself")
        return known[id(node)]
    known[id(node)] = 0  # until it is counted: who meets this stands within it
    parts = [part for each in node.value for part in (each if isinstance(each, tuple) else (each,))]
    size = 1 + sum(_unfolded(part, known) for part in parts if not isinstance(part, str))
    if size > NODES:
        raise NoDocument("its aliases unfold to more than can be read")
    known[id(node)] = size
    return size
