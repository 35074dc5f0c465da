"""Where backups lie: a folder that the suite can read, or a bucket. Both list names and open streams."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from itertools import islice
from pathlib import Path
from typing import IO, Any, Protocol

from acceptance.asking import reading
from acceptance.facts import ProbeError, Unseen, text
from acceptance.probes.backup_facts import Kept
from acceptance.probes.backup_formats import STAMP, Indexes, directory_entries, entries
from acceptance.probes.backup_kept import Slice
from acceptance.tables.backup import Bucket
from acceptance.visit import Visit

SIDECARS = (".sha256", ".sha256sum", ".md5", ".sig", ".asc", ".log", ".json", ".tmp", ".part", ".partial")
MOST = 500_000  # files of one place: a dump that is a folder has many


class Store(Protocol):
    """What both kinds of place can do."""

    @property
    def where(self) -> str:
        """How evidence names it."""

    @property
    def region(self) -> str:
        """Region or provider."""

    def kept(self) -> tuple[Kept, ...]:
        """Backups, newest first by the time in their names."""

    def open(self, name: str) -> IO[bytes]:
        """A backup as a stream."""

    def documents(self, name: str, stream: IO[bytes], indexes: Indexes | None = None) -> Iterator[tuple[str, bytes]]:
        """Namespace and document, one after the other; `indexes` is filled by the way."""

    def checksum(self, name: str) -> str:
        """The checksum that lies beside a backup; "" for none."""

    def encrypted(self) -> bool | Unseen:
        """Whether the place encrypts what lies in it."""

    def kept_days(self) -> int | Unseen | None:
        """After how many days the place itself removes backups; None: never."""

    def versioned(self) -> bool | Unseen:
        """Whether the place keeps what is deleted or overwritten in it."""


def stamp(name: str) -> datetime | None:
    """The time in a backup's name, taken as UTC unless it says its own zone; None when there is none."""
    if not (found := STAMP.search(name.rpartition("/")[2])):
        return None
    *numbers, zone = found.groups()
    try:
        at = datetime(*(int(part or 0) for part in numbers), tzinfo=UTC)  # type: ignore[arg-type, misc]  # six numbers
        return (at.replace(tzinfo=datetime.strptime(zone, "%z").tzinfo) if zone else at).astimezone(UTC)
    except (ValueError, OverflowError):
        return None


def slices_of(kept: Iterable[Kept]) -> tuple[Slice, ...]:
    """Slices of the oplog: files with content whose name tells a start and an end."""
    found = []
    for each in kept:
        times = re.search(r"(?<!\d)(20\d{12})(?:-\d+)?[._-](20\d{12})(?!\d)", each.name)
        if times and each.size_bytes:
            start, end = stamp(times[1]), stamp(times[2])
            if start and end and start < end:
                found.append(Slice(start, end))
    return tuple(found)


def sorted_by_time(found: list[Kept]) -> tuple[Kept, ...]:
    """Newest first; what carries no time last."""
    return tuple(sorted(found, key=lambda k: (k.at or datetime.min.replace(tzinfo=UTC), k.name), reverse=True))


@dataclass(frozen=True)
class Folder:
    """A folder, with backups at any depth: files, or folders with .bson files in them."""

    root: Path
    region: str = ""

    @property
    def where(self) -> str:
        """How evidence names it."""
        return str(self.root)

    def kept(self) -> tuple[Kept, ...]:
        """Files and dump folders."""
        if not self.root.is_dir():
            raise ProbeError(f"backups in {self.root}", "there is no such folder, or it can't be read")
        found: list[Kept] = []
        dumps: set[Path] = set()
        for path in islice(self.root.rglob("*"), MOST):
            if not path.is_file() or (path.name.endswith(SIDECARS) and not path.name.endswith(".metadata.json")):
                continue
            if ".bson" in path.name or path.name.endswith((".metadata.json", ".metadata.json.gz")):
                dumps.add(self._dump_of(path))
            else:
                name = path.relative_to(self.root).as_posix()
                found.append(Kept(text(name, 300), stamp(name), path.stat().st_size))
        for folder in dumps:
            name = folder.relative_to(self.root).as_posix()
            size = sum(p.stat().st_size for p in folder.rglob("*") if p.is_file())
            found.append(Kept(text(name, 300), stamp(name), size))
        return sorted_by_time(found)

    def _dump_of(self, file: Path) -> Path:
        """The dump that a .bson file belongs to: the nearest folder above whose name carries a time."""
        for folder in file.parents:
            if folder == self.root:
                break
            if stamp(folder.name):
                return folder
        return file.parent

    def open(self, name: str) -> IO[bytes]:
        """A file's bytes; of a folder all files' bytes, for its checksum."""
        path = self.root / name
        if path.is_dir():
            return _empty()
        return path.open("rb")

    def documents(self, name: str, stream: IO[bytes], indexes: Indexes | None = None) -> Iterator[tuple[str, bytes]]:
        """Documents of a file or a folder."""
        path = self.root / name
        return directory_entries(path, indexes) if path.is_dir() else entries(stream, indexes)

    def checksum(self, name: str) -> str:
        """What stands in NAME.sha256; of a folder nothing, it has no bytes of its own."""
        for suffix in () if (self.root / name).is_dir() else (".sha256", ".sha256sum"):
            beside = self.root / f"{name}{suffix}"
            if beside.is_file():
                with beside.open(encoding="utf-8", errors="replace") as said:
                    return stated(said.read(300))
        return ""

    def encrypted(self) -> bool | Unseen:
        """A folder does not tell."""
        return Unseen(f"encryption of {self.root}", "a folder does not tell")

    def kept_days(self) -> int | Unseen | None:
        """A folder removes nothing by itself."""
        return None

    def versioned(self) -> bool | Unseen:
        """What is deleted in a folder is gone."""
        return False


