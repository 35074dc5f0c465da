"""The tables of the header score: each test with what was sent, its result, what it counts, and what would lift it."""

from __future__ import annotations

from acceptance import joins
from acceptance.grading.observatory import HeaderGrade, Test
from acceptance.grading.observatory_table import BEST
from acceptance.probes.answers import Answer
from acceptance.probes.headers import Headers
from acceptance.record.model import Table

CUT = 160  # characters of a header that are shown
COLUMNS = ("Test", "Sent", "Result", "Counts", "Could be gained")


def score(headers: Headers) -> tuple[Table, ...]:
    """The score of the page, test by test."""
    grade = joins.header_grade(headers)
    page = (headers.site.https.hops or headers.site.http.hops)[-1]
    rows = tuple(
        (test.name, _sent(test.name, page, headers), test.result, f"{test.modifier:+}", _gain(test))
        for test in grade.tests
    )
    return (Table(f"{grade.host}: {grade.letter}, score {grade.score}", COLUMNS, rows, _notes(grade)),)


TABLES = {"SEC-WEB-04": score}


def _notes(grade: HeaderGrade) -> tuple[str, ...]:
    counts = "Bonuses count only while the losses are 10 at most"
    return (grade.lift, f"By the MDN HTTP Observatory's algorithm 6. {counts}.", *grade.not_checked)


def _gain(test: Test) -> str:
    best, advice = BEST[test.name]
    return f"{best - test.modifier:+}: {advice}" if best > test.modifier else "-"


def _sent(name: str, page: Answer, headers: Headers) -> str:
    site = headers.site
    if name == "cookies":
        return _cut("; ".join(map(repr, (site.https if site.https.hops else site.http).jar()))) or "none"
    if name == "redirection":
        return _cut(" → ".join(hop.url for hop in site.http.hops)) or f"port 80: {site.http.why}"
    if name == "subresource-integrity":
        return f"{len(page.scripts)} scripts"
    if name == "cross-origin-resource-sharing":
        allowed = [each.value for each in site.preflight if each.name == "access-control-allow-origin"]
        return _cut(", ".join(allowed)) or "absent"
    in_page = {"content-security-policy": page.csp_metas, "referrer-policy": page.referrer_metas}.get(name, ())
    return _cut("; ".join([*page.values(name), *(f"meta element: {each}" for each in in_page)])) or "absent"


def _cut(text: str) -> str:
    return text if len(text) <= CUT else f"{text[: CUT - 1]}…"
