"""The renderers: every item in each, the same bytes twice, the same verdict everywhere, nothing foreign gets out."""

from __future__ import annotations

import json
import re
from dataclasses import replace
from html.parser import HTMLParser
from xml.etree import ElementTree

import pytest
from markdown_it import MarkdownIt

from acceptance.checklist import checklist
from acceptance.record import ctrf, hdf, html, junit, markdown, sarif, terminal
from acceptance.record.file import dump, load
from acceptance.record.model import Chart, ItemRow, Pair, Record, Shot, Table, Word
from acceptance.record.words import plain
from acceptance.verdict import Decision, Status
from selftests.records import START, full, generated

HOSTILE = (
    "<script>alert(1)</script>",
    "<img src=x onerror=alert(1)>",
    '"><svg onload=alert(1)>',
    "' onmouseover='alert(1)",
    "</style><script>alert(1)</script>",
    "</script><script>alert(1)</script>",
    "]]></system-out><failure/>",
    "javascript:alert(1)",
    "https://evil.example/\"onclick=alert(1)",
    "{{ 7 * 7 }}{% raw %}",
    "- [x] `SEC-WEB-01` forged",
    "``` ` [click](javascript:alert(1)) ![x](https://evil.example/x) <b>",
    "line\n- [x] `SEC-WEB-01` forged\n# heading",
    "\x1b[31mred\x1b[0m \x00\x07 \u202eevil\u2066 \ud800 \ufffe",
    "&lt;b&gt; &#60;script&#62;",
    "x" * 50_000,
)  # fmt: skip


