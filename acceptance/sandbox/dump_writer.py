"""Writes what mongodump writes: an archive with an oplog, packed with gzip; or a folder of .bson files."""

from __future__ import annotations

import gzip
import json
import struct
from collections.abc import Mapping, Sequence
from datetime import datetime
from pathlib import Path
from typing import Any

import bson

from acceptance.probes.backup_formats import ARCHIVE, END, crc64

Collections = Mapping[str, Sequence[dict[str, Any]]]
Indexes = Mapping[str, Sequence[dict[str, Any]]]  # of a collection, beside the one on _id


def archive(database: str, collections: Collections, at: datetime, indexes: Indexes | None = None) -> bytes:
    """`mongodump --archive --gzip --oplog`, whose last oplog entry is of `at`."""
    oplog = [{"ts": bson.Timestamp(int(at.timestamp()), 1), "op": "n", "ns": "", "o": {"msg": "periodic noop"}}]
    parts = [ARCHIVE, bson.encode({"concurrent_collections": 4, "version": "0.1", "server_version": "7.0.14",
                                   "tool_version": "100.9.4"})]  # fmt: skip
    named = [(database, name, list(documents)) for name, documents in collections.items()] + [("", "oplog", oplog)]
    for db, name, _ in named:
        described = {
            "db": db,
            "collection": name,
            "metadata": _metadata(name, indexes),
            "size": 0,
            "type": "collection",
        }
        parts.append(bson.encode(described))
    parts.append(END)
    for db, name, documents in named:
        raw = b"".join(bson.encode(document) for document in documents)
        if raw:
            parts += [bson.encode({"db": db, "collection": name, "EOF": False, "CRC": bson.Int64(0)}), raw, END]
        crc = struct.unpack("<q", struct.pack("<Q", crc64(raw)))[0]
        parts += [bson.encode({"db": db, "collection": name, "EOF": True, "CRC": bson.Int64(crc)}), END]
    return gzip.compress(b"".join(parts), mtime=0)


def folder(root: Path, database: str, collections: Collections, *, packed: bool = True) -> None:
    """`mongodump --out ROOT`, with `--gzip` where packed."""
    (root / database).mkdir(parents=True)
    for name, documents in collections.items():
        raw = b"".join(bson.encode(document) for document in documents)
        for suffix, content in ((".bson", raw), (".metadata.json", _metadata(name).encode())):
            path = root / database / f"{name}{suffix}{'.gz' if packed else ''}"
            path.write_bytes(gzip.compress(content, mtime=0) if packed else content)


def _metadata(name: str, indexes: Indexes | None = None) -> str:
    two, one = {"$numberInt": "2"}, {"$numberInt": "1"}
    known = [{"v": two, "key": {"_id": one}, "name": "_id_"}, *(indexes or {}).get(name, ())]
    return json.dumps({"indexes": known, "collectionName": name, "type": "collection"})
