"""Reads what mongodump writes, as a stream: archive, directory, and a directory in a tar; each with gzip or without.

Formats are told by their first bytes. Of an encrypted file no more than its header is read.
"""

from __future__ import annotations

import gzip
import io
import re
import struct
import tarfile
import zlib
from collections.abc import Iterator
from pathlib import Path
from typing import IO, Any

from acceptance.facts import ProbeError, text

ARCHIVE = b"\x6d\xe2\x99\x81"
GZIP = b"\x1f\x8b"
OTHERS = {
    b"\x28\xb5\x2f\xfd": "zstd", b"\xfd7zXZ\0": "xz", b"BZh91AY&SY": "bzip2", b"\x04\x22\x4d\x18": "lz4", b"PK\3\4": "zip",
}  # fmt: skip
END = b"\xff\xff\xff\xff"
LARGEST = 48_000_000  # bytes of one document
CRC_UP_TO = 32_000_000  # bytes of which checksums are recomputed: more would take minutes
OPLOG = "oplog"
BUCKETS = "system.buckets."  # below this name lie the documents of a time series

Indexes = dict[str, list[dict[str, Any]]]  # namespace -> specifications of its indexes, as the dump's metadata has them
Entry = tuple[str, bytes]  # namespace ("oplog" for the oplog) and one BSON document; b"" only announces the namespace


class Damaged(Exception):
    """What was read is cut, altered or no dump; the message says where."""


class Encrypted(Exception):
    """The file is encrypted; only its owner can look into it."""


def entries(stream: IO[bytes], indexes: Indexes | None = None) -> Iterator[Entry]:
    """Every document of a dump in one file; `indexes` is filled by the way. Damaged or Encrypted where that ends it."""
    indexes = {} if indexes is None else indexes
    head, whole = _peeked(stream, 512)
    if head[:2] == GZIP:
        unpacked = gzip.GzipFile(fileobj=whole)
        try:
            head, whole = _peeked(unpacked, 512)
            yield from _unpacked(head, whole, indexes)
            while whole.read(1 << 20):  # the checksum of gzip stands at the end
                pass
        except (EOFError, zlib.error, gzip.BadGzipFile) as problem:
            raise Damaged(f"gzip: {text(problem, 120)}") from None
    else:
        yield from _unpacked(head, whole, indexes)


def directory_entries(folder: Path, indexes: Indexes | None = None) -> Iterator[Entry]:
    """Every document of a dump that is a folder; `indexes` is filled by the way."""
    indexes = {} if indexes is None else indexes
    files = sorted(p for p in folder.rglob("*") if p.is_file())
    if not any(p.name.endswith((".bson", ".bson.gz")) for p in files):
        raise Damaged("the folder holds no .bson file")
    for path in files:
        with path.open("rb") as stream:
            yield from _member(path.relative_to(folder).as_posix(), stream, indexes)


def _unpacked(head: bytes, stream: IO[bytes], indexes: Indexes) -> Iterator[Entry]:
    if not head:
        raise Damaged("the file is empty")
    if head[:4] == ARCHIVE:
        yield from _archive(stream, indexes)
    elif head[257:262] == b"ustar":
        yield from _tar(stream, indexes)
    elif _is_openpgp(head) or head.startswith((b"age-encryp", b"-----BEGIN AGE ENCRYPTED", b"Salted__")):
        raise Encrypted
    elif packed := next((name for magic, name in OTHERS.items() if head.startswith(magic)), ""):
        raise ProbeError("what the backup holds", f"it is packed by {packed}, which the suite does not read")
    else:
        raise Damaged("the first bytes are none of mongodump's archive, tar or OpenPGP")


def _is_openpgp(head: bytes) -> bool:
    """Whether a packet stands first that only encrypted messages begin with (tags 1, 3, 9, 18), or the armour."""
    if head.startswith(b"-----BEGIN PGP MESSAGE"):
        return True
    first = head[0]
    return bool(first & 0x80) and (first & 0x3F if first & 0x40 else (first & 0x3C) >> 2) in (1, 3, 9, 18)


def _archive(stream: IO[bytes], indexes: Indexes) -> Iterator[Entry]:
    """Header, one description of each collection, then their documents in turn, each ended with a checksum."""
    _exactly(stream, 4, "the header")
    if _document(stream, "the header") is None:
        raise Damaged("the archive has no header")
    open_: dict[str, int] = {}
    while (raw := _document(stream, "the list of collections")) is not None:
        described = decoded(raw, "the list of collections")
        name = _namespace(described.get("db"), described.get("collection"))
        if described.get("type") != "view":
            indexes[name] = _specifications(str(described.get("metadata") or "{}"), name)
            yield name, b""
            if described.get("type") == "timeseries":
                name = _namespace(described.get("db"), f"{BUCKETS}{described.get('collection')}")
            open_[name] = 0
    read = 0
    while head := stream.read(4):
        raw = _document(stream, "a block of documents", head)
        if raw is None:
            raise Damaged("a block has no header")
        block = decoded(raw, "a block of documents")
        name = _namespace(block.get("db"), block.get("collection"))
        crc = open_.get(name, 0)
        while (document := _document(stream, name)) is not None:
            read += len(document)
            crc = crc64(document, crc) if read <= CRC_UP_TO else 0
            yield name, document
        open_[name] = crc
        if block.get("EOF"):
            stated = int(block.get("CRC", 0)) & 0xFFFFFFFFFFFFFFFF
            if read <= CRC_UP_TO and stated != crc:
                raise Damaged(f"{name}: its checksum is not the one that stands at its end")
            open_.pop(name, None)
    if open_:
        raise Damaged(f"the archive ends before {', '.join(sorted(open_))} {'does' if len(open_) == 1 else 'do'}")


