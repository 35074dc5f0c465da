"""How fast the page is: five cold visits on a desktop without throttling, each watched until it is interactive."""

from __future__ import annotations

import statistics
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any, NamedTuple

from acceptance import ban
from acceptance.facts import ProbeError, facts, text
from acceptance.grading.interactive import Span, time_to_interactive, total_blocking_time
from acceptance.guard_browser import Gate
from acceptance.probes import browser_scripts as scripts
from acceptance.probes.chromium import chromium
from acceptance.visit import Visit

if TYPE_CHECKING:
    from playwright.sync_api import Browser, Page

VISITS = 5
WATCH_S = 20.0  # a page that is not interactive by then is taken never to be
TASKS_KEPT = 10
REST_MS = 500.0  # a page that is quiet for so long, and was so at its first visit, disturbs no other


@facts
class PageVisit:
    """One cold visit. `load_ms` is None if the load event never came, `tti_ms` if it never became interactive."""

    load_ms: float | None
    tti_ms: float | None
    ttfb_ms: float
    fcp_ms: float | None
    lcp_ms: float | None
    tbt_ms: float
    cls: float
    inp_ms: float | None
    size_bytes: int
    watched_ms: float
    long_tasks_ms: tuple[tuple[float, float], ...]  # start and length, the longest first

    def __repr__(self) -> str:
        load, tti, lcp = (_ms(each) for each in (self.load_ms, self.tti_ms, self.lcp_ms))
        return f"load {load}, interactive {tti}, LCP {lcp}, TBT {self.tbt_ms:.0f} ms"


