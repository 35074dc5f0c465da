"""Boundaries of what a stranger, a foreign page or a hostile input may do. Facts made by hand."""

from __future__ import annotations

from dataclasses import replace
from types import SimpleNamespace
from typing import Any

import pytest

from acceptance.facts import Unseen
from acceptance.probes.csrf import CrossSite, Csrf
from acceptance.probes.fuzz import LEAST, Fuzz, Fuzzed
from acceptance.probes.guards import Guard
from acceptance.probes.malformed import SLOW_MS, Malformed, Taken
from acceptance.probes.plain import Clear, Plain
from acceptance.probes.secrets import Secret, Secrets
from acceptance.probes.uploads import Sent, Uploads
from acceptance.probes.vault import Kept, Vault
from selftests.judging import BLOCKED, FAIL, PASS, judge
from selftests.test_access_boundaries import guards
from selftests.test_tls_items import tls
from selftests.tls_facts import chain

UNSEEN = Unseen("it", "no route")
TAKEN = Taken("POST /login", "an operator", 400, 20.0, False, ())


def malformed(**changes: Any) -> Malformed:
    return Malformed(20.0, (replace(TAKEN, **changes),), (TAKEN,), {"GET /profile": ()})


@pytest.mark.parametrize(
    ("item", "facts", "status"),
    [
        ("SEC-WEB-08", malformed(status=200), FAIL),
        ("SEC-WEB-08", malformed(status=500), FAIL),
        ("SEC-WEB-08", malformed(status=499), PASS),
        ("SEC-WEB-08", malformed(got_data=True), FAIL),
        ("SEC-WEB-08", malformed(latency_ms=20.0 + SLOW_MS), PASS),
        ("SEC-WEB-08", malformed(latency_ms=20.1 + SLOW_MS), FAIL),
        ("SEC-WEB-08", replace(malformed(), injections=(TAKEN, UNSEEN)), BLOCKED),
        ("SEC-WEB-12", malformed(signs=("a stack trace",)), FAIL),
        ("SEC-WEB-12", replace(malformed(), broken=(replace(TAKEN, signs=("a path",)),)), FAIL),
        ("SEC-WEB-12", replace(malformed(), broken=(UNSEEN,)), BLOCKED),
    ],
)
def test_hostile_input(item: str, facts: Malformed, status: object) -> None:
    assert judge(item, malformed=malformed()) is PASS
    assert judge(item, malformed=facts) is status


FUZZED = Fuzzed("GET /a", LEAST, 40, (), (), (), ())


@pytest.mark.parametrize(
    ("changes", "status"),
    [
        ({}, PASS),
        ({"sent": LEAST - 1}, BLOCKED),
        ({"sent": 1, "made": 1}, PASS),
        ({"server_errors": ("limit=-1: 500",)}, FAIL),
        ({"accepted": ("limit=-1: 200",)}, FAIL),
        ({"undocumented": (418,)}, PASS),
    ],
)
def test_input_against_the_document(changes: dict[str, Any], status: object) -> None:
    assert judge("SEC-WEB-15", fuzz=Fuzz((replace(FUZZED, **changes),), ())) is status


CLEAR = Clear("GET", "/", 308, "https://bot.example.com/", (), 0)
PLAIN = Plain("http://bot.example.com", "https://bot.example.com", (CLEAR,), 0, ())


@pytest.mark.parametrize(
    ("changes", "redirects", "gate"),
    [
        ({}, PASS, PASS),
        ({"answers": (replace(CLEAR, status=302),)}, FAIL, PASS),
        ({"answers": (replace(CLEAR, status=200, location=""),)}, FAIL, FAIL),
        ({"answers": (replace(CLEAR, cookies=("a=…",)),)}, FAIL, FAIL),
        ({"secure_cookies": ("session",)}, FAIL, FAIL),
        ({"mixed_content": ("http://cdn.example.com/a.js",)}, FAIL, PASS),
        ({"mixed_content": (UNSEEN,)}, BLOCKED, PASS),
        ({"websocket_status": 101}, PASS, FAIL),
        ({"websocket_status": UNSEEN}, PASS, BLOCKED),
    ],
)
def test_the_plain_address(changes: dict[str, Any], redirects: object, gate: object) -> None:
    assert judge("SEC-TLS-07", plain=replace(PLAIN, **changes)) is redirects
    assert judge("SEC-GATE-02", plain=replace(PLAIN, **changes), tls=tls()) is gate


