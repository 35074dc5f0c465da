"""MongoDB's own mongorestore, where it is on this machine: one database of a dump into the scratch database."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import tempfile
import threading
from typing import IO, TYPE_CHECKING
from urllib.parse import quote, urlencode

from acceptance.facts import ProbeError, text
from acceptance.probes.backup_formats import ARCHIVE, GZIP
from acceptance.visit import Visit

if TYPE_CHECKING:
    from acceptance.probes.backup_places import Store

PROGRAM = "mongorestore"
QUIET = ("PATH", "HOME", "LANG", "LC_ALL", "TMPDIR")  # no secret of the suite's environment goes on


def usable(store: Store, name: str) -> list[str] | None:
    """Arguments by which the program reads this dump; None where it is not here, or can't read the form (a tar)."""
    from acceptance.probes.backup_places import Folder

    if not shutil.which(PROGRAM):
        return None
    if isinstance(store, Folder) and (path := store.root / name).is_dir():
        packed = any(path.rglob("*.bson.gz"))
        top = next(iter(sorted(path.rglob("*.bson*"))), path).parent.parent  # where the databases' folders lie
        return [f"--dir={top}", *(["--gzip"] if packed else [])]
    with store.open(name) as stream:
        head = stream.read(512)
    if head[:4] == ARCHIVE:
        return ["--archive"]
    return ["--archive", "--gzip"] if head[:2] == GZIP and _is_archive(head) else None


def _is_archive(packed: bytes) -> bool:
    import zlib

    try:
        return zlib.decompressobj(31).decompress(packed, 4) == ARCHIVE
    except zlib.error:
        return False


def restore(visit: Visit, store: Store, name: str, how: list[str], member: str) -> str:
    """Run it, the target's database into its scratch one; returns its version. ProbeError unless it ends well."""
    from acceptance import guard
    from acceptance.probes.mongo_client import table

    known = visit.target.backup
    assert known
    source, scratch = table(visit).database, known.scratch
    guard.count(write=True, what=PROGRAM)
    version = _version(visit)
    with _unnamed(f"uri: {json.dumps(_uri(visit, member, known.restore))}\n") as config:
        command = [
            PROGRAM, f"--config=/proc/self/fd/{config.fileno()}", *how, f"--nsInclude={source}.*",
            f"--nsFrom={source}.*", f"--nsTo={scratch}.*", "--stopOnError",
        ]  # fmt: skip
        with store.open(name) as stream:
            ended, said = _run(visit, command, config, stream if "--archive" in how else None)
    if ended:
        lines = [line for line in said.splitlines() if line.strip()]
        reason = text(lines[-1].partition("\t")[2] or lines[-1], 160) if lines else "without a word"
        raise ProbeError(f"a restore of {name}", f"{PROGRAM} ended with {ended}: {reason}")
    return version


def _unnamed(content: str) -> IO[bytes]:
    """A file in memory only: a run that is killed leaves no secret on disk."""
    config = os.fdopen(os.memfd_create("mongorestore"), "w+b")
    os.fchmod(config.fileno(), 0o600)
    config.write(content.encode())
    config.flush()
    return config


def _run(visit: Visit, command: list[str], config: IO[bytes], stream: IO[bytes] | None) -> tuple[int, str]:
    """Its exit code and what it said last; it gets no longer than the visit has."""
    environment = {name: os.environ[name] for name in QUIET if name in os.environ}
    with (
        tempfile.TemporaryFile() as log,
        subprocess.Popen(
            command,
            stdin=subprocess.PIPE,
            stdout=subprocess.DEVNULL,
            stderr=log,
            env=environment,
            pass_fds=(config.fileno(),),
        ) as process,
    ):
        patience = threading.Timer(visit.time_left_s(3600) * 0.9, process.kill)  # the rest is for dropping
        patience.start()
        try:
            _fed(process, stream)
            ended = process.wait()
        finally:
            late = not patience.is_alive()
            patience.cancel()
            process.kill()
        if late:
            raise ProbeError(f"a restore by {PROGRAM}", "it did not end within the probe's deadline")
        log.seek(max(0, log.tell() - 4000))
        return ended, text(log.read(4000))


def _fed(process: subprocess.Popen[bytes], stream: IO[bytes] | None) -> None:
    assert process.stdin
    try:
        while stream and (part := stream.read(1 << 20)):
            process.stdin.write(part)
        process.stdin.close()
    except BrokenPipeError:
        process.stdin = None  # it ended early; its exit code says why


def _version(visit: Visit) -> str:
    try:
        said = subprocess.run(
            [PROGRAM, "--version"], capture_output=True, timeout=visit.time_left_s(10), check=False,
            env={name: os.environ[name] for name in QUIET if name in os.environ},
        )  # fmt: skip
    except (OSError, subprocess.TimeoutExpired) as problem:
        raise ProbeError(f"a restore by {PROGRAM}", f"it does not run: {type(problem).__name__}") from None
    return text((said.stdout.splitlines() or [b""])[0], 60)


def _uri(visit: Visit, member: str, credential: str) -> str:
    """The credential's URI for exactly one member, with the target's own trust. It never goes into argv."""
    from acceptance.probes.mongo_client import login, trust

    options = {"directConnection": True, "tls": True, **login(visit, credential)}
    user, password = (quote(str(options.pop(part, "") or ""), safe="") for part in ("username", "password"))
    if options["tls"]:
        options |= trust(visit)
    who = f"{user}:{password}@" if password else f"{user}@" if user else ""
    spelt = {name: str(value).lower() if isinstance(value, bool) else value for name, value in options.items()}
    return f"mongodb://{who}{member}/?{urlencode(spelt)}"
