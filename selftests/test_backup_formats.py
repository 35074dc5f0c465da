"""Reading dumps: what mongodump writes is read whole, and whatever is cut or altered is told, never passed."""

from __future__ import annotations

import bz2
import gzip
import io
import lzma
import tarfile
from collections import Counter
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path

import bson
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from acceptance.facts import ProbeError
from acceptance.probes.backup_formats import Damaged, Encrypted, crc64, directory_entries, entries
from acceptance.sandbox.dump_writer import archive, folder

AT = datetime(2026, 3, 1, 2, 0, tzinfo=UTC)
COLLECTIONS = {
    "users": [{"_id": n, "email": f"u{n}@example.com"} for n in range(7)],
    "trades": [{"_id": 1}],
    "empty": [],
}
COUNTS = {"bot_core.users": 7, "bot_core.trades": 1, "bot_core.empty": 0, "oplog": 1}
WHOLE = archive("bot_core", COLLECTIONS, AT)
RAW = gzip.decompress(WHOLE)


def counted(content: bytes) -> dict[str, int]:
    found: Counter[str] = Counter()
    for namespace, document in entries(io.BytesIO(content)):
        found[namespace] += bool(document)
    return dict(found)


def tarred(root: Path, mode: str = "w:gz") -> bytes:
    packed = io.BytesIO()
    with tarfile.open(fileobj=packed, mode=mode) as tar:  # type: ignore[call-overload]  # a mode by name
        tar.add(root, arcname="dump")
    return packed.getvalue()


def test_the_checksum_is_the_one_of_the_format() -> None:
    assert crc64(b"123456789") == 0x995DC9BBDF1939FA  # CRC-64/XZ's check value
    assert crc64(b"56789", crc64(b"1234")) == crc64(b"123456789")


@pytest.mark.parametrize("content", [WHOLE, RAW], ids=["gzip", "plain"])
def test_archive_is_read_whole(content: bytes) -> None:
    assert counted(content) == COUNTS


@pytest.mark.parametrize("packed", [True, False])
def test_folder_and_tar_are_read_whole(packed: bool, tmp_path: Path) -> None:
    folder(tmp_path / "dump", "bot_core", COLLECTIONS, packed=packed)
    found: Counter[str] = Counter()
    for namespace, document in directory_entries(tmp_path / "dump"):
        found[namespace] += bool(document)
    assert dict(found) == {name: count for name, count in COUNTS.items() if name != "oplog"}
    assert counted(tarred(tmp_path / "dump")) == dict(found)
    assert counted(tarred(tmp_path / "dump", "w")) == dict(found)


def test_oplog_beside_the_databases_is_told_from_a_collection(tmp_path: Path) -> None:
    folder(tmp_path, "bot_core", {"oplog": [{"_id": 1}]}, packed=False)
    (tmp_path / "oplog.bson").write_bytes(bson.encode({"ts": bson.Timestamp(1, 1)}))
    assert {namespace for namespace, _ in directory_entries(tmp_path)} == {"oplog", "bot_core.oplog"}


@pytest.mark.parametrize("cut", range(1, len(RAW) - 1, 37))
def test_archive_cut_anywhere_is_damaged(cut: int) -> None:
    with pytest.raises(Damaged):
        counted(RAW[:cut])


@settings(max_examples=60, deadline=None)
@given(cut=st.integers(0, len(WHOLE) - 1))
def test_packed_archive_cut_anywhere_is_damaged(cut: int) -> None:
    with pytest.raises(Damaged):
        counted(WHOLE[:cut])


def test_altered_document_is_told_by_its_checksum() -> None:
    altered = RAW.replace(b"u3@example.com", b"x3@example.com")
    with pytest.raises(Damaged, match=r"bot_core\.users: its checksum"):
        counted(altered)


@settings(max_examples=120, deadline=None)
@given(garbage=st.binary(max_size=600))
def test_garbage_is_damaged_encrypted_or_unread_never_a_dump(garbage: bytes) -> None:
    with pytest.raises((Damaged, Encrypted, ProbeError)):
        counted(garbage)


def test_document_of_two_gigabytes_is_not_believed() -> None:
    with pytest.raises(Damaged, match="a document of"):
        counted(RAW[:4] + b"\xff\xff\xff\x7f" + RAW[8:])


@pytest.mark.parametrize(
    "head",
    [
        b"\x85\x02\x0c\x03",
        b"\xc1\xc0\x4c\x03",
        b"-----BEGIN PGP MESSAGE-----\n",
        b"\xd2\xff",
        b"Salted__",
        b"-----BEGIN AGE ENCRYPTED FILE-----\n",
    ],
)
def test_encrypted_file_is_known_by_its_header(head: bytes) -> None:
    with pytest.raises(Encrypted):
        counted(head + bytes(600))


@pytest.mark.parametrize("pack", [lzma.compress, bz2.compress, lambda raw: b"\x28\xb5\x2f\xfd" + raw])
def test_what_another_packer_made_is_unread_not_damaged(pack: Callable[[bytes], bytes]) -> None:
    with pytest.raises(ProbeError, match="does not read"):
        counted(pack(RAW))


def test_time_series_of_an_archive_lies_in_its_buckets() -> None:
    described = {"db": "bot_core", "collection": "ticks", "metadata": "", "size": 0, "type": "timeseries"}
    bucket, end = bson.encode({"_id": 1}), b"\xff\xff\xff\xff"
    block = {"db": "bot_core", "collection": "system.buckets.ticks", "EOF": False, "CRC": bson.Int64(0)}
    crc = crc64(bucket)
    last = {**block, "EOF": True, "CRC": bson.Int64(crc - (1 << 64) if crc >> 63 else crc)}
    parts = [bson.encode({}), bson.encode(described), end, bson.encode(block), bucket, end, bson.encode(last), end]
    found = counted(b"\x6d\xe2\x99\x81" + b"".join(parts))
    assert found == {"bot_core.ticks": 0, "bot_core.system.buckets.ticks": 1}


def test_broken_member_of_a_tar_is_named(tmp_path: Path) -> None:
    folder(tmp_path / "dump", "bot_core", COLLECTIONS, packed=False)
    users = tmp_path / "dump" / "bot_core" / "users.bson"
    users.write_bytes(users.read_bytes()[:-3])
    with pytest.raises(Damaged, match=r"bot_core/users\.bson is cut"):
        counted(tarred(tmp_path / "dump"))


def test_folder_without_documents_is_no_dump(tmp_path: Path) -> None:
    (tmp_path / "readme.txt").write_text("nothing")
    with pytest.raises(Damaged, match=r"no \.bson file"):
        list(directory_entries(tmp_path))
