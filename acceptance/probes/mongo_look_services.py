"""Who is connected: $currentOp with idle connections on every member, and each service's own status document."""

from __future__ import annotations

from contextlib import suppress
from dataclasses import dataclass, field
from typing import Any

from acceptance import web
from acceptance.facts import ProbeError, Unseen, facts, load, text
from acceptance.probes.mongo import Hello, Service
from acceptance.probes.mongo_client import Client, documents, table
from acceptance.probes.mongo_look_members import Asked
from acceptance.tables.mongo import Service as Wanted
from acceptance.visit import Visit


@facts
class FromHost:
    """What the collector prints for this probe."""

    mongo_reach: dict[str, tuple[Hello, ...] | Unseen] | Unseen


@dataclass
class Connections:
    """Connections of one application name, added up over the members."""

    connections: int = 0
    addresses: set[str] = field(default_factory=set)
    users: set[str] = field(default_factory=set)
    databases: set[str] = field(default_factory=set)


def look_at_services(visit: Visit, asked: Asked) -> tuple[Service, ...]:
    """Each service of the target: its connections to all members that serve, and what it says itself."""
    found, reach = connections(asked.serving()), reaches(visit)
    return tuple(_service(visit, name, wanted, found, reach[name]) for name, wanted in table(visit).services.items())


def reaches(visit: Visit) -> dict[str, tuple[Hello, ...] | Unseen]:
    """By service: what each member answers to a hello from its network."""
    from acceptance.reach import ask

    known = table(visit)
    found: dict[str, tuple[Hello, ...] | Unseen] = {
        name: Unseen(f"MongoDB from {name}", f"[mongo.services.{name}] names no host") for name in known.services
    }
    for host in sorted({each.host for each in known.services.values() if each.host}):
        places = {n: list(s.members or known.members) for n, s in known.services.items() if s.host == host}
        try:
            answer = load(FromHost, ask(visit, host, ("mongo_reach",), mongo_places=places)).mongo_reach
        except ProbeError as problem:
            answer = Unseen(problem.what, problem.why)
        except ValueError as problem:
            answer = Unseen(f"MongoDB from host {host}", f"not the collector's answer: {text(problem, 200)}")
        for name in places:
            lost = Unseen(f"MongoDB from {name}", f"host {host} gave no answer for it")
            found[name] = answer if isinstance(answer, Unseen) else answer.get(name, lost)
    return found


def connections(clients: dict[str, Client]) -> dict[str, Connections] | Unseen:
    """Connections by application name. One member that can't be asked leaves the sum unseen."""
    found: dict[str, Connections] = {}
    for client in clients.values():
        operations = documents(client, "admin", _operations(client), "inprog (clusterMonitor)")
        if isinstance(operations, Unseen):
            return operations
        for operation in operations:
            name = _application(operation)
            own = found.setdefault(name, Connections())
            own.connections += "connectionId" in operation
            own.addresses.add(text(operation.get("client", ""), 80).rpartition(":")[0])
            own.users |= {f"{u.get('user')}@{u.get('db')}"[:120] for u in operation.get("effectiveUsers", ())}
            if database := text(operation.get("ns") or "", 120).partition(".")[0]:
                own.databases.add(database)
    return found


def _operations(client: Client) -> dict[str, Any]:
    """$currentOp with what idles; through mongos the shards would answer, to whom no service connects."""
    from pymongo.errors import PyMongoError

    shown = {"allUsers": True, "idleConnections": True}
    with suppress(PyMongoError):  # why it can't be asked, the command tells
        shown |= {"localOps": True} if client.is_mongos else {}
    return {"aggregate": 1, "pipeline": [{"$currentOp": shown}], "cursor": {}}


def _application(operation: dict[str, Any]) -> str:
    metadata = operation.get("clientMetadata")
    given = metadata.get("application", {}).get("name") if isinstance(metadata, dict) else None
    return text(operation.get("appName") or given or "", 128)


def _service(
    visit: Visit,
    name: str,
    wanted: Wanted,
    found: dict[str, Connections] | Unseen,
    reach: tuple[Hello, ...] | Unseen,
) -> Service:
    own = found if isinstance(found, Unseen) else found.get(wanted.app or name, Connections())
    says = _says(visit, name, wanted)
    if isinstance(own, Unseen):
        return Service(name, own, (), (), (), says, wanted.up, reach)
    return Service(
        name, own.connections, tuple(sorted(own.addresses))[:20], tuple(sorted(own.users))[:20],
        tuple(sorted(own.databases))[:20], says, wanted.up, reach,
    )  # fmt: skip


def _says(visit: Visit, name: str, wanted: Wanted) -> str | Unseen:
    """What the service's status document says of the database; "" where it says nothing."""
    if not wanted.status:
        return Unseen(f"the status document of {name}", "the target's [mongo.services] names no status")
    try:
        with web.client(visit) as using:
            answer = web.ask(using, "GET", wanted.status)
    except ProbeError as lost:
        return Unseen(f"the status document of {name}", lost.why)
    value = web.pick(web.as_json(answer), wanted.field)
    if isinstance(value, bool):
        return "true" if value else "false"
    return "" if value is None else text(value, 80)
