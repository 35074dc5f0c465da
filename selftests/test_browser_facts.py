"""What a user would stumble over, at its boundaries, on facts made by hand."""

from __future__ import annotations

from dataclasses import replace
from types import SimpleNamespace

import pytest

from acceptance import judge as judging
from acceptance.facts import ProbeError, Unseen, dump, load
from acceptance.probes.browser_facts import Browser
from acceptance.probes.page_secrets import looks_like
from acceptance.probes.seen import (
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
from acceptance.probes.user import kept_cookies
from acceptance.probes.watching import pushed_prices, shows_pushed
from selftests.judging import FAIL, PASS, judge

LINK = Link("/orders", "Orders", "Orders", "Orders: 0 pending", None, False)
GOOD = Browser(
    version="156",
    opened=Opened("https://app.example.com/login", 200, "Sign in", "Sign in", "Sign in to Bot Core", 2.0),
    form=(Field("email", "Email"), Field("password", "Password")),
    login=Login("/orders", "/login", "/orders", "Orders", True, ""),
    cards=(Card("BTCUSDT", True, 9, 2, 2),),
    charts=(Chart("candles", 0.3, None, ""), Chart("line", 1.0, 50, "")),
    candles=50,
    socket=Socket(1, 9, 30.0, 30.0),
    trouble=(Trouble("/", "console error", "known", "a reason"),),
    layouts=tuple(Layout("/orders", width, ()) for width in (360, 390, 768)),
    links=(LINK,),
    logout=Logout(True, (), (), "", "app.example.com/api", 200, 401),
    stored=(),
    storage_looked="2 entries",
    injections=(Injection("/orders?q={marker}", True, False, False, False),),
    shots=("login-1440.jpg",),
    accessibility=(),
)


def offends(browser: Browser) -> set[str]:
    """Names of the questions that find an offender."""
    questions = {
        "page": browser.pages_that_are_no_page,
        "late": lambda: browser.pages_without_content_within(seconds=2),
        "label": browser.fields_without_label,
        "login": browser.logins_that_failed,
        "deep link": browser.deep_links_lost,
        "card": browser.cards_that_stand_still,
        "chart": browser.charts_without_data,
        "socket": lambda: browser.socket_faults(back_within_s=30),
        "trouble": browser.trouble_not_allowed,
        "layout": browser.layout_faults,
        "link": browser.links_to_nowhere,
        "left": browser.left_after_logout,
        "token": browser.old_tokens_accepted,
        "stored": browser.secrets_in_storage,
        "markup": browser.markup_not_escaped,
    }
    return {name for name, question in questions.items() if question()}


ITEMS = {
    "page": "FUNC-UI-01", "late": "FUNC-UI-01", "label": "FUNC-UI-02", "login": "FUNC-UI-03", "deep link": "FUNC-UI-03",
    "card": "FUNC-UI-04", "chart": "FUNC-UI-05", "socket": "FUNC-UI-06", "trouble": "FUNC-UI-07", "layout": "FUNC-UI-08",
    "link": "FUNC-UI-09", "left": "FUNC-UI-10", "token": "FUNC-UI-10", "stored": "SEC-WEB-16", "markup": "SEC-WEB-09",
}  # fmt: skip


def item(question: str, browser: Browser) -> object:
    """What the question's item says of a session; the policy of SEC-WEB-09 is good."""
    strict = SimpleNamespace(pages_that_run_inline_scripts=lambda: ())
    return judging.judge(
        judging.catalogue()[ITEMS[question]], {"browser": load(Browser, dump(browser)), "headers": strict}.__getitem__
    )[0]


def test_a_good_session_has_no_offender():
    assert offends(GOOD) == set()
    assert not GOOD.stumbled()
    assert load(Browser, dump(GOOD)) == GOOD


def test_the_line_under_each_item_says_what_was_seen():
    said = GOOD.looked()
    assert "BTCUSDT: 9 prices pushed, its card changed 2 times" in said
    assert "charts drawn in 30%, 100% of their width; WebSocket: 9 frames, back 30.0 s after a cut; 1 link" in said
    assert "live cards not seen" in replace(GOOD, cards=Unseen("live cards", "the log-in failed")).looked()


@pytest.mark.parametrize(
    "question, changed",
    [
        ("page", {"opened": replace(GOOD.opened, title="")}),
        ("page", {"opened": replace(GOOD.opened, status=404)}),
        ("page", {"opened": replace(GOOD.opened, problem="net::ERR_TOO_MANY_REDIRECTS")}),
        ("page", {"opened": replace(GOOD.opened, text="502 Bad Gateway")}),
        ("page", {"opened": replace(GOOD.opened, heading="Ein Fehler ist aufgetreten")}),
        ("page", {"opened": replace(GOOD.opened, text="Oups ! Une erreur est survenue.")}),
        ("late", {"opened": replace(GOOD.opened, content_after_s=2.01)}),
        ("label", {"form": (Field("email", ""), Field("password", "Password"))}),
        ("login", {"login": Login("/a", "/login", "/a", "404: not found", True, "")}),
        ("login", {"login": Login("/a", "/login", "/a", "Đã xảy ra lỗi", True, "")}),
        ("deep link", {"login": Login("/orders", "/login", "/dashboard", "Dashboard", True, "")}),
        ("card", {"cards": (Card("BTCUSDT", True, 9, 0, 0),)}),
        ("card", {"cards": (Card("BTCUSDT", True, 9, 5, 0),)}),
        ("card", {"cards": (Card("BTCUSDT", False, 9, 0, 0),)}),
        ("chart", {"charts": ()}),
        ("chart", {"charts": (Chart("candles", 0.29, None, ""),)}),
        ("chart", {"charts": (Chart("candles", 1.0, None, "No data"),)}),
        ("chart", {"charts": (Chart("line", 1.0, 24, ""), Chart("shares of the portfolio", 0.5, 6, ""))}),
        ("socket", {"socket": Socket(0, 0, None, 30.0)}),
        ("socket", {"socket": Socket(1, 0, None, 30.0)}),
        ("socket", {"socket": Socket(1, 9, None, 30.0)}),
        ("socket", {"socket": Socket(1, 9, 30.01, 30.0)}),
        ("trouble", {"trouble": (Trouble("/", "script error", "undefined"),)}),
        ("layout", {"layouts": (Layout("/orders", 360, ("scrolls sideways",)),)}),
        ("link", {"links": (replace(LINK, heading="Page not found"),)}),
        ("link", {"links": (replace(LINK, heading=""),)}),
        ("link", {"links": (replace(LINK, same_as_missing=True),)}),
        ("link", {"links": (replace(LINK, status=500),)}),
        ("left", {"logout": Logout(False, (), (), "", "a", 200, 401)}),
        ("left", {"logout": Logout(True, (), ("session",), "", "a", 200, 401)}),
        ("left", {"logout": Logout(True, (), (), "/dashboard", "a", 200, 401)}),
        ("token", {"logout": Logout(True, (), (), "", "a", 200, 200)}),
        ("token", {"logout": Logout(True, (), (), "", "a", 200, 500)}),
        ("stored", {"stored": (Stored("localStorage", "authToken", "a token"),)}),
        ("markup", {"injections": (Injection("/q", True, True, False, False),)}),
        ("markup", {"injections": (Injection("/q", True, False, False, True),)}),
    ],
)
def test_one_change_is_one_offence(question, changed):
    assert offends(replace(GOOD, **changed)) == {question}
    assert replace(GOOD, **changed).stumbled()
    assert item(question, replace(GOOD, **changed)) is FAIL


@pytest.mark.parametrize("question", sorted(ITEMS))
def test_each_item_of_a_good_session_is_green(question):
    assert item(question, GOOD) is PASS


def test_a_page_without_a_password_field_is_no_log_in_page():
    assert judge("FUNC-UI-02", browser=replace(GOOD, form=(Field("email", "Email"),))) is FAIL


@pytest.mark.parametrize("gone", [360, 390, 768])
def test_every_width_of_a_phone_must_have_been_seen(gone):
    others = tuple(each for each in GOOD.layouts if each.width_px != gone)
    assert judge("FUNC-UI-08", browser=replace(GOOD, layouts=others)) is FAIL


@pytest.mark.parametrize("others", [(Chart("line", 1.0, 50, ""),), (Chart("candles", 1.0, None, ""),)])
def test_a_small_chart_beside_the_candles_needs_no_candle_each(others):
    assert offends(replace(GOOD, charts=(Chart("shares of the portfolio", 0.5, 6, ""), *others))) == set()


def test_without_log_in_what_lies_behind_is_not_judged():
    unseen = Unseen("log-in", "the form has no password field")
    with pytest.raises(ProbeError):
        replace(GOOD, login=unseen).trouble_not_allowed()
    with pytest.raises(ProbeError):
        replace(GOOD, cards=unseen).cards_that_stand_still()


def test_nothing_shown_again_is_no_verdict_on_escaping():
    with pytest.raises(ProbeError, match="none of 1"):
        replace(GOOD, injections=(Injection("/q", False, False, False, False),)).markup_not_escaped()


def test_a_token_that_never_worked_proves_nothing():
    with pytest.raises(ProbeError, match="answered 500"):
        replace(GOOD, logout=Logout(True, (), (), "", "a", 500, 401)).old_tokens_accepted()


@pytest.mark.parametrize(
    "key, value, looks",
    [
        ("authToken", "eyJhbGciOiJI.eyJzdWIiOiIxIn0.c2lnbmF0dXJl", "a token"),
        ("cache", "x" * 10 + "abc123" * 6, "a token"),
        ("user", '{"email":"someone@example.com"}', "an e-mail address"),
        ("apiKey", "short-but-8", "a key"),
        ("theme", "dark", ""),
        ("language", "en", ""),
        ("author", "somebody known", ""),
        ("hasSeenProductTour", "true", ""),
    ],
)
def test_what_stored_values_look_like(key, value, looks):
    assert looks_like(key, value) == looks


@pytest.mark.parametrize(
    "name, after, kept",
    [
        ("authToken", "1", ("authToken",)),
        ("JSESSIONID", "1", ("JSESSIONID",)),
        ("connect.sid", "1", ("connect.sid",)),
        ("session", "2", ()),  # a new one, of nobody
        ("csrftoken", "1", ()),
        ("sidebar_state", "1", ()),
    ],
)
def test_a_session_cookie_that_outlives_log_out(name, after, kept):
    assert kept_cookies([{"name": name, "value": "1"}], [{"name": name, "value": after}]) == kept


@pytest.mark.parametrize(
    "shown, pushed, matches",
    [
        ("$42,533.31 live 06:55:56", [42533.314], True),
        ("$42,533.31", [42533.33], False),
        ("42.533", [42.5331], True),
        ("$12,450.32 balance", [42533.31], False),
        ("42.533,31 $", [42533.314], True),
        ("42\u202f533,31 €", [42533.314], True),
        ("12.450,32", [42533.31], False),
        ("5", [5.0], False),  # a single digit is no price
    ],
)
def test_a_shown_price_is_a_pushed_one(shown, pushed, matches):
    assert shows_pushed(shown, pushed) is matches


@pytest.mark.parametrize(
    "frame",
    [
        '{"type":"MarketData","data":{"symbol":"BTCUSDT","price":1.5,"timestamp":1}}',
        '{"s":"BTCUSDT","p":"1.5"}',
        '[{"symbol":"ETHUSDT","price":9},{"symbol":"BTCUSDT","candle":{"close":1.5}}]',
    ],
)
def test_prices_are_found_in_frames(frame):
    assert pushed_prices([frame, "no JSON, BTCUSDT", '{"symbol":"ETHUSDT","price":2}'], "BTCUSDT") == [1.5]
