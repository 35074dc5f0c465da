"""Every object that any ref of a clone reaches, read in one stream; what was read once is not read again."""

from __future__ import annotations

import hashlib
import hmac
import json
import os
import subprocess
import threading
from collections.abc import Callable, Iterator
from dataclasses import asdict, dataclass, field
from pathlib import Path

from acceptance.facts import ProbeError
from acceptance.repository.git import Git
from acceptance.repository.secrets import RULES, Found, Scanner

SIZE_LIMIT = 20_000_000  # bytes of one text


@dataclass
class Seen:
    """What is known of a clone's objects: those that were read, and the secrets in them."""

    key: str
    done: set[str] = field(default_factory=set)
    found: dict[str, list[Found]] = field(default_factory=dict)
    too_large: set[str] = field(default_factory=set)

    @classmethod
    def load(cls, path: Path, key: str) -> Seen:
        """What an earlier run kept, if it looked with the same rules for the same secrets."""
        try:
            kept = json.loads(path.read_text(encoding="utf-8"))
            if kept["key"] != key:
                return cls(key)
            found = {id: [Found(**each) for each in several] for id, several in kept["found"].items()}
            return cls(key, set(kept["done"]), found, set(kept["too_large"]))
        except (OSError, ValueError, KeyError, TypeError, AttributeError):
            return cls(key)

    def save(self, path: Path) -> None:
        """Keep it, readable by the owner only."""
        kept = {
            "key": self.key,
            "done": sorted(self.done),
            "found": {id: [asdict(each) for each in several] for id, several in self.found.items()},
            "too_large": sorted(self.too_large),
        }
        fresh = path.with_suffix(".new")
        handle = os.open(fresh, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
        with os.fdopen(handle, "w", encoding="utf-8") as out:
            json.dump(kept, out)
        fresh.replace(path)


def key_of(live: tuple[bytes, ...]) -> str:
    """Changes with the rules and with the secrets that are looked for; it tells nothing of them."""
    mark = hmac.new(b"\0".join(sorted(live)) or b"none", RULES.encode(), hashlib.sha256)
    return f"{RULES}-{mark.hexdigest()[:16]}"


def objects(git: Git) -> dict[str, str]:
    """Objects of all refs with the path under which each is first met ("" for commits and tags)."""
    found: dict[str, str] = {}
    for line in git.ask("rev-list", "--objects", "--all", GIT_NO_REPLACE_OBJECTS="1").splitlines():
        id, _, path = line.partition(" ")
        found.setdefault(id, path)
    for line in git.lines("for-each-ref", "--format=%(objecttype) %(objectname)"):
        kind, _, id = line.partition(" ")
        if kind == "tag":
            found.setdefault(id, "")
    return found


def read(git: Git, seen: Seen, wanted: dict[str, str], live: tuple[bytes, ...], in_time: Callable[[], bool]) -> int:
    """Scan every object that was not read before; how many those were. ProbeError when time runs out."""
    fresh = [id for id in wanted if id not in seen.done]
    if not fresh:
        return 0
    checked = git.ask("cat-file", "--batch-check", "--buffer", stdin="\n".join(fresh).encode() + b"\n")
    texts: list[str] = []
    for line in checked.splitlines():
        id, kind, *_ = [*line.split(" "), ""]
        if kind == "missing":
            raise ProbeError(f"object {id[:12]}", "the clone does not hold it")
        (texts.append if kind != "tree" else seen.done.add)(id)
    scanner = Scanner(live)
    for id, data in _stream(git, texts):
        if data is None:
            seen.too_large.add(id)
        elif found := scanner.scan(data):
            seen.found[id] = found
        seen.done.add(id)
        if not in_time():
            raise ProbeError(
                "the whole history", f"time ran out with {len(wanted) - len(seen.done)} objects left to read"
            )
    return len(texts)


def _stream(git: Git, ids: list[str]) -> Iterator[tuple[str, bytes | None]]:
    """Contents of objects by one `git cat-file --batch`; None for a text that is too large."""
    with subprocess.Popen(
        git.command("cat-file", "--batch", "--buffer"),
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        env=git.environment(GIT_NO_REPLACE_OBJECTS="1"),
    ) as child:
        assert child.stdin
        assert child.stdout
        source = child.stdin

        def ask() -> None:
            try:
                source.write("\n".join(ids).encode() + b"\n")
                source.close()
            except OSError:
                return  # the reader has given up

        writer = threading.Thread(target=ask, daemon=True)
        writer.start()
        try:
            for _ in ids:
                head = child.stdout.readline().split()
                if len(head) != 3:
                    raise ProbeError("the whole history", "git cat-file ended early")
                id, size = head[0].decode(), int(head[2])
                data = child.stdout.read(min(size, SIZE_LIMIT))
                left = size - len(data)
                while left > 0 and (skipped := child.stdout.read(min(left, 1_000_000))):
                    left -= len(skipped)
                child.stdout.read(1)
                yield id, None if size > SIZE_LIMIT and b"\0" not in data[:8000] else data
        finally:
            child.kill()
            writer.join(5)
