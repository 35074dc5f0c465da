"""How fast the whole history of a repository is read for secrets, and that a second look reads nothing again."""

from __future__ import annotations

import subprocess
import tempfile
import time
from collections.abc import Iterable
from pathlib import Path

from acceptance.repository import history
from acceptance.repository.git import Git
from selftests.bench.figures import Figure

COMMITS = 5000
FIRST_S = 60.0
AGAIN_S = 3.0


def measure() -> list[Figure]:
    """Both looks."""
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        subprocess.run(["git", "init", "-q", "-b", "main", name], check=True, timeout=30)
        stream = b"".join(commits(COMMITS))
        subprocess.run(["git", "-C", name, "fast-import", "--quiet"], input=stream, check=True, timeout=300)
        git, seen = Git(folder, lambda: 300), history.Seen("k")
        first_s, read = look(git, seen)
        again_s, read_again = look(git, seen)
    if read < 2 * COMMITS or read_again:
        raise RuntimeError(f"{read} objects were read, then {read_again}")
    return [
        Figure(f"secrets in {COMMITS} commits", first_s, "s", FIRST_S),
        Figure("the same history again", again_s, "s", AGAIN_S),
    ]


def look(git: Git, seen: history.Seen) -> tuple[float, int]:
    """Seconds of one look, and how many objects it read."""
    began = time.perf_counter()
    read = history.read(git, seen, history.objects(git), (), lambda: True)
    return time.perf_counter() - began, read


def commits(number: int) -> Iterable[bytes]:
    """A history in the language of git fast-import: one of fifty sources changes, and a note is added."""
    for n in range(number):
        at = f"committer Team <team@example.com> {1_700_000_000 + n * 60} +0000"
        body = "".join(f"let value_{k} = compute({n if k == n % 40 else k}, {k});\n" for k in range(200))
        yield (
            f"commit refs/heads/main\n{at}\ndata 4\nstep\nM 100644 inline src/part_{n % 50}.rs\n"
            f"data {len(body)}\n{body}\nM 100644 inline docs/{n}.md\ndata {len(f'# Note {n}')}\n# Note {n}\n\n"
        ).encode()
