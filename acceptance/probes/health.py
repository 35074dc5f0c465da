"""Whether the health answer tells the truth: live, not from a cache, not a page that answers to every path."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from acceptance.facts import ProbeError, facts, text
from acceptance.visit import Visit

LIVE_WORDS = ("time", "timestamp", "uptime", "request_id", "requestid", "now", "date")
CACHE_HEADERS = ("x-cache", "cf-cache-status", "x-cache-status", "x-proxy-cache")
UP = ("up", "ok", "healthy", "connected", "true", "pass", "running", "ready")


@facts
class Unwell:
    """A service that gave the suite itself no good answer, and what it said."""

    service: str
    kind: str
    said: str


@facts
class HealthAnswer:
    """One answer. `live` are fields that move by themselves (time, uptime, request id), by dotted place."""

    status: int
    is_json: bool
    success: bool  # False where the body says success: false
    state: str
    live: dict[str, str]
    dependencies: dict[str, str]
    cache_hit: str  # header that says so, or ""
    age_s: str
    body_hash: str


@facts
class Health:
    """Two calls, one with a query of its own, and one to a path that must not exist."""

    url: str
    first: HealthAnswer
    second: HealthAnswer
    unique: HealthAnswer
    nowhere_url: str
    nowhere: HealthAnswer
    unwell: tuple[Unwell, ...] = ()

    def looked(self) -> str:
        return f"GET {self.url} three times and {self.nowhere_url}, a path that must not exist"

    def _all(self) -> tuple[HealthAnswer, ...]:
        return (self.first, self.second, self.unique)

    def bad_answers(self, *, status: int) -> tuple[str, ...]:
        """Answers that have not this status, or no JSON that says success."""
        return tuple(
            f"status {a.status}, JSON {a.is_json}, success {a.success}, state {a.state!r}"
            for a in self._all()
            if a.status != status or not a.is_json or not a.success or (a.state and a.state.lower() not in UP)
        )

    def signs_of_life(self) -> tuple[str, ...]:
        """Live fields that moved from each call to the next."""
        one, two, three = (a.live for a in self._all())
        return tuple(
            name for name in one if one[name] != two.get(name) != three.get(name) and three.get(name) != one[name]
        )

    def signs_of_a_cache(self) -> tuple[str, ...]:
        """Headers that say the answer was kept, and live fields that stand still."""
        hits = [f"{a.cache_hit}" for a in self._all() if a.cache_hit]
        hits += [f"Age: {a.age_s}" for a in self._all() if a.age_s not in ("", "0")]
        moved = self.signs_of_life()
        still = [f"{name} stands still at {value}" for name, value in self.first.live.items() if name not in moved]
        return tuple(hits + still)

    def answers_to_any_path(self) -> tuple[str, ...]:
        """The path that must not exist, when it is answered like a page that does."""
        if self.nowhere.status in (404, 410) and self.nowhere.body_hash != self.first.body_hash:
            return ()
        return (f"{self.nowhere_url} answered {self.nowhere.status}, expected 404",)

    def dependencies_not_up(self) -> tuple[str, ...]:
        """Dependencies that the answer itself calls anything but up, while it calls itself healthy."""
        return tuple(f"{name}: {state}" for name, state in self.first.dependencies.items() if state.lower() not in UP)

    def contradictions(self) -> tuple[str, ...]:
        """Services that are up by this answer, or a database that it does not name, which told the suite otherwise."""
        wrong = list(_called_well(self.first.dependencies, self.unwell))
        if self.first.state.lower() in ("", *UP):
            named = [each for each in self.unwell if _state_of(each.service, self.first.dependencies) is not None]
            wrong += [
                f"{each.service} is not named there; asked by the suite: {each.said}"
                for each in self.unwell
                if each.kind == "mongo" and each not in named
            ]
        return tuple(wrong)


def _called_well(states: dict[str, str], unwell: tuple[Unwell, ...]) -> Iterator[str]:
    for each in unwell:
        if (state := _state_of(each.service, states) or "").lower() in UP:
            yield f"{each.service} is {state!r} there; asked by the suite: {each.said}"


def _state_of(service: str, states: dict[str, str]) -> str | None:
    """What a document says of a service, also where one of both calls it `mongo` and the other `mongodb`."""
    for name, state in states.items():
        short, long = sorted((name.lower(), service.lower()), key=len)
        if short == long or (len(short) >= 4 and long.startswith(short)):
            return state
    return None


def unwell(visit: Visit) -> tuple[Unwell, ...]:
    """What the services told the suite, where it may ask them: a document about them must not say otherwise."""
    from acceptance.probes.services import Answer

    asked = visit.needs.get("services")
    kinds = {name: service.kind for name, service in visit.target.services.items()}
    return tuple(
        Unwell(text(name, 80), kinds.get(name, ""), text(answer.said, 120))
        for name, answer in (zip(asked.names, asked.answers, strict=True) if asked else ())
        if isinstance(answer, Answer) and not answer.ok
    )


def look(visit: Visit) -> Health:
    """Ask the health operation of the target (default GET /api/health)."""
    from acceptance import web

    operation = visit.target.operations.get("health")
    path = operation.path if operation else "/api/health"
    url = f"{visit.target.urls.api}{path}"
    nowhere = f"{url.rstrip('/')}/{visit.marker.lower()}"
    with web.client(visit) as client:
        first = _answer(web.ask(client, "GET", url))
        second = _answer(web.ask(client, "GET", url))
        unique = _answer(web.ask(client, "GET", f"{url}?acceptance={visit.marker}"))
        missing = _answer(web.ask(client, "GET", nowhere))
    return Health(web.path_of(url), first, second, unique, web.path_of(nowhere), missing, unwell(visit))


def _answer(response: Any) -> HealthAnswer:
    import hashlib

    from acceptance import web

    document = web.as_json(response)
    body = document if isinstance(document, dict) else {}
    data = body.get("data")
    inner = data if isinstance(data, dict) else body
    found: dict[str, str] = {}
    _flatten(document, "", found)
    live = {k: v for k, v in found.items() if any(w in k.lower().rpartition(".")[2] for w in LIVE_WORDS)}
    dependencies = inner.get("dependencies") or inner.get("services") or inner.get("checks") or {}
    hit = next(
        (
            f"{n}: {text(response.headers[n], 40)}"
            for n in CACHE_HEADERS
            if "hit" in response.headers.get(n, "").lower()
        ),
        "",
    )
    return HealthAnswer(
        status=response.status_code,
        is_json=isinstance(document, dict),
        success=body.get("success", True) is True,
        state=text(inner.get("status", ""), 40),
        live=live,
        dependencies={text(k, 60): text(_state(v), 60) for k, v in dependencies.items()}
        if isinstance(dependencies, dict)
        else {},
        cache_hit=hit,
        age_s=text(response.headers.get("age", ""), 20),
        body_hash=hashlib.sha256(response.content).hexdigest()[:16],
    )


def _state(value: Any) -> Any:
    return value.get("status", value.get("state", "")) if isinstance(value, dict) else value


def _flatten(value: Any, place: str, found: dict[str, str]) -> None:
    if isinstance(value, dict) and len(found) < 200:
        for key, each in value.items():
            _flatten(each, f"{place}.{key}".lstrip("."), found)
    elif isinstance(value, str | int | float) and not isinstance(value, bool):
        found[text(place, 100)] = text(value, 100)


@facts
class StatusDocument:
    """The status document: each service of it with its state, the version and commit it claims, its time."""

    url: str
    status: int
    states: dict[str, str]
    expected: tuple[str, ...]
    version: str
    commit: str
    time: str
    unwell: tuple[Unwell, ...] = ()

    def looked(self) -> str:
        return f"GET {self.url}: {len(self.states)} services, version {self.version or 'not said'}"

    def services_not_named(self) -> tuple[str, ...]:
        """Services of the target that the document leaves out."""
        return tuple(name for name in self.expected if name not in self.states)

    def services_not_healthy(self) -> tuple[str, ...]:
        """Services that the document calls anything but healthy."""
        return tuple(f"{name}: {state}" for name, state in self.states.items() if state.lower() not in UP)

    def contradictions(self) -> tuple[str, ...]:
        """Services that the document calls healthy, and that told the suite otherwise."""
        return tuple(_called_well(self.states, self.unwell))


def look_status(visit: Visit) -> StatusDocument:
    """Ask the status operation of the target."""
    from acceptance import web

    operation = visit.target.operations.get("status")
    if operation is None:
        raise ProbeError("the status document", "the target has no [operations.status]")
    url = f"{visit.target.urls.api}{operation.path}"
    with web.client(visit) as client:
        response = web.ask(client, "GET", url)
    document = web.as_json(response)
    services = web.pick(document, operation.fields.get("services", "data.services"))
    if not isinstance(services, dict):
        services = {}

    def said(name: str) -> str:
        return text(web.pick(document, operation.fields.get(name, f"data.{name}")) or "", 80)

    expected = tuple(getattr(visit.target, "services", None) or ())
    states = {text(k, 80): text(_state(v), 40) for k, v in list(services.items())[:100]}
    return StatusDocument(
        web.path_of(url),
        response.status_code,
        states,
        expected,
        said("version"),
        said("commit"),
        said("time"),
        unwell(visit),
    )
