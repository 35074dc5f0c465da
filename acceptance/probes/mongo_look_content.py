"""Looks at collections and indexes on each data-bearing member, and runs the target's queries on one of them."""

from __future__ import annotations

import json
import math
from concurrent.futures import ThreadPoolExecutor
from itertools import repeat
from pathlib import Path
from typing import Any

from acceptance.facts import Unseen, text
from acceptance.probes.mongo_client import CORE, NOT_FOUND, Client, ask, documents, table, why
from acceptance.probes.mongo_content import Broken, Collection, Content, Index, OnMember, Plan, WantedIndex
from acceptance.probes.mongo_look_members import Asked
from acceptance.tables.mongo import Invariant, Query
from acceptance.visit import Visit

MAX_TIME_MS = 5_000


def look_at_content(visit: Visit, asked: Asked) -> Content:
    """The database on every data-bearing member; queries, invariants and counts on one of them."""
    known = table(visit)
    expected = tuple(dict.fromkeys((*map(known.named, CORE), *map(known.named, known.collections))))
    reader = asked.reader()
    where = next(name for name, client in asked.clients.items() if client is reader)
    serving = asked.current()
    with ThreadPoolExecutor(len(serving)) as threads:
        first = frozenset((*expected, *(known.named(i.collection) for i in known.indexes)))
        on = tuple(threads.map(_on_member, serving.keys(), serving.values(), repeat(known.database), repeat(first)))
    counted = sorted({*expected, *_snapshot_names(visit)})
    migrations = known.migrations
    return Content(
        database=known.database,
        users=known.named("users"),
        expected=expected,
        wanted=tuple(
            WantedIndex(known.named(i.collection), Index(i.keys, i.unique, i.ttl_s, building=False))
            for i in known.indexes
        ),
        on=on,
        plans=tuple(explain(reader, known.database, known.named(q.collection), q, where) for q in known.queries),
        invariants=tuple(_invariant(reader, known.database, known.named(i.collection), i) for i in known.invariants),
        counts={name: _count(reader, known.database, name) for name in counted},
        before=_snapshot(visit),
        may_shrink_percent=known.may_shrink_percent,
        newest_migration=_newest(reader, known.database, migrations.collection, migrations.field)
        if migrations
        else Unseen("migrations", "the target's [mongo.migrations] names no collection"),
        wanted_migration=migrations.newest if migrations else Unseen("migrations", "the target names none"),
        seeded={name: _count(reader, known.database, known.named(name)) for name in known.seeded},
    )


def explain(client: Client, database: str, collection: str, query: Query, member: str) -> Plan | Unseen:
    """Run a query under explain, bounded in time."""
    command = {"find": collection, "filter": parsed(query.filter), "maxTimeMS": MAX_TIME_MS}
    if query.sort:
        command["sort"] = {key: int(way) for key, _, way in (s.rpartition(":") for s in query.sort)}
    answer = ask(
        client, {"explain": command, "verbosity": "executionStats"}, f"find on {database}.{collection}", database
    )
    what = f"the plan of query {query.name}"
    if isinstance(answer, Unseen):
        if answer.why.startswith("ExecutionTimeout"):
            return Plan(query.name, member, ("stopped",), 0, 0, MAX_TIME_MS)
        return Unseen(what, answer.why)
    ran, plan = answer.get("executionStats"), answer.get("queryPlanner", {}).get("winningPlan")
    if not isinstance(ran, dict) or not isinstance(plan, dict) or not (stages := _stages(plan)):
        return Unseen(what, "the answer to explain has no executionStats, or no stage that we know")
    if ran.get("executionSuccess") is False and int(ran.get("executionTimeMillis", 0)) < MAX_TIME_MS:
        return Unseen(what, f"the query failed: {text(ran.get('errorMessage', 'no reason'), 120)}")
    return Plan(
        query=query.name,
        member=member,
        stages=tuple(stages),
        examined=int(ran.get("totalDocsExamined", 0)),
        returned=int(ran.get("nReturned", 0)),
        took_ms=float(ran.get("executionTimeMillis", 0)),
    )


def parsed(document: str) -> dict[str, Any]:
    """A filter written as extended JSON."""
    from bson import json_util

    found: dict[str, Any] = json_util.loads(document)
    return found


def _stages(plan: dict[str, Any]) -> list[str]:
    """Names of all stages, outermost first; slot-based plans keep them below queryPlan."""
    inner = [plan.get("queryPlan"), plan.get("inputStage"), *plan.get("inputStages", ()), *plan.get("shards", ())]
    own = [text(plan["stage"], 40)] if "stage" in plan else []
    return own + [s for each in inner if isinstance(each, dict) for s in _stages(each.get("winningPlan", each))]


