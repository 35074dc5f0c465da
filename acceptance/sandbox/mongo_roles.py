"""Roles of the double: built-in ones as privileges, and which privilege each command asks for."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

READ = ("changeStream", "collStats", "dbHash", "dbStats", "find", "killCursors", "listCollections", "listIndexes")
WRITE = (
    "convertToCapped", "createCollection", "createIndex", "dropCollection", "dropIndex", "insert", "remove",
    "renameCollectionSameDB", "update",
)  # fmt: skip
OWN = (
    "changeCustomData",
    "createUser",
    "dropDatabase",
    "dropUser",
    "enableProfiler",
    "grantRole",
    "viewRole",
    "viewUser",
)
MONITOR = (
    "getCmdLineOpts", "getLog", "getParameter", "hostInfo", "inprog", "listDatabases", "replSetGetConfig",
    "replSetGetStatus", "serverStatus",
)  # fmt: skip
SUITE = (  # docs/mongodb.md
    "getCmdLineOpts", "getParameter", "inprog", "listDatabases", "replSetGetConfig", "replSetGetStatus", "serverStatus",
)  # fmt: skip
CLUSTER = (*MONITOR, "replSetStateChange", "replSetConfigure", "shutdown")

Privilege = tuple[dict[str, Any], tuple[str, ...]]


@dataclass(frozen=True)
class Role:
    """A role as granted: its name and the database in which it lies."""

    name: str
    db: str

    def privileges(self) -> list[Privilege]:
        """What it lets its holder do."""
        here, anywhere, cluster = {"db": self.db, "collection": ""}, {"db": "", "collection": ""}, {"cluster": True}
        profile = {"db": self.db if self.db != "admin" else "bot_core", "collection": "system.profile"}
        known: dict[str, list[Privilege]] = {
            "read": [(here, READ)],
            "readWrite": [(here, READ + WRITE)],
            "dbOwner": [(here, READ + WRITE + OWN)],
            "readAnyDatabase": [(anywhere, READ), (cluster, ("listDatabases",))],
            "readWriteAnyDatabase": [(anywhere, READ + WRITE), (cluster, ("listDatabases",))],
            "userAdminAnyDatabase": [(anywhere, ("createUser", "dropUser", "grantRole", "viewRole", "viewUser"))],
            "clusterMonitor": [(cluster, MONITOR), (profile, ("find",))],
            "clusterManager": [(cluster, CLUSTER)],
            "root": [(anywhere, READ + WRITE + OWN), (cluster, CLUSTER), (profile, ("find",))],
            "acceptanceMonitor": [
                (cluster, SUITE),
                ({"db": "bot_core", "collection": ""}, ("find", "listCollections", "listIndexes")),
                (profile, ("find",)),
                (anywhere, ("viewRole", "viewUser")),
            ],
        }
        return known[self.name]


# command -> the action that it needs; "" for everybody, even before log-in
NEEDS = {
    "hello": "", "ismaster": "", "isMaster": "", "ping": "", "saslStart": "", "saslContinue": "", "endSessions": "",
    "logout": "", "buildInfo": "", "connectionStatus": "",
    "getCmdLineOpts": "getCmdLineOpts", "getParameter": "getParameter", "serverStatus": "serverStatus",
    "hostInfo": "hostInfo", "replSetGetStatus": "replSetGetStatus", "replSetGetConfig": "replSetGetConfig",
    "replSetStepDown": "replSetStateChange", "listDatabases": "listDatabases", "usersInfo": "viewUser",
    "rolesInfo": "viewRole", "profile": "find", "listCollections": "listCollections", "listIndexes": "listIndexes",
    "find": "find", "count": "find", "explain": "find", "aggregate": "find", "getMore": "find",
    "killCursors": "killCursors", "collStats": "collStats", "dbStats": "dbStats", "insert": "insert",
    "update": "update", "delete": "remove", "create": "createCollection", "createIndexes": "createIndex",
    "drop": "dropCollection", "dropDatabase": "dropDatabase",
}  # fmt: skip
ON_CLUSTER = set(CLUSTER)


def allows(roles: tuple[Role, ...], action: str, database: str, collection: str) -> bool:
    """Whether roles let their holder do something on a collection or on the cluster."""
    for role in roles:
        for resource, actions in role.privileges():
            if action not in actions:
                continue
            if action in ON_CLUSTER:
                if "cluster" in resource:
                    return True
            elif "cluster" not in resource and resource["db"] in ("", database):
                if resource["collection"] == collection:
                    return True
                if resource["collection"] == "" and not collection.startswith("system."):
                    return True
    return False
