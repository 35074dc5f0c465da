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
    place: str = "placing"  # the operations
    cancel: str = "cancelling"

    def looked(self) -> str:
        return f"an order far from the market in paper mode ({', '.join(self.signs)}); {self.leftovers_removed} leftovers removed"

    def placing_failed(self) -> tuple[str, ...]:
        """An order that was refused, failed inside a 200, or did not show among the open ones."""
        good = self.placed_status in (200, 201)
        wrong = [] if good else [f"placing was answered with {self.placed_status}, 200 or 201 expected"]
        if self.state.lower() in ("failed", "rejected", "error"):
            wrong.append(f"the order's state is {self.state} in a {self.placed_status}")
        if not self.seen_open:
            wrong.append(self._never_open)
        return tuple(f"{self.place} as user: {line}" for line in wrong)

    def cancelling_failed(self) -> tuple[str, ...]:
        """An order that could not be cancelled, or is still open afterwards."""
        said = f"cancelling was answered with {self.cancel_status}, 200 or 204 expected"
        said = said if self.cancel_status else "no order was placed that could be cancelled"
        wrong = [] if self.cancel_status in (200, 204) else [said]
        if self.cancel_status and not self.seen_open:
            wrong.append(f"{self._never_open}: cancelling it shows nothing")
        if not self.gone:
            wrong.append("it is still among the open orders: REMOVE IT BY HAND")
        return tuple(f"{self.cancel} as user: {line}" for line in wrong)

    @property
    def _never_open(self) -> str:
        return "the order was never among the open ones"


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
            shown = next((each for each in _open(visit, client) if _is_this(each, id, visit.marker)), None)
            id = shown.get("id") if id is None and shown else id
            cancel_status = _cancel(visit, client, {"id": id}) if id is not None else 0
            gone = not any(_is_this(each, id, visit.marker) for each in _open(visit, client))
        except ProbeError as problem:
            raise ProbeError(problem.what, f"{problem.why}; {_clean_up(visit, client, id)}") from problem
    placed, cancelled = (f"{each.method} {each.path}" for each in (operation, visit.target.operations["cancel_order"]))
    return PaperOrder(
        signs, answer.status_code, state, shown is not None, cancel_status, gone, len(leftovers), placed, cancelled
    )


def _clean_up(visit: Visit, client: httpx.Client, id: Any) -> str:
    """After a step that failed: cancel the order by its id or by the suite's mark, and say whether it is gone."""
    try:
        for each in _open(visit, client):
            if _is_ours(each) or _is_this(each, id, visit.marker):
                _cancel(visit, client, each)
        if not any(_is_ours(each) or _is_this(each, id, visit.marker) for each in _open(visit, client)):
            return "no order of the suite is open"
    except ProbeError as problem:
        return f"REMOVE BY HAND the order {text(id or visit.marker, 60)}, should it be open: {problem.why}"
    return f"REMOVE BY HAND the order {text(id or visit.marker, 60)}: it is still open"


def paper_signs(visit: Visit, client: httpx.Client) -> tuple[str, ...]:
    """Two independent signs of paper mode; ProbeError (and nothing is placed) when one is missing or differs."""
    from acceptance import web

    found: list[str] = []
    for name, field in (("paper_status", "mode"), ("trading_status", "mode")):
        operation = visit.target.operations.get(name)
        if operation is None:
            raise ProbeError("paper mode", f"the target has no [operations.{name}]; no order is placed")
        if operation.path in found:
            raise ProbeError("paper mode", f"{operation.path} is named twice and is one sign; no order is placed")
        answer = web.ask(client, "GET", f"{visit.target.urls.api}{operation.path}")
        body = web.as_json(answer)
        mode = web.pick(body, operation.fields.get(field, f"data.{field}"))
        if mode != "paper" or answer.status_code != 200 or web.denies(body):
            why = f"{operation.path} says {text(mode, 40)!r} in a {answer.status_code}; no order is placed"
            raise ProbeError("paper mode", why)
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


def _is_this(order: dict[str, Any], id: Any, mark: str) -> bool:
    """Whether it is the order of this run; the mark tells it too, should placing have given no id."""
    return order.get("client_id") == mark or (id is not None and order.get("id") == id)


def _cancel(visit: Visit, client: httpx.Client, order: dict[str, Any]) -> int:
    from acceptance import web

    operation = visit.target.operations["cancel_order"]
    path = operation.path.replace("{id}", str(order["id"]))
    return web.ask(client, str(operation.method), f"{visit.target.urls.api}{path}").status_code