class Tags(HTMLParser):
    """What a browser would see: elements and attributes."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.seen: list[tuple[str, dict[str, str | None]]] = []
        self.feed(text)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.seen.append((tag, dict(attrs)))


def hostile(text: str) -> Record:
    """A run in which every string that can be foreign is the given one."""
    word = Word("waiver", text, text, START, START, text, text, in_force=False, note=text)
    items = tuple(
        replace(
            item, note=text, looked=(text,), evidence=(text,), mend=text, words=(word,),
            shots=(Shot(text, text), Shot(text, "javascript:alert(1)"), Shot(text, "../../etc/passwd")),
            tables=(Table(text, (text, text), ((text, text),), (text,)),),
            charts=(Chart(text, f"<svg onload='alert(1)'>{text[:100]}</svg>"),),
        )
        for item in generated(3, 0.5).items[:60]
    )  # fmt: skip
    pair = (Pair(text, text),)
    return replace(
        full(), items=items, target=text, version=text, commit=text, selection=text, replayed_from=text,
        doubles=(text,), commands=pair, endpoints=pair, contacts=pair, deviations=(text,), run=text, complete=False,
    )  # fmt: skip


@pytest.mark.parametrize("text", HOSTILE, ids=range(len(HOSTILE)))
def test_hostile_text_adds_nothing_to_the_page(text: str) -> None:
    harmless, page = Tags(html.render(hostile("harmless"))), Tags(html.render(hostile(text)))
    allowed = {tag for tag, _ in harmless.seen}
    assert {tag for tag, _ in page.seen} <= allowed
    assert sum(tag == "script" for tag, _ in page.seen) == 1
    assert not [attrs for _, attrs in page.seen if any(name.startswith("on") for name in attrs)]
    assert not [attrs for _, attrs in page.seen if "style" in attrs]
    links = {attrs["href"] or "" for _, attrs in page.seen if "href" in attrs}
    assert not {
        link for link in links if not re.match(r"#|https?://|record\.json|checklist\.md|junit\.xml|[\w.-]+$", link)
    }
    assert {attrs["src"][:26] for tag, attrs in page.seen if tag == "img" and attrs["src"]} == {
        "data:image/svg+xml;base64,"
    }


@pytest.mark.parametrize("text", HOSTILE, ids=range(len(HOSTILE)))
def test_hostile_text_adds_nothing_to_the_ticked_checklist(text: str) -> None:
    ticked = markdown.render(hostile(text), checklist().text)
    ours = markdown.render(hostile("harmless"), checklist().text)
    assert [line for line in ticked.splitlines() if line.startswith("- [")] == [
        line for line in ours.splitlines() if line.startswith("- [")
    ]
    parser = MarkdownIt("commonmark")
    kinds = {child.type for token in parser.parse(ticked) for child in (token, *(token.children or ()))}
    assert not kinds & {"html_inline", "html_block", "image", "fence", "code_block", "link_open"}


@pytest.mark.parametrize("text", HOSTILE, ids=range(len(HOSTILE)))
def test_hostile_text_adds_nothing_to_junit_and_terminal(text: str) -> None:
    root = ElementTree.fromstring(junit.render(hostile(text)))
    assert {child.tag for case in root.iter("testcase") for child in case} <= {
        "failure",
        "error",
        "skipped",
        "system-out",
    }
    shown = terminal.render(hostile(text), "reports/prod/1")
    assert "\x1b" not in shown
    assert len(shown.splitlines()) < 60


def test_odd_characters_are_spelt_out() -> None:
    assert plain("a\x1b[0m\u202eb\nc") == "a⟨U+001B⟩[0m⟨U+202E⟩b\nc"


def test_two_renders_are_equal_byte_for_byte() -> None:
    text = dump(full())
    for render in (
        html.render,
        junit.render,
        lambda r: markdown.render(r, checklist().text),
        lambda r: terminal.render(r, "x"),
    ):
        assert render(load(text)) == render(load(text))


def test_every_item_is_in_every_rendering() -> None:
    record = full()
    page, ticked = html.render(record), markdown.render(record, checklist().text)
    cases = [case.get("name", "").split()[0] for case in ElementTree.fromstring(junit.render(record)).iter("testcase")]
    ids = [item.id for item in checklist().items]
    assert cases == ids
    assert re.findall(r'<li class="item" id="([^"]+)"', page) == ids
    assert re.findall(r"^- \[[ x]\] `([^`]+)`", ticked, re.MULTILINE) == ids


def test_the_ticked_checklist_is_the_checklist() -> None:
    ticked = markdown.render(generated(5, 0.5), checklist().text)
    own = [line.replace("- [x]", "- [ ]") for line in ticked.splitlines() if line.startswith("- [")]
    assert own == [line for line in checklist().text.splitlines() if line.startswith("- [")]
    passed = [item.id for item in generated(5, 0.5).items if item.status is Status.PASS]
    assert re.findall(r"^- \[x\] `([^`]+)`", ticked, re.MULTILINE) == passed


@pytest.mark.parametrize("seed", range(200))
def test_the_verdict_is_the_same_everywhere(seed: int) -> None:
    record = generated(seed, of=70)
    said = {
        "html": re.search(r'<span class="decision">([^<]+)</span>', html.render(record))[1],  # type: ignore[index]
        "junit": {p.get("name"): p.get("value") for p in ElementTree.fromstring(junit.render(record)).iter("property")},
        "json": json.loads(dump(record))["verdict"],
        "hdf": json.loads(hdf.render(record))["passthrough"]["verdict"],
        "ctrf": json.loads(ctrf.render(record))["extra"],
        "sarif": json.loads(sarif.render(record))["runs"][0]["properties"],
    }
    decisions = {name: each["decision"] if isinstance(each, dict) else each for name, each in said.items()}
    assert decisions == dict.fromkeys(said, str(record.verdict.decision))
    approved = {name: str(each["approved"]).lower() for name, each in said.items() if isinstance(each, dict)}
    assert approved == dict.fromkeys(approved, str(record.verdict.approved).lower())
    assert terminal.render(record, "x").startswith(f"{record.verdict.decision}")
    goes = decisions["json"] == "GO" or (decisions["json"] == "GO WITH APPROVAL" and approved["json"] == "true")
    assert (record.verdict.exit_code == 0) == goes


def test_those_runs_have_every_status_and_every_verdict() -> None:
    runs = [generated(seed, of=70) for seed in range(200)]
    assert {item.status for run in runs for item in run.items} == set(Status)
    assert {(run.verdict.decision, run.verdict.exit_code) for run in runs} == {
        (Decision.GO, 0),
        (Decision.GO_WITH_APPROVAL, 0),
        (Decision.GO_WITH_APPROVAL, 1),
        (Decision.NO_GO, 1),
    }


def test_the_page_stays_small_with_the_most_evidence() -> None:
    line = "<&\"'>" * 100
    items = tuple(
        replace(item, looked=(line,) * 50, evidence=(line,) * 50, note=line) for item in generated(2, 0.5).items
    )
    items = (replace(items[0], tables=(Table("many", ("a",), ((line,),) * 5_000),)), *items[1:])
    page = html.render(replace(full(), items=items))
    assert len(page.encode()) < 3_000_000
    assert "more in record.json" in page


def test_the_page_says_what_a_reader_must_not_miss() -> None:
    running = html.render(replace(full(), running=True, ended=None))
    assert "This run is not over." in running
    assert '<span class="decision">RUNNING</span>' in running
    assert "This run was cut." in html.render(replace(full(), complete=False))
    assert "Judged again" in html.render(replace(full(), replayed_from="20260301T000000Z"))
    assert "exchange, openai are doubles" in html.render(full())


def test_words_of_people_carry_who_and_until() -> None:
    item = next(item for item in full().items if item.words)
    page = html.render(full())
    assert f'data-until="{item.words[0].until:%Y-%m-%dT%H:%M}' in page
    assert "product-manager@example.com, Product Manager" in page


def test_terminal_colours_only_when_asked() -> None:
    assert "\x1b[" in terminal.render(full(), "x", colour=True)
    assert "\x1b[" not in terminal.render(full(), "x")


def test_sections_keep_the_checklists_order() -> None:
    shown: list[ItemRow] = [
        item for _, parts in html.phases(generated(4).items) for part in parts for item in part.items
    ]
    assert tuple(shown) == generated(4).items
