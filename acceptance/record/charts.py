"""Charts of a record as SVG text: a distribution with its limits, lines over time, a sparkline. Pure drawing.

Each is an image of its own: it brings its colours for light, dark and paper, and a title and a description that
can be read aloud. The numbers stand in `rows` beside it.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from html import escape

from acceptance.record.model import Chart

WIDTH, HEIGHT = 720, 260
LEFT, RIGHT, TOP, BOTTOM = 62, 16, 30, 40
POINTS = 240  # of one line; more are thinned to the lowest and the highest of each stretch
STYLE = """<style>
.ground{fill:#fff}.axis,.grid{stroke:#c8d0da;stroke-width:1}.grid{stroke-dasharray:2 4}
.ink{fill:#16202c}.soft{fill:#526071}
.a,.b,.c{fill:none;stroke-width:1.8;stroke-linejoin:round}.a{stroke:#1558b0}.b{stroke:#b3261e;stroke-dasharray:6 3}
.c{stroke:#17733b;stroke-dasharray:2 2}.bar{fill:#1558b0}.limit{stroke:#b3261e;stroke-width:1.5}.over{fill:#b3261e}
text{font:12px system-ui,"Liberation Sans",Arial,sans-serif}.title{font-weight:600}
@media (prefers-color-scheme:dark){.ground{fill:#171f29}.axis,.grid{stroke:#3a4653}.ink{fill:#e6ebf1}.soft{fill:#a0adbc}
.a{stroke:#8ab8f5}.b,.limit{stroke:#ff9a91}.c{stroke:#6fcf8e}.bar{fill:#8ab8f5}.over{fill:#ff9a91}}
@media print{.ground{fill:#fff}.axis,.grid{stroke:#999}.ink,.soft{fill:#000}}
</style>"""


@dataclass(frozen=True)
class Line:
    """A series: what it is called, and its points in the order of x."""

    name: str
    points: Sequence[tuple[float, float]]


@dataclass(frozen=True)
class Limit:
    """A value that must not be reached, and what it is called."""

    name: str
    value: float


@dataclass(frozen=True)
class _Scale:
    low: float
    high: float
    start: float
    end: float
    log: bool = False

    def at(self, value: float) -> float:
        """The place of a value on the paper, kept inside the axes."""
        low, high, value = (math.log(max(v, 1e-9)) if self.log else v for v in (self.low, self.high, value))
        share = (value - low) / (high - low) if high > low else 0.5
        return self.start + (self.end - self.start) * min(1.0, max(0.0, share))


def distribution(title: str, values_ms: Sequence[float], limits: Iterable[Limit]) -> Chart:
    """How often each latency occurs, on a logarithmic axis; bars over the last limit are marked."""
    limits = tuple(limits)
    everything = [max(0.01, value) for value in values_ms]
    low = min([*everything, *(limit.value for limit in limits)], default=1.0) / 1.3
    high = max([*everything, *(limit.value for limit in limits)], default=1.0) * 1.3
    bins, width = [0] * 60, math.log(high / low) / 60
    for value in everything:
        bins[min(59, int(math.log(value / low) / width))] += 1
    x, y = _Scale(low, high, LEFT, WIDTH - RIGHT, log=True), _Scale(0, max(bins) or 1, HEIGHT - BOTTOM, TOP)
    last = max((limit.value for limit in limits), default=math.inf)
    body = [_axes(x, y, _decades(low, high), "ms", "requests")]
    for i, count in enumerate(bins):
        if count:
            start, end = low * math.exp(i * width), low * math.exp((i + 1) * width)
            top = min(y.at(count), HEIGHT - BOTTOM - 1)  # a single request stays visible
            body.append(
                f'<rect class="{"over" if end > last else "bar"}" x="{x.at(start):.1f}" y="{top:.1f}" '
                f'width="{max(1.0, x.at(end) - x.at(start) - 1):.1f}" height="{HEIGHT - BOTTOM - top:.1f}"/>'
            )
    for number, limit in enumerate(limits):
        at = x.at(limit.value)
        body.append(f'<line class="limit" x1="{at:.1f}" x2="{at:.1f}" y1="{TOP}" y2="{HEIGHT - BOTTOM}"/>')
        body.append(_text(at - 4, TOP + 12 + 14 * number, f"{limit.name} {_short(limit.value)}", anchor="end"))
    said = f"{len(everything)} requests; limits: " + ", ".join(f"{x.name} {_short(x.value)} ms" for x in limits)
    return _chart(title, said, body)


def over_time(title: str, lines: Sequence[Line], unit: str, limit: Limit | None = None, x_unit: str = "s") -> Chart:
    """Up to three lines over time, each with its name, and a limit."""
    shown = [Line(line.name, thinned(line.points)) for line in lines if line.points][:3]
    xs = [x for line in shown for x, _ in line.points] or [0.0, 1.0]
    ys = [y for line in shown for _, y in line.points] + ([limit.value] if limit else [])
    x = _Scale(min(xs), max(xs), LEFT, WIDTH - RIGHT)
    y = _Scale(min(0.0, *ys, 0.0), (max(ys, default=1.0) or 1.0) * 1.08, HEIGHT - BOTTOM, TOP)
    body = [_axes(x, y, _ticks(x.low, x.high), x_unit, unit)]
    for number, (line, style) in enumerate(zip(shown, "abc", strict=False)):
        places = " ".join(f"{x.at(px):.1f},{y.at(py):.1f}" for px, py in line.points)
        body.append(f'<polyline class="{style}" points="{places}"/>')
        along = LEFT + 8 + number * 190
        body.append(f'<line class="{style}" x1="{along}" x2="{along + 22}" y1="{TOP - 4}" y2="{TOP - 4}"/>')
        body.append(_text(along + 28, TOP, line.name[:26]))
    if limit:
        at = y.at(limit.value)
        body.append(f'<line class="limit" x1="{LEFT}" x2="{WIDTH - RIGHT}" y1="{at:.1f}" y2="{at:.1f}"/>')
        body.append(_text(WIDTH - RIGHT - 4, at - 4, f"{limit.name} {_short(limit.value)}", anchor="end"))
    said = "; ".join(
        f"{line.name}: {_short(min(v for _, v in line.points))} to {_short(max(v for _, v in line.points))} {unit}"
        for line in lines
        if line.points
    )
    return _chart(title, said or "no data", body)


def sparkline(title: str, values: Sequence[float], unit: str = "") -> Chart:
    """A small line without axes; the last value stands behind it."""
    width, height = 180, 28
    points = thinned(list(enumerate(values))) or [(0.0, 0.0)]
    ys = [v for _, v in points]
    x, y = _Scale(0, max(1, len(values) - 1), 2, 118), _Scale(min(ys), max(ys), height - 4, 4)
    places = " ".join(f"{x.at(px):.1f},{y.at(py):.1f}" for px, py in points)
    end = f"{_short(values[-1])} {unit}".strip() if values else "no data"
    said = f"{len(values)} values from {_short(min(ys))} to {_short(max(ys))} {unit}, last {end}".replace(" ,", ",")
    body = [f'<polyline class="a" points="{places}"/>', _text(124, 18, end)]
    return Chart(title, _svg(title, said, body, width, height))


def thinned(points: Sequence[tuple[float, float]], limit: int = POINTS) -> list[tuple[float, float]]:
    """The same line with fewer points: of each stretch the lowest and the highest, so that no peak is lost."""
    kept = [point for point in points if math.isfinite(point[0]) and math.isfinite(point[1])]
    if len(kept) <= limit:
        return kept
    size = math.ceil(len(kept) / (limit // 2))
    found: list[tuple[float, float]] = []
    for start in range(0, len(kept), size):
        stretch = kept[start : start + size]
        ends = {min(stretch, key=lambda point: point[1]), max(stretch, key=lambda point: point[1])}
        found.extend(sorted(ends))
    return found


def _chart(title: str, said: str, body: list[str]) -> Chart:
    return Chart(title, _svg(title, said, body, WIDTH, HEIGHT))


def _svg(title: str, said: str, body: Iterable[str], width: int, height: int) -> str:
    head = f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {width} {height}" width="{width}" height="{height}"'
    words = f'<title id="t">{escape(title)}</title><desc id="d">{escape(said)}</desc>'
    ground = f'<rect class="ground" width="{width}" height="{height}"/>'
    return f'{head} role="img" aria-labelledby="t d">{words}{STYLE}{ground}{"".join(body)}</svg>'


def _axes(x: _Scale, y: _Scale, x_ticks: Sequence[float], x_unit: str, y_unit: str) -> str:
    parts = [f'<path class="axis" fill="none" d="M{LEFT} {TOP}V{HEIGHT - BOTTOM}H{WIDTH - RIGHT}"/>']
    for tick in _ticks(y.low, y.high):
        at = y.at(tick)
        parts.append(f'<line class="grid" x1="{LEFT}" x2="{WIDTH - RIGHT}" y1="{at:.1f}" y2="{at:.1f}"/>')
        parts.append(_text(LEFT - 6, at + 4, _short(tick), anchor="end", style="soft"))
    for tick in x_ticks:
        parts.append(_text(x.at(tick), HEIGHT - BOTTOM + 16, _short(tick), anchor="middle", style="soft"))
    parts.append(_text(WIDTH - RIGHT, HEIGHT - 8, x_unit, anchor="end", style="soft"))
    parts.append(_text(4, 14, y_unit, style="soft"))
    return "".join(parts)


def _text(x: float, y: float, said: str, anchor: str = "start", style: str = "ink") -> str:
    return f'<text class="{style}" x="{x:.1f}" y="{y:.1f}" text-anchor="{anchor}">{escape(said)}</text>'


def _ticks(low: float, high: float, about: int = 5) -> list[float]:
    span = (high - low) or 1.0
    power = 10 ** math.floor(math.log10(span / about))
    step = next(power * factor for factor in (1, 2, 2.5, 5, 10) if power * factor >= span / about)
    first = math.ceil(low / step)
    return [round((first + i) * step, 10) for i in range(12) if (first + i) * step <= high + step * 1e-6]


def _decades(low: float, high: float) -> list[float]:
    powers = range(math.floor(math.log10(low)), math.ceil(math.log10(high)) + 1)
    return [t for power in powers for t in (10.0**power, 2 * 10.0**power, 5 * 10.0**power) if low <= t <= high]


def _short(value: float) -> str:
    return f"{value:,.0f}" if abs(value) >= 1000 else f"{value:.3g}"