@facts
class Pages:
    """Visits to the dashboard's address, without a session."""

    url: str
    visits: tuple[PageVisit, ...]

    def __repr__(self) -> str:
        return f"{self.url}: {self.looked()}"[:200]

    def looked(self) -> str:
        load, tti = [each.load_ms for each in self.visits], [each.tti_ms for each in self.visits]
        inp = _median([each.inp_ms for each in self.visits])
        beside: dict[str, list[float | None]] = {
            "TTFB": [each.ttfb_ms for each in self.visits],
            "LCP": [each.lcp_ms for each in self.visits],
            "TBT": [each.tbt_ms for each in self.visits],
        }
        return (
            f"{len(self.visits)} cold visits to {self.url} on a desktop, not throttled, not logged in: "
            f"load {_median(load)} ({_spread(load)}), interactive {_median(tti)} ({_spread(tti)}), "
            f"{', '.join(f'{name} {_median(values)}' for name, values in beside.items())}, "
            f"INP {'too short to be measured' if inp == 'never' else inp}, "
            f"CLS {statistics.median(each.cls for each in self.visits):.3f}"
        )

    def load_not_under(self, *, seconds: float) -> tuple[str, ...]:
        """The median load time, if it is not below that."""
        return self._not_under([each.load_ms for each in self.visits], seconds, "load event")

    def interactive_not_under(self, *, seconds: float) -> tuple[str, ...]:
        """The median time to interactive, if it is not below that, with the tasks that stand in its way."""
        return self._not_under([each.tti_ms for each in self.visits], seconds, "interactive")

    def _not_under(self, values: list[float | None], seconds: float, what: str) -> tuple[str, ...]:
        if len(values) < VISITS:
            raise ProbeError(f"page timing of {self.url}", f"{len(values)} visits of {VISITS}")
        ordered = sorted(values, key=_as_number)
        middle = ordered[len(ordered) // 2]
        if middle is not None and middle < seconds * 1000:
            return ()
        visit = self.visits[values.index(middle)]
        tasks = ", ".join(f"{lasted:.0f} ms at {start:.0f}" for start, lasted in visit.long_tasks_ms[:3])
        never = f"not reached in {visit.watched_ms / 1000:.0f} s"
        said = never if middle is None else f"after {middle / 1000:.2f} s"
        return (f"{what} {said} (median of {len(values)}; long tasks: {tasks or 'none'})",)


def _median(values: list[float | None]) -> str:
    return _ms(sorted(values, key=_as_number)[len(values) // 2])


def _spread(values: list[float | None]) -> str:
    ordered = sorted(values, key=_as_number)
    return f"{_ms(ordered[0])} to {_ms(ordered[-1])}"


def _as_number(value: float | None) -> float:
    return float("inf") if value is None else value


def _ms(value: float | None) -> str:
    return "never" if value is None else f"{value:.0f} ms"


def look(visit: Visit) -> Pages:
    """Five visits, each in a fresh context."""
    url = visit.target.urls.dashboard
    with chromium(visit) as browser:
        warm_up(browser)
        return Pages(url, visits(visit, browser, url))


def warm_up(browser: Browser) -> None:
    """The browser's own first page costs what later ones don't."""
    context = browser.new_context()
    context.new_page().goto("about:blank")
    context.close()


def visits(visit: Visit, browser: Browser, url: str, count: int = VISITS) -> tuple[PageVisit, ...]:
    """Cold visits to an address, the first one alone.

    That a page is interactive shows in five seconds in which it does nothing. Where the first visit saw them, the others
    spend theirs side by side: each is opened only when the one before has become as quiet as the first.
    """
    first = visit_page(visit, browser, url)
    if first.tti_ms is None:
        return (first, *(visit_page(visit, browser, url) for _ in range(count - 1)))
    opened = []
    with _timing(url):
        for _ in range(count - 1):
            opened.append(_open(visit, browser, url))
            _watch(visit, opened[-1].page, lambda seen: _at_rest(seen, first.tti_ms or 0.0))
        return (first, *(_finish(visit, each) for each in opened))


def visit_page(visit: Visit, browser: Browser, url: str) -> PageVisit:
    """One cold visit, by itself."""
    with _timing(url):
        return _finish(visit, _open(visit, browser, url))


@contextmanager
def _timing(url: str) -> Iterator[None]:
    from playwright.sync_api import Error

    try:
        yield
    except Error as wrong:
        raise ProbeError(f"page timing of {url}", text(wrong.message.split("\n")[0], 200)) from wrong


class Opened(NamedTuple):
    """A cold visit under way."""

    page: Page
    gate: Gate


def _open(visit: Visit, browser: Browser, url: str) -> Opened:
    """A cold visit, as far as the first answer."""
    ban.check(visit, url)
    context = browser.new_context(viewport={"width": 1350, "height": 940})
    opened = Opened(context.new_page(), Gate(visit, context))
    opened.page.add_init_script(scripts.OBSERVERS)
    try:
        response = opened.page.goto(url, wait_until="commit", timeout=visit.time_left_s(10) * 1000)
    finally:
        opened.gate.check()
    if response is None or response.status >= 400:  # an error page is fast, and says nothing of the page
        raise ProbeError(f"page timing of {url}", f"status {response.status}" if response else "no answer")
    return opened


def _finish(visit: Visit, opened: Opened) -> PageVisit:
    """What a visit saw, once it is loaded and interactive."""
    page = opened.page
    try:
        seen = _watch(visit, page, lambda seen: seen["load"] is not None and _interactive(seen) is not None)
        _interact(page)
        return _as_facts(seen | {"inp": page.evaluate(scripts.TIMINGS)["inp"]})
    finally:
        opened.gate.check()
        page.context.close()


def _watch(visit: Visit, page: Page, done: Callable[[dict[str, Any]], bool]) -> dict[str, Any]:
    """Until the page is so, or the time is up."""
    while True:
        page.wait_for_timeout(200)
        seen: dict[str, Any] = page.evaluate(scripts.TIMINGS)
        if done(seen) or seen["now"] > WATCH_S * 1000 or visit.time_left_s(10) < 1:
            return seen


def _at_rest(seen: dict[str, Any], from_ms: float) -> bool:
    """Whether the page is loaded and has done nothing for a while, nor is it likely to."""
    ends = [end for _, end in (*_spans(seen["tasks"]), *_spans(seen["requests"]))]
    return seen["load"] is not None and seen["now"] > max(from_ms, seen["load"], *ends) + REST_MS


def _interactive(seen: dict[str, Any]) -> float | None:
    if seen["paint"] is None or seen["loaded"] is None:
        return None
    return time_to_interactive(
        _spans(seen["tasks"]), _spans(seen["requests"]), seen["paint"], seen["loaded"], seen["now"]
    )


def _interact(page: Page) -> None:
    """A key and a click that change nothing, so that there is an interaction to be timed."""
    page.keyboard.press("Tab")
    page.mouse.click(3, 3)
    page.wait_for_timeout(150)


def _as_facts(seen: dict[str, Any]) -> PageVisit:
    tti = _interactive(seen)
    tasks = _spans(seen["tasks"])
    paint = seen["paint"] or 0.0
    longest = sorted(((start, end - start) for start, end in tasks), key=lambda task: -task[1])
    return PageVisit(
        load_ms=_rounded(seen["load"]),
        tti_ms=_rounded(tti),
        ttfb_ms=round(float(seen["ttfb"]), 1),
        fcp_ms=_rounded(seen["paint"]),
        lcp_ms=_rounded(seen["lcp"]),
        tbt_ms=round(total_blocking_time(tasks, paint, tti if tti is not None else seen["now"]), 1),
        cls=round(float(seen["cls"]), 4),
        inp_ms=_rounded(seen["inp"]),
        size_bytes=int(seen["bytes"]),
        watched_ms=round(float(seen["now"]), 1),
        long_tasks_ms=tuple((round(start, 1), round(lasted, 1)) for start, lasted in longest[:TASKS_KEPT]),
    )


def _spans(pairs: list[list[float]]) -> list[Span]:
    return [(float(start), float(end)) for start, end in pairs]


def _rounded(value: float | None) -> float | None:
    return None if value is None else round(float(value), 1)
