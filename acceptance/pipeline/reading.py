"""Files of a foreign folder, read within bounds: no link out of it, no device, no bomb, nothing endless."""

from __future__ import annotations

import fnmatch
import gzip
import io
import os
import stat
import zipfile
import zlib
from collections.abc import Iterator
from pathlib import Path

FILE_LIMIT = 50_000_000  # bytes of one report, unpacked
FILES_LIMIT = 2_000  # files of one folder, and members of one archive
TOTAL_LIMIT = 400_000_000  # bytes of all reports together
RATIO_LIMIT = 200  # unpacked to packed


class Refused(ValueError):
    """A file that is not read; the message says why."""


def files(root: Path) -> tuple[str, ...]:
    """Files below a folder by relative name, links not followed. Refused when there are too many."""
    found: list[str] = []
    for folder, folders, names in os.walk(root, followlinks=False):
        folders.sort()
        linked = [each for each in folders if (Path(folder) / each).is_symlink()]
        for name in sorted([*names, *linked]):
            found.append(str((Path(folder) / name).relative_to(root)))
            if len(found) > FILES_LIMIT:
                raise Refused(f"holds more than {FILES_LIMIT} files")
    return tuple(found)


def matching(names: tuple[str, ...], patterns: tuple[str, ...]) -> tuple[str, ...]:
    """Names that fit any pattern; `**` spans folders because `*` does so too."""
    return tuple(n for n in names if any(fnmatch.fnmatchcase(n, p.replace("**", "*")) for p in patterns))


def contents(root: Path, name: str) -> Iterator[tuple[str, bytes]]:
    """The file's name and bytes; for an archive those of each member. Refused names what is wrong."""
    data = _bytes(root, name)
    if data[:4] == b"PK\x03\x04":
        yield from _unzipped(name, data)
    elif data[:2] == b"\x1f\x8b":
        yield name, _gunzipped(data)
    else:
        yield name, data


def _bytes(root: Path, name: str) -> bytes:
    path = root / name
    if not path.resolve().is_relative_to(root.resolve()):
        raise Refused("is a link out of the folder")
    try:
        handle = os.open(path.resolve(), os.O_RDONLY | os.O_NONBLOCK | os.O_NOFOLLOW)
    except OSError as problem:
        raise Refused(f"can't be opened: {problem.strerror}") from None
    with os.fdopen(handle, "rb") as source:
        about = os.fstat(source.fileno())
        if not stat.S_ISREG(about.st_mode):
            raise Refused("is no regular file")
        if about.st_size > FILE_LIMIT:
            raise Refused(f"is larger than {FILE_LIMIT // 1_000_000} MB")
        data = source.read(FILE_LIMIT + 1)
    if len(data) > FILE_LIMIT:
        raise Refused(f"is larger than {FILE_LIMIT // 1_000_000} MB")
    if not data.strip():
        raise Refused("is empty")
    return data


def _unzipped(name: str, data: bytes) -> Iterator[tuple[str, bytes]]:
    try:
        with zipfile.ZipFile(io.BytesIO(data)) as archive:
            members = [each for each in archive.infolist() if not each.is_dir()]
            if len(members) > FILES_LIMIT:
                raise Refused(f"holds more than {FILES_LIMIT} files")
            if sum(each.file_size for each in members) > min(FILE_LIMIT, RATIO_LIMIT * len(data)):
                raise Refused("unpacks to far more than it is (a bomb)")
            left = FILE_LIMIT
            for member in members:
                with archive.open(member) as source:
                    body = source.read(left + 1)
                left -= len(body)
                if left < 0:
                    raise Refused("unpacks to far more than it is (a bomb)")
                if not body.strip():
                    raise Refused(f"holds {member.filename[:80]}, which is empty")
                yield f"{name}!{member.filename}", body
    except (zipfile.BadZipFile, zlib.error, NotImplementedError, RuntimeError, EOFError, OSError) as problem:
        raise Refused(f"is a broken archive: {problem}") from None


def _gunzipped(data: bytes) -> bytes:
    try:
        with gzip.GzipFile(fileobj=io.BytesIO(data)) as source:
            body = source.read(min(FILE_LIMIT, RATIO_LIMIT * len(data)) + 1)
    except (OSError, EOFError, zlib.error) as problem:
        raise Refused(f"is a broken archive: {problem}") from None
    if len(body) > min(FILE_LIMIT, RATIO_LIMIT * len(data)):
        raise Refused("unpacks to far more than it is (a bomb)")
    if not body.strip():
        raise Refused("is empty")
    return body
