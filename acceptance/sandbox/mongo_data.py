"""The data of a small healthy Bot Core: collections with their indexes, and users with their roles."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

from acceptance.sandbox.mongo_roles import Role
from acceptance.sandbox.mongo_scram import Stored
from acceptance.sandbox.mongo_set import User
from acceptance.sandbox.mongo_store import Collection, Index

PASSWORDS = {
    "admin": "sandbox-admin-7Hq2-Lw9x",
    "bot_core_app": "sandbox-app-4Kd8-Zp3v",
    "acceptance_monitor": "sandbox-monitor-9Tn5-Qe1r",
    "acceptance_failover": "sandbox-failover-2Mb6-Xc7y",
    "acceptance_restore": "sandbox-restore-5Gf3-Va8u",
}


def users(scratch: str) -> dict[str, User]:
    """Everybody who may log in; `scratch` is the database into which a dump may be restored."""
    roles = {
        "admin": (Role("root", "admin"),),
        "bot_core_app": (Role("readWrite", "bot_core"),),
        "acceptance_monitor": (Role("acceptanceMonitor", "admin"),),
        "acceptance_failover": (Role("clusterManager", "admin"),),
        "acceptance_restore": (Role("dbOwner", scratch),),
    }
    at_home = {"bot_core_app": "bot_core"}
    return {name: User(name, at_home.get(name, "admin"), roles[name], Stored.of(PASSWORDS[name])) for name in roles}


def databases(now: datetime) -> dict[str, dict[str, Collection]]:
    """Database bot_core with what the checklist expects of it."""

    def at(minutes: int) -> datetime:
        return now - timedelta(minutes=minutes)

    made: dict[str, tuple[list[dict[str, Any]], list[Index]]] = {
        "users": (
            [{"_id": f"u-{n:03}", "email": f"user{n}@example.com", "is_active": True} for n in range(40)],
            [Index({"email": 1}, unique=True)],
        ),
        "trades": (
            [
                {"_id": f"t-{n:04}", "user_id": f"u-{n % 40:03}", "symbol": "BTCUSDT", "quantity": 1.5,
                 "status": "closed" if n % 5 else "open", "open_time": at(n)}
                for n in range(400)
            ],
            [Index({"user_id": 1, "open_time": -1}), Index({"status": 1}), Index({"quantity": 1})],
        ),
        "strategies": ([{"_id": f"s-{n}", "name": name} for n, name in enumerate(("rsi", "macd", "volume"))], []),
        "portfolios": (
            [{"_id": f"p-{n:03}", "user_id": f"u-{n:03}", "balance": 10_000.0} for n in range(40)],
            [Index({"user_id": 1}, unique=True)],
        ),
        "sessions": (
            [{"_id": f"x-{n:03}", "expires_at": now + timedelta(hours=n)} for n in range(1, 30)],
            [Index({"expires_at": 1}, ttl_s=0)],
        ),
        "migrations": ([{"_id": n, "version": f"{n:04}", "applied_at": at(9000 - n)} for n in range(30, 43)], []),
    }  # fmt: skip
    collections = {name: Collection(documents, [Index({"_id": 1}), *own]) for name, (documents, own) in made.items()}
    return {"admin": {"system.version": Collection()}, "bot_core": collections}
