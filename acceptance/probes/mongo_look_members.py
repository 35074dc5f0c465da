"""Looks at each member of the set, strangers and plain connections included, and at the set as it sees itself."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from typing import Any

from acceptance.facts import ProbeError, Unseen, text
from acceptance.probes.mongo_at_rest import encrypted_below
from acceptance.probes.mongo_client import (
    AUTHENTICATION_FAILED,
    NOT_OFFERED,
    REFUSED,
    Client,
    ask,
    certificate,
    connect,
    plain_answers,
    table,
    why,
)
from acceptance.probes.mongo_look_set import kind_of, replication_of, unlisted
from acceptance.probes.mongo_members import Member, Profiler, Replication
from acceptance.visit import Visit


@dataclass(frozen=True)
class Asked:
    """The members, the set, and one open client for each member that answered."""

    members: tuple[Member, ...]
    replication: Replication
    clients: dict[str, Client]
    unlisted: tuple[str, ...]
    delayed: frozenset[str]

    def reader(self) -> Client:
        """A member to read today's data from: a secondary before the primary."""
        current = self.current()
        for kind in ("secondary", "primary"):
            for member in self.members:
                if member.kind == kind and member.name in current:
                    return current[member.name]
        raise ProbeError("MongoDB", "no member is a primary or secondary")

    def current(self) -> dict[str, Client]:
        """Clients of the members that hold today's data: not of those that are meant to be behind."""
        return {name: client for name, client in self.serving().items() if name not in self.delayed}

    def serving(self) -> dict[str, Client]:
        """Clients of the members that hold data."""
        return {m.name: self.clients[m.name] for m in self.members if m.serves and m.name in self.clients}


def look_at_members(visit: Visit) -> Asked:
    """Ask one member after the other until the credentials hold; then all of them together."""
    names = table(visit).members
    if not names:
        raise ProbeError("MongoDB", "the target's [mongo] members names none")
    clients: dict[str, Client] = {}
    greetings: dict[str, dict[str, Any] | Unseen] = {}
    for name in names:
        greetings[name] = _greet(visit, name, clients)
        if name in clients:
            break  # until here one after the other: wrong credentials are tried once
    rest = [name for name in names if name not in greetings]
    with ThreadPoolExecutor(len(names)) as threads:
        greetings |= dict(zip(rest, threads.map(lambda n: _greet(visit, n, clients), rest), strict=True))
        if not clients:
            first = greetings[names[0]]
            raise ProbeError(
                "MongoDB", f"no member answered; {names[0]}: {first.why if isinstance(first, Unseen) else ''}"
            )
        look_at = {name: threads.submit(_look, visit, name, greetings[name], clients.get(name)) for name in names}
        hellos = {n: g for n, g in greetings.items() if not isinstance(g, Unseen)}
        replication = replication_of(clients, hellos)
        members = tuple(look_at[name].result() for name in names)
    in_set = () if isinstance(replication.in_set, Unseen) else replication.in_set
    behind = {m.name for m in in_set if m.delay_s}
    return Asked(
        members, replication, clients, unlisted(names, hellos, in_set),
        frozenset(name for name in names if {name, hellos.get(name, {}).get("me")} & behind),
    )  # fmt: skip


def close(asked: Asked) -> None:
    """End every connection."""
    for client in asked.clients.values():
        client.close()


def _greet(visit: Visit, name: str, clients: dict[str, Client]) -> dict[str, Any] | Unseen:
    """Log in and say hello; the client is kept when that went well. Wrong credentials end the look."""
    from pymongo.errors import OperationFailure, PyMongoError

    client = connect(visit, name, table(visit).uri)
    try:
        hello: dict[str, Any] = client.admin.command("hello")
    except PyMongoError as problem:
        client.close()
        if isinstance(problem, OperationFailure) and problem.code == AUTHENTICATION_FAILED:
            if kind_of(said := _as_stranger(visit, name, "hello")) == "arbiter":
                return said  # it knows no users, whatever their passwords
            raise ProbeError("MongoDB", f"{name} refuses the credentials of {table(visit).uri}") from None
        return Unseen(f"MongoDB at {name}", why(problem))
    clients[name] = client
    return hello


def _as_stranger(visit: Visit, name: str, command: str) -> dict[str, Any]:
    """What a member answers without a log-in; nothing where it does not."""
    from pymongo.errors import PyMongoError

    client = connect(visit, name)
    try:
        return client.admin.command(command)
    except PyMongoError:
        return {}
    finally:
        client.close()


