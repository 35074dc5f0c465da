"""A user's session in the browser as facts, and what in it a user would stumble over."""

from __future__ import annotations

from collections.abc import Callable
from typing import TypeVar

from acceptance.facts import ProbeError, Unseen, facts, offenders, seen
from acceptance.probes.seen import (
    ERROR_PAGE,
    NOT_FOUND,
    Card,
    Chart,
    Field,
    Injection,
    Layout,
    Link,
    Login,
    Logout,
    Opened,
    Socket,
    Stored,
    Trouble,
)

T = TypeVar("T")


def _drawn(charts: tuple[Chart, ...]) -> str:
    shares = ", ".join(f"{chart.drawn_share:.0%}" for chart in charts)
    return f"charts drawn in {shares} of their width" if charts else "no chart"


@facts
class Browser:
    """One user's session in Chromium: desktop first, then the widths of a phone."""

    version: str
    opened: Opened
    form: tuple[Field, ...]
    login: Login | Unseen
    cards: tuple[Card, ...] | Unseen
    charts: tuple[Chart, ...] | Unseen
    candles: int | None  # how many candles the API gave the page; None if it asked for none
    socket: Socket | Unseen
    trouble: tuple[Trouble, ...]
    layouts: tuple[Layout, ...] | Unseen
    links: tuple[Link, ...] | Unseen
    logout: Logout | Unseen
    stored: tuple[Stored, ...] | Unseen
    storage_looked: str
    injections: tuple[Injection, ...] | Unseen
    shots: tuple[str, ...]
    accessibility: tuple[str, ...] | Unseen  # what axe-core finds on the log-in page and the dashboard: a note only
    trace: str = ""  # name of the trace beside the pictures, where something went wrong

    def __repr__(self) -> str:
        return f"{self.opened!r} in Chromium {self.version}"[:200]

    def looked(self) -> str:
        def told(what: str, part: T | Unseen, say: Callable[[T], str]) -> str:
            return f"{what} not seen" if isinstance(part, Unseen) else say(part)

        return "; ".join((
            f"{self.opened!r} in Chromium {self.version}",
            told("log-in", self.login, lambda login: f"log-in {login!r}"),
            told("live cards", self.cards, lambda cards: ", ".join(map(repr, cards)) or "no live card"),
            told("charts", self.charts, _drawn),
            told("WebSocket", self.socket, repr),
            told("links", self.links, lambda links: f"{len(links)} {'link' if len(links) == 1 else 'links'} followed"),
            told("axe-core", self.accessibility, lambda found: f"axe-core finds {', '.join(found) or 'nothing'}"),
        ))  # fmt: skip

    def stumbled(self) -> bool:
        """Whether a user would have met anything wrong: then the way there is worth keeping."""
        views = (
            self.pages_that_are_no_page, self.fields_without_label, self.logins_that_failed, self.deep_links_lost,
            self.cards_that_stand_still, self.charts_without_data, self.trouble_not_allowed, self.layout_faults,
            self.links_to_nowhere, self.left_after_logout, self.old_tokens_accepted, self.secrets_in_storage,
            self.markup_not_escaped, lambda: self.socket_faults(back_within_s=30),
            lambda: self.pages_without_content_within(seconds=2),
        )  # fmt: skip
        try:
            return any(view() for view in views)
        except ProbeError:
            return True

    def pages_that_are_no_page(self) -> tuple[str, ...]:
        """The first page, if a user would not take it for one."""
        good = 200 <= self.opened.status < 300
        wrong = self.opened.error or ("" if good else f"status {self.opened.status}")
        wrong = wrong or ("" if self.opened.title else "no title")
        return (f"{self.opened.url}: {wrong}",) if wrong else ()

    def pages_without_content_within(self, *, seconds: float) -> tuple[str, ...]:
        after = self.opened.content_after_s
        late = after is None or after > seconds
        when = "no content while it was watched" if after is None else f"content after {after:.2f} s"
        return (f"{self.opened.url}: {when}, at most {seconds:g} s expected",) if late else ()

    def fields_without_label(self) -> tuple[Field, ...]:
        return tuple(field for field in self.form if not field.label)

    def form_has(self, kind: str) -> bool:
        return any(field.kind == kind for field in self.form)

    def logins_that_failed(self) -> tuple[str, ...]:
        login = seen(self.login)
        if not login.form_gone:
            return (f"the log-in form stays: {login.message or 'without a word'}",)
        wrong = NOT_FOUND.search(login.heading) or ERROR_PAGE.search(login.heading)
        return (f"{login!r}",) if wrong else ()

    def deep_links_lost(self) -> tuple[str, ...]:
        """The wanted page, if log-in did not lead back to it."""
        login = seen(self.login)
        return () if login.landed == login.wanted else (f"wanted {login.wanted}, landed on {login.landed}",)

    def cards_that_stand_still(self) -> tuple[Card, ...]:
        """Cards that don't follow the pushed price: no change, or a change to something else."""
        cards = seen(self.cards)
        if not cards:
            raise ProbeError("live cards", "the target names none in [browser] live_cards")
        return tuple(card for card in cards if not (card.found and card.changes and card.matches))

    def charts_without_data(self) -> tuple[str, ...]:
        charts = seen(self.charts)
        if not charts:
            return ("the page has no chart",)
        found = [f"{chart.name}: {wrong}" for chart in charts if (wrong := self._emptiness(chart))]
        counted = [chart.points for chart in charts if chart.points is not None]
        if (
            self.candles and len(counted) == len(charts) and max(counted) < self.candles // 2
        ):  # a canvas can't be counted
            found.append(f"the API gave {self.candles} candles, and no chart has more than {max(counted)} points")
        return tuple(found)

    def _emptiness(self, chart: Chart) -> str:
        if chart.says:
            return f"says “{chart.says}”"
        return "" if chart.drawn_share >= 0.3 else f"drawn in {chart.drawn_share:.0%} of its width, 30% expected"

    def socket_faults(self, *, back_within_s: float) -> tuple[str, ...]:
        socket = seen(self.socket)
        if not socket.opened:
            return ("the page opened no WebSocket",)
        if not socket.frames:
            return (f"WebSockets opened by the page: {socket.opened}, and not one frame came",)
        if socket.back_after_s is None:
            return (f"no WebSocket with data came back within {socket.watched_s:.0f} s of a cut",)
        late = f"data came back {socket.back_after_s:.1f} s after a cut, at most {back_within_s:.0f} s expected"
        return () if socket.back_after_s <= back_within_s else (late,)

    def trouble_not_allowed(self) -> tuple[Trouble, ...]:
        """What the browser complained of. Without a log-in the pages behind it were not seen."""
        found = [each for each in self.trouble if not each.allowed]
        inside = not isinstance(self.login, Unseen) and self.login.form_gone
        return offenders(found, [] if inside else [Unseen("the console behind the log-in", "nobody got there")])

    def layout_faults(self) -> tuple[str, ...]:
        layouts = seen(self.layouts)
        return tuple(f"{each.page} at {each.width_px} px: {fault}" for each in layouts for fault in each.faults)

    def widths_px(self) -> tuple[int, ...]:
        return tuple(sorted({each.width_px for each in seen(self.layouts)}))

    def links_to_nowhere(self) -> tuple[Link, ...]:
        links = seen(self.links)
        if not links:
            raise ProbeError("links of the navigation", "the page has no navigation with links")
        return tuple(
            link
            for link in links
            if link.same_as_missing
            or not link.heading
            or NOT_FOUND.search(link.heading)
            or ERROR_PAGE.search(f"{link.heading}\n{link.text}")
            or (link.status is not None and not 200 <= link.status < 300)
        )

    def left_after_logout(self) -> tuple[str, ...]:
        gone = seen(self.logout)
        found = [f"still stored: {each}" for each in gone.stored] + [f"cookie kept: {each}" for each in gone.cookies]
        found += [] if gone.form_back else ["log-out does not lead to the log-in form"]
        found += [f"Back shows {gone.back_shows}"] if gone.back_shows else []
        return tuple(found)

    def old_tokens_accepted(self) -> tuple[str, ...]:
        gone = seen(self.logout)
        before, after = seen(gone.before), seen(gone.after)
        if not 200 <= before < 300:
            raise ProbeError("the token before log-out", f"{gone.call} answered {before} although logged in")
        return () if after in (401, 403) else (f"{gone.call} with the old token answers {after} after log-out",)

    def secrets_in_storage(self) -> tuple[Stored, ...]:
        return seen(self.stored)

    def markup_not_escaped(self) -> tuple[str, ...]:
        """Inputs whose markup went into a page. At least one input must have been shown again for a verdict."""
        injections = seen(self.injections)
        if not any(each.shown for each in injections):
            raise ProbeError(
                "reflected inputs", f"none of {len(injections)} was shown again; name one in [browser] reflected"
            )
        return tuple(f"{each.place}: {each.wrong}" for each in injections if each.wrong)
