"""Every fault of the sandbox turns exactly its items red; without one, every measured item passes."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path

import pytest

from acceptance.children import Sandbox
from acceptance.judge import catalogue, probes_of
from acceptance.probes import PROBES
from acceptance.sandbox.parts import breaks, faults, part_of
from selftests.breaking import SLOW, Healthy, changed, is_slow, with_fault


def _decided_here(ids: Iterable[str]) -> set[str]:
    """Items that no slow probe has a say in."""
    return {id for id in ids if not SLOW & probes_of(catalogue()[id])}


@pytest.fixture(scope="session")
def healthy(sandbox: Sandbox, tmp_path_factory: pytest.TempPathFactory) -> Healthy:
    """The healthy sandbox, seen with every probe but the slow ones."""
    return Healthy.seen(sandbox, tmp_path_factory.mktemp("healthy"), without=SLOW)


def test_healthy_sandbox_passes_everything(healthy: Healthy) -> None:
    found = healthy.judged()
    decided = _decided_here(found)
    assert {id: found[id] for id in decided if found[id][0] not in ("PASS", "NA")} == {}
    assert len(decided) > 250


@pytest.mark.faults
@pytest.mark.parametrize(
    "name", [pytest.param(name, marks=pytest.mark.proof) if is_slow(name) else name for name in sorted(faults())]
)
def test_fault_breaks_exactly_its_items(name: str, healthy: Healthy, tmp_path: Path) -> None:
    after = with_fault(name, healthy, tmp_path / name)  # the marker of what is created is the folder's name
    before = healthy.judged()
    found = _decided_here(changed(before, after))
    expected = _decided_here(breaks(faults()[name]))
    assert found == expected, {id: after[id] for id in sorted(found ^ expected)}


def test_every_part_names_real_probes() -> None:
    named = {probe for fault in faults().values() for probe in (*part_of(fault).PROBES, *fault.seen_by)}
    assert named <= set(PROBES)
