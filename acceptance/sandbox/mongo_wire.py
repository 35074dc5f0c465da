"""MongoDB's wire protocol, as far as a driver needs it: OP_MSG both ways, and the OP_QUERY with which it opens."""

from __future__ import annotations

import asyncio
import struct
from dataclasses import dataclass
from typing import Any

import bson

OP_REPLY, OP_QUERY, OP_MSG = 1, 2004, 2013
CHECKSUM, MORE_TO_COME = 1, 2
LARGEST = 48_000_000  # bytes of one message, as the server's own bound


class NotMongo(ValueError):
    """What came is no message of the protocol."""


@dataclass(frozen=True)
class Message:
    """One command as it came. `silent`: the client waits for no answer."""

    id: int
    opcode: int
    command: dict[str, Any]
    silent: bool = False

    @property
    def name(self) -> str:
        """The command's name: its first key."""
        return next(iter(self.command), "")

    @property
    def database(self) -> str:
        """The database that it addresses."""
        return str(self.command.get("$db", "admin"))


async def read_message(reader: asyncio.StreamReader) -> Message:
    """The next message; IncompleteReadError at the end, NotMongo for anything else than the two kinds."""
    length, id, _, opcode = struct.unpack("<iiii", await reader.readexactly(16))
    if not 16 < length <= LARGEST:
        raise NotMongo(f"a message of {length} bytes")
    body = await reader.readexactly(length - 16)
    if opcode == OP_MSG:
        flags = struct.unpack_from("<I", body)[0]
        end = len(body) - (4 if flags & CHECKSUM else 0)
        return Message(id, opcode, _sections(body[4:end]), bool(flags & MORE_TO_COME))
    if opcode == OP_QUERY:
        end_of_name = body.index(b"\x00", 4)
        document = bson.decode(body[end_of_name + 9 :])
        return Message(id, opcode, {**document, "$db": body[4:end_of_name].decode().partition(".")[0]})
    raise NotMongo(f"opcode {opcode}")


def encode(answer: dict[str, Any], to: Message, id: int) -> bytes:
    """The answer to a message, in the form in which that was asked."""
    document = bson.encode(answer)
    if to.opcode == OP_QUERY:
        return _framed(struct.pack("<iqii", 8, 0, 0, 1) + document, to, id, OP_REPLY)
    return _framed(struct.pack("<I", 0) + b"\x00" + document, to, id, OP_MSG)


def _framed(body: bytes, to: Message, id: int, opcode: int) -> bytes:
    return struct.pack("<iiii", len(body) + 16, id, to.id, opcode) + body


def _sections(body: bytes) -> dict[str, Any]:
    command: dict[str, Any] = {}
    at = 0
    while at < len(body):
        kind = body[at]
        size = struct.unpack_from("<i", body, at + 1)[0]
        part = body[at + 1 : at + 1 + size]
        if kind == 0:
            command = {**bson.decode(part), **command}
        elif kind == 1:
            name, _, documents = part[4:].partition(b"\x00")
            command[name.decode()] = bson.decode_all(documents)
        else:
            raise NotMongo(f"section kind {kind}")
        at += 1 + size
    return command
