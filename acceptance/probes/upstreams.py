"""Binance and OpenAI as the services reach them, from their own network and with their own keys."""

from __future__ import annotations

from typing import Any

from acceptance.facts import ProbeError, Unseen, facts, load, offenders, seen, text
from acceptance.visit import Visit

DRIFT_LIMIT_S = 1.0
DAY_S = 86_400.0
PATIENCE_S = 2.0  # from here; the services had theirs
PING, MODELS, RIGHTS = "/api/v3/ping", "/v1/models", "/sapi/v1/account/apiRestrictions"
PUBLIC = {"binance": PING, "openai": MODELS}  # any answer, a 401 too, shows that there is a way
SPENT = ("insufficient_quota", "billing_hard_limit_reached", "billing_not_active")  # OpenAI's codes: nothing will come
LOOKS = {"binance": ["exchange", "rights", "price"], "openai": ["models"]}


@facts
class Exchange:
    """Best of three pings, and how far the exchange's clock is from the host's."""

    status: int
    best_ms: float
    drift_s: float


@facts
class Rights:
    """What the exchange says of the key."""

    status: int
    withdrawals: bool
    bound: bool


@facts
class Models:
    """OpenAI's list of models, asked with the service's key."""

    status: int
    models: int


@facts
class Price:
    """The exchange's own price of the target's symbol."""

    status: int
    price: float


@facts
class Quota:
    """When the service's log last said that the quota is used up; None: nowhere in its newest lines of a day."""

    refused_s_ago: float | None


@facts
class Completion:
    """The answer to one completion of one token, with the service's key; `code` is OpenAI's own."""

    status: int
    code: str


@facts
class NoAnswer:
    """The service's own network gave no answer: no route, no name, no handshake, or silence. It is seen, not unseen."""

    no_answer: str


@facts
class Upstream:
    """The looks at one upstream; None where its kind has no such look."""

    exchange: Exchange | NoAnswer | Unseen | None = None
    rights: Rights | NoAnswer | Unseen | None = None
    models: Models | NoAnswer | Unseen | None = None
    price: Price | NoAnswer | Unseen | None = None
    quota: Quota | Unseen | None = None
    completion: Completion | NoAnswer | Unseen | None = None

    def looks(self) -> list[Any]:
        """All that its kind has, and that costs nothing."""
        return [each for each in (self.exchange, self.rights, self.models, self.price) if each is not None]


@facts
class Upstreams:
    """All upstreams by name; `from_here` tells of those that gave the services no answer whether the suite gets one."""

    upstreams: dict[str, Upstream | Unseen]
    from_here: dict[str, str]

    def looked(self) -> str:
        return f"{', '.join(self.upstreams)} from inside the services' own network"

    def _each(self, look: str) -> list[tuple[str, Any]]:
        found = [(name, getattr(seen(each), look)) for name, each in self.upstreams.items()]
        found = [(name, seen(value)) for name, value in found if value is not None]
        if not found:
            raise ProbeError(f"the {look} of an upstream", "the target names none that has it")
        return found

    def _answered(self, look: str) -> list[tuple[str, Any]]:
        found = self._each(look)
        for name, value in found:
            if isinstance(value, NoAnswer):
                raise ProbeError(f"the {look} of {name}", f"no answer: {value.no_answer}")
        return found

    def _unanswered(self, name: str, value: NoAnswer) -> str:
        return (
            f"{name}: no answer to the services: {value.no_answer}; {self.from_here.get(name, 'not asked from here')}"
        )

    def unavailable(self) -> tuple[str, ...]:
        """Upstreams that answered no call of the services with 200."""
        wrong, unseen = [], []
        for name, upstream in self.upstreams.items():
            looks: list[Any] = [upstream] if isinstance(upstream, Unseen) else upstream.looks()
            if any(getattr(each, "status", 0) == 200 for each in looks):
                continue
            blind = [each for each in looks if isinstance(each, Unseen)]
            unseen += blind
            if looks and not blind:
                worst = next((each for each in looks if isinstance(each, NoAnswer)), None)
                wrong.append(
                    self._unanswered(name, worst) if worst else f"{name}: answers {looks[0].status} to every call"
                )
        if not self.upstreams:
            raise ProbeError("an upstream", "the target names none")
        return offenders(wrong, unseen)

    def exchange_faults(self) -> tuple[str, ...]:
        """An exchange that does not answer, answers late, or whose clock is far off."""
        wrong = []
        for name, value in self._each("exchange"):
            if isinstance(value, NoAnswer):
                wrong.append(self._unanswered(name, value))
                continue
            if value.status != 200:
                wrong.append(f"{name}: GET {PING} or its time answered {value.status}, 200 expected")
            if value.best_ms >= 1000:
                wrong.append(f"{name}: best of three pings {value.best_ms:.0f} ms, under 1000 expected")
            if abs(value.drift_s) >= DRIFT_LIMIT_S:
                wrong.append(f"{name}: clocks {value.drift_s:+.1f} s apart, under 1 s expected")
        return tuple(wrong)

    def models_faults(self) -> tuple[str, ...]:
        """A list of models that did not come, was refused, or is empty."""
        silent = [self._unanswered(name, value) for name, value in self._each("models") if isinstance(value, NoAnswer)]
        return tuple(silent or self._models_refused())

    def completed(self) -> bool:
        """Whether a completion that the suite asked for succeeded."""
        found = [each.completion for each in self.upstreams.values() if isinstance(each, Upstream)]
        return any(isinstance(each, Completion) and each.status == 200 for each in found)

    def quota_faults(self, completed_s_ago: float | Unseen) -> tuple[str, ...]:
        """A quota that is used up: by the log, with no completion since, or by the completion that was just asked for."""
        wrong, unseen = [], []
        for name, upstream in self.upstreams.items():
            if isinstance(upstream, Unseen):
                continue  # models_faults tells
            refused = upstream.quota.refused_s_ago if isinstance(upstream.quota, Quota) else None
            if refused is not None and not (isinstance(completed_s_ago, float) and completed_s_ago < refused):
                wrong.append(f"{name}: {SPENT[0]} in the service's log {refused / 60:.0f} min ago, nothing since")
            asked = upstream.completion
            if isinstance(asked, NoAnswer):
                wrong.append(self._unanswered(name, asked))
            elif isinstance(asked, Unseen):
                unseen.append(asked)
            elif asked and (asked.code in SPENT or asked.status in (401, 402, 403)):
                wrong.append(f"{name}: a completion with the service's key: {asked.status} {asked.code}, 200 expected")
            elif asked and asked.status != 200:
                unseen.append(Unseen(f"a completion of {name}", f"answered {asked.status} {asked.code}"))
        return offenders(wrong, unseen)

    def key_faults(self) -> tuple[str, ...]:
        """A key that is refused, may withdraw, or is bound to no address. Without an answer nothing is known of it."""
        wrong, unseen = [], []
        for judged in (self._rights_faults, self._models_refused):
            try:
                wrong += judged()
            except ProbeError as problem:
                unseen.append(Unseen(problem.what, problem.why))
        return offenders(wrong, unseen)

    def _rights_faults(self) -> list[str]:
        wrong = []
        for name, value in self._answered("rights"):
            if value.status != 200:
                wrong.append(f"{name}: GET {RIGHTS} with the service's key: {value.status}, 200 expected")
                continue
            if value.withdrawals:
                wrong.append(f"{name}: GET {RIGHTS}: the key may withdraw")
            if not value.bound:
                wrong.append(f"{name}: GET {RIGHTS}: the key is bound to no address")
        return wrong

    def _models_refused(self) -> list[str]:
        return [
            f"{name}: GET {MODELS} with the service's key: {value.status} with {value.models} models, 200 and some expected"
            for name, value in self._answered("models")
            if value.status != 200 or not value.models
        ]

    def price(self) -> float:
        """The exchange's own price."""
        name, told = self._answered("price")[0]
        if told.status != 200 or told.price <= 0:
            raise ProbeError(f"the price of {name}", f"answered {told.status}, {told.price}")
        return float(told.price)


