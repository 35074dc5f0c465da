"""The exchange beside the engine: its own balance of the account, asked from the host, and the price of its public stream."""

from __future__ import annotations

import math
import socket
import ssl
import time
from typing import Any
from urllib.parse import urlsplit

from acceptance.facts import ProbeError, Unseen, text
from acceptance.foreign import NoDocument, json_of
from acceptance.visit import Visit

PATIENCE_S = 4.0  # for one message of a stream that has several a second
PRICE_OF = {  # Binance's events, and where each has its price
    "trade": "p", "aggTrade": "p", "markPriceUpdate": "p", "24hrTicker": "c", "24hrMiniTicker": "c", "kline": "k.c",
}  # fmt: skip


def balance(visit: Visit) -> float | Unseen | None:
    """What the exchange says that the account holds, signed with the service's key on its host; None: no finite number."""
    import json

    from acceptance import web
    from acceptance.reach import ask

    named = {name: table for name, table in (visit.target.upstreams or {}).items() if table.account}
    for name, table in named.items():
        wanted = {
            "service": table.service, "url": table.url, "key": table.key, "secret": table.secret, "account": table.account,
            "balance": table.account_balance, "looks": ["account"],
        }  # fmt: skip
        try:
            answer = json.loads(ask(visit, table.host, ("account",), upstreams={name: wanted}))["account"][name]
        except ProbeError as problem:
            return Unseen(problem.what, problem.why)
        except (ValueError, KeyError, TypeError) as problem:
            return Unseen(f"host {table.host}", f"no answer of the collector: {problem}"[:200])
        found = web.pick(answer, "account.balance")
        if isinstance(found, int | float) and not isinstance(found, bool) and math.isfinite(found):
            return float(found)
        why = web.pick(answer, "account.status") or web.pick(answer, "account.no_answer") or web.pick(answer, "why")
        return Unseen(f"the account at {name}", f"the exchange answered {text(why or 'nothing', 120)}")
    return Unseen("the account at the exchange", "trading is live, and no [upstreams] table names its account")


def reference(visit: Visit) -> float | Unseen | None:
    """The price of the target's first symbol on the public stream that `[witnesses]` names; None where it names none."""
    from websockets.exceptions import WebSocketException
    from websockets.sync.client import connect

    from acceptance import guard, web

    url = visit.target.witnesses.market if visit.target.witnesses else ""
    if not url:
        return None
    symbol = visit.target.websocket.symbols[0] if visit.target.websocket.symbols else ""
    parts = urlsplit(url)
    secure = parts.scheme == "wss"
    guard.count(write=False, what="a WebSocket upgrade")
    try:
        host = parts.hostname or ""
        port = parts.port or (443 if secure else 80)
        line = socket.create_connection((web.addresses(visit, host)[0], port), visit.time_left_s(PATIENCE_S))
        with connect(
            url, sock=line, ssl=web.ssl_context(visit) if secure else None, server_hostname=host if secure else None,
            open_timeout=visit.time_left_s(PATIENCE_S), close_timeout=0.5, max_size=1_000_000, proxy=None, ping_interval=None,
        ) as stream:  # fmt: skip
            ends = time.monotonic() + visit.time_left_s(PATIENCE_S)
            while (left := ends - time.monotonic()) > 0:
                if price := price_of(stream.recv(timeout=left), symbol):
                    return price
    except (WebSocketException, OSError, ssl.SSLError, EOFError, ValueError, ProbeError) as problem:
        return Unseen("the public stream", f"{web.path_of(url)}: {type(problem).__name__}: {text(problem, 100)}")
    return Unseen("the public stream", f"{web.path_of(url)}: no price of {symbol} in {PATIENCE_S:g} s")


def price_of(message: str | bytes, symbol: str) -> float:
    """The price in one message of the exchange, plain or of a combined stream; 0.0 where it has none of this symbol."""
    from acceptance import web

    try:
        document: Any = json_of(message)
    except NoDocument:
        return 0.0
    document = web.pick(document, "data") or document
    told = web.pick(document, "s")
    place = PRICE_OF.get(str(web.pick(document, "e")))
    if not place or not isinstance(told, str) or told.upper() != symbol.upper():
        return 0.0
    try:
        price = float(str(web.pick(document, place)))
    except ValueError:
        return 0.0
    return price if math.isfinite(price) and price > 0 else 0.0
