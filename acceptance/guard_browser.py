"""The guard's hook for the browser: counts what a page sends, and holds its writes back without `--allow writes`.

Logging in and out is no write, nor is a refresh of the session: by the operations of these names, and by the suite's own
steps on the page. What is held back is the page's doing, so the look goes on and the page's complaint is explained.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

from acceptance import guard

if TYPE_CHECKING:
    from playwright.sync_api import BrowserContext, Request, Route

    from acceptance.visit import Visit

SESSION = ("login", "logout", "refresh")
HELD_BACK = "held back: it changes the target and needs --allow writes"
CONSEQUENCE = re.compile(r"failed to fetch|network ?error|load failed", re.IGNORECASE)


class Gate:
    """What the pages of one context may send. `session`: the suite logs in or out just now."""

    def __init__(self, visit: Visit, context: BrowserContext) -> None:
        self.session = False
        self.held: list[str] = []
        self._paths = {visit.target.operations[name].path for name in SESSION if name in visit.target.operations}
        self._open = bool(visit.allow & {"writes", "disrupts"})
        context.on("request", self._count)
        if not self._open:
            context.route("**/*", self._judge)

    def explains(self, what: str, url: str) -> bool:
        """Whether a page complains of what was held back."""
        return url in self.held or (bool(self.held) and not url and bool(CONSEQUENCE.search(what)))

    def _writes(self, request: Request) -> bool:
        harmless = request.method in guard.READS or self.session or urlsplit(request.url).path in self._paths
        return not harmless

    def _count(self, request: Request) -> None:
        if self._open or not self._writes(request):
            guard.count(write=self._writes(request), what=f"a page's {request.method}")

    def _judge(self, route: Route) -> None:
        if self._writes(route.request):
            self.held.append(route.request.url)
            route.abort("blockedbyclient")
        else:
            route.continue_()
