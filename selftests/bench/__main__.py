"""`make bench`: every bench, one after the other, on a machine that has nothing else to do."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

HERE = Path(__file__).parent
PARTS = {"__init__", "__main__", "known"}


def main() -> int:
    """Run each module of this folder as a program; 1 when one of them failed."""
    failed = 0
    for name in sorted({path.stem for path in HERE.glob("*.py")} - PARTS):
        print(f"\n== {name}", flush=True)
        failed |= subprocess.call([sys.executable, "-m", f"selftests.bench.{name}"]) != 0
    return int(failed)


if __name__ == "__main__":
    sys.exit(main())
