"""The replica set of the double: three members that share one store, who is primary, and what the faults do to it."""

from __future__ import annotations

import time
from collections import deque
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any

from bson import Int64, ObjectId, Timestamp

from acceptance.sandbox.mongo_roles import Role
from acceptance.sandbox.mongo_scram import Stored
from acceptance.sandbox.mongo_store import Collection
from acceptance.sandbox.world import World

ELECTION_S = 0.6  # how long a step-down leaves the set without a primary
SET_NAME = "rs0"


@dataclass(frozen=True)
class User:
    """A user as usersInfo shows him."""

    name: str
    db: str
    roles: tuple[Role, ...]
    stored: Stored
    mechanisms: tuple[str, ...] = ("SCRAM-SHA-256",)


@dataclass
class ReplicaSet:
    """State that all members share. `members` are names such as localhost:40123."""

    world: World
    users: dict[str, User]
    databases: dict[str, dict[str, Collection]]
    members: list[str] = field(default_factory=list)
    primary: int = 0
    stuck: int = -1  # a former primary that does not come back while a fault is on
    election: ObjectId = field(default_factory=ObjectId)
    term: int = 3
    elected_at: float = 0.0  # time.monotonic() from which the new primary answers
    abandoned: bool = False  # the last primary stepped down while a fault kept others from taking over
    profile: deque[dict[str, Any]] = field(default_factory=lambda: deque(maxlen=500))

    def collection(self, database: str, name: str) -> Collection | None:
        """A collection that exists now, faults considered."""
        if name == "system.profile":
            return Collection(list(self.profile), [])
        if name == "portfolios" and self.world.on("mongo-collection-missing"):
            return None
        return self.databases.get(database, {}).get(name)

    def names(self, database: str) -> list[str]:
        """Collections of a database."""
        return [name for name in self.databases.get(database, {}) if self.collection(database, name) is not None]

    def version(self, member: int) -> str:
        """The server's version at a member."""
        if self.world.on("mongo-old-version"):
            return "5.0.31"
        return "7.0.14" if member < 2 or not self.world.on("mongo-mixed-versions") else "6.0.19"

    def state(self, member: int) -> str:
        """PRIMARY, SECONDARY, ARBITER or RECOVERING."""
        if member == 2 and self.world.on("mongo-arbiter"):
            return "ARBITER"
        stuck = member == self.stuck and self.world.on("mongo-old-primary-stuck")
        if stuck or (member == 2 and self.world.on("mongo-recovering")):
            return "RECOVERING"
        return "PRIMARY" if member == self.primary and self.has_primary() else "SECONDARY"

    def has_primary(self) -> bool:
        """False while an election is on."""
        if self.abandoned and self.world.on("mongo-no-new-primary"):
            return False
        return time.monotonic() >= self.elected_at

    def step_down(self) -> None:
        """The primary gives up; the next member takes over after the election, or nobody does."""
        self.stuck = self.primary if self.world.on("mongo-old-primary-stuck") else -1
        self.primary = 1 if self.primary == 0 else 0
        self.election, self.term = ObjectId(), self.term + 1
        self.elected_at = time.monotonic() + ELECTION_S
        self.abandoned = self.world.on("mongo-no-new-primary")

    def lag_s(self, member: int) -> int:
        """How far a member is behind the primary."""
        return 60 if member == 2 and self.world.on("mongo-lag") else 0

    def hello(self, member: int) -> dict[str, Any]:
        """What a member says of itself to everybody."""
        state, now = self.state(member), datetime.now(UTC)
        primary = self.members[self.primary] if self.has_primary() else None
        answer: dict[str, Any] = {
            "helloOk": True, "isWritablePrimary": state == "PRIMARY", "ismaster": state == "PRIMARY",
            "secondary": state == "SECONDARY", "setName": SET_NAME, "setVersion": 4, "hosts": self._hosts(),
            "me": self.members[member], "lastWrite": {"lastWriteDate": now - timedelta(seconds=self.lag_s(member))},
            "maxBsonObjectSize": 16_777_216, "maxMessageSizeBytes": 48_000_000, "maxWriteBatchSize": 100_000,
            "localTime": now, "logicalSessionTimeoutMinutes": 30, "connectionId": 1, "minWireVersion": 0,
            "maxWireVersion": 21, "readOnly": False,
        }  # fmt: skip
        if state == "ARBITER":
            answer |= {"arbiterOnly": True}
        if self.world.on("mongo-arbiter"):
            answer |= {"arbiters": [self.members[2]]}
        if primary:
            answer |= {"primary": primary}
        if state == "PRIMARY":
            answer |= {"electionId": self.election}
        return answer

    def status(self, asked: int) -> dict[str, Any]:
        """replSetGetStatus."""
        numbers = {"PRIMARY": 1, "SECONDARY": 2, "RECOVERING": 3, "ARBITER": 7}
        now = datetime.now(UTC)
        members = []
        for member, name in enumerate(self.members):
            state, at = self.state(member), now - timedelta(seconds=self.lag_s(member))
            entry: dict[str, Any] = {
                "_id": member, "name": name, "health": 1.0, "state": numbers[state], "stateStr": state,
                "uptime": 864_000, "configVersion": 4, "configTerm": self.term,
            }  # fmt: skip
            if state != "ARBITER":
                entry |= {"optime": {"ts": Timestamp(int(at.timestamp()), 1), "t": Int64(self.term)}, "optimeDate": at}
            if member == asked:
                entry |= {"self": True}
            members.append(entry)
        return {"set": SET_NAME, "date": now, "myState": numbers[self.state(asked)], "term": Int64(self.term),
                "heartbeatIntervalMillis": Int64(2000), "members": members}  # fmt: skip

    def config(self) -> dict[str, Any]:
        """replSetGetConfig."""
        members = [
            {"_id": n, "host": name, "arbiterOnly": n == 2 and self.world.on("mongo-arbiter"), "hidden": False,
             "priority": 1.0, "votes": 0 if n == 2 and self.world.on("mongo-even-votes") else 1}
            for n, name in enumerate(self.members)
        ]  # fmt: skip
        settings = {"electionTimeoutMillis": 10_000, "heartbeatIntervalMillis": 2000}
        return {"config": {"_id": SET_NAME, "version": 4, "term": self.term, "members": members, "settings": settings}}

    def _hosts(self) -> list[str]:
        return self.members[:2] if self.world.on("mongo-arbiter") else list(self.members)
