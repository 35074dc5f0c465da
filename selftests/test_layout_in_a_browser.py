"""What a page hides on purpose is no fault of its layout; what a user can't reach or hit on a phone is one."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from typing import Any

import pytest

from acceptance.probes import browser_scripts as scripts

CHROMIUM = shutil.which("chromium") or shutil.which("google-chrome")
pytestmark = pytest.mark.skipif(CHROMIUM is None, reason="no Chromium is installed")
BUTTON = "<button style='width:80px;height:40px;{}'>{}</button>"
COVERED = BUTTON.format("", "Buy") + BUTTON.format("position:fixed;left:10px;top:10px", "Chat")
HIDDEN = {
    "a link past the navigation": "<a href='#m' style='position:absolute;left:-9999px'>Skip to content</a>",
    "text for screen readers": "<a href='#m' style='position:absolute;width:1px;height:1px;overflow:hidden;clip:rect(0 0 0 0)'>Skip</a>",
    "a sidebar slid out": f"<div style='position:fixed;left:0;top:0;transform:translateX(-100%)'>{BUTTON.format('', 'Menu')}</div>",
    "a bubble above what scrolls": f"{COVERED}<div style='height:2000px'></div>",
}
FAULTY = {
    "is outside": BUTTON.format("position:absolute;left:380px", "Far"),
    "overlap": BUTTON.format("", "One") + BUTTON.format("position:absolute;left:10px;top:10px", "Two"),
    "is a target of": "<button style='width:12px;height:12px;padding:0'>x</button>",
    "scrolls sideways": "<div style='width:900px;height:1px'></div>",
    "px high": "<p style='font-size:9px'>small print</p>",
}


def test_what_a_bubble_always_covers_is_named(page: Any) -> None:
    assert any("overlap" in fault for fault in faults(page, COVERED))


@pytest.fixture(scope="module")
def page() -> Iterator[Any]:
    from playwright.sync_api import sync_playwright

    with sync_playwright() as play:
        browser = play.chromium.launch(executable_path=CHROMIUM, args=["--no-sandbox"])
        yield browser.new_page(viewport={"width": 390, "height": 800})
        browser.close()


def faults(page: Any, body: str) -> list[str]:
    page.set_content(f"<!doctype html><body><main id=m>{body}</main>")
    found: list[str] = page.evaluate(scripts.LAYOUT)
    return found


@pytest.mark.parametrize("what", HIDDEN)
def test_what_is_hidden_on_purpose_is_no_fault(page: Any, what: str) -> None:
    assert faults(page, HIDDEN[what]) == []


@pytest.mark.parametrize("says", FAULTY)
def test_what_a_phone_can_not_show_is_named(page: Any, says: str) -> None:
    assert any(says in fault for fault in faults(page, FAULTY[says]))
