"""Knows a report by its content, never by its name, and hands it to its parser."""

from __future__ import annotations

import json
from typing import Any, TypeVar

from acceptance.facts import text
from acceptance.pipeline import json_reports, scans, xml_reports
from acceptance.pipeline.reading import Refused
from acceptance.probes.ci_reports import Coverage, Findings, Mutants, Scan, TestRun

Report = TestRun | Coverage | Mutants | Findings | Scan
T = TypeVar("T")
FITS: dict[str, tuple[type, ...]] = {
    "tests": (TestRun,),
    "integration": (TestRun,),
    "load": (TestRun,),
    "staging": (TestRun,),
    "coverage": (Coverage,),
    "mutation": (Mutants,),
    "lint": (Findings,),
    "scans": (Scan,),
    "web_scan": (Scan,),
}
NESTING = 200


def report(name: str, role: str, data: bytes) -> tuple[tuple[Report, ...], str]:
    """What a file holds, and the commit that it names ("" if none). Refused when it is foreign, broken or cut."""
    try:
        found, commit = _read(name, role, data)
    except Refused:
        raise
    except (KeyError, TypeError, AttributeError, ValueError, IndexError, OverflowError) as problem:
        raise Refused(f"is damaged: {type(problem).__name__} {text(problem, 80)}") from None
    for each in found:
        if not isinstance(each, FITS[role]):
            raise Refused(f"is a {type(each).__name__} report, which has no place among {role}")
    return found, commit


def _read(name: str, role: str, data: bytes) -> tuple[tuple[Report, ...], str]:
    start = data.lstrip(b"\xef\xbb\xbf \t\r\n")[:1]
    if start == b"<":
        return _xml(name, role, data)
    try:
        source = data.decode("utf-8-sig")
    except UnicodeDecodeError as problem:
        raise Refused(f"is not UTF-8 (byte {problem.start})") from None
    if start in (b"{", b"["):
        return _json(name, role, source), _commit(source)
    if source.lstrip().startswith(("TN:", "SF:")):
        return (json_reports.lcov(name, service_of(name), source),), ""
    raise Refused("is in no known format")


def _xml(name: str, role: str, data: bytes) -> tuple[tuple[Report, ...], str]:
    root = xml_reports.root_of(data)
    commit = xml_reports.commit_of(root)
    if root.tag in ("testsuites", "testsuite"):
        if role == "lint" and (checked := xml_reports.type_check(name, root)):
            return (checked,), commit
        return (xml_reports.junit(name, role, root),), commit
    if root.tag == "coverage":
        return (xml_reports.cobertura(name, service_of(name), root),), commit
    raise Refused(f"is XML of an unknown kind: <{text(root.tag, 40)}>")


def _json(name: str, role: str, source: str) -> tuple[Report, ...]:
    try:
        whole = json.loads(source)
    except RecursionError:
        raise Refused("is nested too deeply") from None
    except json.JSONDecodeError as problem:
        return (_lines(name, role, source, problem),)
    _bounded(whole)
    if isinstance(whole, list):
        return (_array(name, whole),)
    return _object(name, role, whole)


def _object(name: str, role: str, whole: dict[str, Any]) -> tuple[Report, ...]:
    keys = whole.keys()
    if {"runs", "version"} <= keys:
        return json_reports.sarif_findings(name, whole) if role == "lint" else (scans.sarif(name, role, whole),)
    if {"SchemaVersion", "ArtifactName"} <= keys:
        return (scans.trivy(name, role, whole),)
    if {"matches", "descriptor"} <= keys:
        return (scans.grype(name, role, whole),)
    if {"auditReportVersion", "vulnerabilities"} <= keys:
        return (scans.npm_audit(name, role, whole),)
    if {"database", "lockfile", "vulnerabilities"} <= keys:
        return (scans.cargo_audit(name, role, whole),)
    if "dependencies" in keys and isinstance(whole["dependencies"], list):
        return (scans.pip_audit(name, role, whole),)
    if "site" in keys and "@version" in keys:
        return (scans.zap(name, role, whole),)
    if {"meta", "files", "totals"} <= keys:
        return (json_reports.coverage_py(name, service_of(name), whole),)
    if {"schemaVersion", "files"} <= keys:
        return (json_reports.stryker(name, whole),)
    if "outcomes" in keys:
        return (json_reports.cargo_mutants(name, whole),)
    if {"killed", "survived"} <= keys:
        return (json_reports.mutmut(name, whole),)
    if {"generalDiagnostics", "summary"} <= keys:
        return (json_reports.pyright(name, whole),)
    return (_from_lines(name, role, [whole]),)


def _array(name: str, whole: list[Any]) -> Report:
    if not whole and "ruff" in name.lower():
        return json_reports.ruff(name, whole)  # a clean ruff writes an empty list, which names no tool
    if not whole:
        raise Refused("is an empty list, which any tool could have written; keep SARIF instead")
    first = whole[0]
    if {"filePath", "messages"} <= first.keys():
        return json_reports.eslint(name, whole)
    if {"filename", "location"} <= first.keys():
        return json_reports.ruff(name, whole)
    if {"name", "mismatches"} <= first.keys():
        return json_reports.rustfmt(name, whole)
    raise Refused("is a JSON list of an unknown kind")


def _lines(name: str, role: str, source: str, problem: json.JSONDecodeError) -> Report:
    lines = [line for line in source.splitlines() if line.strip()]
    try:
        decoded = [json.loads(line) for line in lines]
    except (json.JSONDecodeError, RecursionError):
        raise Refused(f"is broken or cut JSON at line {problem.lineno}: {problem.msg}") from None
    return _from_lines(name, role, decoded)


def _from_lines(name: str, role: str, lines: list[dict[str, Any]]) -> Report:
    first = lines[0]
    if "reason" in first:
        return json_reports.clippy(name, lines)
    if {"file", "severity", "message"} <= first.keys():
        return json_reports.mypy(name, lines)
    if {"template-id", "info"} <= first.keys():
        return scans.nuclei(name, role, lines)
    raise Refused("is JSON of an unknown kind")


def _bounded(value: Any) -> None:
    todo = [(value, 0)]
    while todo:
        each, depth = todo.pop()
        if depth > NESTING:
            raise Refused("is nested too deeply")
        if isinstance(each, dict):
            todo += [(inner, depth + 1) for inner in each.values()]
        elif isinstance(each, list):
            todo += [(inner, depth + 1) for inner in each]


def _commit(source: str) -> str:
    """The revision that SARIF names, or ""."""
    start = source.find('"revisionId"')
    return source[start + 12 : start + 80].strip(' :"\n').split('"')[0] if start >= 0 else ""


def service_of(name: str) -> str:
    """The service that a report stands for: its folder below the role's, else its file's name."""
    parts = name.split("/")
    return parts[-2] if len(parts) > 2 else parts[-1].split(".")[0]
