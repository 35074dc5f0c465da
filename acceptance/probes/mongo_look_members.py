"""Looks at each member of the set, strangers and plain connections included, and at the set as it sees itself."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from acceptance.facts import ProbeError, Unseen, text
from acceptance.probes.mongo_at_rest import encrypted_below
from acceptance.probes.mongo_client import (
    AUTHENTICATION_FAILED,
    REFUSED,
    Client,
    ask,
    certificate,
    connect,
    plain_answers,
    table,
    why,
)
from acceptance.probes.mongo_members import InSet, Member, Profiler, Replication
from acceptance.visit import Visit

STATES = {1: "PRIMARY", 2: "SECONDARY", 7: "ARBITER"}


@dataclass(frozen=True)
class Asked:
    """The members, the set, and one open client for each member that answered."""

    members: tuple[Member, ...]
    replication: Replication
    clients: dict[str, Client]

    def reader(self) -> Client:
        """A member to read from: a secondary before the primary."""
        for kind in ("secondary", "primary"):
            for member in self.members:
                if member.kind == kind and member.name in self.clients:
                    return self.clients[member.name]
        raise ProbeError("MongoDB", "no member is a primary or secondary")

    def serving(self) -> dict[str, Client]:
        """Clients of the members that hold data."""
        return {m.name: self.clients[m.name] for m in self.members if m.serves and m.name in self.clients}


def look_at_members(visit: Visit) -> Asked:
    """Ask the first member alone, so that wrong credentials are tried once; then all of them together."""
    names = table(visit).members
    if not names:
        raise ProbeError("MongoDB", "the target's [mongo] members names none")
    clients: dict[str, Client] = {}
    greetings: dict[str, dict[str, Any] | Unseen] = {names[0]: _greet(visit, names[0], clients)}
    with ThreadPoolExecutor(len(names)) as threads:
        greetings |= dict(zip(names[1:], threads.map(lambda n: _greet(visit, n, clients), names[1:]), strict=True))
        if not clients:
            first = greetings[names[0]]
            raise ProbeError(
                "MongoDB", f"no member answered; {names[0]}: {first.why if isinstance(first, Unseen) else ''}"
            )
        look_at = {name: threads.submit(_look, visit, name, greetings[name], clients.get(name)) for name in names}
        replication = _replication(clients, {n: g for n, g in greetings.items() if not isinstance(g, Unseen)})
        members = tuple(look_at[name].result() for name in names)
    return Asked(members, replication, clients)


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
            raise ProbeError("MongoDB", f"{name} refuses the credentials of {table(visit).uri}") from None
        return Unseen(f"MongoDB at {name}", why(problem))
    clients[name] = client
    return hello


def _look(visit: Visit, name: str, hello: dict[str, Any] | Unseen, client: Client | None) -> Member:
    if isinstance(hello, Unseen) or client is None:
        lost = hello if isinstance(hello, Unseen) else Unseen(f"MongoDB at {name}", "it did not answer")
        return Member(
            name, "", lost, lost, lost, plain_answers(visit, name), certificate(visit, name), lost, lost, lost, lost,
            lost, lost, lost,
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
        compatibility=_inside(parameters, "featureCompatibilityVersion", "version"),
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


def kind_of(hello: dict[str, Any]) -> str:
    """What a member says that it is."""
    if hello.get("isWritablePrimary") or hello.get("ismaster"):
        return "primary"
    if hello.get("secondary"):
        return "secondary"
    return "arbiter" if hello.get("arbiterOnly") else "other"


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
                if refusal.code in REFUSED:
                    continue
            answered.append(next(iter(command)))
    except PyMongoError as problem:
        return Unseen(f"what {name} answers to strangers", why(problem))
    finally:
        client.close()
    return tuple(answered)


def _profiler(client: Client, database: str) -> Profiler | Unseen:
    found = ask(client, {"profile": -1}, f"find on {database}.system.profile", database)
    if isinstance(found, Unseen):
        return found
    return Profiler(int(found.get("was", 0)), int(found.get("slowms", 100)), float(found.get("sampleRate", 1.0)))


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
    return bool(security.get("enableEncryption") or security.get("kmip"))


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


def _replication(clients: dict[str, Client], greetings: dict[str, dict[str, Any]]) -> Replication:
    """The set as its primary sees it, or else the first member that answers."""
    if not any(hello.get("setName") or hello.get("msg") == "isdbgrid" for hello in greetings.values()):
        return Replication("", (), ())  # standalone
    order = sorted(clients, key=lambda name: kind_of(greetings[name]) != "primary")
    answer: dict[str, Any] | Unseen = Unseen("the replica set", "no member answered")
    for name in order:
        answer = ask(clients[name], {"replSetGetStatus": 1}, "replSetGetStatus (clusterMonitor)")
        config = ask(clients[name], {"replSetGetConfig": 1}, "replSetGetConfig (clusterMonitor)")
        if not isinstance(answer, Unseen):
            in_set = config if isinstance(config, Unseen) else _in_set(answer, config)
            return Replication(text(answer.get("set", ""), 80), in_set, _contradictions(answer, greetings))
    return Replication("", answer if isinstance(answer, Unseen) else (), ())


def _in_set(status: dict[str, Any], config: dict[str, Any]) -> tuple[InSet, ...]:
    configured = {c.get("host"): c for c in config.get("config", {}).get("members", ())}
    now = max(
        (m["optimeDate"] for m in status.get("members", ()) if isinstance(m.get("optimeDate"), datetime)), default=None
    )
    shown = []
    for member in status.get("members", ()):
        own = configured.get(member.get("name"), {})
        at = member.get("optimeDate")
        shown.append(
            InSet(
                name=text(member.get("name", ""), 200),
                state=text(member.get("stateStr", ""), 40),
                healthy=member.get("health") == 1,
                votes=int(own.get("votes", 0)),
                arbiter=bool(own.get("arbiterOnly")),
                hidden=bool(own.get("hidden")),
                lag_s=(now - at).total_seconds() if now and isinstance(at, datetime) else None,
            )
        )
    return tuple(shown)


def _contradictions(status: dict[str, Any], greetings: dict[str, dict[str, Any]]) -> tuple[str, ...]:
    """Members that say one thing of themselves while the set says another, or that are in no or another set."""
    said = {m.get("name"): m.get("stateStr") for m in status.get("members", ())}
    found = []
    for name, hello in greetings.items():
        kind = kind_of(hello)
        if hello.get("setName") != status.get("set"):
            found.append(f"{name} says that its set is {text(hello.get('setName'), 40)}")
        elif name in said and kind in ("primary", "secondary") and kind.upper() != said[name]:
            found.append(f"{name} says {kind.upper()}, the set says {said[name]}")
        elif name not in said and hello.get("me") not in said:
            found.append(f"{name} is not in the set")
    return tuple(found)
