"""MongoDB: a replica set of three that speaks the wire protocol with TLS, SCRAM and roles. Replication is simulated."""

from __future__ import annotations

import json
from typing import Any
from urllib.parse import quote

from acceptance.sandbox import host
from acceptance.sandbox.double import Reply, Request, serve
from acceptance.sandbox.mongo_data import PASSWORDS, databases, users
from acceptance.sandbox.mongo_faults import FAULTS as FAULTS
from acceptance.sandbox.mongo_server import Servers
from acceptance.sandbox.mongo_set import SET_NAME, ReplicaSet
from acceptance.sandbox.world import World

PROBES = ("mongo",)
DATA = "/var/lib/mongodb"
SCRATCH = "acceptance_restore"
OPTIONS = {
    "maxPoolSize": "20",
    "connectTimeoutMS": "5000",
    "serverSelectionTimeoutMS": "5000",
    "socketTimeoutMS": "20000",
}


def start(world: World) -> dict[str, Any]:
    """Serve the set; returns its table and who may log in."""
    replica_set = ReplicaSet(world, users(SCRATCH), databases(world.now))
    contexts = (
        world.server_context("mongodb.sandbox.test", "localhost"),
        world.server_context("elsewhere.sandbox.test"),
    )
    servers = Servers(replica_set, contexts)
    servers.start()
    world.shared["mongo"] = servers
    world.shared.setdefault("host.sections", {}).update(volumes=_volumes, mongo_reach=_reach)
    refresh(world)
    status = serve(lambda request: _status(world, request))
    counts = {name: len(kept.documents) for name, kept in replica_set.databases["bot_core"].items()}
    counts["migrations"] -= 1  # it was taken before the release's own
    snapshot = world.folder / "mongo-snapshot.json"
    snapshot.write_text(json.dumps({"taken": world.started.isoformat(), "counts": counts}), encoding="utf-8")
    names = ("acceptance_monitor", "acceptance_failover", "acceptance_restore")
    return {
        "doubles": ["MongoDB replica set"],
        "credentials": {
            **{f"mongo_{n}": {"secret": world.secret(f"mongo_{n}", _uri(replica_set, n))} for n in names},
            "mongo_application": {"secret": f"file:{world.folder / 'secrets' / 'mongo_application'}"},
        },
        "defaults": {
            "mongodb admin": {
                "url": f"mongodb://{replica_set.members[0]}", "kind": "mongo", "user": "admin", "word": "admin",
            },
        },
        "mongo": {
            "uri": "mongo_acceptance_monitor",
            "failover": "mongo_acceptance_failover",
            "application": ["mongo_application"],
            "members": replica_set.members,
            "ca_file": str(world.ca_file),
            "collections": ["sessions", "migrations"],
            "snapshot": str(snapshot),
            "disks": {name: {"host": "app", "path": DATA} for name in replica_set.members},
            "seeded": ["strategies"],
            "burst_patience_s": 6.0,  # the double's connections come back in half a second, or never
            "migrations": {"collection": "migrations", "newest": "0042"},
            "indexes": [
                {"collection": "users", "keys": ["email:1"], "unique": True},
                {"collection": "trades", "keys": ["user_id:1", "open_time:-1"]},
                {"collection": "trades", "keys": ["status:1"]},
                {"collection": "portfolios", "keys": ["user_id:1"], "unique": True},
                {"collection": "sessions", "keys": ["expires_at:1"], "ttl_s": 0},
            ],
            "queries": [
                {"name": "trades of a user", "collection": "trades", "filter": '{"user_id": "u-001"}',
                 "sort": ["open_time:-1"]},
                {"name": "log-in", "collection": "users", "filter": '{"email": "user1@example.com"}'},
            ],
            "invariants": [
                {"name": "no trade of nothing", "collection": "trades", "filter": '{"quantity": {"$lte": 0}}'},
            ],
            "services": {
                "rust-core-engine": {
                    "host": "app",
                    "status": f"https://{world.names[1]}:{world.shared['edge.port']}/api/health",
                    "field": "data.dependencies.mongodb",
                },
                "python-ai-service": {
                    "host": "app",
                    "status": f"{status}/health", "field": "mongodb_connected", "up": "true",
                },
            },
        },
    }  # fmt: skip


def refresh(world: World) -> None:
    """Write the application's URI anew, and the host's answer where there is a host: faults are in both."""
    if (world.folder / "host").exists():
        host.refresh(world)
    options = dict(OPTIONS)
    if world.on("mongo-no-pool-bound"):
        del options["maxPoolSize"]
    if world.on("mongo-no-timeouts"):
        options["socketTimeoutMS"] = "0"
    world.secret("mongo_application", _uri(world.shared["mongo"].set, "bot_core_app", **options))


def _volumes(_: World) -> dict[str, Any]:
    """What the host sees under the data: nothing that encrypts, the servers do that by themselves."""
    return {DATA: {"device": "nvme0n1", "encrypted": False, "virtual": False}}


def _reach(world: World) -> dict[str, Any]:
    """What the members answer from the services' networks."""
    members = world.shared["mongo"].set.members
    cut = "TimeoutError: timed out" if world.on("mongo-member-out-of-reach") else ""
    answered = [{"member": name, "why": ""} for name in members]
    return {"rust-core-engine": answered, "python-ai-service": [*answered[:2], {"member": members[2], "why": cut}]}


def _uri(replica_set: ReplicaSet, user: str, **options: str) -> str:
    known = replica_set.users[user]
    wanted = {"replicaSet": SET_NAME, "authSource": known.db, "tls": "true", **options}
    query = "&".join(f"{key}={value}" for key, value in wanted.items())
    return f"mongodb://{user}:{quote(PASSWORDS[user])}@{','.join(replica_set.members)}/bot_core?{query}"


def _status(world: World, request: Request) -> Reply:
    """The AI service's own word."""
    return Reply({"status": "healthy", "path": request.path, "mongodb_connected": not world.on("mongo-status-down")})
