"""Each fault of the lab's real software turns exactly its items red, and what is mended is green again.

With ACCEPTANCE_LAB_PROOF=FILE the rows of the kill table are kept in that file.
"""

from __future__ import annotations

import json
import os
from pathlib import Path
from typing import Any

import pytest

from selftests.lab.faults import FAULTS
from selftests.lab.lab_host import Look, in_host, statuses
from selftests.proof import row, stamp

pytestmark = pytest.mark.lab
# the engine's events go back a few minutes only; the load of the machine that carries the lab is not the fault's doing
UNSTEADY = ("INFRA-START-06", "PERF-USE-01", "PERF-USE-03")
PROBES = ("services", "hosts", "configuration", "usage", "ssh_wire", "ports")


@pytest.fixture(scope="module")
def healthy(look: Look) -> dict[str, Any]:
    """What every probe sees while nothing is wrong; whoever mends a fault puts in what is seen then."""
    return look(*PROBES)


@pytest.mark.parametrize("name", FAULTS)
def test_a_real_fault_turns_its_items_red_and_mending_turns_them_green(
    name: str, look: Look, healthy: dict[str, Any]
) -> None:
    fault = FAULTS[name]
    before = statuses(healthy)
    in_host(fault.change)
    try:
        after = statuses(healthy | look(*fault.probes))
    finally:
        in_host(fault.mend)
    healthy |= look(*fault.probes)
    changed = {
        id: after[id] for id, (status, _) in before.items() if status == "PASS" != after[id][0] and id not in UNSTEADY
    }
    made = {**row(name, fault.change, changed, fault.breaks), **stamp()}
    keep(made)
    assert made["verdict"] == "killed", (made, {id: before[id] for id in made["survived"]})
    assert changed[fault.breaks[0]][0] == "FAIL"
    mended = statuses(healthy)
    assert {id: mended[id] for id in changed if mended[id][0] != "PASS"} == {}


def keep(made: dict[str, Any]) -> None:
    """Put a row into the file of the proof, when one is asked for; rows of faults that are gone go."""
    if place := os.environ.get("ACCEPTANCE_LAB_PROOF"):
        path = Path(place)
        rows = json.loads(path.read_text(encoding="utf-8")) if path.exists() else []
        kept = {each["fault"]: each for each in [*rows, made] if each["fault"] in FAULTS}
        path.write_text(json.dumps([kept[name] for name in sorted(kept)], indent=1) + "\n", encoding="utf-8")
