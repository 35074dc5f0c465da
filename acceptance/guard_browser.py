"""The guard's hook for the browser: counts what pages send, holds their writes back without `--allow writes`, sees bans.

Logging in and out is no write, nor is a refresh of the session: by the operations of these names, and by the suite's own
steps on the page. What is held back is the page's doing, so the look goes on and the page's complaint is explained.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

from acceptance import ban, guard
from acceptance.facts import ProbeError, text

if TYPE_CHECKING:
    from playwright.sync_api import BrowserContext, Page, Request, Response, Route

    from acceptance.visit import Visit

SESSION = ("login", "logout", "refresh")
HELD_BACK = "held back: it changes the target and needs --allow writes"
HELD_LIMIT = 1000  # addresses that are remembered; a page may invent any number
CONSEQUENCE = re.compile(r"failed to fetch|network ?error|load failed", re.IGNORECASE)
WITHOUT = "SharedWorker is not defined"  # the browser is started without: see probes/chromium.py
BLOCKING = (403, 429, 503)  # statuses under which block pages are served
SILENT = re.compile(r"ERR_(CONNECTION_(REFUSED|RESET|CLOSED|ABORTED|TIMED_OUT)|EMPTY_RESPONSE|TIMED_OUT)")


class Gate:
    """What the pages of one context may send. `session`: the suite logs in or out just now."""

    def __init__(self, visit: Visit, context: BrowserContext) -> None:
        self.session = False
        self.held: set[str] = set()
        self._visit, self._context = visit, context
        self._operations = visit.target.operations
        self._paths = {self._operations[name].path for name in SESSION if name in self._operations}
        urls = visit.target.urls
        self._own = {ban.place(url) for url in (urls.base, urls.plain, urls.api, urls.dashboard)}
        self._answered: set[str] = set()
        self._sign = ""  # a URL whose place may have banned the suite
        self._open = bool(visit.allow & {"writes", "disrupts"})
        context.on("request", self._count)
        context.on("response", self._hear)
        context.on("requestfailed", self._miss)
        context.on("page", self._count_sockets)
        if not self._open:
            context.route("**/*", self._judge)

    def explains(self, what: str, url: str) -> bool:
        """Whether a page complains of what was held back, or of what it is not given."""
        return WITHOUT in what or url in self.held or (bool(self.held) and not url and bool(CONSEQUENCE.search(what)))

    def check(self) -> None:
        """ProbeError, for all that follow too, when a place that had answered has banned the suite; pages ask no more."""
        if not self._sign:
            return
        url, self._sign = self._sign, ""
        try:
            ban.suspect(self._visit, url)
        except ProbeError:
            self._context.set_offline(True)
            raise

    def _writes(self, request: Request) -> bool:
        if self.session or urlsplit(request.url).path in self._paths:
            return False
        name = self._operation(request)
        return request.method not in guard.READS or bool(name and self._operations[name].acting)

    def _operation(self, request: Request) -> str:
        """The target's name for what is asked, "" if it has none."""
        asked = (request.method, urlsplit(request.url).path)
        return next((name for name, known in self._operations.items() if (known.method, known.path) == asked), "")

    def _name(self, request: Request) -> str:
        return self._operation(request) or text(f"{request.method} {urlsplit(request.url).path}", 100)

    def _count(self, request: Request) -> None:
        if self._open or not self._writes(request):
            guard.count(write=self._writes(request), what=f"a page's {request.method}")

    def _count_sockets(self, page: Page) -> None:
        page.on("websocket", lambda _: guard.count(write=False, what="a page's WebSocket"))

    def _judge(self, route: Route) -> None:
        if self._writes(route.request):
            guard.hold(self._name(route.request))
            if len(self.held) < HELD_LIMIT:
                self.held.add(route.request.url)
            route.abort("blockedbyclient")
        elif guard.refused():
            route.abort("blockedbyclient")
        else:
            route.continue_()

    def _hear(self, response: Response) -> None:
        place = ban.place(response.url)
        if response.status < 400:
            self._answered.add(place)
        elif response.status in BLOCKING and response.headers.get("content-type", "").startswith("text/html"):
            self._suspect(response.url)

    def _miss(self, request: Request) -> None:
        if SILENT.search(request.failure or ""):
            self._suspect(request.url)

    def _suspect(self, url: str) -> None:
        """One harmless request will tell, at the next `check`: none is made while the browser waits for its handler."""
        place = ban.place(url)
        if place in self._own and (place in self._answered or ban.has_answered(self._visit, url)):
            self._sign = url
