"""Admin commands of the double: build, parameters, options, users, roles, status, profiler, connections."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

from acceptance.sandbox.mongo_clients import Clients
from acceptance.sandbox.mongo_roles import Role
from acceptance.sandbox.mongo_set import ReplicaSet, User


class Fails(Exception):
    """A command's error as the server says it."""

    def __init__(self, code: int, name: str, message: str) -> None:
        super().__init__(message)
        self.answer = {"ok": 0.0, "errmsg": message, "code": code, "codeName": name}


class Admin:
    """Answers by command name; each handler is given the member's number and the command."""

    def __init__(self, replica_set: ReplicaSet) -> None:
        self._set = replica_set
        self._world = replica_set.world
        self.clients = Clients(replica_set.world)

    def answer(self, member: int, command: dict[str, Any]) -> dict[str, Any] | None:
        """The answer to an admin command, or None when it is none of them."""
        name = next(iter(command))
        match name:
            case "ping" | "endSessions" | "logout" | "killCursors":
                return {}
            case "buildInfo":
                version = self._set.version(member)
                return {
                    "version": version,
                    "versionArray": [*map(int, version.split(".")), 0],
                    "modules": ["enterprise"],
                }
            case "getParameter":
                return self._parameters(member, command)
            case "getCmdLineOpts":
                return {"argv": ["mongod", "--config", "/etc/mongod.conf"], "parsed": self._options()}
            case "serverStatus":
                return self._server_status(member)
            case "hostInfo":
                return {"system": {"hostname": f"mongodb-{member}", "numCores": 4}, "os": {"name": "Ubuntu"}}
            case "replSetGetStatus":
                return self._set.status(member)
            case "replSetGetConfig":
                return self._set.config()
            case "replSetStepDown":
                if self._set.state(member) != "PRIMARY":
                    raise Fails(10107, "NotWritablePrimary", "not primary so can't step down")
                self._set.step_down()
                return {}
            case "usersInfo":
                return {"users": self._users(command)}
            case "rolesInfo":
                return {"roles": []}
            case "profile":
                off = self._world.on("mongo-profiler-off")
                return {"was": 0 if off else 1, "slowms": 10_000 if off else 100, "sampleRate": 1.0}
        return None

    def current_operations(self) -> list[dict[str, Any]]:
        """$currentOp with allUsers and idleConnections."""
        return self.clients.operations("bot_core")

    def _options(self) -> dict[str, Any]:
        on = self._world.on
        security: dict[str, Any] = {}
        if not on("mongo-no-authorization"):
            security |= {"authorization": "enabled", "keyFile": "/etc/mongo/replica.key"}
        if not on("mongo-unencrypted"):
            security |= {"enableEncryption": True, "encryptionKeyFile": "/etc/mongo/storage.key"}
        options: dict[str, Any] = {
            "net": {"tls": {"mode": "preferTLS" if on("mongo-prefer-tls") else "requireTLS"}, "port": 27017},
            "replication": {"replSetName": "rs0"},
            "security": security,
            "operationProfiling": {"mode": "slowOp", "slowOpThresholdMs": 100},
        }
        if not on("mongo-no-audit"):
            options["auditLog"] = {"destination": "file", "format": "JSON", "path": "/var/log/mongodb/audit.json"}
        return options

    def _parameters(self, member: int, command: dict[str, Any]) -> dict[str, Any]:
        major = ".".join(self._set.version(member).split(".")[:2])
        known = {
            "featureCompatibilityVersion": {"version": "5.0" if self._world.on("mongo-fcv-behind") else major},
            "authenticationMechanisms": ["SCRAM-SHA-256", "MONGODB-X509"],
            "tlsMode": self._options()["net"]["tls"]["mode"],
        }
        return {name: known[name] for name in known if name in command}

    def _server_status(self, member: int) -> dict[str, Any]:
        current = len(self.current_operations())
        return {
            "host": self._set.members[member], "version": self._set.version(member), "process": "mongod",
            "uptime": 864_000.0, "localTime": datetime.now(UTC), "storageEngine": {"name": "wiredTiger"},
            "connections": {"current": current, "available": 51_200 - current, "totalCreated": 4711},
            "security": {"authentication": {"mechanisms": {"SCRAM-SHA-256": {}}}},
        }  # fmt: skip

    def _users(self, command: dict[str, Any]) -> list[dict[str, Any]]:
        asked = command["usersInfo"]
        detailed = bool(command.get("showPrivileges"))
        if isinstance(asked, dict) and asked.get("forAllDBs") and detailed:
            raise Fails(72, "InvalidOptions", "Privilege details require exact-match usersInfo queries")
        if isinstance(asked, dict) and "user" in asked:
            chosen = [u for u in self._set.users.values() if (u.name, u.db) == (asked["user"], asked.get("db"))]
        elif isinstance(asked, dict):
            chosen = list(self._set.users.values())
        else:
            chosen = [u for u in self._set.users.values() if u.db == command.get("$db")]
        return [self._shown(user, detailed) for user in chosen]

    def _shown(self, user: User, detailed: bool) -> dict[str, Any]:
        roles = self.roles_of(user)
        sha1 = user.name == "admin" and self._world.on("mongo-admin-sha1")
        shown = [{"role": role.name, "db": role.db} for role in roles]
        answer: dict[str, Any] = {
            "_id": f"{user.db}.{user.name}", "user": user.name, "db": user.db, "roles": shown,
            "mechanisms": ["SCRAM-SHA-1"] if sha1 else list(user.mechanisms),
        }  # fmt: skip
        if detailed:
            held = [{"resource": r, "actions": list(a)} for role in roles for r, a in role.privileges()]
            answer |= {"inheritedRoles": shown, "inheritedPrivileges": held}
        return answer

    def roles_of(self, user: User) -> tuple[Role, ...]:
        """The user's roles, faults considered."""
        if user.name == "bot_core_app" and self._world.on("mongo-app-root"):
            return (Role("root", "admin"),)
        if user.name == "bot_core_app" and self._world.on("mongo-app-owner"):
            return (Role("dbOwner", user.db),)
        if user.name == "bot_core_app" and self._world.on("mongo-app-reads-only"):
            return (Role("read", user.db),)
        return user.roles
