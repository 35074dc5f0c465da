"""Runs a sandbox: `python -m acceptance.sandbox FOLDER [--fault NAME …]`.

Prints one JSON line when ready; `+FAULT` and `-FAULT` on standard input change it, end of input ends it.
"""

from __future__ import annotations

import argparse
import json
import os
import signal
import sys
from pathlib import Path
from typing import Any

import tomlkit

from acceptance.sandbox.parts import PARTS, faults, part_of
from acceptance.sandbox.presets import PRESETS, expand
from acceptance.sandbox.world import World


def main() -> None:
    """Start all parts, write target.toml, then follow standard input."""
    parser = argparse.ArgumentParser(prog="acceptance sandbox")
    parser.add_argument("folder", type=Path)
    parser.add_argument("--fault", action="append", default=[])
    options = parser.parse_args()
    known = {*faults(), *PRESETS}
    if unknown := [name for name in options.fault if name not in known]:
        sys.exit(
            f"unknown fault {unknown[0]}; `acceptance sandbox --list-faults` shows the {len(known)} that there are"
        )
    options.folder.mkdir(parents=True, exist_ok=True)
    world = World(options.folder.resolve())
    world.faults.update(expand(options.fault))
    tables: dict[str, Any] = {"doubles": []}
    for part in PARTS:
        merge(tables, part.start(world))
    path = world.folder / "target.toml"
    path.write_text(tomlkit.dumps(tables), encoding="utf-8")
    _refresh(world, expand(options.fault))
    print(json.dumps({"target": str(path), "pid": os.getpid()}), flush=True)
    for line in sys.stdin:
        sign, name = line[:1], line[1:].strip()
        if sign in "+-" and name in known:
            changed = expand([name])
            (world.faults.update if sign == "+" else world.faults.difference_update)(changed)
            _refresh(world, changed)
        print(json.dumps({"ok": sign in "+-" and name in known, "on": sorted(world.faults)}), flush=True)
    if os.getpgid(0) == os.getpid():
        os.killpg(0, signal.SIGKILL)  # children of parts go with it
    os._exit(0)


def _refresh(world: World, changed: list[str]) -> None:
    known = faults()
    touched = {part_of(known[name]) for name in changed}
    for part in PARTS:
        if part in touched and hasattr(part, "refresh"):
            part.refresh(world)


def merge(into: dict[str, Any], more: dict[str, Any]) -> None:
    """Add a part's tables; tables merge, lists append."""
    for key, value in more.items():
        if isinstance(value, dict) and isinstance(into.get(key), dict):
            merge(into[key], value)
        elif isinstance(value, list) and isinstance(into.get(key), list):
            into[key].extend(value)
        else:
            into[key] = value


if __name__ == "__main__":
    main()
