"""The preset botcore-2025-11: exactly the items that the quirks of that system break are red, each with its reason."""

from __future__ import annotations

from pathlib import Path

import pytest

from acceptance.children import Sandbox
from acceptance.judge import catalogue, parts_of, probes_of
from acceptance.sandbox.parts import breaks, faults
from acceptance.sandbox.presets import PRESETS, expand
from selftests.looking import again, judged, look

NAME = "botcore-2025-11"
PROBES = (
    "api", "api_document", "caching", "cors", "csrf", "defaults", "forgeries", "fuzz", "guards", "headers", "health",
    "hosts", "integrations", "login", "malformed", "paper_order", "plain", "registration", "sessions",
    "status_document", "trading", "uploads", "upstreams", "websocket",
)  # fmt: skip
WHY = {
    "FUNC-API-01": "Health is the constant 'Bot is running', and any path below it gets the same.",
    "FUNC-API-04": "The e-mail address is among the token's claims.",
    "FUNC-API-05": "A token signed with the known default secret is as good as a real one.",
    "FUNC-API-06": "A password needs six characters and nothing else.",
    "FUNC-API-08": "There is one paper portfolio, shown to every user as theirs.",
    "FUNC-API-10": "A failure of the market data is a 200 that says success: false.",
    "FUNC-EXT-02": "The connection's document says websocket_connected: false whatever the stream does.",
    "FUNC-EXT-04": "Market data that fails inside a 200 flows to nobody.",
    "FUNC-EXT-05": "No operation places an order.",
    "FUNC-EXT-06": "No operation cancels an order.",
    "FUNC-EXT-08": "An unknown symbol gets 200 and an empty list instead of a refusal.",
    "FUNC-GATE-01": "A stream that is reported as not connected is no word from Binance.",
    "FUNC-WS-02": "The WebSocket asks for no token and lets every origin in.",
    "FUNC-WS-03": "The ping that the page sends as a text is never answered.",
    "INFRA-DOC-03": "The engine has no OpenAPI document.",
    "INFRA-NET-07": "CORS echoes whatever origin asks.",
    "SEC-GATE-03": "Strangers get in: routes are open, and anybody can sign a token with the default secret.",
    "SEC-SECRET-05": "Tokens are HS256, signed with a default secret that everybody can read.",
    "SEC-SECRET-08": "The demo user printed on the log-in page can log in.",
    "SEC-WEB-04": "No answer below /api carries a security header.",
    "SEC-WEB-05": "Every route outside the accounts is open; the profile answers a missing token with 400, not 401.",
    "SEC-WEB-06": "A token lives seven days, and neither refresh nor log-out ends it.",
    "SEC-WEB-08": "A command or template in the place of a symbol is answered with 200 like any unknown symbol.",
    "SEC-WEB-10": "Routes that change something take calls without a token, so a foreign page can make them.",
    "SEC-WEB-11": "At its start the engine logs the database's URL with the password.",
    "SEC-WEB-17": "Foreign origins are echoed, so their pages may read the API.",
}
WHY_SLOW = {  # told by the browser, or by attempts at a limit; the browser's are looked at by `make proof`
    "FUNC-UI-03": "The page that was asked for is forgotten: log-in ends on /dashboard.",
    "FUNC-UI-04": "When the market's data fail, the page shows the failure in the place of prices.",
    "FUNC-UI-05": "When the market's data fail, no chart is drawn.",
    "FUNC-UI-06": "When the market's data fail, the page opens no WebSocket that could come back.",
    "FUNC-UI-10": "Log-out clears the page only; the API is not told and the token lives on.",
    "SEC-WEB-16": "The token lies in localStorage as authToken.",
    "INFRA-NET-08": "No request is ever refused for there being too many.",
    "SEC-WEB-07": "No number of wrong passwords locks or slows the log-in.",
}

WHY_UNDER_LOAD = {  # told by a load of minutes; looked at by `make proof`, fault by fault
    "PERF-LOAD-01": "The CPU usage that the engine reports is 0.0, whatever it does: that proves nothing.",
}
MASKED = {  # a fault of the preset breaks it by itself, another one hides that
    "SEC-WEB-15": "Without a document only the symbol is varied, and unknown ones get an empty list, not a failure.",
}


def _rolled_up(red: set[str]) -> set[str]:
    """The roll-ups among them, which need no reason of their own."""
    return {case.id for case in catalogue().values() if case.id in red and parts_of(case)}


def test_each_red_item_of_the_preset_has_its_reason() -> None:
    assert set(PRESETS[NAME]) <= set(faults())
    red = {id for name in expand([NAME]) for id in breaks(faults()[name])}
    assert red - _rolled_up(red) == {*WHY, *WHY_SLOW, *WHY_UNDER_LOAD, *MASKED}


@pytest.mark.faults
def test_exactly_what_the_quirks_break_is_red(tmp_path: Path) -> None:
    running = Sandbox([NAME])
    probes = again(PROBES)
    try:
        look(running.target_file, tmp_path, probes)
        found = judged(running.target_file, tmp_path)
    finally:
        running.end()
    seen = {case.id for case in catalogue().values() if probes_of(case) and probes_of(case) <= probes}
    red = {id for id in seen if found[id][0] not in ("PASS", "NA")}
    rolled_up = _rolled_up(red)
    assert red - rolled_up == set(WHY), {id: found[id] for id in sorted((red - rolled_up) ^ set(WHY))}
    assert rolled_up == set()  # all of them want the browser too


@pytest.mark.proof
def test_what_the_page_and_the_limits_break_is_red(tmp_path: Path) -> None:
    running = Sandbox([NAME])
    probes = again(("browser", "login_limit", "rate_limit"))
    try:
        look(running.target_file, tmp_path, probes)
        found = judged(running.target_file, tmp_path)
    finally:
        running.end()
    seen = {case.id for case in catalogue().values() if probes_of(case) and probes_of(case) <= probes}
    red = {id for id in seen if found[id][0] not in ("PASS", "NA")}
    rolled_up = _rolled_up(red)
    assert red - rolled_up - set(WHY) == set(WHY_SLOW), {id: found[id] for id in sorted(red ^ set(WHY_SLOW))}


def test_a_preset_is_put_on_and_taken_off_as_a_whole(sandbox: Sandbox) -> None:
    sandbox.change(f"+{NAME}")
    sandbox.change(f"-{NAME}")
