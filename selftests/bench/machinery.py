"""How long the 350 items take to collect, and what the machinery adds to each beside bare pytest.

A short run of the sandbox is replayed, whole and one item of it;
the difference is compared with that of as many empty tests and one of them.
"""

from __future__ import annotations

import re
import subprocess
import sys
import tempfile
import time
from pathlib import Path

from acceptance.checklist import checklist
from selftests.bench.figures import Figure
from selftests.running import command, run

COLLECTED_S = 1.0
ADDED_MS = 3.0
TIMES = 3  # the best of so many counts


def best_s(words: list[str], where: Path) -> tuple[float, str]:
    """The shortest wall time of a command, and what it said then."""
    found = []
    for _ in range(TIMES):
        began = time.perf_counter()
        ended = subprocess.run(words, cwd=where, capture_output=True, text=True, timeout=120, check=False)
        found.append((time.perf_counter() - began, ended.stdout))
    return min(found)


def measure() -> list[Figure]:
    """Both numbers."""
    count = len(checklist().items)
    with tempfile.TemporaryDirectory() as name:
        where = Path(name)
        bare = where / "bare"
        bare.mkdir()
        empty = "\n".join(f"def test_{number}():\n    assert True\n" for number in range(count))
        (bare / "test_bare.py").write_text(empty, encoding="utf-8")
        plugins = (
            "-p no:schemathesis -p no:locust -p no:anyio -p no:hypothesispytest"  # those that the suite leaves out
        )
        (bare / "pytest.ini").write_text(f"[pytest]\naddopts = {plugins}\n", encoding="utf-8")
        _, said = best_s(command("--target=sandbox", "--collect-only", "-q"), where)
        collected = re.search(r"tests collected in ([\d.]+)s", said)
        collected_s = float(collected[1]) if collected else float("inf")
        seen = run(where, "--target=sandbox", "-k", "FUNC-API or SEC-WEB-0 or INFRA-HOST or INFRA-MONGO or INFRA-ENV")
        judged_s, told = best_s(command(f"--replay={seen.folder}", "-q"), where)
        assert f" of {count} items" in told or "NO-GO" in told, told[-500:]
        judged_one_s, _ = best_s(command(f"--replay={seen.folder}", "-q", "-k", "FUNC-API-01"), where)
        words = [sys.executable, "-m", "pytest", "-q", "-p", "no:cacheprovider", str(bare)]
        bare_s, _ = best_s(words, bare)
        bare_one_s, _ = best_s([*words, "-k", "test_349"], bare)
    added_ms = ((judged_s - judged_one_s) - (bare_s - bare_one_s)) / count * 1000
    return [
        Figure(f"collection of {count} items", collected_s, "s", COLLECTED_S),
        Figure("overhead an item, beside bare pytest", added_ms, "ms", ADDED_MS),
        Figure("replay of a record", judged_s, "s"),
    ]
