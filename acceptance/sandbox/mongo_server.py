"""The listeners of the double: one TLS port a member, log-in and privileges before any answer; one daemon thread."""

from __future__ import annotations

import asyncio
import itertools
import socket
import ssl
import threading
from datetime import UTC, datetime
from typing import Any

from bson import Timestamp
from bson.errors import InvalidBSON

from acceptance.sandbox.mongo_admin import Admin, Fails
from acceptance.sandbox.mongo_crud import WRITES, Crud
from acceptance.sandbox.mongo_roles import NEEDS, ON_CLUSTER, allows
from acceptance.sandbox.mongo_scram import Conversation, Refused, Stored
from acceptance.sandbox.mongo_set import ReplicaSet, User
from acceptance.sandbox.mongo_wire import Message, NotMongo, encode, read_message

TLS_RECORD = 0x16  # first byte of a TLS handshake


class Session:
    """One connection: who is logged in, and a log-in that is under way."""

    def __init__(self) -> None:
        self.user: User | None = None
        self.login: Conversation | None = None


class Servers:
    """Three listeners on loopback over one replica set."""

    def __init__(self, replica_set: ReplicaSet, contexts: tuple[ssl.SSLContext, ssl.SSLContext]) -> None:
        self.set = replica_set
        self.admin = Admin(replica_set)
        self.crud = Crud(replica_set, self.admin.clients)
        self._good, self._other_name = contexts
        self._ids = itertools.count(1)
        self._sockets = [_bound() for _ in range(3)]
        replica_set.members = [f"localhost:{s.getsockname()[1]}" for s in self._sockets]

    def start(self) -> None:
        """Serve in a daemon thread with a loop of its own."""
        threading.Thread(target=lambda: asyncio.run(self._serve()), name="mongo", daemon=True).start()

    async def _serve(self) -> None:
        await asyncio.gather(*(self._accept(number, each) for number, each in enumerate(self._sockets)))

    async def _accept(self, member: int, listener: socket.socket) -> None:
        loop = asyncio.get_running_loop()
        serving: set[asyncio.Task[None]] = set()
        while True:
            connection, _ = await loop.sock_accept(listener)
            task = loop.create_task(self._connected(member, connection))
            serving.add(task)
            task.add_done_callback(serving.discard)

    async def _connected(self, member: int, connection: socket.socket) -> None:
        """Decide by the first byte whether it is TLS; a plain client is let in only by a fault."""
        loop = asyncio.get_running_loop()
        connection.setblocking(False)
        try:
            first = await asyncio.wait_for(_first_byte(loop, connection), 10)
        except (OSError, TimeoutError):
            connection.close()
            return
        secure = first == TLS_RECORD
        if not first or (not secure and not self.set.world.on("mongo-plain-works")):
            connection.close()
            return
        context = self._other_name if self.set.world.on("mongo-certificate-other-name") else self._good
        reader = asyncio.StreamReader(limit=2**20)
        protocol = asyncio.StreamReaderProtocol(reader)
        try:
            transport, _ = await loop.connect_accepted_socket(
                lambda: protocol, connection, ssl=context if secure else None
            )
        except (OSError, ssl.SSLError):
            connection.close()
            return
        writer = asyncio.StreamWriter(transport, protocol, reader, loop)
        try:
            await self._talk(member, reader, writer)
        except (OSError, asyncio.IncompleteReadError, NotMongo, InvalidBSON):
            pass
        finally:
            transport.abort()

    async def _talk(self, member: int, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        session = Session()
        while True:
            message = await read_message(reader)
            answer = self.answer(member, message, session)
            if not message.silent:
                writer.write(encode(answer, message, next(self._ids)))
                await writer.drain()

    def answer(self, member: int, message: Message, session: Session) -> dict[str, Any]:
        """The whole answer to one command: privileges first, then the handlers."""
        try:
            found = self._handled(member, message, session)
        except Fails as failure:
            found = failure.answer
        except NotImplementedError as lacking:
            found = Fails(2, "BadValue", f"unknown operator: {lacking}").answer
        now = Timestamp(int(datetime.now(UTC).timestamp()), 1)
        clock = {"clusterTime": now, "signature": {"hash": b"\0" * 20, "keyId": 0}}
        return {"ok": 1.0, **found, "$clusterTime": clock, "operationTime": now}

    def _handled(self, member: int, message: Message, session: Session) -> dict[str, Any]:
        name, command, database = message.name, message.command, message.database
        if name in ("hello", "ismaster", "isMaster"):
            return self._hello(member, command, session)
        if name == "saslStart":
            if command.get("mechanism") != "SCRAM-SHA-256":
                raise Fails(
                    334, "MechanismUnavailable", f"Received authentication for mechanism {command.get('mechanism')}"
                )
            if self.set.state(member) == "ARBITER":  # it holds no users
                raise Fails(18, "AuthenticationFailed", "Authentication failed.")
            return self._sasl_start(command, database, session)
        if name == "saslContinue":
            return self._sasl_continue(command, session)
        if name not in NEEDS:
            raise Fails(59, "CommandNotFound", f"no such command: '{name}'")
        if NEEDS[name]:
            self._authorise(name, command, database, session)
        if name in WRITES and self.set.state(member) != "PRIMARY":
            labels = {"errorLabels": ["RetryableWriteError"]} if "txnNumber" in command else {}
            raise Refusal(10107, "NotWritablePrimary", "not primary", labels)
        if name in ("find", "aggregate", "count") and self.set.state(member) == "RECOVERING":
            raise Fails(13436, "NotPrimaryOrSecondary", "node is not in primary or recovering state")
        if name == "aggregate" and command["aggregate"] == 1:
            return {"cursor": {"firstBatch": self.admin.current_operations(), "id": 0, "ns": "admin.$cmd.aggregate"}}
        answer = self.admin.answer(member, command)
        if answer is None:
            answer = self.crud.answer(database, command)
        if answer and name == "listDatabases":
            answer["databases"] = [d for d in answer["databases"] if self._may_list(session, d["name"])]
        if answer is None:
            raise Fails(59, "CommandNotFound", f"no such command: '{name}'")
        return answer

    def _authorise(self, name: str, command: dict[str, Any], database: str, session: Session) -> None:
        if session.user is None:
            if self.set.world.on("mongo-open"):
                return
            raise Fails(13, "Unauthorized", f"Command {name} requires authentication")
        action, collection = NEEDS[name], command[name]
        if name == "explain":
            collection = collection.get("find", "")
        elif name == "profile":
            collection = "system.profile"
        elif name == "aggregate" and collection == 1:
            action = "inprog"
        elif not isinstance(collection, str):
            collection = ""
        roles = self.admin.roles_of(session.user)
        if name != "listDatabases" and not allows(roles, action, database, collection):
            where = "admin" if action in ON_CLUSTER else database
            raise Fails(13, "Unauthorized", f"not authorized on {where} to execute command {{ {name}: 1 }}")

    def _may_list(self, session: Session, database: str) -> bool:
        """Without the right to list all databases a user is shown those that he may read."""
        if session.user is None:
            return True
        roles = self.admin.roles_of(session.user)
        return allows(roles, "listDatabases", "admin", "") or allows(roles, "find", database, "any")

    def _hello(self, member: int, command: dict[str, Any], session: Session) -> dict[str, Any]:
        answer = self.set.hello(member)
        if known := self.set.users.get(str(command.get("saslSupportedMechs", "")).partition(".")[2]):
            answer["saslSupportedMechs"] = list(known.mechanisms)
        early = command.get("speculativeAuthenticate", {})
        if early.get("saslStart") and early.get("mechanism") == "SCRAM-SHA-256" and not answer.get("arbiterOnly"):
            answer["speculativeAuthenticate"] = self._sasl_start(early, early.get("db", "admin"), session)
        return answer

    def _sasl_start(self, command: dict[str, Any], database: str, session: Session) -> dict[str, Any]:
        users = {u.name: u.stored for u in self.set.users.values() if u.db == database}
        if self.set.world.on("mongo-default-password"):
            users["admin"] = Stored.of("admin")
        session.login = Conversation(users)
        return {"conversationId": 1, "done": False, "payload": session.login.first(bytes(command["payload"]))}

    def _sasl_continue(self, command: dict[str, Any], session: Session) -> dict[str, Any]:
        if session.login is None:
            raise Fails(17, "ProtocolError", "No SASL session state found")
        payload = bytes(command["payload"])
        if not payload:
            return {"conversationId": 1, "done": True, "payload": b""}
        try:
            final = session.login.final(payload)
        except (Refused, ValueError):
            raise Fails(18, "AuthenticationFailed", "Authentication failed.") from None
        session.user = self.set.users[session.login.user]
        return {"conversationId": 1, "done": True, "payload": final}


class Refusal(Fails):
    """An error with labels, as a retryable write gets it."""

    def __init__(self, code: int, name: str, message: str, labels: dict[str, Any]) -> None:
        super().__init__(code, name, message)
        self.answer |= labels


def _bound() -> socket.socket:
    listener = socket.socket()
    listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    listener.bind(("127.0.0.1", 0))
    listener.listen(128)
    listener.setblocking(False)
    return listener


async def _first_byte(loop: asyncio.AbstractEventLoop, connection: socket.socket) -> int:
    ready = asyncio.Event()
    loop.add_reader(connection, ready.set)
    try:
        await ready.wait()
        first = connection.recv(1, socket.MSG_PEEK)
    finally:
        loop.remove_reader(connection)
    return first[0] if first else 0
