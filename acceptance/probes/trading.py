"""Whether the engine trades with real money now: asked before anything that loads, writes or disrupts."""

from __future__ import annotations

from acceptance.facts import ProbeError, facts, text
from acceptance.visit import Visit


@facts
class Trading:
    """The engine's own word on live trading."""

    path: str
    mode: str  # "" where it names none
    enabled: bool
    open_positions: int

    def __repr__(self) -> str:
        return f"trading enabled {self.enabled}, mode {self.mode or 'unnamed'}, {self.open_positions} open positions"

    def looked(self) -> str:
        return f"GET {self.path}: {self!r}"

    def in_the_way(self) -> str:
        """Why nothing may be disturbed now; "" when nothing is at stake."""
        if self.enabled or self.mode.lower() == "live":
            return "live trading is on"
        return f"{self.open_positions} positions are open" if self.open_positions else ""


def look(visit: Visit) -> Trading:
    """Ask the operation `trading_status`. ProbeError when its answer leaves the question open."""
    from acceptance import web

    operation = visit.target.operations.get("trading_status")
    if operation is None:
        raise ProbeError("whether it trades", "the target has no [operations.trading_status]")
    headers = {} if operation.public else web.bearer(visit.token())
    with web.client(visit) as client:
        response = web.ask(client, "GET", f"{visit.target.urls.api}{operation.path}", headers=headers)
    answer = web.as_json(response)
    enabled, positions, mode = (
        web.pick(answer, operation.fields.get(name, f"data.{name}")) for name in ("enabled", "open_positions", "mode")
    )
    if response.status_code != 200 or not isinstance(enabled, bool):
        raise ProbeError(
            "whether it trades", f"{operation.path}: {response.status_code}, enabled {text(enabled, 40)!r}"
        )
    if isinstance(positions, bool) or not isinstance(positions, int) or positions < 0:
        raise ProbeError("open positions", f"{operation.path} says {text(positions, 40)!r}")
    return Trading(operation.path, text(mode or "", 40), enabled, positions)
