"""One tab of the browser, listened to: console, errors, failed requests, dialogs, downloads, crashes, WebSockets."""

from __future__ import annotations

import time
from collections import deque
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

from acceptance.facts import ProbeError, text
from acceptance.guard_browser import HELD_BACK, Gate
from acceptance.probes import browser_scripts as scripts
from acceptance.probes.chromium import in_scope
from acceptance.probes.seen import Opened, Trouble
from acceptance.visit import Visit

if TYPE_CHECKING:
    from playwright.sync_api import BrowserContext, Request, Response, WebSocketRoute

DESKTOP = {"width": 1440, "height": 900}
TROUBLE_LIMIT = 60
MOVING_S = 3.0  # a page that reloads itself for longer can't be asked
OUT_OF_SCOPE = "not fetched: no host of the target"
NO_PAGE = ("ERR_TOO_MANY_REDIRECTS", "ERR_RESPONSE_HEADERS", "ERR_INVALID_REDIRECT", "ERR_EMPTY_RESPONSE", "ERR_HTTP2")


class Tab:
    """A page and what happened in it. `page_name` says in which words trouble is told; `deliberate` hides our own."""

    def __init__(self, visit: Visit, context: BrowserContext) -> None:
        self.visit = visit
        self.context = context
        self.gate = Gate(visit, context)
        self.page = context.new_page()
        self.page.set_default_timeout(visit.time_left_s(8) * 1000)
        self.page_name = "first page"
        self.deliberate = False
        self.trouble: list[Trouble] = []
        self.sockets: list[WebSocketRoute] = []
        self.heard: list[int] = []  # frames that came, by WebSocket
        self.frames: deque[str] = deque(maxlen=500)
        self.calls: list[tuple[str, dict[str, str], int]] = []  # GETs of the page's scripts: URL, headers, status
        self.candles: int | None = None
        self._download = self._crash = False
        self._listen()
        self.page.add_init_script(scripts.OBSERVERS)
        self.page.route_web_socket("**/*", self._on_socket)

    def open(self, url: str) -> Opened:
        """Go there; a page that can't come to rest is taken as it stands."""
        from playwright.sync_api import Error

        self._download = False
        for attempt in (1, 2, 3):  # a page that reloads itself may get in the way of leaving it
            try:
                response = self.page.goto(url, wait_until="load", timeout=self.visit.time_left_s(12) * 1000)
                status = response.status if response else 0
                problem = "" if response else "the browser got no answer"
                break
            except Error as wrong:
                aborted = "ERR_ABORTED" in wrong.message or "interrupted by another navigation" in wrong.message
                if aborted:  # the event that says why comes a moment later
                    self.until(lambda: self._crash or self._download, 0.4)
                if not aborted or attempt == 3 or self._crash or self._download:
                    self.gate.check()
                    status, problem = 0, self._why_no_page(url, wrong.message)
                    break
        self.until(lambda: self.summary()["content"] is not None, 2.5)
        self.gate.check()
        return self._opened(status, problem)

    def _why_no_page(self, url: str, message: str) -> str:
        reason = text(message.split("\n")[0], 160)
        if self._crash:
            raise ProbeError(f"{urlsplit(url).path or '/'} in a browser", "the tab crashed")
        if self._download or "Download is starting" in message:
            return "the address is a download, no page"
        if "Timeout" in message and self.page.url != "about:blank":
            return ""  # a page that never settles is judged by what it shows
        if any(code in message for code in NO_PAGE):
            return reason
        raise ProbeError(f"{urlsplit(url).path or '/'} in a browser", reason)

    def _opened(self, status: int, problem: str) -> Opened:
        now = {"title": "", "heading": "", "text": "", "content": None} if problem else self.summary()
        content = now["content"]
        return Opened(
            text(self.page.url.split("?")[0], 300),
            status,
            text(now["title"], 200),
            text(now["heading"], 200),
            text(now["text"], 1000),
            round(float(content) / 1000, 3) if content is not None else None,
            problem,
        )

    def summary(self) -> dict[str, Any]:
        """Title, heading, text, path of what is shown now."""
        answer: dict[str, Any] = self.evaluate(scripts.SUMMARY)
        return answer

    def evaluate(self, script: str, argument: object = None) -> Any:
        """Ask the page; ProbeError when the tab is gone or busy for good."""
        from playwright.sync_api import Error

        ends = time.monotonic() + MOVING_S
        while True:
            try:
                return self.page.evaluate(script, argument)
            except Error as wrong:  # a page that moves on takes the question with it, as often as it moves
                moving = any(known in wrong.message for known in ("navigation", "navigating", "context was destroyed"))
                if self._crash or not moving or time.monotonic() > ends:
                    why = "the tab crashed" if self._crash else text(wrong.message.split("\n")[0], 160)
                    raise ProbeError(f"{self.page_name} in a browser", why) from wrong
                self.wait(0.05)

    def until(self, fits: Callable[[], bool], seconds: float, every_s: float = 0.05) -> bool:
        """Wait until something is so, at most that long; ProbeError when the look's own time is over before."""
        end = time.monotonic() + seconds
        while not (so := fits()) and time.monotonic() < end:
            if time.monotonic() > self.visit.ends:
                raise ProbeError(f"{self.page_name} in a browser", "the time for the look was over")
            self.wait(every_s)
        return so

    def wait(self, seconds: float) -> None:
        """Let the page go on."""
        from playwright.sync_api import Error

        try:
            self.page.wait_for_timeout(seconds * 1000)
        except Error as wrong:
            raise ProbeError(f"{self.page_name} in a browser", "the tab crashed") from wrong

    def visible(self, selector: str) -> bool:
        """Whether the first element that fits is in sight."""
        return self.page.locator(f"{selector} >> visible=true").count() > 0

    @contextmanager
    def own_doing(self) -> Iterator[None]:
        """What the browser complains of meanwhile is of our making, also where it fails on the way."""
        self.deliberate = True
        try:
            yield
        finally:
            self.deliberate = False

    def shot(self, name: str) -> str:
        """A small picture into the record's folder; its name there, "" where none can be had: a font that never comes."""
        from playwright.sync_api import Error

        folder = self.visit.run / "shots"
        folder.mkdir(exist_ok=True)
        try:
            self.page.screenshot(path=folder / f"{name}.jpg", type="jpeg", quality=55, animations="disabled")
        except Error:
            return ""
        return f"{name}.jpg"

    def tell(self, kind: str, what: str, url: str = "") -> None:
        """Keep a complaint of the browser, with the target's reason to bear it, if it names one."""
        if self.deliberate:
            return
        table = self.visit.target.browser
        known = table.console_allowed.items() if table else ()
        allowed = next((why for part, why in known if part in what or (url and part in url)), "")
        if not allowed and url and not in_scope(self.visit, url) and kind != "CSP violation":
            allowed = OUT_OF_SCOPE
        if not allowed and self.gate.explains(what, url):
            allowed = HELD_BACK
        if sum(bool(each.allowed) == bool(allowed) for each in self.trouble) >= TROUBLE_LIMIT:
            return  # what is allowed takes no place from what is not
        place = f" ({urlsplit(url).netloc}{urlsplit(url).path})" if url else ""
        self.trouble.append(Trouble(self.page_name, kind, text(f"{what}{place}", 300), allowed))

    def take_violations(self) -> None:
        """What the page's policy blocked since it was loaded."""
        for violation in self.evaluate("() => (window.__seen?.violations || []).splice(0)"):
            self.tell("CSP violation", str(violation))

    def _listen(self) -> None:
        page = self.page
        page.on(
            "console",
            lambda m: self.tell("console error", m.text, m.location.get("url", "")) if m.type == "error" else None,
        )
        page.on("pageerror", lambda e: self.tell("script error", e.message or str(e)))
        page.on("requestfailed", self._on_failed)
        page.on("response", self._on_response)
        page.on("dialog", self._on_dialog)
        page.on("download", self._on_download)
        page.on("crash", self._on_crash)

    def _on_failed(self, request: Request) -> None:
        failure = request.failure or "failed"
        if "ERR_ABORTED" not in failure:
            self.tell("failed request", failure, request.url)

    def _on_response(self, response: Response) -> None:
        request = response.request
        if response.status >= 400:
            self.tell("failed request", f"status {response.status}", response.url)
        if request.resource_type in ("xhr", "fetch") and request.method == "GET" and len(self.calls) < 200:
            self.calls.append((request.url, dict(request.headers), response.status))

    def _on_dialog(self, dialog: Any) -> None:
        self.tell("dialog", f"{dialog.type}: {dialog.message}")
        if dialog.type == "beforeunload":
            dialog.accept()  # leave the page
        else:
            dialog.dismiss()

    def _on_download(self, download: Any) -> None:
        self._download = True
        self.tell("download", download.suggested_filename)
        download.cancel()

    def _on_crash(self, _: Any) -> None:
        self._crash = True

    def _on_socket(self, route: WebSocketRoute) -> None:
        """Pass everything through, and remember what came."""
        number = len(self.sockets)
        self.sockets.append(route)
        self.heard.append(0)
        server = route.connect_to_server()

        def keep(message: str | bytes) -> None:
            self.heard[number] += 1
            self.frames.append(text(message, 20_000))
            route.send(message)

        server.on_message(keep)


def session(visit: Visit, context: BrowserContext, width: int = DESKTOP["width"]) -> Tab:
    """A tab of a fresh context, at a width of the window."""
    tab = Tab(visit, context)
    tab.page.set_viewport_size({"width": width, "height": DESKTOP["height"]})
    return tab
