"""Backups in a folder of a host: listed and streamed by a small script over the way that `[hosts]` names; read only."""

from __future__ import annotations

import subprocess
from collections.abc import Iterator
from typing import IO, TYPE_CHECKING, Any

from acceptance.facts import ProbeError, Unseen, text
from acceptance.foreign import json_of
from acceptance.probes.backup_facts import Kept
from acceptance.probes.backup_formats import Indexes, entries
from acceptance.probes.backup_places import SIDECARS, sorted_by_time, stamp, stated
from acceptance.visit import Visit

if TYPE_CHECKING:
    from acceptance.tables.hosts import Host

LIST = """
import json, os, re
found, dumps = [], {}
for where, _, files in os.walk(root):
    for file in files:
        path = os.path.join(where, file)
        if not os.path.isfile(path):
            continue
        name = os.path.relpath(path, root)
        size = os.path.getsize(path)
        if ".bson" in file or file.endswith((".metadata.json", ".metadata.json.gz")):
            parts = name.split("/")[:-1]
            stamped = [n for n, p in enumerate(parts, 1) if re.search(r"20\\d{6}", p.replace("-", ""))]
            dump = "/".join(parts[:stamped[-1]] if stamped else parts)
            dumps[dump] = dumps.get(dump, 0) + size
        else:
            found.append([name, size])
print(json.dumps({"is": os.path.isdir(root), "found": found[:200000], "dumps": list(dumps.items())[:20000]}))
"""
BESIDE = """
import os
for suffix in (".sha256", ".sha256sum"):
    if os.path.isfile(os.path.join(root, name + suffix)) and os.path.isfile(os.path.join(root, name)):
        print(open(os.path.join(root, name + suffix), errors="replace").read(300))
        break
"""
READ = """
import os, shutil, sys, tarfile
path = os.path.join(root, name)
if os.path.isdir(path):
    with tarfile.open(fileobj=sys.stdout.buffer, mode="w|") as tar:
        tar.add(path, arcname=os.path.basename(path))
else:
    with open(path, "rb") as file:
        shutil.copyfileobj(file, sys.stdout.buffer, 1 << 20)
sys.stdout.buffer.flush()
"""


class _Streamed:
    """What a process writes; its end counts only when the process ended well."""

    def __init__(self, process: subprocess.Popen[bytes], what: str) -> None:
        self._process, self._what = process, what

    def __enter__(self) -> _Streamed:
        return self

    def __exit__(self, *_: object) -> None:
        self._process.kill()
        self._process.communicate()

    def read(self, size: int = -1) -> bytes:
        """The next bytes; ProbeError when the way to the host broke."""
        assert self._process.stdout
        found = self._process.stdout.read(size)
        if not found and self._process.wait(10):
            raise ProbeError(self._what, f"the way to the host ended with {self._process.returncode}")
        return found


class HostFolder:
    """A folder on a host of the target."""

    def __init__(self, visit: Visit, name: str, root: str, region: str) -> None:
        if name not in visit.target.hosts:
            raise ProbeError(f"host {name}", f"the target has no [hosts.{name}]")
        self._visit, self._host, self._root = visit, visit.target.hosts[name], root
        self.where, self.region = f"{name}:{root}", region

    def kept(self) -> tuple[Kept, ...]:
        """Files and dump folders."""
        try:
            answer = json_of(self._run(LIST))
            there = bool(answer["is"])
            found = [(text(name, 300), int(size)) for name, size in (*answer["found"], *answer["dumps"])]
            if any(size < 0 for _, size in found):
                raise ValueError("a size below zero")
        except (ValueError, KeyError, TypeError, OverflowError):
            raise ProbeError(f"backups in {self.where}", "the host's answer is none of the script's") from None
        if not there:
            raise ProbeError(f"backups in {self.where}", "there is no such folder, or it can't be read")
        return sorted_by_time([Kept(n, stamp(n), size) for n, size in found if not n.endswith(SIDECARS)])

    def open(self, name: str) -> IO[bytes]:
        """A file's bytes; a folder comes as a tar."""
        process = subprocess.Popen(
            _command(self._host, self._visit), stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL
        )
        assert process.stdin
        process.stdin.write(self._script(READ, name))
        process.stdin.close()
        process.stdin = None
        streamed: Any = _Streamed(process, f"backup {name} on {self.where}")
        return streamed  # type: ignore[no-any-return]  # it reads bytes and closes, no more is asked of it

    def documents(self, _: str, stream: IO[bytes], indexes: Indexes | None = None) -> Iterator[tuple[str, bytes]]:
        """Documents of a file or of a folder's tar."""
        return entries(stream, indexes)

    def checksum(self, name: str) -> str:
        """What stands in NAME.sha256; of a folder nothing, it has no bytes of its own."""
        return stated(text(self._run(BESIDE, name)[:300]))

    def encrypted(self) -> bool | Unseen:
        """A folder does not tell."""
        return Unseen(f"encryption of {self.where}", "a folder does not tell")

    def kept_days(self) -> int | Unseen | None:
        """A folder removes nothing by itself."""
        return None

    def versioned(self) -> bool | Unseen:
        """What is deleted in a folder is gone."""
        return False

    def small(self, path: str) -> str:
        """A small text file anywhere on the host."""
        return text(self._run(READ, path), 1_000_000)

    def _run(self, body: str, name: str = "") -> bytes:
        from acceptance import reach

        seconds = self._visit.time_left_s(30)
        return reach.run(_command(self._host, self._visit), self._script(body, name), seconds, self.where)

    def _script(self, body: str, name: str = "") -> bytes:
        return f"root, name = {self._root!r}, {name!r}\n{body}".encode()


def _command(host: Host, visit: Visit) -> list[str]:
    from acceptance import reach

    return reach.command(host, visit.time_left_s(600))