def _look(visit: Visit, name: str, hello: dict[str, Any] | Unseen, client: Client | None) -> Member:
    if isinstance(hello, Unseen) or client is None:
        lost = hello if isinstance(hello, Unseen) else Unseen(f"MongoDB at {name}", "nobody can log in to an arbiter")
        kind = "" if isinstance(hello, Unseen) else "arbiter"
        version = text(_as_stranger(visit, name, "buildInfo").get("version", ""), 40) if kind else ""
        return Member(
            name, kind, version or lost, lost, lost, plain_answers(visit, name), certificate(visit, name),
            _open_to_strangers(visit, name) if kind else lost, lost, lost, lost, lost, lost, lost,
        )  # fmt: skip
    options = ask(client, {"getCmdLineOpts": 1}, "getCmdLineOpts (clusterMonitor)")
    build = ask(client, {"buildInfo": 1}, "")
    parameters = ask(
        client,
        {"getParameter": 1, "featureCompatibilityVersion": 1, "authenticationMechanisms": 1},
        "getParameter (clusterMonitor)",
    )
    status = ask(client, {"serverStatus": 1, "repl": 0, "metrics": 0, "wiredTiger": 0}, "serverStatus (clusterMonitor)")
    return Member(
        name=name,
        kind=kind_of(hello),
        version=build if isinstance(build, Unseen) else text(build.get("version", ""), 40),
        compatibility=_inside(parameters, "featureCompatibilityVersion", "version")
        or Unseen(f"featureCompatibilityVersion of {name}", "the server tells none, as mongos does"),
        tls_mode=_inside(options, "parsed", "net", "tls", "mode"),
        plain=plain_answers(visit, name),
        certificate=certificate(visit, name),
        open_to_strangers=_open_to_strangers(visit, name),
        authorization=_authorization(options),
        mechanisms=parameters
        if isinstance(parameters, Unseen)
        else tuple(text(m, 40) for m in parameters.get("authenticationMechanisms", ())),
        encrypted=_encrypts(options) or encrypted_below(visit, name, _inside(options, "parsed", "storage", "dbPath")),
        audit=_inside(options, "parsed", "auditLog", "destination"),
        profiler=_profiler(client, table(visit).database),
        connections=status if isinstance(status, Unseen) else int(status.get("connections", {}).get("current", 0)),
    )


def _open_to_strangers(visit: Visit, name: str) -> tuple[str, ...] | Unseen:
    from pymongo.errors import OperationFailure, PyMongoError

    database, users = table(visit).database, table(visit).named("users")
    commands: tuple[tuple[str, dict[str, Any]], ...] = (
        ("admin", {"listDatabases": 1}),
        (database, {"listCollections": 1}),
        (database, {"find": users, "limit": 1, "projection": {"_id": 1}}),
        (database, {"count": users}),
        (database, {"aggregate": users, "pipeline": [{"$limit": 1}], "cursor": {}}),
        (database, {"listIndexes": users}),
        ("admin", {"usersInfo": 1}),
    )
    answered = []
    client = connect(visit, name)
    try:
        for where, command in commands:
            try:
                client[where].command(command)
            except OperationFailure as refusal:
                if refusal.code in (*REFUSED, *NOT_OFFERED):
                    continue
            answered.append(next(iter(command)))
    except PyMongoError as problem:
        if not answered:
            return Unseen(f"what {name} answers to strangers", why(problem))
    finally:
        client.close()
    return tuple(answered)


def _profiler(client: Client, database: str) -> Profiler | Unseen:
    found = ask(client, {"profile": -1}, f"find on {database}.system.profile", database)
    if isinstance(found, Unseen):
        return found
    what = f"the profiler of {database}"
    if "was" not in found or "slowms" not in found:
        return Unseen(what, "the server tells neither level nor threshold")
    if "filter" in found and int(found["was"]) < 2:
        return Unseen(what, "a filter decides which operations are kept, not slowms")
    return Profiler(int(found["was"]), int(found["slowms"]), float(found.get("sampleRate", 1.0)))


def _authorization(options: dict[str, Any] | Unseen) -> str | Unseen:
    if isinstance(options, Unseen):
        return options
    security = _security(options)
    parts = ["authorization"] if security.get("authorization") == "enabled" else []
    parts += [name for name in ("keyFile", "clusterAuthMode") if security.get(name)]
    return ", ".join(parts)


def _encrypts(options: dict[str, Any] | Unseen) -> bool:
    """Whether the server says that it encrypts by itself."""
    security = {} if isinstance(options, Unseen) else _security(options)
    return security.get("enableEncryption") is True


def _security(options: dict[str, Any]) -> dict[str, Any]:
    found = options.get("parsed", {}).get("security", {})
    return found if isinstance(found, dict) else {}


def _inside(document: dict[str, Any] | Unseen, *path: str) -> str | Unseen:
    """The word at a place of an answer; "" where the server says nothing there."""
    value: Any = document
    for part in path:
        if isinstance(value, Unseen):
            return value
        value = value.get(part, "") if isinstance(value, dict) else ""
    return text(value, 80)
