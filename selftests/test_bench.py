"""The page of the benches: what passes its limit is said, other benches' rows are kept, a missing tool is no failure."""

from __future__ import annotations

from importlib import import_module
from pathlib import Path

import pytest

from selftests.bench import __main__ as bench
from selftests.bench.figures import Figure, NotMeasured, measure, merge


def test_a_figure_is_held_against_its_limit(tmp_path: Path) -> None:
    found = [
        Figure("gate", 15.5, "s", 15.0),
        Figure("rate", 1001.0, "/s", 1000.0, at_least=True),
        Figure("theirs", 9.0, "s"),
    ]
    merge("runs", found, "2026-03-02", tmp_path / "b.json")
    page = (tmp_path / "b.md").read_text(encoding="utf-8")
    assert "| gate | 15.5 s | at most 15 s | **no** |" in page
    assert "| rate | 1001 /s | at least 1000 /s | yes |" in page
    assert "| theirs | 9 s |  |  |" in page


def test_rows_of_other_benches_are_kept(tmp_path: Path) -> None:
    for name, found in (
        ("runs", [Figure("gate", 20.0, "s")]),
        ("tls", "no testssl.sh"),
        ("runs", [Figure("gate", 9.0, "s")]),
    ):
        merge(name, found, "2026-03-02", tmp_path / "b.json")
    page = (tmp_path / "b.md").read_text(encoding="utf-8")
    assert "| gate | 9 s |" in page
    assert "| gate | 20 s |" not in page
    assert "| tls | not measured: no testssl.sh |" in page


@pytest.mark.parametrize("name", bench.BENCHES)
def test_each_bench_can_measure(name: str) -> None:
    assert callable(import_module(f"selftests.bench.{name}").measure)


@pytest.mark.parametrize(
    "name, missing",
    [("tls_scan", "testssl.sh"), ("page_timing", "lighthouse"), ("hosts_collector", "testinfra|the lab")],
)
def test_a_missing_tool_is_named(name: str, missing: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PATH", "")
    monkeypatch.delenv("LIGHTHOUSE", raising=False)
    with pytest.raises(NotMeasured, match=missing):
        measure(name)
