"""Whether the servers behind a shield can be reached around it, by their own addresses."""

from __future__ import annotations

import socket

from acceptance.facts import ProbeError, Unseen, facts, offenders
from acceptance.visit import Visit


@facts
class Door:
    """One address and port of the origin, and whether a connection was taken."""

    address: str
    port: int
    open: bool


@facts
class Origin:
    """Every address of the origin that the target names."""

    doors: tuple[Door | Unseen, ...]

    def looked(self) -> str:
        return f"a connection to each of {len(self.doors)} doors of the origin, around the shield"

    def reachable_around(self) -> tuple[str, ...]:
        """Doors that took a connection."""
        wrong = [f"{d.address}:{d.port} took a connection" for d in self.doors if isinstance(d, Door) and d.open]
        return offenders(wrong, [d for d in self.doors if isinstance(d, Unseen)])


def look(visit: Visit) -> Origin:
    """Connect to each door once. A refusal or silence is closed, unless a ban explains it; no route is no answer."""
    from acceptance import ban, guard

    table = visit.target.edge
    if table is None or not table.origin:
        raise ProbeError("the origin", "[edge] origin names no address")
    doors: list[Door | Unseen] = []
    for place in table.origin:
        address, _, port = place.rpartition(":")
        guard.count(write=False, what="a connection")
        try:
            socket.create_connection((address.strip("[]"), int(port)), visit.time_left_s(3)).close()
            doors.append(Door(address, int(port), True))
        except (ConnectionRefusedError, TimeoutError):
            closed = Door(address, int(port), False)
            doors.append(Unseen(f"the origin {place}", ban.BANNED) if ban.anywhere(visit) else closed)
        except OSError as problem:
            doors.append(Unseen(f"the origin {place}", str(problem)))
    return Origin(tuple(doors))
