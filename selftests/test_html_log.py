"""`--html` of pytest-html stays a truthful run log: the items' own words, the verdict, crashed items too."""

from __future__ import annotations

import html
import re
import subprocess
import sys
from pathlib import Path
from types import SimpleNamespace

import pytest

from acceptance.plugin_html import HtmlLog
from selftests.records import full

ROOT = Path(__file__).parents[1]


def test_rows_in_the_words_of_the_items(tmp_path: Path) -> None:
    log = tmp_path / "log.html"
    command = [
        sys.executable,
        "-m",
        "pytest",
        "--target=sandbox",
        "-k",
        "SEC-TLS",
        f"--html={log}",
        "--self-contained-html",
    ]
    subprocess.run([*command, "-q"], cwd=ROOT, timeout=200, capture_output=True, check=False)
    text = html.unescape(log.read_text(encoding="utf-8"))
    assert re.search(r"<h2>(GO|NO-GO|GO WITH APPROVAL)[^<]* for \d+ of 350 items</h2>", text)
    assert "SEC-TLS-03 The certificate is valid for more than 30 days" in text
    assert "run log" in text


def cells(report: object) -> list[str]:
    row = ["<td>Failed</td>", '<td class="col-testId">x::y</td>', "<td>1 ms</td>", "<td></td>"]
    recorder = SimpleNamespace(record=full(), results={}, run=SimpleNamespace(target=SimpleNamespace(name="prod")))
    HtmlLog(recorder).pytest_html_results_table_row(report, row)  # type: ignore[arg-type]
    return row


def test_a_hostile_note_adds_nothing() -> None:
    row = cells(SimpleNamespace(acceptance={"id": "SEC-TLS-03", "status": "FAIL", "note": "<script>alert(1)</script>"}))
    assert len(row) == 6
    assert "<script>" not in "".join(row)


def test_a_row_without_an_item_keeps_its_name() -> None:
    assert cells(SimpleNamespace())[3] == '<td class="col-testId">x::y</td>'


@pytest.mark.parametrize("shown, lines", [(set(), 1), ({"SEC-TLS-03"}, 0)])
def test_an_item_whose_worker_crashed_is_named(shown: set[str], lines: int) -> None:
    recorder = SimpleNamespace(record=full(), results={"SEC-TLS-03": object()})
    log = HtmlLog(recorder)  # type: ignore[arg-type]
    log.shown = shown
    prefix: list[str] = []
    log.pytest_html_results_summary(prefix)
    assert prefix[0] == "<h2>NO-GO for 343 of 350 items</h2>"
    assert len([line for line in prefix if "Without a report" in line and "SEC-TLS-03" in line]) == lines
