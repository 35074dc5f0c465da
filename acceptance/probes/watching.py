"""Live data on the page: cards against pushed prices, what charts draw, and a WebSocket that is cut."""

from __future__ import annotations

import base64
import json
import re
import time
from typing import Any

from acceptance.facts import text
from acceptance.probes import browser_scripts as scripts
from acceptance.probes.seen import NO_DATA, Card, Chart, Socket
from acceptance.probes.tab import Tab
from acceptance.tables.browser import Browser as Table

PRICE_KEYS = ("price", "last_price", "latest_price", "close", "p", "c")


def live_cards(tab: Tab, table: Table, seconds: float = 6.0) -> tuple[Card, ...]:
    """Watch the cards until each has followed a pushed price twice, or time is up."""
    symbols = list(table.live_cards)
    last: list[str | None] = tab.evaluate(scripts.CARDS, symbols)
    changes, matches = dict.fromkeys(symbols, 0), dict.fromkeys(symbols, 0)

    def enough() -> bool:
        nonlocal last
        now: list[str | None] = tab.evaluate(scripts.CARDS, symbols)
        for symbol, before, after in zip(symbols, last, now, strict=True):
            if before and after and _numbers(before) != _numbers(after):
                changes[symbol] += 1
                matches[symbol] += shows_pushed(after, pushed_prices(tab.frames, symbol)[-20:])
        last = now
        return all(count >= 2 for count in matches.values())

    tab.until(enough, seconds, every_s=0.1)
    return tuple(
        Card(symbol, found is not None, len(pushed_prices(tab.frames, symbol)), changes[symbol], matches[symbol])
        for symbol, found in zip(symbols, last, strict=True)
    )


def pushed_prices(frames: list[tuple[float, str]], symbol: str) -> list[float]:
    """Prices of a symbol in the frames that came, in their order."""
    found: list[float] = []
    for _, frame in frames:
        if symbol in frame:
            try:
                document = json.loads(frame)
            except ValueError:
                continue
            found.extend(_prices(document, symbol))
    return found


def _prices(document: Any, symbol: str, depth: int = 0) -> list[float]:
    if depth > 6 or not isinstance(document, dict | list):
        return []
    if isinstance(document, list):
        return [price for each in document[:200] for price in _prices(each, symbol, depth + 1)]
    found: list[float] = []
    if document.get("symbol", document.get("s")) == symbol:
        for part in (document, *(each for each in document.values() if isinstance(each, dict))):
            for key in PRICE_KEYS:
                try:
                    found.append(float(part[key]))
                except (KeyError, TypeError, ValueError):
                    continue
    return found or [p for each in document.values() for p in _prices(each, symbol, depth + 1)]


def _numbers(shown: str) -> list[str]:
    return re.findall(r"\d[\d.,'\u00a0\u202f]*\d|\d", re.sub(r"\d{1,2}:\d{2}(:\d{2})?", " ", shown))


def shows_pushed(shown: str, pushed: list[float]) -> bool:
    """Whether a number of the card is one of the pushed prices, as far as it shows digits."""
    for number in _numbers(shown):
        digits = re.sub(r"[,'\u00a0\u202f](?=\d{3})", "", number)
        if re.fullmatch(r"\d+(\.\d+)?", digits) and len(digits.replace(".", "")) >= 3:
            places = len(digits.partition(".")[2])
            if any(abs(price - float(digits)) <= 0.51 * 10**-places for price in pushed):
                return True
    return False


def charts(tab: Tab, blank: Tab, table: Table) -> tuple[Chart, ...]:
    """Each chart's picture, measured: what is drawn beside axes and frame."""
    found = []
    for number, each in enumerate(tab.evaluate(scripts.CHARTS, list(table.charts))):
        picture = tab.page.locator(f'[data-acceptance-chart="{number}"]').screenshot(animations="disabled")
        share = blank.evaluate(scripts.DRAWN_SHARE, base64.b64encode(picture).decode("ascii"))
        says = NO_DATA.search(each["around"])
        found.append(Chart(text(each["name"], 80), round(float(share), 3), each["points"], says[0] if says else ""))
    return tuple(found)


def socket(tab: Tab, seconds: float = 30.0) -> Socket:
    """Cut the page's WebSocket, as a restarting server does, and wait for a new one with a frame on it."""
    opened, frames = len(tab.sockets), len(tab.frames)
    if not opened or not frames:
        return Socket(opened, frames, None, seconds)
    tab.deliberate = True
    for each in list(tab.sockets):
        each.close(code=1012, reason="service restart")
    cut, before = time.monotonic(), len(tab.frames)
    back = tab.until(lambda: len(tab.sockets) > opened and len(tab.frames) > before, seconds)
    tab.deliberate = False
    return Socket(opened, frames, round(time.monotonic() - cut, 2) if back else None, seconds)
