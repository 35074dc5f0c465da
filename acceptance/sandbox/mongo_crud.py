"""Commands on data of the double: find, aggregate, count, explain, writes, collections and indexes."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

from bson import Int64

from acceptance.sandbox.mongo_admin import Fails
from acceptance.sandbox.mongo_clients import IDLE, Clients
from acceptance.sandbox.mongo_set import ReplicaSet
from acceptance.sandbox.mongo_store import Collection, Index

WRITES = ("insert", "update", "delete", "create", "createIndexes", "drop", "dropDatabase")


class Crud:
    """Answers by command name. Everything fits into a first batch: the double has no cursors to keep."""

    def __init__(self, replica_set: ReplicaSet, clients: Clients) -> None:
        self._set = replica_set
        self._world = replica_set.world
        self._clients = clients

    def answer(self, database: str, command: dict[str, Any]) -> dict[str, Any] | None:
        """The answer to a command on data, or None when it is none."""
        name = next(iter(command))
        target = command[name]
        match name:
            case "listDatabases":
                every = [{"name": n, "sizeOnDisk": Int64(40_960), "empty": False} for n in self._set.databases]
                return {"databases": every, "totalSize": Int64(len(every) * 40_960)}
            case "listCollections":
                shown = [
                    {"name": n, "type": "collection", "options": {}, "info": {}} for n in self._set.names(database)
                ]
                return _cursor(f"{database}.$cmd.listCollections", shown)
            case "listIndexes":
                return _cursor(f"{database}.{target}", self._indexes(database, target, command))
            case "find":
                return _cursor(f"{database}.{target}", self._find(database, target, command))
            case "count":
                return {"n": len(self._find(database, target, {"filter": command.get("query", {})}))}
            case "aggregate":
                return _cursor(f"{database}.{target}", self._aggregate(database, target, command["pipeline"]))
            case "explain":
                return self._explain(database, target)
            case "getMore":
                raise Fails(43, "CursorNotFound", "cursor not found")
        return self._write(database, name, command) if name in WRITES else None

    def _existing(self, database: str, name: str) -> Collection:
        return self._set.collection(database, name) or Collection([], [])

    def _find(self, database: str, name: str, command: dict[str, Any]) -> list[dict[str, Any]]:
        found = self._existing(database, name).find(
            command.get("filter", {}), command.get("sort"), abs(command.get("limit", 0))
        )
        if self._world.on("mongo-data-lost") and name == "trades":
            found = found[: len(found) // 4]
        if self._world.on("mongo-seed-empty") and name == "strategies":
            found = []
        if self._world.on("mongo-data-corrupt") and name == "trades" and "quantity" in command.get("filter", {}):
            found = [{"_id": "t-0001"}]
        if self._world.on("mongo-migration-behind") and name == "migrations":
            found = [d for d in found if d["version"] != "0042"]
        wanted = [key for key, on in command.get("projection", {}).items() if on]
        return [{k: d[k] for k in ("_id", *wanted) if k in d} for d in found] if wanted else found

    def _aggregate(self, database: str, name: str, pipeline: list[dict[str, Any]]) -> list[dict[str, Any]]:
        documents: list[dict[str, Any]] | None = None
        for stage in pipeline:
            operator, value = next(iter(stage.items()))
            if operator == "$match":
                documents = self._find(database, name, {"filter": value})
            elif operator in ("$limit", "$skip", "$project", "$sort"):
                documents = documents if operator != "$limit" or documents is None else documents[:value]
            elif operator == "$group":
                everything = documents if documents is not None else self._find(database, name, {})
                documents = [{"_id": value["_id"], "n": len(everything)}] if everything else []
            elif operator == "$indexStats":
                indexes = self._existing(database, name).indexes
                documents = [{"name": i.name, "key": dict(i.keys), "accesses": {"ops": Int64(9)}} for i in indexes]
            else:
                raise Fails(40324, "UnrecognizedCommand", f"Unrecognized pipeline stage name: '{operator}'")
        return documents or []

    def _indexes(self, database: str, name: str, command: dict[str, Any]) -> list[dict[str, Any]]:
        collection = self._set.collection(database, name)
        if collection is None:
            raise Fails(26, "NamespaceNotFound", f"ns does not exist: {database}.{name}")
        shown = []
        for index in self._faulty(database, name, collection.indexes):
            document = index.shown()
            if index.building and command.get("includeBuildUUIDs"):
                document = {"spec": document, "buildUUID": "7a1c"}
            shown.append(document)
        return shown

    def _faulty(self, database: str, name: str, indexes: list[Index]) -> list[Index]:
        on = self._world.on
        if database != "bot_core":
            return indexes
        if name == "portfolios" and on("mongo-index-missing"):
            return [i for i in indexes if "user_id" not in i.keys]
        if name == "users" and on("mongo-index-not-unique"):
            return [Index(i.keys) if "email" in i.keys else i for i in indexes]
        if name == "portfolios" and on("mongo-index-building"):
            return [Index(i.keys, building=True) if "user_id" in i.keys else i for i in indexes]
        if name == "trades" and on("mongo-index-duplicate"):
            return [*indexes, Index({"user_id": 1})]
        if name == "sessions" and on("mongo-ttl-missing"):
            return [Index(i.keys) if i.ttl_s is not None else i for i in indexes]
        if name == "trades" and on("mongo-index-hidden"):
            return [Index(i.keys, i.unique, i.ttl_s, hidden=True) if len(i.keys) > 1 else i for i in indexes]
        return indexes

    def _explain(self, database: str, command: dict[str, Any]) -> dict[str, Any]:
        name, query, sort = command["find"], command.get("filter", {}), command.get("sort")
        collection = self._existing(database, name)
        indexes = self._faulty(database, name, collection.indexes)
        index = Collection([], indexes).plan(query, sort)
        returned = len(self._find(database, name, command))
        examined = returned if index else len(collection.documents)
        scan: dict[str, Any] = {"stage": "COLLSCAN", "direction": "forward"}
        if index:
            scan = {
                "stage": "FETCH",
                "inputStage": {"stage": "IXSCAN", "keyPattern": index.keys, "indexName": index.name},
            }
        slow = self._world.on("mongo-query-slow") or (self._world.on("mongo-slow-under-load") and self._busy())
        statistics = {
            "executionSuccess": True, "nReturned": returned, "executionTimeMillis": 340 if slow else 1,
            "totalKeysExamined": returned if index else 0, "totalDocsExamined": examined,
        }  # fmt: skip
        return {"explainVersion": "1", "queryPlanner": {"namespace": f"{database}.{name}", "winningPlan": scan},
                "executionStats": statistics}  # fmt: skip

    def _busy(self) -> bool:
        return self._clients.connections() > IDLE

    def _write(self, database: str, name: str, command: dict[str, Any]) -> dict[str, Any]:
        target = command[name]
        self._world.log(f"mongo {name} {database}.{target if isinstance(target, str) else ''}")
        collections = self._set.databases.setdefault(database, {})
        if name == "dropDatabase":
            self._set.databases.pop(database, None)
            return {"dropped": database}
        if name == "drop":
            if target not in collections:
                raise Fails(26, "NamespaceNotFound", "ns not found")
            del collections[target]
            return {"ns": f"{database}.{target}"}
        collection = collections.setdefault(target, Collection())
        if name == "insert":
            errors = collection.insert(command["documents"])
            done = {"n": len(command["documents"]) - len(errors)}
            return {**done, "writeErrors": errors} if errors else done
        if name == "delete":
            return {"n": sum(collection.delete(each["q"], each["limit"]) for each in command["deletes"])}
        if name == "createIndexes":
            for each in command["indexes"]:
                collection.indexes.append(
                    Index(dict(each["key"]), bool(each.get("unique")), each.get("expireAfterSeconds"))
                )
            return {"numIndexesAfter": len(collection.indexes)}
        if name == "update":
            changed = 0
            for each in command["updates"]:
                for document in collection.find(each["q"], limit=0 if each.get("multi") else 1):
                    document.update(each["u"].get("$set", {}))
                    changed += 1
            return {"n": changed, "nModified": changed}
        return {"created": datetime.now(UTC)}


def _cursor(namespace: str, documents: list[dict[str, Any]]) -> dict[str, Any]:
    return {"cursor": {"firstBatch": documents, "id": Int64(0), "ns": namespace}}
