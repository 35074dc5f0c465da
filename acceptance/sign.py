"""`acceptance sign`, `acceptance verify` and `acceptance record`: sign a run, check it, render it again."""

from __future__ import annotations

import argparse
import re
import subprocess
import sys
from pathlib import Path
from typing import Any

from acceptance import target
from acceptance.record.file import RecordError, load
from acceptance.record.model import Record
from acceptance.record.renderings import renderings
from acceptance.record.signatures import (
    FOLDER,
    MANIFEST,
    NAMESPACE,
    TOOL_DEADLINE_S,
    SignatureError,
    claimed,
    file_of,
    manifest_of,
    statement,
    verify,
)
from acceptance.record.words import moment, one_line, spoken
from acceptance.signing import now, said
from acceptance.signoff import ROLES, People
from acceptance.words import WordsError, read_people


def register(commands: Any) -> None:
    """Add the three commands to the parser."""
    parser = commands.add_parser("sign", help="sign a run's record in a role, with an ssh key")
    parser.add_argument("run_folder", metavar="DIR", type=Path, help="the run, such as reports/prod/latest")
    parser.add_argument("--role", required=True, choices=ROLES)
    parser.add_argument(
        "--key", type=Path, default=Path("~/.ssh/id_ed25519"), help="private key, or public key in an agent"
    )
    parser.add_argument("--people", type=Path, help="people.toml; that of the record's target if left out")
    parser.set_defaults(run=sign)
    parser = commands.add_parser("verify", help="check a run's record, files and signatures, offline")
    parser.add_argument("run_folder", metavar="DIR", type=Path)
    parser.add_argument("--people", type=Path, help="people.toml; that of the record's target if left out")
    parser.add_argument("--all-roles", action="store_true", help="every role must have signed")
    parser.set_defaults(run=check)
    parser = commands.add_parser("record", help="render a run's page, checklist and JUnit again from record.json")
    parser.add_argument("run_folder", metavar="DIR", type=Path)
    parser.set_defaults(run=render)


def sign(args: argparse.Namespace) -> int:
    """Sign a run; 0, or 2 with one sentence."""
    try:
        folder = args.run_folder.resolve()
        record = _read(folder)
        if record.running or not record.complete:
            raise SignatureError(f"{folder.name} was cut or is not over; only a complete run can be signed")
        people = _people(args.people, record)
        key = args.key.expanduser()
        by = _signer(people, args.role, _public(key))
        manifest = _manifest(folder)
        path = file_of(folder, args.role)
        path.write_text(statement(record, manifest, args.role, by, now()).text(), encoding="utf-8")
        path.with_name(path.name + ".sig").unlink(missing_ok=True)
        _run(["ssh-keygen", "-Y", "sign", "-q", "-f", str(key), "-n", NAMESPACE, str(path)])
        _write(folder, record)
    except (SignatureError, RecordError, WordsError, OSError) as problem:
        return said(problem)
    print(f"{by} signed as {args.role}: {spoken(record)}")
    return 0


def check(args: argparse.Namespace) -> int:
    """Verify a run: 0 when it is as it was signed, 1 when not, 2 when there is nothing to check."""
    try:
        folder = args.run_folder.resolve()
        people = _people(args.people, _read(folder)) if (folder / "record.json").exists() else People()
    except RecordError as problem:
        sys.stderr.write(f"acceptance: {problem}\n")
        return 1
    except (WordsError, SignatureError, OSError) as problem:
        return said(problem)
    seen = verify(folder, people)
    for row in seen.rows:
        when = f" on {moment(row.on)}" if row.on else ""
        print(f"{row.role:18} {row.state or 'not signed'}{f': {one_line(row.by)}' if row.by else ''}{when}")
    for wrong in seen.problems:
        print(f"WRONG  {wrong}")
    if seen.problems:
        return 1
    if not seen.signed:
        print("Nobody has signed this run.")
        return 1
    missing = [row.role for row in seen.rows if row.state != "signed"]
    if seen.record:
        print(f"As signed: {spoken(seen.record)}" + (f"; not yet signed by {', '.join(missing)}" if missing else ""))
    return 1 if missing and args.all_roles else 0


def render(args: argparse.Namespace) -> int:
    """Render a run's files again; 0, or 2 with one sentence."""
    try:
        folder = args.run_folder.resolve()
        _write(folder, _read(folder))
    except (SignatureError, RecordError, OSError) as problem:
        return said(problem)
    print(folder / "record.html")
    return 0


def _read(folder: Path) -> Record:
    path = folder / "record.json"
    if not path.is_file():
        raise SignatureError(f"{folder} holds no record.json; name a run's folder, such as reports/prod/latest")
    return load(path.read_bytes().decode("utf-8", "replace"), str(path))


def _people(given: Path | None, record: Record) -> People:
    # the record is not trusted yet: its target is a name below targets/, never a path of its own choice
    if not given and not re.fullmatch(r"[\w-][\w.-]*", record.target):
        raise SignatureError("the record's target is a path; name the file of its people with --people")
    path = given or target.FOLDER / record.target / "people.toml"
    if not path.is_file():
        raise WordsError(f"{path} is missing; it lists who may sign, with roles and ssh public keys")
    return read_people(path)


def _manifest(folder: Path) -> str:
    path = folder / FOLDER / MANIFEST
    made = manifest_of(folder)
    if path.exists():
        if path.read_text(encoding="utf-8") != made:
            raise SignatureError(
                f"{folder.name} was changed after it was first signed; see `acceptance verify {folder}`"
            )
        return made
    path.parent.mkdir(exist_ok=True)
    path.write_text(made, encoding="utf-8")
    return made


def _public(key: Path) -> str:
    beside = key if key.suffix == ".pub" else key.with_name(key.name + ".pub")
    if beside.is_file():
        return " ".join(beside.read_text(encoding="utf-8").split()[:2])
    if not key.is_file():
        raise SignatureError(f"there is no key {key}; make one with ssh-keygen -t ed25519, or name it with --key")
    return " ".join(_run(["ssh-keygen", "-y", "-f", str(key)]).split()[:2])


def _signer(people: People, role: str, public: str) -> str:
    owners = [
        who for who, person in people.people.items() if any(public == " ".join(k.split()[:2]) for k in person.keys)
    ]
    if not owners:
        raise SignatureError("people.toml lists nobody with this key; add its public half to the person's keys")
    if role not in people.people[owners[0]].roles:
        raise SignatureError(f"{owners[0]} is no {role} in people.toml")
    return owners[0]


def _write(folder: Path, record: Record) -> None:
    for name, text in renderings(claimed(folder, record)).items():
        part = folder / f".{name}"
        part.write_text(text, encoding="utf-8")
        part.rename(folder / name)


def _run(command: list[str]) -> str:
    try:
        done = subprocess.run(command, capture_output=True, text=True, timeout=TOOL_DEADLINE_S)
    except FileNotFoundError:
        raise SignatureError(f"{command[0]} is not installed") from None
    except subprocess.TimeoutExpired:
        raise SignatureError(f"{command[0]} did not answer within {TOOL_DEADLINE_S} s") from None
    if done.returncode:
        raise SignatureError(f"{command[0]}: {(done.stderr.strip().splitlines() or ['failed'])[-1]}")
    return done.stdout
