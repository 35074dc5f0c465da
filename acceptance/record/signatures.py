"""Signatures of a run: what exactly is signed, the manifest of its evidence files, and whether both still hold.

A signature is an `ssh-keygen -Y` signature over a short statement that names the record's and the manifest's hash,
so a run can be checked offline, anywhere, with the stock tool. Nothing here reads a private key.
"""

from __future__ import annotations

import base64
import hashlib
import re
import subprocess
import tempfile
from collections.abc import Mapping
from dataclasses import dataclass, fields, replace
from datetime import datetime
from pathlib import Path

from acceptance.record.file import RecordError, canonical, load
from acceptance.record.model import Record, SignOff
from acceptance.record.renderings import NAMES, renderings
from acceptance.record.words import one_line, spoken
from acceptance.signoff import ROLES, People

NAMESPACE = "bot-core-acceptance"
FOLDER = "signatures"
MANIFEST = "manifest.sha256"
TOOL_DEADLINE_S = 120  # a person may have to type a passphrase or touch a token
_TITLE = "Bot Core production acceptance"
_WHO = re.compile(r"[\w.+@-]{1,200}", re.ASCII)


class SignatureError(ValueError):
    """A run that can't be signed or verified, in one sentence."""


@dataclass(frozen=True)
class Statement:
    """What a person signs."""

    target: str
    version: str
    commit: str
    run: str
    verdict: str
    record: str  # SHA-256 of the record's content
    manifest: str  # SHA-256 of the manifest
    role: str
    by: str
    on: str

    def text(self) -> str:
        """The bytes that are signed: a line for each field."""
        return "\n".join([_TITLE, *(f"{f.name}: {one_line(getattr(self, f.name))}" for f in fields(self))]) + "\n"

    @classmethod
    def read(cls, text: str, name: str) -> Statement:
        """A statement out of its text. SignatureError when it is none."""
        title, *lines = text.splitlines() or [""]
        pairs = [line.partition(": ")[::2] for line in lines]
        if title != _TITLE or [key for key, _ in pairs] != [f.name for f in fields(cls)]:
            raise SignatureError(f"{name}: is no statement of a signature")
        return cls(**dict(pairs))


@dataclass(frozen=True)
class Verified:
    """What verifying a run showed: a row for each role, and every problem as a sentence."""

    record: Record | None
    rows: tuple[SignOff, ...]
    problems: tuple[str, ...]

    @property
    def signed(self) -> tuple[str, ...]:
        """Roles with a signature that holds."""
        return tuple(row.role for row in self.rows if row.state == "signed")


def manifest_of(folder: Path) -> str:
    """SHA-256 of every evidence file, in the format of sha256sum; renderings and signatures are left out."""
    lines = []
    for path in sorted(folder.rglob("*")):
        name = path.relative_to(folder).as_posix()
        if path.is_symlink():
            raise SignatureError(f"{name}: is a link; a run holds files only")
        if path.is_file() and not _apart(name):
            lines.append(f"{_sha256(path)}  {name}\n")
    return "".join(lines)


def statement(record: Record, manifest: str, role: str, by: str, on: datetime) -> Statement:
    """What somebody signs about a run."""
    return Statement(
        record.target, record.version, record.commit, record.run, spoken(record),
        hashlib.sha256(canonical(record)).hexdigest(), hashlib.sha256(manifest.encode()).hexdigest(),
        role, by, f"{on:%Y-%m-%dT%H:%M:%SZ}",
    )  # fmt: skip


def file_of(folder: Path, role: str) -> Path:
    """Where a role's statement lies; the signature lies beside it with `.sig`."""
    return folder / FOLDER / f"{role.lower().replace(' ', '-')}.txt"


def claimed(folder: Path, record: Record) -> Record:
    """The record with its sign-off table as the statements beside it claim, for showing it."""
    rows = []
    for role in _roles(record):
        row = SignOff(role)
        if (path := file_of(folder, role)).exists():
            said = Statement.read(_text(path), path.name)
            row = SignOff(role, said.by, _moment(said.on), "signed")
        rows.append(row)
    return replace(record, sign_off=tuple(rows))


def verify(folder: Path, people: People, *, pages: bool = True) -> Verified:
    """Check the record, every file and every signature of a run's folder; needs no network.

    `pages`: whether the renderings must be what this version of the suite makes of the record.
    """
    try:
        record = load(_text(folder / "record.json"))
    except (OSError, RecordError) as wrong:
        return Verified(None, (), (f"{wrong}",))
    problems: list[str] = []
    rows: list[SignOff] = []
    manifest_path = folder / FOLDER / MANIFEST
    manifest = _text(manifest_path) if manifest_path.exists() else ""
    for role in _roles(record):
        path = file_of(folder, role)
        if not path.exists():
            rows.append(SignOff(role))
            continue
        why, said = _wrong(path, role, record, manifest, people)
        if why:
            problems.append(f"{path.name}: {why}")
        by, on = (said.by, _moment(said.on)) if said else ("", None)
        rows.append(SignOff(role, by, on, "not valid" if why else "signed", why))
    known = {file_of(folder, role).name for role in _roles(record)}
    for path in sorted((folder / FOLDER).glob("*.txt")):
        if path.name not in known:
            problems.append(f"{path.name}: is for a role that does not sign")
    if manifest:
        problems += _changed(folder, manifest)
        problems += _not_rendered(folder, record) if pages else []
    return Verified(record, tuple(rows), tuple(problems))