def _on_member(member: str, client: Client, database: str, first: frozenset[str]) -> OnMember:
    """Databases and collections; where there are very many, those of `first` are looked at and the next few hundred."""
    listed = ask(client, {"listDatabases": 1, "nameOnly": True}, "listDatabases (clusterMonitor)")
    databases = (
        listed if isinstance(listed, Unseen) else tuple(text(d["name"], 80) for d in listed.get("databases", ()))
    )
    shown = documents(client, database, {"listCollections": 1, "cursor": {}}, f"listCollections on {database}")
    if isinstance(shown, Unseen):
        return OnMember(member, databases, shown)
    names = [str(c["name"]) for c in shown if c.get("type") != "view" and not str(c["name"]).startswith("system.")]
    names.sort(key=lambda name: name not in first)
    return OnMember(member, databases, tuple(Collection(n, _indexes(client, database, n)) for n in names[:500]))


def _indexes(client: Client, database: str, collection: str) -> tuple[Index, ...] | Unseen:
    """Indexes of a collection; those that are being built are shown with a buildUUID where the server tells."""
    command: dict[str, Any] = {"listIndexes": collection, "cursor": {}}
    needed = f"listIndexes on {database}"
    found = documents(client, database, {**command, "includeBuildUUIDs": True}, needed)
    if isinstance(found, Unseen):
        found = documents(client, database, command, needed)
    if isinstance(found, Unseen):
        return found
    return tuple(_index(each.get("spec", each), building="buildUUID" in each) for each in found)


def _index(shown: dict[str, Any], *, building: bool) -> Index:
    ttl = shown.get("expireAfterSeconds")
    return Index(
        keys=tuple(f"{key}:{_way(way)}" for key, way in dict(shown.get("key", {})).items()),
        unique=bool(shown.get("unique")),
        ttl_s=int(ttl) if isinstance(ttl, int | float) and math.isfinite(ttl) else None,  # old servers keep NaN
        building=building,
        partial="partialFilterExpression" in shown,
        special=bool(shown.get("sparse")) or "collation" in shown,
    )


def _way(way: Any) -> str:
    return str(int(way)) if isinstance(way, int | float) else text(way, 20)


def _invariant(client: Client, database: str, collection: str, invariant: Invariant) -> Broken | Unseen:
    """Documents that break an invariant. Not asked when no index would serve it: that could hurt the target."""
    plan = ask(
        client,
        {"explain": {"find": collection, "filter": parsed(invariant.filter)}, "verbosity": "queryPlanner"},
        f"find on {database}.{collection}",
        database,
    )
    if isinstance(plan, Unseen):
        return Unseen(f"invariant {invariant.name}", plan.why)
    stages = _stages(plan.get("queryPlanner", {}).get("winningPlan", {}))
    if not stages or {"COLLSCAN", "EOF"} & {*stages}:
        why = "there is no such collection" if "EOF" in stages else "no index serves its query, so it was not asked"
        return Unseen(f"invariant {invariant.name}", why)
    command = {
        "find": collection, "filter": parsed(invariant.filter), "limit": 20, "projection": {"_id": 1},
        "maxTimeMS": MAX_TIME_MS,
    }  # fmt: skip
    found = documents(client, database, command, f"find on {database}.{collection}")
    if isinstance(found, Unseen):
        return Unseen(f"invariant {invariant.name}", found.why)
    return Broken(invariant.name, len(found), tuple(text(d.get("_id"), 60) for d in found[:3]))


def _count(client: Client, database: str, collection: str) -> int | Unseen:
    found = ask(client, {"count": collection, "maxTimeMS": MAX_TIME_MS}, f"find on {database}.{collection}", database)
    return found if isinstance(found, Unseen) else int(found.get("n", 0))


def _newest(client: Client, database: str, collection: str, field: str) -> str | Unseen:
    from pymongo.errors import OperationFailure, PyMongoError

    try:
        found = list(
            client[database][collection]
            .find({}, {field: 1, "dirty": 1, "success": 1})
            .sort("_id", -1)
            .limit(1)
            .max_time_ms(MAX_TIME_MS)
        )
    except OperationFailure as problem:
        if problem.code == NOT_FOUND:
            return ""
        return Unseen("migrations", why(problem, f"find on {database}.{collection}"))
    except PyMongoError as problem:
        return Unseen("migrations", why(problem))
    if not found:
        return ""
    ended = found[0].get("dirty") is not True and found[0].get("success") is not False  # as the common tools write it
    return text(found[0].get(field, ""), 120) + ("" if ended else " (it did not end well)")


def _snapshot(visit: Visit) -> dict[str, int] | Unseen:
    """Counts before the deployment: {"counts": {"trades": 400}}."""
    name = table(visit).snapshot
    if not name:
        return Unseen("counts before the deployment", "the target's [mongo] snapshot names no file")
    try:
        counts = json.loads(Path(name).read_text(encoding="utf-8"))["counts"]
        found = {text(key, 120): int(count) for key, count in counts.items()}
    except (OSError, ValueError, KeyError, TypeError, AttributeError) as problem:
        return Unseen("counts before the deployment", f"{name} can't be read: {type(problem).__name__}")
    return found or Unseen("counts before the deployment", f"{name} holds no count")


def _snapshot_names(visit: Visit) -> tuple[str, ...]:
    found = _snapshot(visit)
    return () if isinstance(found, Unseen) else tuple(found)
