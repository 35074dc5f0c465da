"""Charts as libraries draw them: axes, grids and labels without data are seen as empty, data on any ground is seen."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from types import SimpleNamespace
from typing import Any

import pytest

from acceptance.probes import watching
from acceptance.tables.browser import Browser as Table

CHROMIUM = shutil.which("chromium") or shutil.which("google-chrome")
pytestmark = pytest.mark.skipif(CHROMIUM is None, reason="no Chromium is installed")
BOX = "width=600 height=220"
GRID = "".join(f'<line x1=60 x2=580 y1={y} y2={y} stroke="#ccc" {{dash}}/>' for y in (10, 55, 100, 145, 190))
HOURS = "".join(f'<text x={x} y=210 font-size=12 fill="#666">{x // 50:02}:00:00</text>' for x in range(60, 540, 62))
PRICES = "".join(f'<text x=4 y={y} font-size=12 fill="#666">43,0{y}</text>' for y in (14, 59, 104, 149, 194))
LINE = '<polyline fill=none stroke="#08f" stroke-width=2 points="{}"/>'.format(
    " ".join(f"{60 + 10 * i},{100 + 60 * ((i * 7) % 11 - 5) / 5:.0f}" for i in range(52))
)
BARS = "".join(f'<rect x={60 + 10 * i} y={190 - 20 - 9 * (i % 8)} width=7 height={20 + 9 * (i % 8)} fill="#0a7"/>' for i in range(52))  # fmt: skip
AREA = '<polygon fill="#08f" points="60,190 {} 570,190"/>'.format(
    " ".join(f"{60 + 10 * i},{60 + 5 * (i % 5)}" for i in range(52))
)
CANVAS = """<canvas {box}></canvas><script>{{
const pen = document.querySelector("canvas").getContext("2d");
pen.font = "12px sans-serif";
for (const y of [10, 55, 100, 145, 190]) {{ pen.fillStyle = "#e0e6f1"; pen.fillRect(60, y, 480, 1); }}
pen.fillStyle = "#6e7079";
for (let x = 60; x < 520; x += 60) pen.fillText("12:00:00", x, 210);
for (const y of [14, 59, 104, 149, 194]) pen.fillText("43,000", 10, y);
{more} }}</script>"""
CANDLES = 'for (let i = 0; i < 48; i++) { pen.fillStyle = i % 3 ? "#0a8f57" : "#c43d33"; pen.fillRect(62 + i * 10, 80 + (i * 13) % 60, 7, 12); }'  # fmt: skip


def svg(*parts: str, dash: str = "") -> str:
    return f"<svg {BOX}>{''.join(parts).replace('{dash}', dash)}</svg>"


EMPTY = {
    "nothing at all": svg(),
    "axes, grid and labels": svg(GRID, HOURS, PRICES),
    "a dashed grid": svg(GRID, dash='stroke-dasharray="3 3"'),
    "a grid inset in a canvas, with labels": CANVAS.format(box=BOX, more=""),
}
DRAWN = {
    "a line": svg(LINE),
    "a line on a dashed grid with labels": svg(GRID, HOURS, PRICES, LINE, dash='stroke-dasharray="3 3"'),
    "bars on a grid": svg(GRID, BARS),
    "a filled area": svg(GRID, AREA),
    "candles in a canvas with a grid": CANVAS.format(box=BOX, more=CANDLES),
}
GROUNDS = {"plain": "#fff", "a gradient": "linear-gradient(135deg, #1e3a8a, #0f172a 60%, #581c87)"}


@pytest.fixture(scope="module")
def page() -> Iterator[Any]:
    from playwright.sync_api import sync_playwright

    with sync_playwright() as play:
        browser = play.chromium.launch(executable_path=CHROMIUM, args=["--no-sandbox"])
        yield browser.new_page()
        browser.close()


def share(page: Any, chart: str, ground: str) -> float:
    """The drawn share of the one chart on a page with that ground."""
    page.set_content(f"<body style='margin:20px; background:{ground}'>{chart}</body>")
    tab: Any = SimpleNamespace(page=page, evaluate=page.evaluate)
    (found,) = watching.charts(tab, tab, Table())
    return found.drawn_share


@pytest.mark.parametrize("ground", GROUNDS)
@pytest.mark.parametrize("chart", EMPTY)
def test_a_chart_without_data_is_empty(page: Any, chart: str, ground: str) -> None:
    assert share(page, EMPTY[chart], GROUNDS[ground]) < 0.3


@pytest.mark.parametrize("ground", GROUNDS)
@pytest.mark.parametrize("chart", DRAWN)
def test_a_chart_with_data_is_drawn(page: Any, chart: str, ground: str) -> None:
    assert share(page, DRAWN[chart], GROUNDS[ground]) > 0.6
