"""What is held against one part of every host: each offender named by its host, wrong before unseen."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import Any

from acceptance.facts import ProbeError, Unseen, offenders


def held_against(
    hosts: Iterable[Any], part: str, find: Callable[[Any, Any], Iterable[str | Unseen]]
) -> tuple[str, ...]:
    """What `find` holds against that part of each host; a host whose part is None has none."""
    found: list[str] = []
    blind: list[Unseen] = []
    values = [(host, value) for host in hosts if (value := getattr(host, part)) is not None]
    if not values:
        raise ProbeError(f"the {part} of a host", "the target names no host that has one")
    for host, value in values:
        for each in (value,) if isinstance(value, Unseen) else find(host, value):
            if isinstance(each, Unseen):
                blind.append(Unseen(f"{each.what} on host {host.name}", each.why))
            else:
                found.append(f"{host.name}: {each}")
    return offenders(found, blind)
