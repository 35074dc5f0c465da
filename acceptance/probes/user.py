"""What a user does on the page, step by step: log in, watch prices and charts, follow links, log out."""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any
from urllib.parse import urljoin, urlsplit

from acceptance import web
from acceptance.facts import ProbeError, Unseen, text
from acceptance.probes import browser_scripts as scripts
from acceptance.probes.page_secrets import GO_WITHOUT_LOADING, SECRET_NAME, stored
from acceptance.probes.seen import Field, Layout, Link, Login, Logout
from acceptance.probes.tab import DESKTOP, Tab
from acceptance.tables.browser import Browser as Table

if TYPE_CHECKING:
    from playwright.sync_api import Locator

PASSWORD = "input[type=password]"  # noqa: S105  # a selector
SESSION_COOKIE = re.compile(rf"{SECRET_NAME.pattern}|sess|(?:^|[._-])sid$", re.IGNORECASE)
CSRF = re.compile("csrf|xsrf", re.IGNORECASE)
WIDTHS_PX = (360, 390, 768)


def form(tab: Tab) -> tuple[Field, ...]:
    """The fields of the form that holds the password."""
    return tuple(Field(text(each["kind"], 30), text(each["label"], 80)) for each in tab.evaluate(scripts.FIELDS))


def log_in(tab: Tab, table: Table, user: str, password: str) -> Login:
    """From a guarded page over the form to where the log-in ends."""
    wanted = table.deep_link
    tab.page_name = "log-in"
    tab.open(urljoin(tab.visit.target.urls.base, wanted))
    if not tab.until(lambda: tab.visible(PASSWORD), 3):
        raise ProbeError("log-in", f"{wanted} shows no field for a password")
    form_at = urlsplit(tab.page.url).path
    field = _first(tab, [PASSWORD])
    _user_field(tab, table).fill(user)
    field.fill(password)
    tab.gate.session = True
    _submit(tab, table)
    gone = tab.until(lambda: not tab.visible(PASSWORD), 8)
    tab.gate.session = False
    tab.until(lambda: not _loading(tab), 3)
    now = tab.summary()
    message = "" if gone else _alert(tab)
    return Login(wanted, form_at, urlsplit(tab.page.url).path, text(now["heading"], 120), gone, message)


def _user_field(tab: Tab, table: Table) -> Locator:
    for label in table.user_labels:
        if (found := tab.page.get_by_label(label).locator("visible=true")).count():
            return found.first
    return _first(tab, ["input[type=email]", "input[name*=mail i]", "input[name*=user i]", "form input[type=text]"])


def _submit(tab: Tab, table: Table) -> None:
    inside = tab.page.locator(f"form:has({PASSWORD})")
    for name in table.submit:
        if (found := inside.get_by_role("button", name=name, exact=True)).count():
            found.first.click()
            return
    if (found := inside.locator("[type=submit]")).count():
        found.first.click()
    else:
        tab.page.locator(PASSWORD).first.press("Enter")


def _first(tab: Tab, selectors: list[str]) -> Locator:
    for selector in selectors:
        if (found := tab.page.locator(f"{selector} >> visible=true")).count():
            return found.first
    raise ProbeError("log-in", f"none of {', '.join(selectors)} is on the page")


def _alert(tab: Tab) -> str:
    found = tab.page.locator("[role=alert], [data-sonner-toast], .error, .toast").locator("visible=true")
    return text(found.first.inner_text().strip(), 160) if found.count() else ""


def _loading(tab: Tab) -> bool:
    said: str = tab.summary()["text"]
    return bool(re.search(r"\bloading\b", said[-600:], re.IGNORECASE)) or len(said.strip()) < 20


def go(tab: Tab, path: str) -> None:
    """To a page of the session: by its link where there is one, so that a session in memory survives."""
    link = tab.page.locator(f'a[href="{path}"] >> visible=true')
    if link.count():
        link.first.click()
    elif urlsplit(tab.page.url).path != path:
        tab.open(urljoin(tab.visit.target.urls.base, path))
    tab.until(lambda: urlsplit(tab.page.url).path == urlsplit(path).path, 3)
    tab.until(lambda: not _loading(tab), 3)


def layouts(tab: Tab, name: str) -> tuple[Layout, ...]:
    """What does not fit on the page that is shown, at each width of a phone or tablet."""
    found = []
    for width in WIDTHS_PX:
        tab.page.set_viewport_size({"width": width, "height": 800})
        tab.wait(0.12)
        faults = tuple(text(each, 160) for each in tab.evaluate(scripts.LAYOUT))
        found.append(Layout(name, width, faults))
    tab.page.set_viewport_size({"width": DESKTOP["width"], "height": DESKTOP["height"]})
    return tuple(found)


def fallback(tab: Tab, home: str) -> dict[str, Any]:
    """What the page shows its user at an address that it does not know; asked without loading, for the session's sake."""
    with tab.own_doing():
        at_home = tab.summary()["heading"]
        tab.evaluate(GO_WITHOUT_LOADING, f"/{tab.visit.marker}-no-such-page")
        tab.wait(0.3)
        tab.until(lambda: not _loading(tab), 3)
        shown = tab.summary()
        go(tab, home)
    return shown | {"heading": shown["heading"] if shown["heading"] != at_home else ""}  # on every page: says nothing


