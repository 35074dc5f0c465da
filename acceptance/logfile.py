"""A log file of the target that grows: where it ends now, and what was added since. Here, or on a host."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from acceptance.facts import ProbeError, Unseen, facts, load, seen
from acceptance.visit import Visit

READ = 2_000_000  # bytes of what was added that are read at most


@facts
class Tail:
    """What a host says of a log file."""

    size_bytes: int
    added: str


@facts
class Answer:
    """What the collector prints."""

    log_file: Tail | Unseen


@dataclass(frozen=True)
class LogFile:
    """A file on this machine; read in place, never copied."""

    path: Path

    def size_bytes(self) -> int:
        """Where it ends now. ProbeError when it can't be read."""
        try:
            return self.path.stat().st_size
        except OSError as problem:
            raise ProbeError(f"log {self.path.name}", f"{type(problem).__name__}: {problem.strerror}") from None

    def since(self, position: int) -> str:
        """What was added after a position; a file that shrank was rotated, and is read from its start."""
        try:
            with self.path.open("rb") as lines:
                lines.seek(position if position <= self.size_bytes() else 0)
                return lines.read(READ).decode("utf-8", "replace")
        except OSError as problem:
            raise ProbeError(f"log {self.path.name}", f"{type(problem).__name__}: {problem.strerror}") from None


@dataclass(frozen=True)
class HostLog:
    """A file on a host of the target; each question is one connection."""

    visit: Visit
    host: str
    path: Path

    def size_bytes(self) -> int:
        """Where it ends now. ProbeError when it can't be read."""
        return self._ask(-1).size_bytes

    def since(self, position: int) -> str:
        """What was added after a position."""
        return self._ask(position).added

    def _ask(self, position: int) -> Tail:
        from acceptance.reach import ask

        text = ask(self.visit, self.host, ("log_file",), log_path=str(self.path), log_from=position)
        try:
            tail = seen(load(Answer, text).log_file)
            if tail.size_bytes < 0:
                raise ValueError("a size below zero")
            return tail
        except ValueError as problem:
            raise ProbeError(f"log {self.path.name}", f"no answer of the collector: {problem}"[:200]) from None


def access_log(visit: Visit) -> LogFile | HostLog:
    """The edge's access log as the target names it."""
    table = visit.target.access_log
    if table is None:
        raise ProbeError("the edge's access log", "the target grants no [access_log]")
    return HostLog(visit, table.host, Path(table.path)) if table.host else LogFile(Path(table.path))