def look(visit: Visit) -> Upstreams:
    """Ask each upstream through the host that its service runs on."""
    import json

    from acceptance import guard
    from acceptance.reach import ask

    found: dict[str, Upstream | Unseen] = {}
    by_host: dict[str, dict[str, Any]] = {}
    for name, table in (visit.target.upstreams or {}).items():
        by_host.setdefault(table.host, {})[name] = {
            "service": table.service, "url": table.url, "key": table.key, "secret": table.secret,
            "ping": PING, "time": "/api/v3/time", "rights": RIGHTS,
            "ticker": f"/api/v3/ticker/price?symbol={table.symbol}", "models": MODELS, "looks": LOOKS[table.kind],
            "spent": SPENT[0] if table.kind == "openai" else "",
        }  # fmt: skip
        if table.kind == "openai" and table.model and not _completed(visit) and "writes" in visit.allow:
            guard.count(write=True, what="a completion of one token")
            by_host[table.host][name] |= {"looks": ["models", "completion"], "model": table.model}
    for host, wanted in by_host.items():
        try:
            answer = json.loads(ask(visit, host, ("upstream",), upstreams=wanted))["upstream"]
            found |= load(dict[str, Upstream | Unseen], json.dumps(answer))
        except ProbeError as problem:
            found |= {name: Unseen(problem.what, problem.why) for name in wanted}
        except (ValueError, KeyError) as problem:
            found |= {name: Unseen(f"host {host}", f"no answer of the collector: {problem}"[:200]) for name in wanted}
    silent = [
        name
        for name, each in found.items()
        if isinstance(each, Upstream) and any(isinstance(look, NoAnswer) for look in each.looks())
    ]
    return Upstreams(found, {name: _from_here(visit, name) for name in silent})


def _completed(visit: Visit) -> bool:
    """Whether the service itself tells of a completion of the last day: then none is paid for."""
    told = visit.needs.get("integrations")
    age_s = told.completion_age_s if told else None
    return isinstance(age_s, float) and age_s < DAY_S


def _from_here(visit: Visit, name: str) -> str:
    """Whether the suite itself gets an answer, without a key: is it the services' way out, or the provider?"""
    from acceptance import web

    table = (visit.target.upstreams or {})[name]
    try:
        with web.client(visit) as client:
            answer = web.ask(client, "GET", table.url.rstrip("/") + PUBLIC[table.kind], timeout=PATIENCE_S)
    except ProbeError as problem:
        return text(f"the suite gets none either: {problem.why}", 300)
    return f"the suite gets one from here: HTTP {answer.status_code}"
