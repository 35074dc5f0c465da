"""Every fault of the sandbox turns exactly its items red; without one, every measured item passes."""

from __future__ import annotations

import shutil
from collections.abc import Iterable
from pathlib import Path
from typing import Any

import pytest

from acceptance.children import Sandbox
from acceptance.judge import catalogue, probes_of
from acceptance.probes import PROBES
from acceptance.sandbox.parts import breaks, faults, part_of
from selftests.looking import again, judged, look, wanted

# faults of these probes, which take long or need a quiet machine, are looked at by `make proof`
SLOW = {
    "api_load",
    "browser",
    "metrics",
    "mongo_failover",
    "pages",
    "ports",
    "traffic",
    "websocket_echo",
    "websocket_hold",
    "alert_path",
}


def _seen_by(name: str) -> tuple[str, ...]:
    fault = faults()[name]
    return (*part_of(fault).PROBES, *fault.seen_by)


def _param(name: str) -> Any:
    """A fault as a parameter, marked where it takes long."""
    slow = bool(SLOW & set(_seen_by(name)))
    return pytest.param(name, marks=pytest.mark.proof) if slow else name


def _decided_here(ids: Iterable[str]) -> set[str]:
    """Items that no slow probe has a say in."""
    return {id for id in ids if not SLOW & probes_of(catalogue()[id])}


@pytest.fixture(scope="session")
def healthy(sandbox: Sandbox, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The facts of the healthy sandbox, seen with every probe but the slow ones, whose items stay BLOCKED here."""
    folder = tmp_path_factory.mktemp("healthy")
    look(sandbox.target_file, folder, wanted(sandbox.target_file) - SLOW)
    return folder


def test_healthy_sandbox_passes_everything(sandbox: Sandbox, healthy: Path) -> None:
    found = judged(sandbox.target_file, healthy)
    decided = _decided_here(found)
    assert {id: found[id] for id in decided if found[id][0] not in ("PASS", "NA")} == {}
    assert len(decided) > 250


@pytest.mark.faults
@pytest.mark.parametrize("name", [_param(name) for name in sorted(faults())])
def test_fault_breaks_exactly_its_items(name: str, sandbox: Sandbox, healthy: Path, tmp_path: Path) -> None:
    fault = faults()[name]
    probes = again(_seen_by(name))
    folder = tmp_path / "run"
    shutil.copytree(healthy / "facts", folder / "facts")
    for probe in probes:
        (folder / "facts" / f"{probe}.json").unlink(missing_ok=True)
    sandbox.change(f"+{name}")
    try:
        look(sandbox.target_file, folder, probes & wanted(sandbox.target_file))
        after = judged(sandbox.target_file, folder)  # what people signed is read here, so the fault is still on
    finally:
        sandbox.change(f"-{name}")
    before = judged(sandbox.target_file, healthy)
    changed = _decided_here(id for id in after if after[id][0] != before[id][0])
    expected = _decided_here(breaks(fault))
    assert changed == expected, {id: after[id] for id in sorted(changed ^ expected)}


def test_every_part_names_real_probes() -> None:
    unknown = {probe for fault in faults().values() for probe in _seen_by(fault.name) if probe not in PROBES}
    assert unknown == set()
