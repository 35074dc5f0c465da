"""Live data on the page: cards against pushed prices, what charts draw, and a WebSocket that is cut."""

from __future__ import annotations

import base64
import json
import re
import time
from collections.abc import Iterable
from typing import Any

from acceptance.facts import ProbeError, text
from acceptance.probes import browser_scripts as scripts
from acceptance.probes.seen import NO_DATA, Card, Chart, Socket
from acceptance.probes.tab import Tab
from acceptance.tables.browser import Browser as Table

LABELS = "(how) => { for (const e of document.querySelectorAll('svg text')) e.style.visibility = how; }"
PRICE_KEYS = ("price", "last_price", "latest_price", "close", "p", "c")


def live_cards(tab: Tab, table: Table, seconds: float = 12.0) -> tuple[Card, ...]:
    """Watch the cards until each has followed a pushed price twice, or time is up."""
    symbols = list(table.live_cards)
    last: list[list[str]] = tab.evaluate(scripts.CARDS, symbols)
    pushed: dict[str, list[float]] = {symbol: [] for symbol in symbols}
    changes, matches = dict.fromkeys(symbols, 0), dict.fromkeys(symbols, 0)

    def enough() -> bool:
        nonlocal last
        now: list[list[str]] = tab.evaluate(scripts.CARDS, symbols)
        frames = [tab.frames.popleft() for _ in range(len(tab.frames))]
        for symbol, before, after in zip(symbols, last, now, strict=True):
            pushed[symbol] += pushed_prices(frames, symbol)
            fresh = [_fresh(old, new) for old, new in zip(before, after, strict=False)]
            changes[symbol] += any(fresh)
            matches[symbol] += any(shows_pushed(numbers, pushed[symbol][-200:]) for numbers in fresh)
        last = now
        return all(count >= 2 for count in matches.values())

    tab.until(enough, seconds, every_s=0.1)
    for symbol, prices in pushed.items():
        if len(set(prices)) == 1 and not matches[symbol]:
            raise ProbeError(
                f"the card of {symbol}", f"the price that was pushed to the page stood still at {prices[0]:g}"
            )
    return tuple(
        Card(symbol, bool(found), len(pushed[symbol]), changes[symbol], matches[symbol])
        for symbol, found in zip(symbols, last, strict=True)
    )


def _fresh(before: str, after: str) -> str:
    """The numbers that a card shows now and did not show before."""
    return " ".join(number for number in _numbers(after) if number not in _numbers(before))


def pushed_prices(frames: Iterable[str], symbol: str) -> list[float]:
    """Prices of a symbol in the frames that came, in their order."""
    found: list[float] = []
    for frame in frames:
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
    """Whether a number of the card is one of the pushed prices, as far as it shows digits: 1,234.5 and 1.234,5 alike."""
    for number in _numbers(shown):
        for thousands, point in ((",", "."), (".", ",")):
            digits = re.sub(rf"[{thousands}'\u00a0\u202f](?=\d{{3}})", "", number).replace(point, ".")
            if re.fullmatch(r"\d+(\.\d+)?", digits) and len(digits.replace(".", "")) >= 3:
                places = len(digits.partition(".")[2])
                if any(abs(price - float(digits)) <= 0.51 * 10**-places for price in pushed):
                    return True
    return False


def charts(tab: Tab, blank: Tab, table: Table) -> tuple[Chart, ...]:
    """Each chart's picture, measured: what is drawn beside axes and frame."""
    found = []
    shown = tab.evaluate(scripts.CHARTS, list(table.charts))
    tab.evaluate(LABELS, "hidden")  # they are drawn without data too
    for number, each in enumerate(shown):
        picture = tab.page.locator(f'[data-acceptance-chart="{number}"]').screenshot(animations="disabled")
        share = blank.evaluate(scripts.DRAWN_SHARE, base64.b64encode(picture).decode("ascii"))
        says = NO_DATA.search(each["around"])
        found.append(Chart(text(each["name"], 80), round(float(share), 3), each["points"], says[0] if says else ""))
    tab.evaluate(LABELS, "")
    return tuple(found)


def socket(tab: Tab, seconds: float = 30.0) -> Socket:
    """Cut the page's WebSocket, as a restarting server does, and wait for a new one with a frame on it."""
    opened, frames = len(tab.sockets), sum(tab.heard)
    if not opened or not frames:
        return Socket(opened, frames, None, seconds)
    with tab.own_doing():
        for each in list(tab.sockets):
            each.close(code=1012, reason="service restart")
        cut = time.monotonic()
        back = tab.until(lambda: any(tab.heard[opened:]), seconds)
    return Socket(opened, frames, round(time.monotonic() - cut, 2) if back else None, seconds)
