"""Does anything of the service answer at all: page, health, log-in? And does the suite's own network work?"""

from __future__ import annotations

import socket

from acceptance.facts import ProbeError, facts, text
from acceptance.visit import Visit


@facts
class Sign:
    """One sign of life that was looked for, and what came."""

    name: str
    works: bool
    seen: str


@facts
class Alive:
    """Signs of life. `control` says whether the suite's control host answers; "" where the target names none."""

    signs: tuple[Sign, ...]
    control: str
    control_works: bool

    def looked(self) -> str:
        """Each sign, and the control host."""
        signs = ", ".join(f"{sign.name} {'works' if sign.works else sign.seen}" for sign in self.signs)
        control = (
            f"control host {'answers' if self.control_works else 'is silent'}" if self.control else "no control host"
        )
        return f"{signs}; {control}"

    def lost_completely(self) -> tuple[str, ...]:
        """What failed, when nothing works. ProbeError when the suite's own network may be at fault."""
        if any(sign.works for sign in self.signs):
            return ()
        if not self.control_works:
            why = (
                f"{self.control} is silent too" if self.control else "[rollback] control names no host to compare with"
            )
            raise ProbeError("whether the service or the suite's network is down", why)
        return tuple(f"{sign.name}: {sign.seen}" for sign in self.signs)


def look(visit: Visit) -> Alive:
    """Ask the page, the health operation and the log-in page or operation; a refused connection is an answer here."""
    from acceptance import web

    target = visit.target
    places = {"page": target.urls.base + "/"}
    places |= {n: target.urls.api + o.path for n in ("health", "login") if (o := target.operations.get(n))}
    signs = []
    with web.client(visit) as client:
        for name, url in places.items():
            try:
                answer = web.ask(client, "GET", url)
                # a log-in that takes POST only answers a GET with 405: it is there
                works = answer.status_code < 400 or (name == "login" and answer.status_code in (400, 401, 405, 422))
                signs.append(Sign(name, works, f"status {answer.status_code}"))
            except ProbeError as problem:
                signs.append(Sign(name, False, text(problem.why, 200)))
    control = target.rollback.control if target.rollback else ""
    return Alive(tuple(signs), control, bool(control) and _answers(control, visit.time_left_s(5)))


def _answers(control: str, timeout_s: float) -> bool:
    host, _, port = control.rpartition(":")
    try:
        socket.create_connection((host.strip("[]"), int(port)), timeout=timeout_s).close()
    except (OSError, ValueError):
        return False
    return True
