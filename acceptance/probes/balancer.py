"""What the load balancer itself thinks of its backends; where it can't be asked, what fresh connections find."""

from __future__ import annotations

import csv
from dataclasses import field
from typing import TYPE_CHECKING, Any

from acceptance.facts import ProbeError, Unseen, facts, seen, text
from acceptance.visit import Visit

if TYPE_CHECKING:
    from acceptance.asking import Api
    from acceptance.tables.cloud import Balancer as Table


@facts
class Backend:
    """One backend, and the balancer's word for it."""

    name: str
    healthy: bool
    state: str

    def __repr__(self) -> str:
        return f"{self.name}: {self.state}"


@facts
class Balancer:
    """The balancer's view. `expected` is how many backends the target says there are."""

    source: str
    expected: int
    backends: tuple[Backend, ...]
    repeated: tuple[str, ...] = field(default=())

    def __repr__(self) -> str:
        return f"{self.source}: {len(self.backends)} backends"

    def looked(self) -> str:
        """Who was asked."""
        again = f"; asked again: {', '.join(self.repeated)}" if self.repeated else ""
        return f"{self!r}, {self.expected} expected{again}"

    def backends_unhealthy(self) -> tuple[str, ...]:
        """Backends that are not healthy, and those that the balancer does not know."""
        found = [repr(each) for each in self.backends if not each.healthy]
        if len(self.backends) < self.expected:
            found.append(f"{len(self.backends)} backends are known, {self.expected} expected")
        return tuple(found)


def look(visit: Visit) -> Balancer:
    """Ask the kind of balancer that the target names. ProbeError when it knows no backend at all."""
    from acceptance import asking, web

    table = visit.target.balancer
    assert table
    if table.kind == "aws":
        found, repeated = _aws(visit), visit.need("cloud").repeated
    else:
        with web.client(visit) as using, asking.reading("the balancer"):
            api = asking.api(visit, f"{table.kind} balancer", table.url, using, table.credential)
            found = {"haproxy": haproxy, "traefik": traefik, "nginx": nginx}.get(table.kind, connections)(api, table)
            repeated = api.evidence()
    if not found:
        raise ProbeError(f"{table.kind} balancer", "it knows no backend")
    return Balancer(
        f"{table.kind} {web.path_of(table.url) if table.url else ''}".strip(), table.backends, tuple(found), repeated
    )


def haproxy(api: Api, _: Table) -> list[Backend]:
    """Servers in HAProxy's statistics; UP, or UP while it goes through its rises, is not yet down."""
    from acceptance.asking import refusal

    response = api.ask("GET", "")
    if not response.is_success:
        raise ProbeError("HAProxy's statistics", refusal(response))
    source = text(response.content, 500_000)
    if not source.startswith("# pxname"):
        raise ProbeError("HAProxy's statistics", "no CSV; the address ends with ;csv")
    rows = csv.DictReader(source.removeprefix("# ").splitlines())
    return [
        _backend(f"{row['pxname']}/{row['svname']}", row.get("status") == "UP", row.get("status"))
        for row in rows
        if row.get("svname") not in ("FRONTEND", "BACKEND")
    ]


def traefik(api: Api, _: Table) -> list[Backend]:
    """Servers of Traefik's services, those of its own left out."""
    return [
        _backend(f"{service.get('name')} {server}", state == "UP", state)
        for service in api.json("/api/http/services?per_page=1000", kind=list)
        for server, state in (service.get("serverStatus") or {}).items()
    ]


def nginx(api: Api, _: Table) -> list[Backend]:
    """Peers in the API of NGINX Plus, as its version 9 tells them."""
    return [
        _backend(f"{name} {peer.get('server')}", peer.get("state") == "up", peer.get("state"))
        for name, upstream in api.json("/api/9/http/upstreams").items()
        for peer in upstream.get("peers") or ()
        if not peer.get("backup")
    ]


def connections(api: Api, table: Table) -> list[Backend]:
    """Fresh connections, ten a backend: each must find a healthy one. The answer's instance header tells which."""
    from acceptance.asking import refusal

    found: dict[str, Backend] = {}
    for _ in range(table.backends * 10):
        response = api.ask("GET", "", headers={"Connection": "close"})
        name = response.headers.get("X-Instance", "")
        if not name:
            raise ProbeError("backends by connections", "the answers have no X-Instance header to tell them apart")
        if name not in found or found[name].healthy:
            found[name] = _backend(name, response.is_success, "healthy" if response.is_success else refusal(response))
    return list(found.values())


def _aws(visit: Visit) -> list[Backend]:
    balancers = visit.need("cloud").balancers
    return [
        _backend(f"{each.group} {each.id}", each.health == "healthy", each.health)
        for balancer in balancers
        if not isinstance(balancer, Unseen) or seen(balancer)
        for each in seen(balancer.backends)
    ]


def _backend(name: str, healthy: bool, state: Any) -> Backend:
    return Backend(text(name, 150), healthy, text(state, 60))
