"""A fault: one change to a part of the sandbox, and exactly the items that it turns red."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class Fault:
    """`world.on(name)` is true while the fault is on; `change` says in a sentence what is then wrong."""

    name: str
    part: str
    change: str
    breaks: tuple[str, ...]
