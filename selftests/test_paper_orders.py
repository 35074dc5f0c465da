"""A paper order is gone whatever fails in between, and what a killed run left is found by its mark."""

from __future__ import annotations

import json
import time
from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import httpx
import pytest

from acceptance import web
from acceptance.children import Sandbox
from acceptance.facts import ProbeError
from acceptance.probes import paper_orders
from acceptance.target import read
from acceptance.visit import Visit
from selftests.looking import look

PLACE, PENDING = "/api/paper-trading/orders", "/api/paper-trading/pending-orders"


@pytest.fixture
def here(sandbox: Sandbox, tmp_path: Path) -> Iterator[Visit]:
    """A visit that is logged in; whatever it leaves is taken away."""
    target = read(sandbox.target_file)
    visit = Visit(target, datetime.now(UTC), tmp_path, tmp_path, tmp_path, "acceptance-this-run", time.monotonic() + 60)
    with web.client(visit) as client:
        who = {"email": target.credentials["user"].user, "password": target.secret("user")}
        token = web.as_json(client.post(f"{target.urls.api}/api/auth/login", json=who))["data"]["token"]
    visit.keep_live("tokens", {"user": token})
    yield visit
    for each in orders(visit):
        asked(visit, "DELETE", f"{PENDING}/{each['id']}")


def asked(visit: Visit, method: str, path: str, **options: Any) -> Any:
    with web.client(visit, headers=web.bearer(visit.live_secret("tokens")["user"])) as client:
        return web.as_json(client.request(method, f"{visit.target.urls.api}{path}", **options))["data"]


def orders(visit: Visit) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = asked(visit, "GET", PENDING)
    return found


def placed(visit: Visit, mark: str) -> None:
    wish = {"symbol": "BTCUSDT", "side": "buy", "order_type": "limit", "quantity": 1, "price": 1, "client_id": mark}
    asked(visit, "POST", PLACE, json=wish)


def test_what_a_killed_run_left_is_removed_and_nobody_elses(here: Visit) -> None:
    placed(here, "acceptance-20260101T000000Z")
    placed(here, "a-traders-own")
    found = paper_orders.look(here)
    assert (found.leftovers_removed, found.placing_failed(), found.cancelling_failed()) == (1, (), ())
    assert [each["client_id"] for each in orders(here)] == ["a-traders-own"]


@pytest.mark.parametrize("lost", [0, 1, 2, 3], ids=["placing", "seeing", "cancelling", "looking again"])
def test_the_order_is_gone_whichever_answer_is_lost(here: Visit, lost: int, monkeypatch: pytest.MonkeyPatch) -> None:
    """The request arrives and its answer doesn't; what comes after it works again."""
    real, steps = web.ask, [0]

    def ask(using: httpx.Client, method: str, url: str, **options: Any) -> httpx.Response:
        answer = real(using, method, url, **options)
        if steps[0] or method == "POST":
            steps[0] += 1
            if steps[0] == lost + 1:
                raise ProbeError(f"{method} {url}", "ReadTimeout")
        return answer

    monkeypatch.setattr(web, "ask", ask)
    with pytest.raises(ProbeError, match="ReadTimeout; no order of the suite is open"):
        paper_orders.look(here)
    monkeypatch.undo()
    assert orders(here) == []


def test_an_order_that_stays_is_named_for_removal_by_hand(here: Visit, monkeypatch: pytest.MonkeyPatch) -> None:
    real = web.ask

    def ask(using: httpx.Client, method: str, url: str, **options: Any) -> httpx.Response:
        if method == "DELETE":
            raise ProbeError(method, "ConnectError")
        return real(using, method, url, **options)

    monkeypatch.setattr(web, "ask", ask)
    with pytest.raises(ProbeError, match="REMOVE BY HAND the order ord-"):
        paper_orders.look(here)


@pytest.mark.parametrize("missing", ["cancel_order", "pending_orders"])
def test_what_could_not_be_cancelled_is_not_placed(here: Visit, missing: str) -> None:
    known = {name: each for name, each in here.target.operations.items() if name != missing}
    with pytest.raises(ProbeError, match="no order is placed"):
        paper_orders.look(replace(here, target=here.target.model_copy(update={"operations": known})))
    assert orders(here) == []


def test_an_order_whose_id_was_not_told_is_found_by_its_mark(here: Visit) -> None:
    operation = here.target.operations["place_order"].model_copy(update={"fields": {"id": "data.order_id"}})
    known = {**here.target.operations, "place_order": operation}
    found = paper_orders.look(replace(here, target=here.target.model_copy(update={"operations": known})))
    assert (found.seen_open, found.cancel_status, found.gone) == (True, 200, True)
    assert orders(here) == []


def test_one_answer_read_twice_is_one_sign(here: Visit) -> None:
    known = {**here.target.operations, "trading_status": here.target.operations["paper_status"]}
    with pytest.raises(ProbeError, match="is one sign; no order is placed"):
        paper_orders.look(replace(here, target=here.target.model_copy(update={"operations": known})))
    assert orders(here) == []


def test_a_run_after_a_killed_one_says_how_many_it_removed(here: Visit, sandbox: Sandbox, tmp_path: Path) -> None:
    placed(here, "acceptance-20260101T000000Z")
    look(sandbox.target_file, tmp_path / "run", {"paper_order"})
    answer = json.loads((tmp_path / "run" / "facts" / "paper_order.json").read_text(encoding="utf-8"))
    assert answer["value"]["leftovers_removed"] == 1
    assert orders(here) == []