class _Body:
    """An object's bytes; a broken connection is no end of the file."""

    def __init__(self, body: Any, what: str) -> None:
        self._body, self._what = body, what

    def __enter__(self) -> _Body:
        return self

    def __exit__(self, *_: object) -> None:
        self._body.close()

    def read(self, size: int = -1) -> bytes:
        """The next bytes; ProbeError when the store stops in the middle."""
        from botocore.exceptions import BotoCoreError

        try:
            found: bytes = self._body.read(None if size < 0 else size)
        except (BotoCoreError, OSError) as problem:
            raise ProbeError(self._what, f"{type(problem).__name__}: {text(problem, 120)}") from None
        return found


class S3:
    """A bucket below a prefix; each object is one backup."""

    def __init__(self, visit: Visit, known: Bucket) -> None:
        from acceptance.aws import Aws

        self._aws = Aws(visit, region=known.region, endpoint=known.endpoint, access_key=known.access_key, read_s=20)
        self._known = known
        self.where = f"s3://{known.bucket}/{known.prefix}"
        self.region = known.region

    def repeated(self) -> tuple[str, ...]:
        """What had to be asked again."""
        return self._aws.evidence()

    def kept(self) -> tuple[Kept, ...]:
        """Objects below the prefix."""
        found: list[Kept] = []
        with reading(self.where):
            everything = self._aws.all(
                "s3", "list_objects_v2", "Contents", Bucket=self._known.bucket, Prefix=self._prefix
            )
            for each in everything:
                name = each["Key"].removeprefix(self._prefix)
                if not name.endswith((*SIDECARS, "/")) and name:  # consoles make an empty object of a folder
                    found.append(Kept(text(name, 300), stamp(name), int(each["Size"])))
        return sorted_by_time(found)

    def open(self, name: str) -> IO[bytes]:
        """The object's body."""
        body: Any = _Body(
            self._ask("get_object", Key=f"{self._prefix}{name}")["Body"], f"backup {name} in {self.where}"
        )
        return body  # type: ignore[no-any-return]  # it reads bytes and closes, no more is asked of it

    def documents(self, _: str, stream: IO[bytes], indexes: Indexes | None = None) -> Iterator[tuple[str, bytes]]:
        """Documents of an object."""
        return entries(stream, indexes)

    def checksum(self, name: str) -> str:
        """What stands in NAME.sha256, or in the object's metadata."""
        from acceptance.aws import Refusal

        try:
            beside: Any = _Body(self._ask("get_object", Key=f"{self._prefix}{name}.sha256")["Body"], f"{name}.sha256")
            with beside:
                return stated(text(beside.read(300)))
        except Refusal as problem:
            if problem.code not in ("NoSuchKey", "404"):
                raise
            head = self._ask("head_object", Key=f"{self._prefix}{name}")
            return stated(str(head.get("Metadata", {}).get("sha256", "")))

    def encrypted(self) -> bool | Unseen:
        """The bucket's default encryption."""
        rules = self._unless("ServerSideEncryptionConfigurationNotFoundError", "get_bucket_encryption")
        if isinstance(rules, Unseen):
            return rules
        with reading(f"encryption of {self.where}"):
            return bool(rules and rules["ServerSideEncryptionConfiguration"].get("Rules"))

    def kept_days(self) -> int | Unseen | None:
        """The shortest expiry of the bucket's rules that touch the prefix."""
        rules = self._unless("NoSuchLifecycleConfiguration", "get_bucket_lifecycle_configuration")
        if isinstance(rules, Unseen):
            return rules
        days = []
        with reading(f"the rules of {self.where}"):
            for rule in (rules or {}).get("Rules", ()):
                chosen = rule.get("Filter", {})
                prefix = chosen.get("And", chosen).get("Prefix", rule.get("Prefix", "")) or ""
                touches = self._prefix.startswith(prefix) or prefix.startswith(self._prefix)
                if rule.get("Status") == "Enabled" and touches and "Days" in rule.get("Expiration", {}):
                    days.append(int(rule["Expiration"]["Days"]))
        return min(days, default=None)

    def versioned(self) -> bool | Unseen:
        """Whether the bucket keeps the versions of its objects."""
        try:
            return str(self._ask("get_bucket_versioning").get("Status", "")) == "Enabled"
        except ProbeError as problem:
            return Unseen(f"{problem.what} of {self.where}", problem.why)

    @property
    def _prefix(self) -> str:
        return self._known.prefix

    def _ask(self, call: str, **parameters: Any) -> dict[str, Any]:
        return self._aws.ask("s3", call, Bucket=self._known.bucket, **parameters)

    def _unless(self, absent: str, call: str) -> dict[str, Any] | Unseen | None:
        """The bucket's answer; None where its code says that there is no such setting."""
        from acceptance.aws import Refusal

        try:
            return self._ask(call)
        except Refusal as problem:
            return None if problem.code == absent else Unseen(f"{problem.what} of {self.where}", problem.why)
        except ProbeError as problem:
            return Unseen(f"{problem.what} of {self.where}", problem.why)


def stated(line: str) -> str:
    """The SHA-256 in a line of sha256sum, openssl or BSD; else its first word, which no backup's hash will be."""
    found = re.search(r"\b[0-9a-f]{64}\b", line.lower())
    return found[0] if found else (line.split() or [""])[0].lower()[:128]


def _empty() -> IO[bytes]:
    import io

    return io.BytesIO()
