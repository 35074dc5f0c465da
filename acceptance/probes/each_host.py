"""Every host asked at once, and what is held against one part of each: named by its host, wrong before unseen."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable
from typing import Any, TypeVar

from acceptance.facts import ProbeError, Unseen, load, offenders, written
from acceptance.visit import Visit

A = TypeVar("A")
T = TypeVar("T")


def of_each(names: Iterable[str], look_at: Callable[[str], T]) -> dict[str, T]:
    """What is seen on each host, eight at a time."""
    from concurrent.futures import ThreadPoolExecutor

    wanted = tuple(names)
    with ThreadPoolExecutor(8) as pool:
        return dict(zip(wanted, pool.map(look_at, wanted), strict=True))


def answer_of(visit: Visit, name: str, sections: tuple[str, ...], read: Callable[[str], A], **more: Any) -> A | Unseen:
    """One host's answer as `read` makes it; a host that can't be asked, or answers something else, is Unseen."""
    from acceptance.reach import ask

    try:
        said = ask(visit, name, sections, **more)
        if json.loads(said).keys() != set(sections):
            raise ValueError("it has other sections than were asked for")
        return read(said)
    except ProbeError as problem:
        return Unseen(problem.what, problem.why)
    except (ValueError, TypeError, AttributeError, RecursionError) as problem:
        return Unseen(f"host {name}", f"its answer is not the collector's: {problem}"[:300])


def by_part(kind: type[A], said: str) -> A:
    """A host's answer as facts; a section of another form than it should have is Unseen, and hides no other."""
    from pydantic import ValidationError

    answer = json.loads(said)
    try:
        return load(kind, _plainly(answer))
    except ValidationError as problem:
        wrong = {str(each["loc"][0]): f"{each['loc'][1:]}: {each['msg']}" for each in problem.errors() if each["loc"]}
    unseen = {
        n: {"what": f"the {n}", "why": f"its answer is not the collector's: {why}"[:300]} for n, why in wrong.items()
    }
    return load(kind, _plainly({**answer, **unseen}))


def _plainly(answer: dict[str, Any]) -> str:
    """As JSON that can be read: half of a surrogate pair is replaced."""
    return written(json.dumps(answer, ensure_ascii=False)).decode()


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
