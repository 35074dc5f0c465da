"""The page as a person meets it: fast, narrow, dark, printed, by keyboard, with scripts off, after a lapse."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from acceptance.record import html, timeline
from acceptance.record.model import Record, Word
from acceptance.verdict import Status
from selftests.records import full
from selftests.test_history import week

CHROMIUM = shutil.which("chromium") or shutil.which("google-chrome")
pytestmark = pytest.mark.skipif(CHROMIUM is None, reason="no Chromium is installed")
TOMORROW, YESTERDAY = (datetime.now(UTC) + timedelta(days=days) for days in (1, -1))


def until(record: Record, end: datetime) -> Record:
    """The record with one attested item whose word ends then, and no other words."""
    word = Word("attestation", "qa@example.com", "QA Engineer", record.started, end, "seen")
    items = [replace(item, words=()) for item in record.items]
    items[3] = replace(items[3], status=Status.PASS, found=Status.PASS, by="attested", words=(word,))
    return replace(record, items=tuple(items))


def few(record: Record) -> Record:
    """The record with the first items only: a checker of accessibility takes its time."""
    return replace(record, items=record.items[:60])


@pytest.fixture(scope="module")
def browser() -> Iterator[Any]:
    from playwright.sync_api import sync_playwright

    with sync_playwright() as play:
        started = play.chromium.launch(executable_path=CHROMIUM, args=["--no-sandbox"])
        yield started
        started.close()


@pytest.fixture
def opened(browser: Any, tmp_path: Path) -> Iterator[Any]:
    """Opens a page in a browser that reports every error, every refused thing and every request."""
    contexts, wrong = [], []

    def open_page(text: str, **context: Any) -> Any:
        (tmp_path / "record.html").write_text(text, encoding="utf-8")
        contexts.append(browser.new_context(**{"viewport": {"width": 1440, "height": 900}, **context}))
        page = contexts[-1].new_page()
        page.on("console", lambda message: wrong.append(message.text))
        page.on("pageerror", lambda error: wrong.append(str(error)))
        page.on("request", lambda request: wrong.append(request.url) if "data:" not in request.url else None)
        page.goto((tmp_path / "record.html").as_uri())
        wrong.remove((tmp_path / "record.html").as_uri())
        return page

    yield open_page
    for context in contexts:
        context.close()
    assert not wrong


def shown(page: Any) -> int:
    count: int = page.locator(".item:visible").count()
    return count


def test_it_opens_within_a_second(opened: Any) -> None:
    took = "performance.timing.loadEventEnd - performance.timing.navigationStart"
    assert min(opened(html.render(full())).evaluate(took) for _ in range(3)) < 1000  # a busy machine may slow one


@pytest.mark.parametrize("width", [1440, 390])
@pytest.mark.parametrize("text", [html.render(full()), timeline.render("prod", week())], ids=["record", "history"])
def test_nothing_sticks_out(opened: Any, text: str, width: int) -> None:
    page = opened(text, viewport={"width": width, "height": 800})
    assert page.evaluate("document.documentElement.scrollWidth") <= width


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize(
    "text", [html.render(few(full())), timeline.render("prod", [*map(few, week())])], ids=["record", "history"]
)
def test_it_is_accessible(opened: Any, text: str, scheme: str) -> None:
    from axe_playwright_python.sync_playwright import Axe

    page = opened(text, color_scheme=scheme, bypass_csp=True)
    found = Axe().run(page).response
    assert {"color-contrast", "document-title", "html-has-lang"} <= {rule["id"] for rule in found["passes"]}
    assert not [(rule["id"], rule["nodes"][0]["html"]) for rule in found["violations"]]


def test_filters_add_up(opened: Any) -> None:
    page = opened(html.render(full()))
    everything = shown(page)
    assert everything == 350
    page.get_by_label("Severity").select_option("critical")
    critical = sum(item.severity == "critical" for item in full().items)
    assert shown(page) == critical
    page.locator(".toggle.pass").click()
    assert shown(page) == sum(i.severity == "critical" and i.status is not Status.PASS for i in full().items)
    page.get_by_role("button", name="Show all").click()
    page.keyboard.press("/")
    page.keyboard.type("sec-tls-03")
    assert shown(page) == 1
    assert page.locator("#shown").inner_text() == "1 of 350 items"
    page.emulate_media(media="print")
    assert page.get_by_text("Filtered: 1 of 350 items").is_visible()


def test_a_link_to_an_item_shows_it_in_spite_of_a_filter(opened: Any) -> None:
    page = opened(html.render(full()))
    page.get_by_label("Find").fill("no such thing")
    assert shown(page) == 0
    page.locator(".reasons a.id").first.click()
    assert shown(page) == 350


def test_evidence_unfolds_with_the_keyboard(opened: Any) -> None:
    page = opened(html.render(full()))
    fold = page.locator(".item[data-status=PASS] details").first
    fold.locator("summary").focus()
    page.keyboard.press("Enter")
    assert fold.get_attribute("open") is not None
    page.get_by_role("button", name="Unfold evidence").click()
    assert page.locator(".item details:not([open])").count() == 0


def test_without_scripts_everything_is_there(opened: Any) -> None:
    page = opened(html.render(full()), java_script_enabled=False)
    assert shown(page) == 350
    assert not page.locator("#filter").is_visible()


def test_a_word_that_has_lapsed_since_is_marked(opened: Any) -> None:
    record = until(full(), YESTERDAY)
    page = opened(html.render(record))
    assert "One item rests on a word that has lapsed" in page.locator("#lapses").inner_text()
    assert "has lapsed since" in page.locator("#decision").inner_text()
    assert "Lapsed since this run." in page.locator(f"#{record.items[3].id}").inner_text()


def test_a_word_in_force_is_not_marked(opened: Any) -> None:
    page = opened(html.render(until(full(), TOMORROW)))
    assert not page.locator("#lapses").is_visible()
    assert page.locator(".lapsed").count() == 0


def test_it_prints_on_paper(opened: Any, tmp_path: Path) -> None:
    page = opened(html.render(full()))
    pdf = page.pdf(prefer_css_page_size=True)
    pages = pdf.count(b"/Type /Page\n") or pdf.count(b"/Type /Page ")
    assert 40 < pages < 80  # with all evidence


@pytest.mark.parametrize("scripts", [True, False])
def test_folded_evidence_is_printed_and_folded_again(opened: Any, scripts: bool) -> None:
    page = opened(html.render(few(full())), java_script_enabled=scripts)
    folded = page.locator(".item details:not([open])")
    before, evidence = folded.count(), folded.locator("> :not(summary)").first.element_handle()
    assert before
    assert not evidence.is_visible()
    tall = "e => e.getBoundingClientRect().height"
    page.emulate_media(media="print")
    if scripts:
        page.evaluate("window.dispatchEvent(new Event('beforeprint'))")
        assert folded.count() == 0
    assert evidence.evaluate(tall) > 0
    page.emulate_media(media="screen")
    if scripts:
        page.evaluate("window.dispatchEvent(new Event('afterprint'))")
    assert folded.count() == before
    assert not evidence.is_visible()
