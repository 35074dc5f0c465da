"""What loads, writes or disrupts asks the engine first, and leaves an engine alone that trades or does not say."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from acceptance.checklist import checklist
from acceptance.children import Sandbox
from acceptance.judge import catalogue, probes_behind
from acceptance.look import allowed
from acceptance.probes import PROBES
from acceptance.probes.trading import Trading
from acceptance.sandbox.trading import GATED
from acceptance.target import read
from acceptance.verdict import Status
from selftests.looking import ALL, look

QUIET = Trading("/status", "paper", enabled=False, open_positions=0)


@pytest.mark.parametrize(
    "says, why",
    [
        (QUIET, ""),
        (Trading("/status", "", enabled=True, open_positions=0), "live trading is on"),
        (Trading("/status", "LIVE", enabled=False, open_positions=0), "live trading is on"),
        (Trading("/status", "paper", enabled=False, open_positions=1), "1 positions are open"),
    ],
)
def test_what_is_in_the_way(says: Trading, why: str) -> None:
    assert says.in_the_way() == why


def test_only_who_asks_the_engine_may_act(sandbox: Sandbox) -> None:
    target = read(sandbox.target_file)
    assert allowed(PROBES["uploads"], ALL, target, {"trading": QUIET}) == ALL
    assert allowed(PROBES["uploads"], ALL, target, {}) == frozenset()
    assert allowed(PROBES["sessions"], ALL, target, {"trading": QUIET}) == frozenset()
    shy = target.model_copy(update={"allow": target.allow.model_copy(update={"writes": False})})
    assert allowed(PROBES["uploads"], ALL, shy, {"trading": QUIET}) == ALL - {"writes"}
    bold = target.model_copy(update={"allow": target.allow.model_copy(update={"while_trading": True})})
    assert allowed(PROBES["uploads"], ALL, bold, {}) == ALL


def test_a_probe_that_only_gated_items_want_is_gated_itself() -> None:
    impacts: dict[str, set[str]] = {}
    for case in catalogue().values():
        for name in probes_behind(case.asks_for):
            impacts.setdefault(name, set()).add(checklist()[case.id].impact)
    wrong = {
        name: found for name, found in impacts.items() if (PROBES[name].impact or "") not in found
        or ("" not in found and not PROBES[name].impact)
    }  # fmt: skip
    assert wrong == {}
    assert [name for name, probe in PROBES.items() if probe.impact and "trading" not in probe.needs] == []


def test_the_gated_items_are_those_of_the_checklist() -> None:
    assert {id for id in catalogue() if checklist()[id].impact} == set(GATED)


@pytest.mark.parametrize("fault", ["engine-in-live-mode", "position-open", "trading-unknown"])
def test_nothing_is_disturbed(fault: str, sandbox: Sandbox, tmp_path: Path) -> None:
    sandbox.change(f"+{fault}")
    log = sandbox.folder / "requests.log"
    before = log.stat().st_size if log.exists() else 0
    try:
        look(sandbox.target_file, tmp_path, {"registration", "uploads", "rate_limit", "paper_order"})
    finally:
        sandbox.change(f"-{fault}")
    with log.open(encoding="utf-8") as lines:
        lines.seek(before)
        sent = {tuple(line.split()[1:3]) for line in lines}
    assert sent == {("POST", "/api/auth/login"), ("GET", "/api/trading/status")}
    answer: dict[str, Any] = json.loads((tmp_path / "facts" / "uploads.json").read_text(encoding="utf-8"))
    assert "an engine that does not trade" in answer["failure"]["why"]


def test_pending_is_what_they_are_then(sandbox: Sandbox, tmp_path: Path) -> None:
    from selftests.looking import judged

    sandbox.change("+position-open")
    try:
        look(sandbox.target_file, tmp_path, {"uploads"})
    finally:
        sandbox.change("-position-open")
    status, why = judged(sandbox.target_file, tmp_path)["SEC-WEB-14"]
    assert (status, why[:20]) == (Status.PENDING, "1 positions are open")
