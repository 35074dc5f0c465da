"""Each service asked in its own protocol, from its host or directly."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from functools import partial
from typing import Any

from acceptance.facts import ProbeError, Unseen, facts, load, offenders
from acceptance.probes.each_host import answer_of
from acceptance.visit import Visit


@facts
class Answer:
    """What one service answered. `reports` is its own mode, each value as JSON; `at` is the asker's clock."""

    service: str
    ok: bool
    said: str
    open_to_strangers: bool
    reports: dict[str, str]
    at: float

    def __repr__(self) -> str:
        return f"{self.service}: {self.said}"[:200]


@facts
class Services:
    """Every service's answer."""

    at: datetime
    answers: tuple[Answer | Unseen, ...]
    names: tuple[str, ...]  # in the order of `answers`
    containers: dict[str, str]  # service -> the container that the target names for it, where its name differs

    def looked(self) -> str:
        ok = [name for name, a in zip(self.names, self.answers, strict=True) if isinstance(a, Answer) and a.ok]
        return f"{len(self.names)} services in their own protocols, {len(ok)} well: {', '.join(ok)}"[:300]

    def of(self, name: str) -> Answer:
        """The answer of a service; ProbeError where it could not be asked."""
        found = dict(zip(self.names, self.answers, strict=True)).get(
            name, Unseen(f"service {name}", f"the target has no [services.{name}]")
        )
        if isinstance(found, Unseen):
            raise ProbeError(found.what, found.why)
        return found

    def open_without_password(self) -> tuple[str, ...]:
        """Services that answered before any password was given."""
        wide = [a for a in self.answers if isinstance(a, Answer) and a.open_to_strangers]
        found = [f"{a.service} answers without a password: {a.said}" for a in wide]
        return offenders(found, [a for a in self.answers if isinstance(a, Unseen)])

    def reports_other_than(self, name: str, what: str, value: str) -> tuple[str, ...]:
        """Offends where a running service reports another mode than the value (as JSON)."""
        answer = self.of(name)
        if what not in answer.reports:
            raise ProbeError(f"the {what} mode of {name}", f"it does not report it: {answer.said}")
        return () if answer.reports[what] == value else (f"{name} reports {what} = {answer.reports[what]}",)


@facts
class FromHost:
    """What the collector prints for this probe."""

    services: tuple[Answer, ...] | Unseen


def look(visit: Visit) -> Services:
    """Ask all: one connection for each host that is asked, the rest directly."""
    from acceptance.collector import speak

    plain_ask: Any = speak.ask  # untyped, as it also runs on hosts
    wanted = visit.target.services
    found: dict[str, Answer | Unseen] = {}
    for host in sorted({s.host for s in wanted.values() if s.host}):
        here = {name: service for name, service in wanted.items() if service.host == host}
        wishes = [{"name": name, **service.model_dump(mode="json")} for name, service in here.items()]
        asked = answer_of(visit, host, ("services",), partial(load, FromHost), services=wishes)
        answers = asked if isinstance(asked, Unseen) else asked.services
        for name in here:
            known = {} if isinstance(answers, Unseen) else {a.service: a for a in answers}
            found[name] = answers if isinstance(answers, Unseen) else known.get(
                name, Unseen(f"service {name}", f"host {host} gave no answer for it")
            )  # fmt: skip
    for name, service in wanted.items():
        if not service.host:
            password = visit.secret(service.password) if service.password else ""
            answer = plain_ask({"name": name, **service.model_dump(mode="json")}, password)
            found[name] = load(Answer, json.dumps(answer))
    named = {name: service.container for name, service in wanted.items() if service.container}
    return Services(datetime.now(UTC), tuple(found[name] for name in wanted), tuple(wanted), named)
