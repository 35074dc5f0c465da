"""Small true-to-life artifacts of a pipeline, one of each format, for the self-tests."""

from __future__ import annotations

import json
from typing import Any

COMMIT = "a" * 40
DIGEST = "sha256:" + "1" * 64


def junit(tests: int = 3, failed: int = 0, errors: int = 0, skipped: int = 0, commit: str = "") -> bytes:
    inner = ["<failure/>"] * failed + ["<error/>"] * errors + ["<skipped/>"] * skipped
    inner += [""] * (tests - len(inner))
    cases = "".join(f'<testcase classname="m" name="t{n}">{each}</testcase>' for n, each in enumerate(inner))
    named = f'<properties><property name="commit" value="{commit}"/></properties>' if commit else ""
    return f'<testsuites><testsuite name="unit" tests="{tests}">{named}{cases}</testsuite></testsuites>'.encode()


def cobertura(covered: int, missed: int, claimed: float = 0.95) -> bytes:
    hits = [1] * covered + [0] * missed
    lines = "".join(f'<line number="{n}" hits="{hit}"/>' for n, hit in enumerate(hits))
    head = '<?xml version="1.0"?>\n<!DOCTYPE coverage SYSTEM "http://cobertura.sourceforge.net/xml/coverage-04.dtd">\n'
    body = f'<package name="p"><classes><class filename="a.py"><lines>{lines}</lines></class></classes></package>'
    return f'{head}<coverage line-rate="{claimed}"><packages>{body}</packages></coverage>'.encode()


def lcov(covered: int, missed: int) -> bytes:
    lines = "".join(f"DA:{n},{1 if n < covered else 0}\n" for n in range(covered + missed))
    return f"TN:\nSF:src/main.rs\n{lines}LF:{covered + missed}\nLH:{covered}\nend_of_record\n".encode()


def coverage_json(covered: int, missed: int, claimed: float = 95.0) -> bytes:
    lines = {"executed_lines": list(range(covered)), "missing_lines": list(range(covered, covered + missed))}
    return packed({"meta": {}, "files": {"a.py": lines}, "totals": {"percent_covered": claimed}})


def stryker(killed: int, survived: int) -> bytes:
    mutants = [{"status": "Killed"}] * killed + [{"status": "Survived"}] * survived + [{"status": "Ignored"}]
    return packed({"schemaVersion": "1", "files": {"a.ts": {"mutants": mutants}}})


def cargo_mutants(caught: int, missed: int) -> bytes:
    outcomes = [{"scenario": "Baseline", "summary": "Success"}]
    outcomes += [{"scenario": "m", "summary": "CaughtMutant"}] * caught
    return packed({"outcomes": outcomes + [{"scenario": "m", "summary": "MissedMutant"}] * missed})


def mutmut(killed: int, survived: int) -> bytes:
    return packed({"killed": killed, "survived": survived, "total": killed + survived})


def eslint(messages: int = 0) -> bytes:
    return packed([{"filePath": "a.ts", "messages": [{"ruleId": "no-var", "severity": 1}] * messages}])


def ruff(findings: int = 1) -> bytes:
    return packed([{"filename": "a.py", "location": {"row": 1}, "code": "F401", "message": "unused"}] * findings)


def rustfmt(mismatches: int = 0) -> bytes:
    return packed([{"name": "a.rs", "mismatches": [{}] * mismatches}])


def clippy(warnings: int = 0, finished: bool = True) -> bytes:
    message = {"reason": "compiler-message", "message": {"level": "warning", "message": "m", "code": {"code": "c"}}}
    lines: list[Any] = [{"reason": "compiler-artifact"}, *[message] * warnings]
    return b"\n".join(map(packed, [*lines, {"reason": "build-finished", "success": True}] if finished else lines))


def mypy(errors: int = 1) -> bytes:
    line = {"file": "a.py", "line": 1, "column": 0, "message": "m", "hint": None, "code": "x", "severity": "error"}
    return b"\n".join([packed(line)] * errors + [packed({**line, "severity": "note"})])


def mypy_junit(errors: int = 0) -> bytes:
    inner = "<failure>" + "a.py:1: error: x\n" * errors + "</failure>" if errors else ""
    return f'<testsuite name="mypy" tests="1"><testcase name="mypy">{inner}</testcase></testsuite>'.encode()


def sarif(tool: str, *results: dict[str, Any], **run: Any) -> bytes:
    driver = {"name": tool, "rules": [{"id": "bad", "properties": {"security-severity": "9.1"}}]}
    return packed({"version": "2.1.0", "runs": [{"tool": {"driver": driver}, "results": list(results), **run}]})


def trivy(*severities: str, digest: str = DIGEST, made: str = "2026-03-01T00:00:00.123456789Z") -> bytes:
    found = [{"VulnerabilityID": f"CVE-{n}", "PkgName": "x", "Severity": s} for n, s in enumerate(severities)]
    about = {"RepoDigests": [f"registry.example.com/engine@{digest}"]}
    result = [{"Target": "debian", "Vulnerabilities": found}]
    head = {"SchemaVersion": 2, "CreatedAt": made, "ArtifactName": "engine", "ArtifactType": "container_image"}
    return packed({**head, "Metadata": about, "Results": result})


def grype(*severities: str) -> bytes:
    matches = [{"vulnerability": {"id": f"G-{s}", "severity": s}, "artifact": {"name": "x"}} for s in severities]
    source = {"type": "image", "target": {"userInput": "engine", "manifestDigest": DIGEST}}
    return packed({"matches": matches, "source": source, "descriptor": {"timestamp": "2026-03-01T00:00:00Z"}})


def npm_audit(*severities: str) -> bytes:
    via = [{"source": 1, "url": f"https://x/GHSA-{s}", "severity": s} for s in severities]
    found = {"x": {"via": [*via, "y"]}} if via else {}
    return packed({"auditReportVersion": 2, "vulnerabilities": found, "metadata": {"vulnerabilities": {"high": 0}}})


def cargo_audit(*ids: str) -> bytes:
    listed = [{"advisory": {"id": id}, "package": {"name": "x", "version": "1"}} for id in ids]
    found = {"found": bool(ids), "count": len(ids), "list": listed}
    return packed({"database": {}, "lockfile": {"dependency-count": 9}, "vulnerabilities": found})


def pip_audit(*ids: str) -> bytes:
    return packed({"dependencies": [{"name": "x", "version": "1", "vulns": [{"id": id} for id in ids]}]})


def zap(*risks: int, made: str = "2026-03-01T00:00:00Z", site: str = "https://app.example.com") -> bytes:
    alerts = [{"pluginid": str(10000 + n), "alert": "a", "riskcode": str(r)} for n, r in enumerate(risks)]
    return packed({"@version": "2.16", "created": made, "site": [{"@name": site, "alerts": alerts}]})


def nuclei(severity: str = "medium") -> bytes:
    info = {"name": "n", "severity": severity}
    return packed({"template-id": "t", "info": info, "host": "app.example.com", "timestamp": "2026-03-01T00:00:00Z"})


def packed(value: Any) -> bytes:
    return json.dumps(value).encode()
