"""How long it takes to see the database and its backups, and all that is around: cloud, registry, vault, monitoring.

Both on a sandbox whose double of S3 has answered once: its first answer takes two seconds, which are the double's.
Bursts and the failover are extra.
"""

from __future__ import annotations

import tempfile
import time
from pathlib import Path

from acceptance.children import Sandbox
from selftests.bench.figures import Figure
from selftests.looking import look

DATABASE = ("mongo", "backup", "restore")
AROUND = (
    "cloud", "balancer", "cdn", "registry", "pulls", "vault", "prometheus", "grafana", "alertmanager", "alert_path",
    "metrics", "access_log",
)  # fmt: skip


def measure() -> list[Figure]:
    """Each from the start of the looker to its end."""
    return [
        Figure("looking at the database and its backups", took_s(DATABASE), "s", 4.0),
        Figure("looking at cloud, registry, vault and monitoring", took_s(AROUND), "s", 10.0),
    ]


def took_s(probes: tuple[str, ...]) -> float:
    """Seconds of one look; an error when a probe could not look."""
    sandbox = Sandbox(())
    try:
        with tempfile.TemporaryDirectory() as name:
            look(sandbox.target_file, Path(name), ("backup",))
        with tempfile.TemporaryDirectory() as name:
            began = time.perf_counter()
            look(sandbox.target_file, Path(name), probes)
            took = time.perf_counter() - began
            answers = {p: Path(name, "facts", f"{p}.json").read_text(encoding="utf-8") for p in probes}
            if lost := [answer for answer in answers.values() if '"failure"' in answer]:
                raise RuntimeError(lost[0][:300])
            return took
    finally:
        sandbox.end()
