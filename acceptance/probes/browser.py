"""A user's session in Chromium from the first page to log-out. What fails takes what needs it along, no more."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import TYPE_CHECKING, TypeVar
from zipfile import BadZipFile

from acceptance import ban
from acceptance.facts import ProbeError, Unseen, text
from acceptance.probes import page_secrets, trace, user, watching
from acceptance.probes.browser_facts import Browser
from acceptance.probes.chromium import chromium
from acceptance.probes.seen import Card, Layout, Link, Login
from acceptance.probes.tab import Tab, session
from acceptance.tables.browser import Browser as Table
from acceptance.visit import Visit

if TYPE_CHECKING:
    from playwright.sync_api import Browser as Chromium

T = TypeVar("T")


def look(visit: Visit) -> Browser:
    """One browser, one log-in."""
    table = visit.target.browser
    if table is None:
        raise ProbeError("a browser's way through the page", "the target has no [browser]")
    ban.check(visit, visit.target.urls.dashboard)
    with chromium(visit) as browser:
        context = browser.new_context(locale="en-US", ignore_https_errors=False)
        trace.begin(context)
        tab = session(visit, context)
        try:
            found = _session(visit, browser, tab, table)
        except ProbeError:
            _traced(visit, tab)
            raise
        return replace(found, trace=_traced(visit, tab)) if found.stumbled() else found


def _traced(visit: Visit, tab: Tab) -> str:
    """The name of the trace that is kept; "" where the browser can't give one any more."""
    from playwright.sync_api import Error

    try:
        return trace.keep(visit, tab.context, user.secrets_of_the_session(tab))
    except (Error, OSError, KeyError, BadZipFile):
        return ""


def _session(visit: Visit, browser: Chromium, tab: Tab, table: Table) -> Browser:
    """From the first page to log-out."""
    shots: list[str] = []
    opened = tab.open(visit.target.urls.dashboard)
    if not opened.problem and not tab.until(lambda: tab.visible(user.PASSWORD), 1):
        tab.open(visit.target.urls.base + table.login_path)
    form = () if opened.problem else user.form(tab)
    shots.append(tab.shot("login-1440"))
    barriers = step("accessibility", lambda: accessibility(tab))
    candles: list[int] = []
    tab.page.on("response", lambda response: _count_candles(response, candles))
    login = step("log-in", lambda: _unless_banned(visit, tab, lambda: _log_in(visit, tab, table)))
    inside = Unseen("the page behind the log-in", "the log-in failed") if _failed(login) else None
    if isinstance(login, Unseen):
        inside = Unseen("the page behind the log-in", login.why)

    def behind(what: str, look_at: Callable[[], T]) -> T | Unseen:
        return step(what, lambda: _unless_banned(visit, tab, look_at)) if inside is None else inside

    cards = behind("live cards", lambda: _at_home(tab, table))
    blank = Tab(visit, browser.new_context()) if not inside else tab
    charts = behind("charts", lambda: watching.charts(tab, blank, table))
    if not inside:
        shots += _pictures(tab)
    more = behind("accessibility", lambda: accessibility(tab))
    stored = behind("storage", lambda: page_secrets.stored(tab, user.token_of(tab)))
    socket = behind("the page's WebSocket", lambda: watching.socket(tab))
    followed = behind("links", lambda: _follow(visit, tab, blank, table))
    injections = behind("reflected inputs", lambda: page_secrets.injections(tab, table))
    logout = behind("log-out", lambda: user.log_out(tab, table))
    return Browser(
        version=browser.version,
        opened=opened,
        form=form,
        login=login,
        cards=cards,
        charts=charts,
        candles=max(candles, default=None),
        socket=socket,
        trouble=tuple(tab.trouble),
        layouts=followed if isinstance(followed, Unseen) else followed[1],
        links=followed if isinstance(followed, Unseen) else followed[0],
        logout=logout,
        stored=stored if isinstance(stored, Unseen) else stored[0],
        storage_looked="" if isinstance(stored, Unseen) else stored[1],
        injections=injections,
        shots=tuple(filter(None, shots)),
        accessibility=_both(barriers, more),
    )


def step(what: str, look_at: Callable[[], T]) -> T | Unseen:
    """What a step saw; Unseen where it could not look."""
    from playwright.sync_api import Error

    try:
        return look_at()
    except ProbeError as problem:
        return Unseen(problem.what, problem.why)
    except Error as wrong:
        return Unseen(what, text(wrong.message.split("\n")[0], 200))


def _unless_banned(visit: Visit, tab: Tab, look_at: Callable[[], T]) -> T:
    """What a step saw; ProbeError when the target has banned the suite before it or on the way."""
    for url in (visit.target.urls.dashboard, visit.target.urls.api):
        ban.check(visit, url)
    try:
        return look_at()
    finally:
        tab.gate.check()


def _failed(login: object) -> bool:
    return getattr(login, "form_gone", True) is False


def _log_in(visit: Visit, tab: Tab, table: Table) -> Login:
    name = table.credential
    if name not in visit.target.credentials:
        raise ProbeError("log-in", f"the target has no [credentials.{name}]")
    return user.log_in(tab, table, visit.target.credentials[name].user, visit.secret(name))


def _at_home(tab: Tab, table: Table) -> tuple[Card, ...]:
    tab.page_name = table.home
    user.go(tab, table.home)
    return watching.live_cards(tab, table)


def accessibility(tab: Tab) -> tuple[str, ...]:
    """What axe-core finds on the page that is shown, each rule with its number of places."""
    from axe_playwright_python.sync_playwright import Axe

    with tab.own_doing():
        found = Axe().run(tab.page).response["violations"]
    return tuple(f"{text(each['id'], 60)} ({each['impact']}, {len(each['nodes'])})" for each in found[:15])


def _both(first: tuple[str, ...] | Unseen, second: tuple[str, ...] | Unseen) -> tuple[str, ...] | Unseen:
    if isinstance(first, Unseen) or isinstance(second, Unseen):
        return first if isinstance(first, Unseen) else second
    return tuple(dict.fromkeys((*first, *second)))


def _pictures(tab: Tab) -> list[str]:
    taken = [tab.shot("dashboard-1440")]
    tab.page.set_viewport_size({"width": 390, "height": 844})
    tab.wait(0.2)
    taken.append(tab.shot("dashboard-390"))
    tab.page.set_viewport_size({"width": 1440, "height": 900})
    return taken


def _follow(visit: Visit, tab: Tab, blank: Tab, table: Table) -> tuple[tuple[Link, ...], tuple[Layout, ...]]:
    blank.deliberate = True
    blank.open(f"{visit.target.urls.base}/{visit.marker}-no-such-page")
    missing = blank.summary()
    tab.take_violations()
    here = user.layouts(tab, table.home)
    found, fits = user.links(tab, missing, user.fallback(tab, table.home))
    return found, here + tuple(each for each in fits if each.page != table.home)


def _count_candles(response: object, into: list[int]) -> None:
    """How many candles an answer holds, if it is one."""
    url = str(getattr(response, "url", ""))
    if "candle" not in url and "kline" not in url:
        return
    from playwright.sync_api import Error

    try:
        document = response.json()  # type: ignore[attr-defined]  # Playwright's Response
    except (Error, ValueError):
        return
    rows = document.get("data", document) if isinstance(document, dict) else document
    rows = next((v for v in rows.values() if isinstance(v, list)), []) if isinstance(rows, dict) else rows
    into.append(len(rows) if isinstance(rows, list) else 0)
