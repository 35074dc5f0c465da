"""`make bench`: every bench, one after the other, on a machine that has nothing else to do.

`python -m selftests.bench NAME…` does a few and keeps the other rows of docs/benchmarks.md. Each measures in a process
of its own; 1 when a figure passes its limit or a bench breaks, not when a foreign tool is missing.
"""

from __future__ import annotations

import sys
from concurrent.futures import ProcessPoolExecutor
from datetime import UTC, datetime
from multiprocessing import get_context
from pathlib import Path

from selftests.bench.figures import Figure, NotMeasured, measure, merge

BENCHES = sorted(
    {path.stem for path in Path(__file__).parent.glob("*.py")} - {"__init__", "__main__", "figures", "known"}
)


def main(names: list[str]) -> int:
    """Measure, tell, keep."""
    if unknown := sorted(set(names) - set(BENCHES)):
        print(f"no bench is called {', '.join(unknown)}; there are {', '.join(BENCHES)}")
        return 2
    wrong = 0
    for bench in names or BENCHES:
        print(f"\n== {bench}", flush=True)
        found: list[Figure] | str
        with ProcessPoolExecutor(1, get_context("spawn")) as child:
            try:
                found = child.submit(measure, bench).result()
            except NotMeasured as missing:
                found = str(missing)
            except Exception as broken:  # noqa: BLE001  # one bench that breaks does not take the others along
                found, wrong = str(broken), 1
        for each in found if isinstance(found, list) else ():
            wrong |= not each.holds()
            print(
                f"{each.name}: {each.value:.4g} {each.unit}{'' if each.holds() else f' PASSES ITS LIMIT OF {each.limit:g}'}"
            )
        if isinstance(found, str):
            print(f"not measured: {found}")
        merge(bench, found, datetime.now(UTC).strftime("%Y-%m-%d"))
    return int(wrong)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
