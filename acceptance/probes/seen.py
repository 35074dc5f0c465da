"""Parts of what a user saw in the browser: the first page, the log-in, live data, charts, layout, links, log-out."""

from __future__ import annotations

import re

from acceptance.facts import Unseen, facts

ERROR_PAGE = re.compile(
    r"something went wrong|application error|internal server error|bad gateway|service unavailable|gateway time-?out"
    r"|unexpected error|cannot get /|failed to load|this site can.t be reached|error boundary"
    r"|(?:ist ein fehler|ein fehler ist) aufgetreten|etwas ist schiefgelaufen|erreur (?:inattendue|est survenue)"
    r"|đã xảy ra lỗi|có lỗi xảy ra|(?:发生|出现)(?:了)?错误|出错了|エラーが発生",
    re.IGNORECASE,
)
NOT_FOUND = re.compile(
    r"\b404\b|not found|nicht gefunden|introuvable|không tìm thấy|không tồn tại|找不到|見つかりません", re.IGNORECASE
)
NO_DATA = re.compile(
    r"no (?:chart |price )?data|nothing to show|keine daten|aucune donnée|không có dữ liệu|暂无数据", re.IGNORECASE
)


@facts
class Opened:
    """A page as it stands after the browser opened it. `content_after_s` is None if nothing ever showed."""

    url: str
    status: int
    title: str
    heading: str
    text: str
    content_after_s: float | None
    problem: str = ""  # why there is no page: a redirect loop, a download …

    def __repr__(self) -> str:
        return f"{self.url} {self.status} “{self.title}” {self.problem}".strip()[:200]

    @property
    def error(self) -> str:
        """Why it is no page for a user; "" if it is one."""
        if self.problem:
            return self.problem
        if match := ERROR_PAGE.search(f"{self.title}\n{self.heading}\n{self.text[:600]}"):
            return f"the page says “{match[0]}”"
        return "the page is blank" if self.content_after_s is None or not self.text.strip() else ""


@facts
class Field:
    """A field of the log-in form, and the label that a screen reader would read; "" if none."""

    kind: str
    label: str

    def __repr__(self) -> str:
        return f"{self.kind} field “{self.label}”" if self.label else f"{self.kind} field without a label"


@facts
class Login:
    """A deep link when logged out, the form that it led to, and where the log-in ended."""

    wanted: str
    form_at: str
    landed: str
    heading: str
    form_gone: bool
    message: str

    def __repr__(self) -> str:
        return f"{self.wanted} → {self.form_at} → {self.landed} “{self.heading}”"[:200]


@facts
class Card:
    """The card of a live symbol: how often its text changed while it was watched, and how often to a pushed price."""

    symbol: str
    found: bool
    pushed: int
    changes: int
    matches: int

    def __repr__(self) -> str:
        if not self.found:
            return f"no card names {self.symbol} beside a number"
        times = f"its card changed {self.changes} times, {self.matches} of them to a pushed price"
        return f"{self.symbol}: {self.pushed} prices pushed, {times}"


@facts
class Chart:
    """A chart: the share of its columns in which something but axes is drawn; SVG points where they can be counted."""

    name: str
    drawn_share: float
    points: int | None
    says: str  # "no data" and the like, as the page words it; "" if it doesn't


@facts
class Socket:
    """The page's WebSockets. `back_after_s` is None if none came back after the cut."""

    opened: int
    frames: int
    back_after_s: float | None
    watched_s: float

    def __repr__(self) -> str:
        back = "not back" if self.back_after_s is None else f"back {self.back_after_s:.1f} s"
        return f"WebSocket: {self.frames} frames, {back} after a cut" if self.opened else "no WebSocket"


@facts
class Trouble:
    """Something that the browser complained of. `allowed` is the target's reason to bear it; "" if there is none."""

    page: str
    kind: str
    text: str
    allowed: str = ""

    def __repr__(self) -> str:
        return f"{self.kind} on {self.page}: {self.text}"[:200]


@facts
class Layout:
    """What does not fit at one width of the window."""

    page: str
    width_px: int
    faults: tuple[str, ...]


@facts
class Link:
    """A link of the navigation, and the page to which it led."""

    to: str
    name: str
    heading: str
    text: str
    status: int | None  # None: the page changed without a request, as single-page applications do
    same_as_missing: bool

    def __repr__(self) -> str:
        wrong = " as any unknown address" if self.same_as_missing else ""
        wrong += f" with status {self.status}" if self.status is not None and not 200 <= self.status < 300 else ""
        return f"“{self.name}” {self.to} → {f'“{self.heading}”' if self.heading else 'no heading'}{wrong}"[:200]


@facts
class Logout:
    """What was left after log-out. Statuses are of one and the same call with the old token, before and after."""

    form_back: bool
    stored: tuple[str, ...]
    cookies: tuple[str, ...]
    back_shows: str  # what Back showed of the closed session; "" if nothing
    call: str
    before: int | Unseen
    after: int | Unseen


@facts
class Injection:
    """A marker with markup in it, sent to one input: what the page made of it."""

    place: str
    shown: bool
    element: bool  # it became an element: it was not escaped
    ran: bool  # its script ran
    raw_in_html: bool  # the server's own answer holds it unescaped as HTML

    @property
    def wrong(self) -> str:
        """What is wrong with it; "" if it was escaped, or not shown at all."""
        said = {"its script ran": self.ran, "became an element": self.element, "unescaped in HTML": self.raw_in_html}
        return ", ".join(what for what, happened in said.items() if happened)


@facts
class Stored:
    """An entry of the browser's storage that should not be there: where, under which name, what it looks like."""

    area: str
    key: str
    looks_like: str

    def __repr__(self) -> str:
        return f"{self.area}[{self.key}] holds {self.looks_like}"[:200]