def test_the_gate_asks_for_the_certificate_too() -> None:
    assert judge("SEC-GATE-02", plain=PLAIN, tls=tls(chains=(chain(trusted=False),))) is FAIL
    assert judge("SEC-GATE-02", plain=PLAIN, tls=tls(visitor=UNSEEN)) is BLOCKED


GOOD = "session=…; SameSite=Lax"
REFUSED = (CrossSite("POST /orders", 403),)


@pytest.mark.parametrize(
    ("csrf", "open_write", "status"),
    [
        (Csrf((GOOD,), REFUSED), False, PASS),
        (Csrf((GOOD,), (CrossSite("POST /orders", 400),)), False, FAIL),  # the body was read
        (Csrf((GOOD, "seen=…; SameSite=None"), REFUSED), False, FAIL),
        (Csrf((GOOD,), REFUSED), True, PASS),  # SEC-WEB-05 tells of that
        (Csrf((), ()), False, PASS),
        (Csrf((), ()), True, FAIL),  # no cookie and no guard
    ],
)
def test_foreign_pages(csrf: Csrf, open_write: bool, status: object) -> None:
    seen = guards(Guard("POST /orders", "a stranger", 400 if open_write else 401))
    assert judge("SEC-WEB-10", csrf=csrf, guards=seen) is status


def test_without_cookies_and_without_a_call_that_changes_something_nothing_is_known() -> None:
    assert judge("SEC-WEB-10", csrf=Csrf((), ()), guards=guards(Guard("GET /a", "a stranger", 401))) is BLOCKED


UPLOADS = Uploads(Sent("a good picture", 201), 200, "image/png", False, (Sent("a page", 415),))


@pytest.mark.parametrize(
    ("changes", "status"),
    [
        ({}, PASS),
        ({"good": Sent("a good picture", 415)}, FAIL),  # then the others' refusal proves nothing
        ({"bad": (Sent("a page", 415), Sent("a script", 201))}, FAIL),
        ({"bad": (Sent("an oversize file", 500),)}, FAIL),
        ({"served_status": 404}, FAIL),
        ({"served_inline": True}, FAIL),
        ({"served_status": UNSEEN}, BLOCKED),
    ],
)
def test_uploads(changes: dict[str, Any], status: object) -> None:
    assert judge("SEC-WEB-14", uploads=replace(UPLOADS, **changes)) is status


KEPT = Kept("JWT_SECRET", "bot/jwt", 90.0, "same")


@pytest.mark.parametrize(
    ("changes", "status"),
    [
        ({}, PASS),
        ({"days_old": 90.1}, FAIL),
        ({"days_old": None}, FAIL),
        ({"deployed": "reference"}, PASS),
        ({"deployed": "other"}, FAIL),
        ({"deployed": "absent"}, FAIL),
        ({"deployed": UNSEEN}, BLOCKED),
    ],
)
def test_the_vault(changes: dict[str, Any], status: object) -> None:
    assert judge("SEC-SECRET-04", vault=Vault("aws", 90, (replace(KEPT, **changes),))) is status


def test_a_secret_that_the_vault_does_not_show_blocks_only_what_it_hides() -> None:
    assert judge("SEC-SECRET-04", vault=Vault("aws", 90, (KEPT, UNSEEN))) is BLOCKED
    assert judge("SEC-SECRET-04", vault=Vault("aws", 90, (replace(KEPT, days_old=None), UNSEEN))) is FAIL


@pytest.mark.parametrize("nothing_runs", [False, True])
def test_secrets_are_looked_for_in_history_and_in_images(nothing_runs: bool) -> None:
    """What the images hold is asked of the containers, or of the plan while nothing runs."""
    told, silent = SimpleNamespace(secrets_in_images=lambda: ("ENV KEY",)), SimpleNamespace(secrets_in_images=tuple)

    def said(history: Secrets, *, image: bool) -> object:
        asked, other = (told, silent) if image else (silent, told)
        places = {"plan": asked, "containers": other} if nothing_runs else {"plan": other, "containers": asked}
        return judge("SEC-SECRET-01", secrets=history, nothing_runs=nothing_runs, **places)

    clean = Secrets("/srv/repo", "c" * 40, 10, 10, 3)
    assert said(clean, image=False) is PASS
    assert said(clean, image=True) is FAIL
    assert said(replace(clean, found=(Secret("a.py", 3, "AWS Access Key", False),)), image=False) is FAIL
    assert said(replace(clean, likely=(Secret("a.py", 3, "high entropy", True),)), image=False) is PASS
    assert said(replace(clean, unseen=(UNSEEN,)), image=False) is BLOCKED
