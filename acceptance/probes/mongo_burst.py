"""The database under a bounded burst at the API: connections of each service before, at most and after; query times."""

from __future__ import annotations

import time
from concurrent.futures import ThreadPoolExecutor
from typing import TYPE_CHECKING

from acceptance.facts import ProbeError, Unseen, facts, offenders
from acceptance.probes.mongo_content import Plan
from acceptance.visit import Visit

if TYPE_CHECKING:
    from acceptance.probes.mongo_client import Client

REQUESTS = 400
AT_ONCE = 20
ROUNDS = 5  # of explaining the queries, spread over the burst
SPENT = 0.1  # share of the burst that may fail before it counts as none
EVERY_S = 0.25


@facts
class Pool:
    """Connections of one service at one member. `returned_after_s` is None when they had not come back while watched."""

    service: str
    member: str
    bound: int
    before: int
    peak: int
    after: int
    returned_after_s: float | None

    def __repr__(self) -> str:
        return f"{self.service} at {self.member}: {self.before} before, {self.peak} at most, {self.after} after"


@facts
class MongoBurst:
    """One burst, and what the database saw of it."""

    operation: str
    requests: int
    failed: int
    took_s: float
    pools: tuple[Pool, ...]
    plans: tuple[Plan | Unseen, ...]

    def looked(self) -> str:
        return (
            f"{self.requests} requests to {self.operation} in {self.took_s:.1f} s, {self.failed} failed; "
            f"{len(self.pools)} pools watched, {len(self.plans)} queries explained meanwhile"
        )

    def pools_over_their_bound(self) -> tuple[str, ...]:
        """Services with more connections than maxPoolSize and the driver's two for monitoring, for each instance."""
        return tuple(f"{p!r}, bound {p.bound}" for p in self.pools if p.peak > p.bound)

    def pools_not_given_back(self, *, within_percent: float, seconds: float) -> tuple[str, ...]:
        """Services whose connections did not come back to what they were."""
        return tuple(
            repr(p)
            for p in self.pools
            if p.returned_after_s is None
            or p.returned_after_s > seconds
            or p.after > p.before * (1 + within_percent / 100)
        )

    def queries_slower_than(self, ms: float) -> tuple[str, ...]:
        """Listed queries that took longer during the burst."""
        if not self.plans:
            raise ProbeError("queries under load", "the target's [mongo] lists no queries")
        slow = [f"{p.query}: {p.took_ms:.0f} ms" for p in self.plans if isinstance(p, Plan) and p.took_ms > ms]
        return offenders(slow, [p for p in self.plans if isinstance(p, Unseen)])


def look(visit: Visit) -> MongoBurst:
    """Count, send the burst while counting and explaining, then count until the connections are back."""
    from acceptance.probes.mongo_client import connect, table

    if "load" not in visit.allow:
        raise ProbeError("the database under a burst", "it needs --allow load")
    known = table(visit)
    clients = {member: connect(visit, member, known.uri) for member in known.members}
    try:
        return _watched(visit, _serving(clients))
    finally:
        for client in clients.values():
            client.close()


def _serving(clients: dict[str, Client]) -> dict[str, Client]:
    """Members that are read or written, the primary last; what is wrong with the others is no matter of a burst."""
    from pymongo.errors import PyMongoError

    from acceptance.probes.mongo_client import why
    from acceptance.probes.mongo_look_set import kind_of

    found: dict[str, Client] = {}
    primaries: dict[str, Client] = {}
    lost = "none is a primary or secondary"
    for member, client in clients.items():
        try:
            if (kind := kind_of(client.admin.command("hello"))) in ("primary", "secondary"):
                (primaries if kind == "primary" else found)[member] = client
        except PyMongoError as problem:
            lost = f"{member}: {why(problem)}"
    if not found | primaries:
        raise ProbeError("members of the set", lost)
    return found | primaries


def _watched(visit: Visit, clients: dict[str, Client]) -> MongoBurst:
    from acceptance.probes.mongo_client import table
    from acceptance.probes.mongo_traffic import Traffic

    known = table(visit)
    traffic = Traffic(visit)
    plans: list[Plan | Unseen] = []
    explained = 0
    before = _counted(visit, clients)
    peak = dict(before)
    began = time.monotonic()
    with ThreadPoolExecutor(1) as threads:
        burst = threads.submit(traffic.burst, REQUESTS, AT_ONCE)
        while not burst.done():
            _raise_to(peak, _counted(visit, clients))
            if explained < ROUNDS and traffic.sent > REQUESTS * explained / ROUNDS:
                plans += _explained(visit, clients)
                explained += 1
            time.sleep(0.05)
        failed = burst.result()
    took_s = time.monotonic() - began
    if failed > REQUESTS * SPENT:
        raise ProbeError(
            "the database under a burst", f"{failed} of {REQUESTS} requests failed: {traffic.last_failure}"
        )
    after, back = before, dict[Key, float]()
    ended = time.monotonic()
    while time.monotonic() - ended < known.burst_patience_s and visit.time_left_s(5) > 1:
        after = _counted(visit, clients)
        _raise_to(peak, after)
        for key, count in after.items():
            if count <= before.get(key, 0) * 1.1:
                back.setdefault(key, round(time.monotonic() - ended, 2))
            else:
                back.pop(key, None)
        if len(back) == len(after):
            break
        time.sleep(EVERY_S)
    bounds = _bounds(visit)
    pools = tuple(
        Pool(service, member, bounds * instances, before.get((service, member, instances), 0), top,
             after.get((service, member, instances), 0), back.get((service, member, instances)))
        for (service, member, instances), top in sorted(peak.items())
    )  # fmt: skip
    if not pools:
        raise ProbeError("connections of the services", "none of the target's [mongo.services] has one")
    return MongoBurst(traffic.name, REQUESTS, failed, round(took_s, 2), pools, tuple(plans))


Key = tuple[str, str, int]  # service, member, instances


def _counted(visit: Visit, clients: dict[str, Client]) -> dict[Key, int]:
    """Connections of each service at each member; an instance is an address."""
    from acceptance.facts import seen
    from acceptance.probes.mongo_client import table
    from acceptance.probes.mongo_look_services import connections

    found: dict[Key, int] = {}
    for member, client in clients.items():
        by_application = seen(connections({member: client}))
        for service, wanted in table(visit).services.items():
            if own := by_application.get(wanted.app or service):
                found[service, member, max(1, len(own.addresses))] = own.connections
    return found


def _raise_to(peak: dict[Key, int], now: dict[Key, int]) -> None:
    for key, count in now.items():
        peak[key] = max(peak.get(key, 0), count)


def _explained(visit: Visit, clients: dict[str, Client]) -> list[Plan | Unseen]:
    from acceptance.probes.mongo_client import table
    from acceptance.probes.mongo_look_content import explain

    known = table(visit)
    member, client = list(clients.items())[-1]  # the primary: there the load is
    return [explain(client, known.database, known.named(q.collection), q, member) for q in known.queries]


def _bounds(visit: Visit) -> int:
    """What one instance may hold: its pool, and the driver's two connections for monitoring."""
    from acceptance.probes.mongo_look_accounts import pool_size

    return pool_size(visit) + 2
