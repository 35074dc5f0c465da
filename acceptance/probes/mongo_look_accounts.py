"""Looks at users and their inherited privileges, and reads the application's URIs without keeping a secret."""

from __future__ import annotations

from typing import Any

from acceptance.facts import ProbeError, Unseen, text
from acceptance.probes.mongo_accounts import Accounts, Application, Privilege, Uri, User
from acceptance.probes.mongo_client import CORE, EXTERNAL, Client, ask, table, why_no_uri
from acceptance.visit import Visit


def look_at_accounts(visit: Visit, client: Client) -> Accounts:
    """Users by usersInfo, applications by the names in their URIs."""
    known = table(visit)
    answer = ask(client, {"usersInfo": {"forAllDBs": True}}, "viewUser on every database")
    users: tuple[User, ...] | Unseen
    if isinstance(answer, Unseen):
        users = answer
    elif shown := answer.get("users"):
        users = tuple(_user(u) for u in shown[:1000])
    else:
        users = Unseen("users of MongoDB", "the server lists none, not even the one that asks")
    parsed = [_parsed(visit, name) for name in known.application]
    applications = [p if isinstance(p, Unseen) else _application(client, p) for p in parsed]
    uris = [p if isinstance(p, Unseen) else _uri(name, p) for name, p in zip(known.application, parsed, strict=True)]
    core = tuple(map(known.named, CORE))
    return Accounts(known.database, known.pool_at_most, users, tuple(applications), tuple(uris), core)


def pool_size(visit: Visit) -> int:
    """The largest maxPoolSize of the applications' URIs; the target's bound where one sets none."""
    known = table(visit)
    sizes = [
        p["options"].get("maxPoolSize") for n in known.application if not isinstance(p := _parsed(visit, n), Unseen)
    ]
    return max((int(size or known.pool_at_most) for size in sizes), default=known.pool_at_most)


def own_users(accounts: Accounts) -> tuple[str, ...]:
    """Applications' users that may use the target's database and no other."""
    return tuple(
        a.name
        for a in accounts.applications
        if isinstance(a, Application) and a.privileges and not a.beyond(accounts.database)
    )


def _parsed(visit: Visit, name: str) -> dict[str, Any] | Unseen:
    from pymongo import uri_parser
    from pymongo.errors import PyMongoError

    try:
        secret = visit.secret(name)
    except ProbeError as missing:
        return Unseen(missing.what, missing.why)
    try:
        return uri_parser.parse_uri(secret, validate=True, warn=True, connect_timeout=visit.time_left_s(4))
    except (PyMongoError, ValueError) as problem:
        return Unseen(f"credential {name}", why_no_uri(secret, problem))


def _user(shown: dict[str, Any]) -> User:
    external = shown.get("db") == "$external"
    roles = tuple(f"{text(r.get('role'), 80)}@{text(r.get('db'), 80)}" for r in shown.get("roles", ())[:50])
    mechanisms = tuple(text(m, 40) for m in shown.get("mechanisms", ()))
    return User(f"{text(shown.get('user'), 120)}@{text(shown.get('db'), 80)}", roles, mechanisms, external)


def _application(client: Client, uri: dict[str, Any]) -> Application | Unseen:
    if not uri["username"]:
        return Unseen("the application's user", "its URI names none")
    external = uri["options"].get("authMechanism") in EXTERNAL
    where = uri["options"].get("authSource") or ("$external" if external else uri["database"] or "admin")
    answer = ask(
        client, {"usersInfo": {"user": uri["username"], "db": where}, "showPrivileges": True}, f"viewUser on {where}"
    )
    if isinstance(answer, Unseen):
        return answer
    shown = (answer.get("users") or [{}])[0]
    name = f"{text(uri['username'], 120)}@{where}"
    if "inheritedPrivileges" not in shown:
        return Unseen(f"privileges of {name}", "the server does not show them; viewUser and viewRole are needed")
    privileges = tuple(
        Privilege(_where(p.get("resource", {})), tuple(text(a, 60) for a in p.get("actions", ())[:300]))
        for p in shown["inheritedPrivileges"][:500]
    )
    return Application(name, tuple(f"{r['role']}@{r['db']}" for r in shown.get("roles", ())[:50]), privileges)


def _where(resource: dict[str, Any]) -> str:
    if resource.get("cluster"):
        return "cluster"
    if resource.get("anyResource"):
        return "any resource"
    database, collection = text(resource.get("db") or "any database", 80), resource.get("collection")
    return f"{database}.{text(collection, 200)}" if collection else database


def _uri(name: str, uri: dict[str, Any]) -> Uri:
    options = uri["options"]  # pymongo gives times in seconds
    socket_s = options.get("socketTimeoutMS", options.get("timeoutMS"))
    return Uri(
        credential=name,
        max_pool_size=options.get("maxPoolSize"),
        connect_s=options.get("connectTimeoutMS"),
        selection_s=options.get("serverSelectionTimeoutMS"),
        socket_s=socket_s,
        tls=bool(options.get("tls")),
    )
