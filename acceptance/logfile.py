"""A log file of the target that grows: where it ends now, and what was added since."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from acceptance.facts import ProbeError
from acceptance.visit import Visit

READ = 2_000_000  # bytes of what was added that are read at most


@dataclass(frozen=True)
class LogFile:
    """A file; read in place, never copied."""

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


def access_log(visit: Visit) -> LogFile:
    """The edge's access log as the target names it."""
    table = visit.target.access_log
    if table is None:
        raise ProbeError("the edge's access log", "the target grants no [access_log]")
    if table.host:
        raise ProbeError("the edge's access log", f"it lies on {table.host}; only a file here can be read so far")
    return LogFile(Path(table.path))
