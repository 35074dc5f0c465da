"""JavaScript that the browser probes run in the page: observers set before it loads, and questions asked after."""

from __future__ import annotations

from pathlib import Path


def _script(name: str) -> str:
    return (Path(__file__).parent / "scripts" / f"{name}.js").read_text(encoding="utf-8")


OBSERVERS = _script("observers")
SUMMARY = _script("summary")
FIELDS = _script("fields")
CARDS = _script("cards")
CHARTS = _script("charts")
DRAWN_SHARE = _script("drawn_share")
LAYOUT = _script("layout")
STORAGE = _script("storage")
LINKS = _script("links")
INJECTED = _script("injected")
TIMINGS = _script("timings")