def _tar(stream: IO[bytes], indexes: Indexes) -> Iterator[Entry]:
    try:
        with tarfile.open(fileobj=stream, mode="r|") as tar:
            found = False
            for member in tar:
                if member.isfile() and (content := tar.extractfile(member)):
                    found = found or ".bson" in member.name
                    yield from _member(member.name, content, indexes)
            if not found:
                raise Damaged("the tar holds no .bson file")
    except tarfile.TarError as problem:
        raise Damaged(f"tar: {text(problem, 120)}") from None


def _member(path: str, content: IO[bytes], indexes: Indexes) -> Iterator[Entry]:
    """Documents of one file of a folder; metadata must be JSON, anything else is left alone."""
    packed = path.endswith(".gz")
    stem = path.removesuffix(".gz")
    stream: IO[bytes] = gzip.GzipFile(fileobj=content) if packed else content  # type: ignore[assignment]  # reads bytes
    try:
        if stem.endswith(".metadata.json"):
            name = ".".join(stem.removesuffix(".metadata.json").split("/")[-2:])
            indexes[name] = _specifications(stream.read(LARGEST).decode("utf-8"), path)
        elif stem.endswith(".bson"):
            name = ".".join(stem.removesuffix(".bson").split("/")[-2:])
            documents = _documents(path, stream)
            first = next(documents, b"")
            if name.rpartition(".")[2] == "oplog" and _is_oplog(first):
                name = OPLOG
            yield name, first
            for document in documents:
                yield name, document
    except (EOFError, zlib.error, gzip.BadGzipFile, ValueError) as problem:
        raise Damaged(f"{path}: {text(problem, 120)}") from None


def _specifications(metadata: str, where: str) -> list[dict[str, Any]]:
    """Indexes in a collection's metadata, which is extended JSON; Damaged when it is none."""
    from bson import json_util

    try:
        found = [each for each in json_util.loads(metadata).get("indexes", ()) if isinstance(each["key"], dict)]
    except (ValueError, TypeError, KeyError, AttributeError) as problem:
        raise Damaged(f"{where}: its metadata: {text(problem, 120)}") from None
    return found


def decoded(document: bytes, where: str) -> dict[str, Any]:
    """A document's fields; Damaged when it has none."""
    import bson
    from bson.errors import InvalidBSON

    try:
        found: dict[str, Any] = bson.decode(document)
    except InvalidBSON as problem:
        raise Damaged(f"{where}: {text(problem, 120)}") from None
    return found


def _documents(path: str, stream: IO[bytes]) -> Iterator[bytes]:
    while head := stream.read(4):
        document = _document(stream, path, head)
        if document is None:
            raise Damaged(f"{path} holds something that is no document")
        yield document


def _is_oplog(document: bytes) -> bool:
    """Whether a document is an entry of the oplog, rather than of a collection that has its name."""
    import bson

    return bool(document) and isinstance(decoded(document, OPLOG).get("ts"), bson.Timestamp)


def _document(stream: IO[bytes], where: str, head: bytes = b"") -> bytes | None:
    """The next document's bytes, or None at a terminator."""
    head = head + _exactly(stream, 4 - len(head), where)
    if head == END:
        return None
    size = int(struct.unpack("<i", head)[0])
    if not 5 <= size <= LARGEST:
        raise Damaged(f"{where}: a document of {size} bytes")
    whole = head + _exactly(stream, size - 4, where)
    if whole[-1]:
        raise Damaged(f"{where}: a document without its end")
    return whole


def _exactly(stream: IO[bytes], size: int, where: str) -> bytes:
    found = b""
    while len(found) < size:
        if not (more := stream.read(size - len(found))):
            raise Damaged(f"{where} is cut")
        found += more
    return found


def _namespace(database: Any, collection: Any) -> str:
    return text(f"{database}.{collection}", 255) if database else OPLOG


class _Joined(io.RawIOBase):
    """A stream whose first bytes were read already."""

    def __init__(self, head: bytes, rest: IO[bytes]) -> None:
        self._head, self._rest = head, rest

    def readable(self) -> bool:
        return True

    def read(self, size: int = -1) -> bytes:
        if not self._head:
            return self._rest.read(size)
        if size < 0:
            found, self._head = self._head + self._rest.read(), b""
            return found
        found, self._head = self._head[:size], self._head[size:]
        return found


def _peeked(stream: Any, size: int) -> tuple[bytes, Any]:
    head = b""
    while len(head) < size and (more := stream.read(size - len(head))):
        head += more
    return head, _Joined(head, stream)


def _table() -> tuple[int, ...]:
    made = []
    for byte in range(256):
        crc = byte
        for _ in range(8):
            crc = (crc >> 1) ^ 0xC96C5795D7870F42 if crc & 1 else crc >> 1
        made.append(crc)
    return tuple(made)


_TABLE = _table()


def crc64(data: bytes, crc: int = 0) -> int:
    """CRC-64 of ECMA-182 as the archive writes it, continued from `crc`."""
    crc ^= 0xFFFFFFFFFFFFFFFF
    for byte in data:
        crc = _TABLE[(crc ^ byte) & 0xFF] ^ (crc >> 8)
    return crc ^ 0xFFFFFFFFFFFFFFFF


STAMP = re.compile(  # the last part is the zone, where a name says it
    r"(?<!\d)(20\d{2})-?(\d{2})-?(\d{2})[T_-]?(\d{2})[:-]?(\d{2})[:-]?(\d{2})?(Z|[+-]\d{2}:\d{2}|\+\d{4})?(?!\d)"
)
