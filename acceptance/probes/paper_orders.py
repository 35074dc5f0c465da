"""A paper order: placed far from the market, seen, cancelled, gone. Never unless two signs say paper mode.

An order that an earlier run left behind carries the suite's marker and is removed first.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from acceptance.facts import ProbeError, facts, text
from acceptance.visit import Visit

if TYPE_CHECKING:
    import httpx

MARK = "acceptance-"


@facts
class PaperOrder:
    """Each step of one order."""

    signs: tuple[str, ...]  # the two that said paper mode
    placed_status: int
    state: str  # what the answer calls the order's state
    seen_open: bool
    cancel_status: int
    gone: bool
    leftovers_removed: int

    def looked(self) -> str:
        return f"an order far from the market in paper mode ({', '.join(self.signs)}); {self.leftovers_removed} leftovers removed"

    def placing_failed(self) -> tuple[str, ...]:
        """An order that was refused, failed inside a 200, or did not show among the open ones."""
        wrong = (
            []
            if self.placed_status in (200, 201)
            else [f"placing was answered with {self.placed_status}, 200 or 201 expected"]
        )
        if self.state.lower() in ("failed", "rejected", "error"):
            wrong.append(f"the order's state is {self.state}")
        if not self.seen_open:
            wrong.append("it is not among the open orders")
        return tuple(wrong)

    def cancelling_failed(self) -> tuple[str, ...]:
        """An order that could not be cancelled, or is still open afterwards."""
        said = f"cancelling was answered with {self.cancel_status}, 200 or 204 expected"
        said = said if self.cancel_status else "no order was placed that could be cancelled"
        wrong = [] if self.cancel_status in (200, 204) else [said]
        return tuple(wrong + ([] if self.gone else ["it is still among the open orders: REMOVE IT BY HAND"]))


def look(visit: Visit) -> PaperOrder:
    """Place, see, cancel, look again; cancel too when a step in between fails."""
    from acceptance import web

    token = visit.token()
    for name in ("place_order", "pending_orders", "cancel_order"):
        if name not in visit.target.operations:  # what can't be cancelled is not placed
            raise ProbeError("a paper order", f"the target has no [operations.{name}]; no order is placed")
    operation = visit.target.operations["place_order"]
    with web.client(visit, headers=web.bearer(token)) as client:
        signs = paper_signs(visit, client)
        leftovers = [_cancel(visit, client, each) for each in _open(visit, client) if _is_ours(each)]
        wish = {
            "symbol": "BTCUSDT", "side": "buy", "order_type": "limit", "quantity": 0.001, "price": 1.0,
            "client_id": visit.marker, **operation.body,
        }  # fmt: skip
        id: Any = None
        try:
            answer = web.ask(client, "POST", f"{visit.target.urls.api}{operation.path}", json=wish)
            body = web.as_json(answer)
            id = web.pick(body, operation.fields.get("id", "data.id"))
            state = text(web.pick(body, operation.fields.get("state", "data.status")) or "", 40)
            seen_open = any(each.get("id") == id for each in _open(visit, client))
            cancel_status = _cancel(visit, client, {"id": id}) if id is not None else 0
            gone = not any(each.get("id") == id for each in _open(visit, client))
        except ProbeError as problem:
            raise ProbeError(problem.what, f"{problem.why}; {_clean_up(visit, client, id)}") from problem
    return PaperOrder(signs, answer.status_code, state, seen_open, cancel_status, gone, len(leftovers))


def _clean_up(visit: Visit, client: httpx.Client, id: Any) -> str:
    """After a step that failed: cancel the order by its id or by the suite's mark, and say whether it is gone."""
    try:
        for each in _open(visit, client):
            if _is_ours(each) or (id is not None and each.get("id") == id):
                _cancel(visit, client, each)
        if not any(_is_ours(each) or (id is not None and each.get("id") == id) for each in _open(visit, client)):
            return "no order of the suite is open"
    except ProbeError as problem:
        return f"REMOVE BY HAND the order {text(id or visit.marker, 60)}, should it be open: {problem.why}"
    return f"REMOVE BY HAND the order {text(id or visit.marker, 60)}: it is still open"


def paper_signs(visit: Visit, client: httpx.Client) -> tuple[str, ...]:
    """Two independent signs of paper mode; ProbeError (and nothing is placed) when one is missing or differs."""
    from acceptance import web

    found = []
    for name, field in (("paper_status", "mode"), ("trading_status", "mode")):
        operation = visit.target.operations.get(name)
        if operation is None:
            raise ProbeError("paper mode", f"the target has no [operations.{name}]; no order is placed")
        answer = web.as_json(web.ask(client, "GET", f"{visit.target.urls.api}{operation.path}"))
        mode = web.pick(answer, operation.fields.get(field, f"data.{field}"))
        if mode != "paper":
            raise ProbeError("paper mode", f"{operation.path} says {text(mode, 40)!r}; no order is placed")
        found.append(operation.path)
    return tuple(found)


def _open(visit: Visit, client: httpx.Client) -> list[dict[str, Any]]:
    from acceptance import web

    operation = visit.target.operations["pending_orders"]
    answer = web.as_json(web.ask(client, "GET", f"{visit.target.urls.api}{operation.path}"))
    rows = web.pick(answer, operation.fields.get("orders", "data"))
    if not isinstance(rows, list):
        raise ProbeError("the open orders", f"{operation.path} holds no list")
    return [row for row in rows[:1000] if isinstance(row, dict)]


def _is_ours(order: dict[str, Any]) -> bool:
    return str(order.get("client_id", "")).startswith(MARK)


def _cancel(visit: Visit, client: httpx.Client, order: dict[str, Any]) -> int:
    from acceptance import web

    operation = visit.target.operations["cancel_order"]
    path = operation.path.replace("{id}", str(order["id"]))
    return web.ask(client, str(operation.method), f"{visit.target.urls.api}{path}").status_code