def _is_fallback(to: str, now: dict[str, Any], unknown: dict[str, Any]) -> bool:
    """Whether a link leads to where every unknown address leads, and is not that page's own."""
    if urlsplit(to).path in ("/", unknown["path"]):
        return False
    sent_on = "no-such-page" not in unknown["path"] and now["path"] == unknown["path"]
    return sent_on or (bool(unknown["heading"]) and now["heading"] == unknown["heading"])


def links(tab: Tab, missing: dict[str, Any], unknown: dict[str, Any]) -> tuple[tuple[Link, ...], tuple[Layout, ...]]:
    """Follow each link of the navigation, and look at the layout of where it leads."""
    found: list[Link] = []
    fits: list[Layout] = []
    for to, name in tab.evaluate(scripts.LINKS):
        statuses: list[int] = []
        tab.page_name = f"{to}"

        def keep(response: Any, into: list[int] = statuses) -> None:
            if response.request.is_navigation_request():
                into.append(response.status)

        tab.page.on("response", keep)
        go(tab, to)
        tab.page.remove_listener("response", keep)
        now = tab.summary()
        same = (bool(now["text"].strip()) and now["text"] == missing["text"]) or _is_fallback(to, now, unknown)
        status = statuses[-1] if statuses else None
        heading = text(now["heading"] or now["title"], 120)
        found.append(Link(text(to, 200), text(name, 60), heading, text(now["text"], 300), status, same))
        fits.extend(layouts(tab, to))
        tab.take_violations()
    return tuple(found), tuple(fits)


def log_out(tab: Tab, table: Table) -> Logout:
    """Log out, look at what is left, go back; and ask the API with the old session before and after."""
    url, headers = _session_call(tab)
    before, had = _status(tab, url, headers), tab.context.cookies()
    tab.gate.session = True
    _press(tab, table)
    form_back = tab.until(lambda: tab.visible(PASSWORD), 5)
    tab.gate.session = False
    after = _status(tab, url, headers)
    left, _ = stored(tab, headers.get("authorization", "").rpartition(" ")[2])
    cookies = kept_cookies(had, tab.context.cookies())
    tab.deliberate = True
    tab.page.go_back()
    tab.wait(0.6)
    shows = _logout_button(tab, table) is not None
    back = f"{urlsplit(tab.page.url).path} “{text(tab.summary()['heading'], 80)}”" if shows else ""
    return Logout(form_back, tuple(map(repr, left)), cookies, back, web.path_of(url), before, after)


def kept_cookies(before: Sequence[Any], after: Sequence[Any]) -> tuple[str, ...]:
    """Names of the session's cookies that outlived it. One with a new value belongs to nobody yet; CSRF's are no session."""
    old = {(each["name"], each["value"]) for each in before}
    kept = (each["name"] for each in after if (each["name"], each["value"]) in old)
    return tuple(text(name, 80) for name in kept if SESSION_COOKIE.search(name) and not CSRF.search(name))


def _session_call(tab: Tab) -> tuple[str, dict[str, str]]:
    """The last call of the page's own that its session made possible."""
    cookies = "; ".join(f"{each['name']}={each['value']}" for each in tab.context.cookies())
    for url, headers, status in reversed(tab.calls):
        if 200 <= status < 300 and ("authorization" in headers or cookies):
            kept = {"authorization": headers["authorization"]} if "authorization" in headers else {}
            return url, kept | ({"cookie": cookies} if cookies else {})
    return "", {}


def token_of(tab: Tab) -> str:
    """The bearer token that the page sends; "" if it sends none."""
    _, headers = _session_call(tab)
    return headers.get("authorization", "").rpartition(" ")[2]


def secrets_of_the_session(tab: Tab) -> set[str]:
    """Every token and cookie that the page has or had."""
    sent = {headers.get("authorization", "").rpartition(" ")[2] for _, headers, _ in tab.calls}
    sent |= {pair.partition("=")[2] for _, headers, _ in tab.calls for pair in headers.get("cookie", "").split("; ")}
    return (sent | {each["value"] for each in tab.context.cookies()}) - {""}


def _status(tab: Tab, url: str, headers: dict[str, str]) -> int | Unseen:
    if not url:
        return Unseen("the session's own call", "the page made no call with a token or cookie")
    try:
        with web.client(tab.visit) as client:
            return web.ask(client, "GET", url, headers=headers).status_code
    except ProbeError as problem:
        return Unseen(problem.what, problem.why)


def _logout_button(tab: Tab, table: Table) -> Locator | None:
    for name in table.logout:
        for role in ("button", "link", "menuitem"):
            found = tab.page.get_by_role(role, name=name).locator("visible=true")
            if found.count():
                return found.first
    return None


def _press(tab: Tab, table: Table) -> None:
    tab.page_name = "log-out"
    for name in table.menu:
        if (menu := tab.page.get_by_role("button", name=name).locator("visible=true")).count():
            menu.first.click()
    button = _logout_button(tab, table)
    if button is None:
        raise ProbeError(
            "log-out", f"no button or link named {', '.join(table.logout[:3])} …; see [browser] logout, menu"
        )
    button.click()
