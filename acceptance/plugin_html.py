"""The part of the plugin for `--html`: pytest-html's run log in the words of the items, with the verdict on top."""

from __future__ import annotations

from html import escape
from typing import Any

from acceptance.checklist import checklist
from acceptance.record.words import one_line, spoken
from acceptance.recorder import Recorder


class HtmlLog:
    """Rows by item. An item whose worker crashed has no report, so the summary names it."""

    def __init__(self, recorder: Recorder) -> None:
        self.recorder = recorder
        self.shown: set[str] = set()

    def pytest_html_report_title(self, report: Any) -> None:
        """The title."""
        report.title = f"Acceptance of {self.recorder.run.target.name}: run log"

    def pytest_html_results_table_header(self, cells: list[str]) -> None:
        """Columns for id, severity and status."""
        cells[1:2] = [
            '<th class="sortable" data-column-type="status">Status</th>',
            '<th class="sortable" data-column-type="severity">Severity</th>',
            '<th class="sortable" data-column-type="testId">Item</th>',
        ]

    def pytest_html_results_table_row(self, report: Any, cells: list[str]) -> None:
        """A row in the item's words; others (a collection error) keep their node id."""
        result = getattr(report, "acceptance", None)
        if result is None:
            cells[1:2] = ['<td class="col-status"></td>', '<td class="col-severity"></td>', cells[1]]
            return
        item = checklist()[result["id"]]
        self.shown.add(item.id)
        note = f"<br>{escape(one_line(result['note']))}" if result["note"] else ""
        cells[1:2] = [
            f'<td class="col-status">{escape(result["status"])}</td>',
            f'<td class="col-severity">{item.severity}</td>',
            f'<td class="col-testId">{item.id} {escape(item.sentence)}{note}</td>',
        ]

    def pytest_html_results_summary(self, prefix: list[str]) -> None:
        """The verdict, and items that have no row."""
        record = self.recorder.record
        if record is None:
            return
        prefix.append(f"<h2>{escape(spoken(record))}</h2>")
        selected = set(self.recorder.results)
        for item in record.items:
            if item.id in selected - self.shown:
                line = f"{item.status} {item.id} {item.sentence} ({item.severity}): {one_line(item.note)}"
                prefix.append(f"<p>Without a report: {escape(line)}</p>")
