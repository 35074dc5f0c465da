"""`acceptance watch` and `acceptance rollback` at the terminal, and the signs of life that the decision rests on."""

from __future__ import annotations

import argparse
import json
import socket
import time
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

import pytest

from acceptance import rollback_command, watch_command
from acceptance.advice import Advice, Said
from acceptance.facts import dump
from acceptance.probes.alive import Alive, Sign
from acceptance.probes.baseline import Baseline, read_baseline
from acceptance.record.file import dump as dump_record
from acceptance.target import Target, TargetError
from acceptance.visit import Visit
from selftests.judging import BLOCKED, FAIL, PASS, judge
from selftests.records import generated
from selftests.test_rollback import traffic

UP, DOWN = Sign("page", True, "status 200"), Sign("page", False, "ConnectError: refused")


@pytest.mark.parametrize(
    "alive, expected",
    [
        (Alive((UP, replace(DOWN, name="health")), "", False), PASS),
        (Alive((DOWN, replace(DOWN, name="health")), "10.0.0.1:443", True), FAIL),
        (Alive((DOWN, replace(DOWN, name="health")), "10.0.0.1:443", False), BLOCKED),
        (Alive((DOWN, replace(DOWN, name="health")), "", False), BLOCKED),
    ],
)
def test_lost_completely_only_when_the_suites_own_network_works(alive: Alive, expected: object) -> None:
    assert judge("FUNC-ROLL-01", alive=alive) is expected


def test_a_service_that_refuses_every_connection_is_seen_as_such(tmp_path: Path) -> None:
    from acceptance.probes.alive import look
    from acceptance.target import read

    with socket.create_server(("127.0.0.1", 0)) as control, socket.socket() as closed:
        closed.bind(("127.0.0.1", 0))
        dead = f"https://127.0.0.1:{closed.getsockname()[1]}"
        (tmp_path / "target.toml").write_text(
            f'[urls]\nbase = "{dead}"\nplain = "http://127.0.0.1:1"\napi = "{dead}"\nws = "wss://127.0.0.1:1/ws"\n'
            f'dashboard = "{dead}"\n[operations.health]\npath = "/api/health"\nkind = "local"\n'
            f'[rollback]\noperations = ["health"]\ncontrol = "127.0.0.1:{control.getsockname()[1]}"\n',
            encoding="utf-8",
        )
        alive = look(visit_of(read(tmp_path / "target.toml"), tmp_path))
    assert judge("FUNC-ROLL-01", alive=alive) is FAIL
    assert "control host answers" in alive.looked()


def visit_of(target: Target, folder: Path) -> Visit:
    return Visit(
        target=target,
        now=datetime.now(UTC),
        run=folder,
        live=folder,
        state=folder,
        marker="acceptance-test",
        ends=time.monotonic() + 20,
    )


def run_folder(folder: Path, *, approved: bool, complete: bool = True) -> Path:
    run = folder / "20260302T080000Z"
    (run / "facts").mkdir(parents=True)
    record = replace(generated(1, 0.0 if approved else 0.9), complete=complete)
    (run / "record.json").write_text(dump_record(record), encoding="utf-8")
    (run / "facts" / "traffic.json").write_text(json.dumps({"value": json.loads(dump(traffic()))}), encoding="utf-8")
    return run


def test_an_approved_run_becomes_the_baseline(tmp_path: Path) -> None:
    assert "12 windows" in rollback_command.accept(run_folder(tmp_path, approved=True), tmp_path, "prod")
    baseline = read_baseline(visit_of(None, tmp_path))  # type: ignore[arg-type]
    assert isinstance(baseline, Baseline)
    assert baseline.windows == traffic().windows


@pytest.mark.parametrize("approved, complete", [(False, True), (True, False)])
def test_another_run_does_not(approved: bool, complete: bool, tmp_path: Path) -> None:
    with pytest.raises(TargetError, match="is no baseline"):
        rollback_command.accept(run_folder(tmp_path, approved=approved, complete=complete), tmp_path, "prod")


def test_neither_does_that_of_another_target_or_of_a_machine_that_lagged(tmp_path: Path) -> None:
    run = run_folder(tmp_path, approved=True)
    with pytest.raises(TargetError, match="is a run of prod"):
        rollback_command.accept(run, tmp_path, "staging")
    lagging = replace(traffic(), lag_p99_ms=40.0)
    (run / "facts" / "traffic.json").write_text(json.dumps({"value": json.loads(dump(lagging))}), encoding="utf-8")
    with pytest.raises(TargetError, match="lagged by 40 ms"):
        rollback_command.accept(run, tmp_path, "prod")


def test_the_procedure_is_printed_for_this_release_only_when_going_back_is_advised() -> None:
    from acceptance.tables.rollback import Rollback

    steps = ("git checkout v{previous}", "echo {version} is gone")
    target = Target.model_construct(rollback=Rollback(operations=("health",), steps=steps))
    versions = {"version": "2.4.0", "previous": "2.3.0"}
    back = rollback_command.advise(Said(Advice.ROLL_BACK_NOW, ("FUNC-ROLL-01",)), target, versions)
    assert back[0] == "ROLL BACK NOW: FUNC-ROLL-01"
    assert "git checkout v2.3.0" in back[1]
    assert "2.4.0 is gone" in back[2]
    assert rollback_command.advise(Said(Advice.CONTINUE, ()), target, versions) == ["CONTINUE"]


def test_a_sample_that_leaves_no_record_is_named(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    options = argparse.Namespace(target="nowhere", allow="", release="", state="")
    with pytest.raises(TargetError, match="left no record"):
        watch_command.take(options, Target.model_construct(name="nowhere"), "sample")
