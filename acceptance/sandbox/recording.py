"""Records a real host's answer, from which the sandbox's host then answers: `acceptance sandbox --record TARGET`."""

from __future__ import annotations

import json
import secrets
import tempfile
import time
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from acceptance.reach import ask, way
from acceptance.target import find, read
from acceptance.visit import Visit

PLACE = Path(__file__).with_name("recordings") / "host.json"
SECTIONS = ("system", "software", "engine", "usage", "deployment", "access")


def record(target_name: str, place: Path = PLACE) -> str:
    """Ask the first host of a target for every section, and keep the answer; returns what was recorded."""
    target = read(find(target_name))
    name, host = next(iter(target.hosts.items()))
    with tempfile.TemporaryDirectory() as folder:
        here = Path(folder)
        visit = Visit(target, datetime.now(UTC), here, here, here, "record", time.monotonic() + 120)
        answer: dict[str, Any] = json.loads(ask(visit, name, SECTIONS, print_key=secrets.token_hex(16)))
    for secret in answer["deployment"].get("env", {}).get("secrets", ()):
        secret["print"] = ""  # keyed prints tell targets apart; a recording needs none
    made = f"by the collector on host {name} of target {target.name}, {way(host)}"
    place.write_text(json.dumps({"made": made, "answer": answer}, indent=1), encoding="utf-8")
    return made
