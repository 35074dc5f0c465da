"""A fault: one change to a part of the sandbox, and exactly the items that it turns red."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class Fault:
    """`world.on(name)` is true while the fault is on; `change` says in a sentence what is then wrong.

    `seen_by` are probes beyond its part's own that see it too.
    """

    name: str
    part: str
    change: str
    breaks: tuple[str, ...]
    seen_by: tuple[str, ...] = ()
