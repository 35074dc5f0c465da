"""Protected operations are asked several at once, so that a slow target does not take minutes."""

from __future__ import annotations

import threading
from pathlib import Path
from typing import Any

import pytest

from acceptance import guard
from acceptance.facts import ProbeError, Unseen
from acceptance.probes import guards
from selftests.test_asking import visit


def look(folder: Path, monkeypatch: pytest.MonkeyPatch, ask: Any, operations: int) -> guards.Guards:
    def answered(_: object, method: str, url: str, **options: Any) -> Any:
        status = 404 if url.endswith(".json") else ask(method, url, **options)
        return type("Answer", (), {"status_code": status, "content": b"{}"})

    here = visit(folder, operations={f"o{n}": {"path": f"/o{n}"} for n in range(operations)})
    here.keep_live("tokens", {})
    monkeypatch.setattr("acceptance.web.ask", answered)
    return guards.look(here)


def test_operations_are_asked_several_at_once(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """None is answered before as many as are asked at once have come."""
    together = threading.Barrier(guards.AT_ONCE)

    def ask(*_: object, **__: Any) -> int:
        together.wait(5)
        return 401

    assert not look(tmp_path, monkeypatch, ask, 2 * guards.AT_ONCE).open_to_strangers()


def test_one_that_does_not_answer_takes_no_other_along(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def ask(method: str, url: str, **_: Any) -> int:
        if url.endswith("/o1"):
            raise ProbeError(f"{method} {url}", "ReadTimeout")
        return 200 if url.endswith("/o2") else 401

    found = look(tmp_path, monkeypatch, ask, 4)
    assert [each.what for each in found.strangers if isinstance(each, Unseen)] == ["GET /o1"]
    assert found.open_to_strangers() == ("GET /o2 as a stranger: 200, expected 401 or 403",)


@pytest.mark.parametrize("operations", [guards.MOST, guards.MOST + 1])
def test_what_is_too_much_to_ask_is_unseen(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, operations: int) -> None:
    found = look(tmp_path, monkeypatch, lambda *_, **__: 401, operations)
    unseen = [each for each in found.strangers if isinstance(each, Unseen)]
    assert len(unseen) == operations - guards.MOST
    assert len(found.strangers) == operations


def test_what_the_guard_refuses_ends_the_look(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def ask(*_: object, **__: Any) -> int:
        raise guard.Refused("the budget is used up")

    with pytest.raises(guard.Refused):
        look(tmp_path, monkeypatch, ask, 3)
