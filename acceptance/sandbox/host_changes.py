"""Changes of the recorded answer of the sandbox's host, for its faults."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

Answer = dict[str, Any]
Change = Callable[[Answer], None]


def put(place: str, value: Any) -> Change:
    """Put a value at a dotted place; `name=value` picks an element of a list."""

    def change(answer: Answer) -> None:
        *path, last = place.split(".")
        node: Any = answer
        for part in path:
            key, _, wanted = part.partition("=")
            node = next(e for e in node if e[key] == wanted) if wanted else node[part]
        node[last] = value

    return change


def container(service: str, field: str, value: Any) -> Change:
    """Put a value into a container."""
    return put(f"engine.containers.service={service}.{field}", value)


def both(*changes: Change) -> Change:
    """Several changes that are one fault."""

    def change(answer: Answer) -> None:
        for each in changes:
            each(answer)

    return change
