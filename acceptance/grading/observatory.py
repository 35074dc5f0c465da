"""The MDN HTTP Observatory's header score, algorithm 6: pure, from what a site sent to score, grade and each test.

Everything is additive: 100, less what the tests take; bonuses count only from 90 upwards. There are no caps.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from acceptance.facts import ProbeError, facts
from acceptance.grading import csp
from acceptance.grading.observatory_rules import (
    cookies,
    embedder_policy,
    frame_options,
    hsts,
    opener_policy,
    redirection,
    referrer_policy,
    resource_policy,
    resource_sharing,
    sniffing,
    subresource_integrity,
)
from acceptance.grading.observatory_table import BEST, FAILING, MODIFIERS
from acceptance.probes.answers import Answer
from acceptance.probes.site import Site

BONUS_FROM = 90
GRADES = {
    100: "A+", 95: "A", 90: "A", 85: "A-", 80: "B+", 75: "B", 70: "B", 65: "B-", 60: "C+", 55: "C", 50: "C",
    45: "C-", 40: "D+", 35: "D", 30: "D", 25: "D-", 20: "F", 15: "F", 10: "F", 5: "F", 0: "F",
}  # fmt: skip
GRADED = (401, 403)  # beside 2xx and 3xx
PRELOAD_UNKNOWN = "The browsers' HSTS preload list was not consulted: its bonus of 5 is never given."


@facts
class Test:
    """One test of the Observatory: its result by name, what that adds or takes, whether it passes."""

    name: str
    result: str
    modifier: int
    passed: bool

    def __repr__(self) -> str:
        return f"{self.result} {self.modifier:+}"


@facts
class HeaderGrade:
    """Score and grade with each test; `lift` is the single change that would lift the score most."""

    host: str
    letter: str
    score: int
    tests: tuple[Test, ...]
    lift: str
    not_checked: tuple[str, ...] = ()

    def __repr__(self) -> str:
        return f"{self.letter} ({self.score})"

    def looked(self) -> str:
        counted = ", ".join(repr(test) for test in self.tests if test.modifier) or "nothing added or taken"
        return f"headers of {self.host}: {self.letter}, score {self.score} ({counted}). {self.lift}"

    def at_least(self, letter: str) -> bool:
        """Whether the grade is that letter or better."""
        order = list(dict.fromkeys(GRADES.values()))
        return order.index(self.letter) <= order.index(letter)

    def test(self, name: str) -> Test:
        """The test of that name."""
        return next(test for test in self.tests if test.name == name)


def grade(site: Site, preloaded: Mapping[str, bool] | None = None) -> HeaderGrade:
    """The grade of a site. `preloaded` is the browsers' preload list: host → whether subdomains are included."""
    page = _graded_page(site)
    listed = preloaded or {}
    header, meta = page.values("content-security-policy"), page.csp_metas
    report_only = bool(page.joined("content-security-policy-report-only"))
    transport = hsts(site, listed)
    results = {
        "content-security-policy": csp.result(header, meta, report_only, bool(site.https.hops)),
        "cookies": cookies(site, page, protected=transport not in FAILING),
        "cross-origin-embedder-policy": embedder_policy(page),
        "cross-origin-opener-policy": opener_policy(page),
        "cross-origin-resource-policy": resource_policy(page),
        "cross-origin-resource-sharing": resource_sharing(site.preflight),
        "redirection": redirection(site.http, listed),
        "referrer-policy": referrer_policy(page),
        "strict-transport-security": transport,
        "subresource-integrity": subresource_integrity(page, site),
        "x-content-type-options": sniffing(page),
        "x-frame-options": frame_options(page, by_policy=csp.frames_by_policy(header, meta)),
    }
    tests = tuple(Test(name, said, MODIFIERS[said], said not in FAILING) for name, said in results.items())
    score = total(test.modifier for test in tests)
    not_checked = () if preloaded is not None else (PRELOAD_UNKNOWN,)
    return HeaderGrade(site.host, letter(score), score, tests, _lift(tests, score), not_checked)


def total(modifiers: Iterable[int]) -> int:
    """The score that the modifiers of all tests give."""
    listed = tuple(modifiers)
    uncurved = 100 + sum(each for each in listed if each < 0)
    return max(0, 100 + sum(listed) if uncurved >= BONUS_FROM else uncurved)


def letter(score: int) -> str:
    """The grade of a score."""
    return GRADES[min(100, score // 5 * 5)]


def _graded_page(site: Site) -> Answer:
    hops = site.https.hops or site.http.hops
    if not hops:
        why = f"neither port answers ({site.https.why}; {site.http.why})"
        raise ProbeError(f"header score of {site.host}", why)
    page = hops[-1]
    if not 200 <= page.status < 400 and page.status not in GRADED:
        raise ProbeError(f"header score of {site.host}", f"the page answers {page.status}, which is not graded")
    return page


def _lift(tests: tuple[Test, ...], score: int) -> str:
    """The one change that would lift the score most, in a sentence."""
    best, how = score, ""
    for test in tests:
        reachable, advice = BEST[test.name]
        others = [each.modifier for each in tests if each is not test]
        lifted = total([*others, max(reachable, test.modifier)])
        if lifted > best:
            best, how = lifted, advice
    return f"Most would be gained by this: {how}; then {letter(best)}, {best}." if how else "No single change lifts it."
