"""The result of one test, as it rides on pytest's report: status, what was looked at, what held, what did not."""

from __future__ import annotations

import traceback
from pathlib import Path
from typing import TYPE_CHECKING, Any

from acceptance.checklist import checklist
from acceptance.facts import ProbeError
from acceptance.judge import JOINS, Case, Settled
from acceptance.run import Run
from acceptance.settle import Signed, attested_line
from acceptance.verdict import Result, Status, no_false_tick

if TYPE_CHECKING:
    import pytest


def plain(result: Result) -> dict[str, Any]:
    return {key: list(value) if isinstance(value, tuple) else value for key, value in vars(result).items()} | {
        "status": result.status.value,
        "found": result.found.value,
    }


def in_a_sentence(item: pytest.Item, call: pytest.CallInfo[None]) -> None:
    """What could not be looked at, or was settled before, is told by its note: no traceback is made."""
    if call.excinfo and isinstance(call.excinfo.value, ProbeError | Settled):
        for way in ("repr_failure", "_repr_failure_py"):  # after a test, after a fixture
            setattr(item, way, lambda *_, **__: "")


def result_of(case: Case, call: pytest.CallInfo[None], held: list[str], run: Run) -> Result:
    """The result of one test."""
    severity, status, note = checklist()[case.id].severity, Status.PASS, ""
    evidence = list(held)
    if call.excinfo:
        error = call.excinfo.value
        if isinstance(error, Settled):
            status, note = error.status, error.why
        elif isinstance(error, ProbeError):
            status, note = Status.BLOCKED, f"could not look: {error}"
        elif isinstance(error, AssertionError):
            status = Status.FAIL
            evidence.append(_told(error))
        else:
            status, note = Status.BLOCKED, f"the test itself broke: {type(error).__name__}: {error}"[:300]
    looked: tuple[str, ...] = ()
    by = "attested" if checklist()[case.id].attested else "measured"
    if by == "attested" and status is Status.PASS:
        looked, said = attested_line(Signed(checklist()[case.id], run.said).require())
        evidence = list(said)
    elif status in (Status.PASS, Status.FAIL):
        looked = _looked(run, case)
    result = Result(case.id, severity, status, status, by, looked, tuple(evidence), note, round(call.duration, 4))
    return no_false_tick(result)


def _told(error: AssertionError) -> str:
    """What was asked, as in the lines of what held, and what was seen instead."""
    frames = traceback.extract_tb(error.__traceback__)
    asked = next((f.line or "" for f in reversed(frames) if Path(f.filename).name.startswith("test_")), "")
    asked = asked.strip().removeprefix("assert ")
    seen = (str(error).splitlines() or ["an assertion failed"])[0].removeprefix("assert ")
    if asked.startswith("not "):
        seen = seen.removeprefix("not ")
    return f"{asked}: {seen}"[:300] if asked else seen[:300]


def _looked(run: Run, case: Case) -> tuple[str, ...]:
    """A looked line for each join and probe behind a test; what a roll-up's parts could not see is theirs to say."""
    joined = {name: run.ask(name, case) for name in case.asks_for if name in JOINS}
    lines = [f"{name}: {each.looked()}"[:400] for name, each in joined.items() if hasattr(each, "looked")]
    for name in sorted(run.wants(case)):
        try:
            lines.append(run.looked(name))
        except ProbeError as unseen:
            lines.append(f"{name}: could not look: {unseen}"[:300])
    return tuple(lines[:12])
