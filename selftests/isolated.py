"""A sandbox and a run against it, both watched: `python -m selftests.isolated FOLDER WATCH FAULTS WORD…`.

Leaves `watched.json` in the folder: what the sandbox was asked, how its state changed, where packets went. WATCH is
"packets" in a network of its own, or "no packets".
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
from importlib import import_module
from pathlib import Path
from typing import Any

import tomlkit

from acceptance.sandbox import double
from acceptance.sandbox.world import World
from selftests import packets, snapshot
from selftests.running import command

ASKED: list[str] = []


def recorded(world: World) -> dict[str, Any]:
    """All parts of a sandbox, started here; what its doubles are asked is kept, as the edge and the database log it."""
    serve = double.serve

    def recording(answer: Any, port: int = 0) -> str:
        def keep(request: double.Request) -> double.Reply:
            reply: double.Reply = answer(request)
            ASKED.append(f"{request.method} {request.path} {reply.status}")
            return reply

        return serve(keep, port)

    double.serve = recording
    main = import_module("acceptance.sandbox.__main__")
    tables: dict[str, Any] = {"doubles": []}
    for part in main.PARTS:
        main.merge(tables, part.start(world))
    (world.folder / "target.toml").write_text(tomlkit.dumps(tables), encoding="utf-8")
    main._refresh(world, sorted(world.faults))
    return tables


def main(folder: Path, watch: str, faults: str, words: list[str]) -> None:
    """Start, look at everything, run, look again."""
    if watch == "packets":
        packets.lay()
    world = World(folder / "sandbox")
    world.folder.mkdir()
    world.faults.update(filter(None, faults.split(",")))
    recorded(world)
    target = world.folder / "target.toml"
    before = snapshot.taken(world)
    ASKED.clear()
    watched = packets.Watched() if watch == "packets" else None
    with (folder / "said.txt").open("w") as said:
        ended = subprocess.run(
            command(f"--target={target}", *words), cwd=folder, stdout=said, stderr=said, check=False,
            env={**os.environ, "XDG_STATE_HOME": str(folder / "state")},
        )  # fmt: skip
    told = {
        "code": ended.returncode,
        "asked": [*ASKED, *world.log_path.read_text(encoding="utf-8").splitlines()],
        "changed": snapshot.changed(before, snapshot.taken(world)),
        "went": sorted(watched.went) if watched else [],
    }
    (folder / "watched.json").write_text(json.dumps(told, indent=1), encoding="utf-8")
    os._exit(0)  # threads of parts


if __name__ == "__main__":
    main(Path(sys.argv[1]), sys.argv[2], sys.argv[3], sys.argv[4:])
