"""Binance and OpenAI as the services reach them, from their own network and with their own keys."""

from __future__ import annotations

from typing import Any

from acceptance.facts import ProbeError, Unseen, facts, load, seen
from acceptance.visit import Visit

DRIFT_LIMIT_S = 1.0
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
class Upstream:
    """The looks at one upstream; None where its kind has no such look."""

    exchange: Exchange | Unseen | None = None
    rights: Rights | Unseen | None = None
    models: Models | Unseen | None = None
    price: Price | Unseen | None = None


@facts
class Upstreams:
    """All upstreams by name, and whether the suite itself reaches them (shown only)."""

    upstreams: dict[str, Upstream | Unseen]

    def looked(self) -> str:
        return f"{', '.join(self.upstreams)} from inside the services' own network"

    def _each(self, look: str) -> list[tuple[str, Any]]:
        found = [(name, getattr(seen(each), look)) for name, each in self.upstreams.items()]
        found = [(name, seen(value)) for name, value in found if value is not None]
        if not found:
            raise ProbeError(f"the {look} of an upstream", "the target names none that has it")
        return found

    def exchange_faults(self) -> tuple[str, ...]:
        """An exchange that does not answer, answers late, or whose clock is far off."""
        wrong = []
        for name, value in self._each("exchange"):
            if value.status != 200:
                wrong.append(f"{name}: ping answered {value.status}")
            if value.best_ms >= 1000:
                wrong.append(f"{name}: best of three pings {value.best_ms:.0f} ms, under 1000 expected")
            if abs(value.drift_s) >= DRIFT_LIMIT_S:
                wrong.append(f"{name}: clocks {value.drift_s:+.1f} s apart, under 1 s expected")
        return tuple(wrong)

    def models_refused(self) -> tuple[str, ...]:
        """A list of models that was refused or empty."""
        return tuple(
            f"{n}: {v.status} with {v.models} models"
            for n, v in self._each("models")
            if v.status != 200 or not v.models
        )

    def key_faults(self) -> tuple[str, ...]:
        """A key that is refused, may withdraw, or is bound to no address."""
        wrong = []
        for name, value in self._each("rights"):
            if value.status != 200:
                wrong.append(f"{name}: the key was answered with {value.status}")
            elif value.withdrawals:
                wrong.append(f"{name}: the key may withdraw")
            elif not value.bound:
                wrong.append(f"{name}: the key is bound to no address")
        return tuple(wrong)

    def price(self) -> float:
        """The exchange's own price."""
        return float(self._each("price")[0][1].price)


def look(visit: Visit) -> Upstreams:
    """Ask each upstream through the host that its service runs on."""
    import json

    from acceptance.reach import ask

    found: dict[str, Upstream | Unseen] = {}
    by_host: dict[str, dict[str, Any]] = {}
    for name, table in (visit.target.upstreams or {}).items():
        by_host.setdefault(table.host, {})[name] = {
            "service": table.service, "url": table.url, "key": table.key, "secret": table.secret,
            "ping": "/api/v3/ping", "time": "/api/v3/time", "rights": "/sapi/v1/account/apiRestrictions",
            "ticker": f"/api/v3/ticker/price?symbol={table.symbol}", "models": "/v1/models", "looks": LOOKS[table.kind],
        }  # fmt: skip
    for host, wanted in by_host.items():
        try:
            answer = json.loads(ask(visit, host, ("upstream",), upstreams=wanted))["upstream"]
            found |= load(dict[str, Upstream | Unseen], json.dumps(answer))
        except ProbeError as problem:
            found |= {name: Unseen(problem.what, problem.why) for name in wanted}
        except (ValueError, KeyError) as problem:
            found |= {name: Unseen(f"host {host}", f"no answer of the collector: {problem}"[:200]) for name in wanted}
    return Upstreams(found)
