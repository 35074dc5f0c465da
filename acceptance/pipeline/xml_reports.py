"""JUnit and Cobertura. Entities and external references are refused; counts are made from the cases and lines."""

from __future__ import annotations

from typing import Any

from acceptance.facts import text
from acceptance.pipeline.reading import Refused
from acceptance.probes.ci_reports import TYPE_CHECKERS, Coverage, Findings, TestRun

SHOWN = 20


def root_of(data: bytes) -> Any:
    """The root element. Refused for bombs, external references and what is cut."""
    from xml.etree.ElementTree import ParseError

    from defusedxml import DefusedXmlException
    from defusedxml.ElementTree import fromstring

    try:
        return fromstring(data, forbid_dtd=False, forbid_entities=True, forbid_external=True)
    except DefusedXmlException as problem:
        raise Refused(f"is hostile XML: {type(problem).__name__}") from None
    except (ParseError, ValueError, LookupError, RecursionError) as problem:
        raise Refused(f"is broken or cut XML: {text(problem, 100)}") from None


def commit_of(root: Any) -> str:
    """The commit that a report names in its properties, or ""."""
    for each in root.iter("property"):
        if each.get("name") in ("commit", "revision", "git.commit", "sha"):
            return str(each.get("value", ""))
    return ""


def junit(name: str, role: str, root: Any) -> TestRun:
    """Cases of a JUnit report, counted. What a suite claims beyond its cases (a crash) counts as an error."""
    import junitparser

    tests = failures = errors = skipped = 0
    failed: list[str] = []
    for element in root.iter("testcase"):
        case = junitparser.TestCase.fromelem(element)  # type: ignore[no-untyped-call]
        results = case.result
        tests += 1
        if any(isinstance(each, junitparser.Error) for each in results):
            errors += 1
        elif any(isinstance(each, junitparser.Failure) for each in results):
            failures += 1
        elif any(isinstance(each, junitparser.Skipped) for each in results):
            skipped += 1
            continue
        else:
            continue
        if len(failed) < SHOWN:
            failed.append(text(f"{case.classname or ''}.{case.name}".strip("."), 120))
    if not tests:
        raise Refused("holds no test case")
    failures, errors = max(failures, _claimed(root, "failures")), max(errors, _claimed(root, "errors"))
    return TestRun(name, role, tests, failures, errors, skipped, tuple(failed))


def type_check(name: str, root: Any) -> Findings | None:
    """mypy's own JUnit report (one suite named mypy), as findings; None for any other."""
    for suite in root.iter("testsuite"):
        if (tool := str(suite.get("name", "")).lower()) in TYPE_CHECKERS:
            wrong = [e for e in suite.iter() if e.tag in ("failure", "error")]
            lines = [line for e in wrong for line in (e.text or e.get("message") or "failed").strip().splitlines()]
            return Findings(name, tool, len(lines), tuple(text(line, 160) for line in lines[:SHOWN]))
    return None


def cobertura(name: str, service: str, root: Any) -> Coverage:
    """Lines of a Cobertura report; a line that stands twice for a file counts once."""
    seen: dict[tuple[str, str], bool] = {}
    for unit in root.iter("class"):
        path = str(unit.get("filename", ""))
        for line in unit.iterfind("lines/line"):
            key = (path, str(line.get("number")))
            seen[key] = seen.get(key, False) or _number(line.get("hits")) > 0
    if not seen:
        raise Refused("holds no line")
    rate = root.get("line-rate")
    return Coverage(name, service, len(seen), sum(seen.values()), 100 * _number(rate) if rate else None)


def _claimed(root: Any, what: str) -> int:
    suites = [root] if root.get(what) else list(root.iterfind("testsuite"))
    return int(sum(_number(suite.get(what)) for suite in suites))


def _number(value: str | None) -> float:
    try:
        number = float(value or 0)
    except ValueError:
        raise Refused(f"has {value!r:.40} where a number belongs") from None
    if not 0 <= number < 1e12:
        raise Refused(f"has {value!r:.40} where a number belongs")
    return number