def _wrong(path: Path, role: str, record: Record, manifest: str, people: People) -> tuple[str, Statement | None]:
    try:
        said = Statement.read(_text(path), path.name)
    except SignatureError:
        return "is no statement of a signature", None
    person = people.find(said.by)
    if said.role != role:
        return f"was signed as {one_line(said.role)}", said
    if person is None or not _WHO.fullmatch(said.by):
        return f"{one_line(said.by)} is not in people.toml", said
    if role not in person.roles:
        return f"{said.by} is no {role} in people.toml", said
    if _moment(said.on) is None:
        return "has no time", said
    if said != statement(record, manifest, role, said.by, _moment(said.on) or record.started):
        expected = statement(record, manifest, role, said.by, _moment(said.on) or record.started)
        field = next(f.name for f in fields(said) if getattr(said, f.name) != getattr(expected, f.name))
        return f"its {field} is not that of these files: they were changed after it was signed", said
    return _signature_problem(path, said.by, person.keys), said


def _signature_problem(path: Path, by: str, keys: tuple[str, ...]) -> str:
    signature = path.with_name(path.name + ".sig")
    if not signature.exists():
        return "its signature file is missing"
    if not _armoured(signature.read_bytes()):
        return "its signature file is damaged"
    with tempfile.TemporaryDirectory() as folder:
        allowed = Path(folder) / "allowed_signers"
        allowed.write_text("".join(f'{by} namespaces="{NAMESPACE}" {key}\n' for key in keys), encoding="utf-8")
        command = ["ssh-keygen", "-Y", "verify", "-f", str(allowed), "-I", by, "-n", NAMESPACE, "-s", str(signature)]
        try:
            done = subprocess.run(command, input=path.read_bytes(), capture_output=True, timeout=TOOL_DEADLINE_S)
        except FileNotFoundError:
            return "can't be checked: ssh-keygen is not installed"
        except subprocess.TimeoutExpired:
            return f"can't be checked: ssh-keygen did not answer within {TOOL_DEADLINE_S} s"
    if done.returncode:
        return f"the signature is not one of {by}'s keys over this statement"
    return ""


def _armoured(data: bytes) -> bool:
    """Whether not a byte stands there that the armour does not need: ssh-keygen itself overlooks some."""
    match = re.fullmatch(rb"-----BEGIN SSH SIGNATURE-----\n((?:[\w+/=]+\n)+)-----END SSH SIGNATURE-----\n", data)
    body = match[1].replace(b"\n", b"") if match else b""
    try:
        return bool(body) and base64.b64encode(base64.b64decode(body, validate=True)) == body
    except ValueError:
        return False


def _changed(folder: Path, manifest: str) -> list[str]:
    then = _entries(manifest)
    try:
        now = _entries(manifest_of(folder))
    except SignatureError as wrong:
        return [str(wrong)]
    names = sorted(then.keys() | now.keys())
    return [f"{name}: {_difference(name, then, now)}" for name in names if then.get(name) != now.get(name)]


def _entries(manifest: str) -> dict[str, str]:
    lines = (line.partition("  ") for line in manifest.splitlines())
    return {name: digest for digest, _, name in lines}


def _difference(name: str, then: Mapping[str, str], now: Mapping[str, str]) -> str:
    if name not in now:
        return "is missing"
    return "was added after the manifest was made" if name not in then else "was changed after the manifest was made"


def _not_rendered(folder: Path, record: Record) -> list[str]:
    try:
        made = renderings(claimed(folder, record))
    except SignatureError:
        return []  # the statement is named already
    again = "make it again with `acceptance record`"
    return [
        f"{name}: is missing; {again}"
        if not (folder / name).exists()
        else f"{name}: is not what the record renders to; {again}"
        for name in NAMES
        if not (folder / name).exists() or (folder / name).read_bytes() != made[name].encode()
    ]


def _roles(record: Record) -> tuple[str, ...]:
    return tuple(row.role for row in record.sign_off) or ROLES


def _moment(text: str) -> datetime | None:
    try:
        when = datetime.fromisoformat(text)
    except ValueError:
        return None
    return when if when.tzinfo else None


def _apart(name: str) -> bool:
    return name in NAMES or name.startswith(f"{FOLDER}/")


def _text(path: Path) -> str:
    return path.read_bytes().decode("utf-8", "replace")


def _sha256(path: Path) -> str:
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()
