"""What every host says of itself: one connection a host, one script, one JSON answer, bounded in bytes and time."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from datetime import UTC, datetime
from functools import partial
from typing import TYPE_CHECKING, TypeVar

from acceptance.facts import Unseen, facts
from acceptance.probes.containers import Engine
from acceptance.probes.each_host import answer_of, by_part, held_against, of_each
from acceptance.probes.machine import Software, System
from acceptance.visit import Visit

if TYPE_CHECKING:
    from acceptance.tables import hosts as tables

T = TypeVar("T")


@facts
class Expected:
    """What the target says of a host."""

    name: str
    volume_type: str
    equivalents: tuple[str, ...]
    agents: tuple[str, ...]
    backup_tool: str
    acme_client: str


@facts
class Host:
    """One host. `engine` is None where the target says that it runs no Docker."""

    name: str
    how: str
    expected: Expected
    system: System | Unseen
    software: Software | Unseen
    engine: Engine | Unseen | None

    def __repr__(self) -> str:
        return f"host {self.name} by {self.how}"


@facts
class Hosts:
    """Every host of the target."""

    at: datetime
    hosts: tuple[Host, ...]

    def looked(self) -> str:
        unseen = [h.name for h in self.hosts if isinstance(h.system, Unseen)]
        blind = f"; could not look at {', '.join(unseen)}" if unseen else ""
        return f"collector on {', '.join(f'{h.name} ({h.how})' for h in self.hosts)}{blind}"

    def judged(self, part: str, find: Callable[[Host, T], Iterable[str | Unseen]]) -> tuple[str, ...]:
        """What `find` holds against that part of each host, each named by its host; wrong beats unseen."""
        return held_against(self.hosts, part, find)


@facts
class Answer:
    """What the collector prints for the sections of this probe."""

    system: System | Unseen
    software: Software | Unseen
    engine: Engine | Unseen | None = None


def look(visit: Visit) -> Hosts:
    """Ask all hosts at once."""
    found = of_each(visit.target.hosts, lambda name: look_at(visit, name, visit.target.hosts[name]))
    return Hosts(datetime.now(UTC), tuple(found.values()))


def look_at(visit: Visit, name: str, host: tables.Host) -> Host:
    """One host; a host that can't be asked is Unseen in every part."""
    from acceptance.reach import way

    expected = Expected(host.name, host.volume_type, host.equivalents, host.agents, host.backup_tool, host.acme_client)
    sections = ("system", "software", "engine") if host.docker else ("system", "software")
    asked = answer_of(visit, name, sections, partial(by_part, Answer))
    answer = Answer(asked, asked, asked if host.docker else None) if isinstance(asked, Unseen) else asked
    return Host(name, way(host), expected, answer.system, answer.software, answer.engine)


def only(value: object, what: str) -> Iterator[Unseen]:
    """The Unseen itself, when a part of a host is one; nothing otherwise."""
    if isinstance(value, Unseen):
        yield value
    elif value is None:
        yield Unseen(what, "the host does not say")
