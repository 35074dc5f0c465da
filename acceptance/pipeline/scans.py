"""Reports of security scanners and dependency audits, as one kind of facts. What they ignore by themselves counts."""

from __future__ import annotations

import re
from collections.abc import Iterable
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from typing import Any

from acceptance.facts import text
from acceptance.pipeline import sarif as sarifs
from acceptance.pipeline.reading import Refused
from acceptance.probes.ci_reports import Scan, Severity, Vulnerability

FOUND_LIMIT = 5_000
OF_PACKAGES = ("trivy", "grype", "osv-scanner")  # scanners whose SARIF is of packages, and of no code
_WORDS = {"negligible": "low", "moderate": "medium", "informational": "info", "note": "info", "none": "info"}
_DIGEST = re.compile(r"sha256:[0-9a-f]{64}")


def trivy(name: str, role: str, report: dict[str, Any]) -> Scan:
    """Trivy: vulnerabilities, secrets and misconfigurations of each result."""
    image = report.get("ArtifactType") == "container_image"
    if not image and not report.get("Results"):  # an image built from nothing may well have none
        raise Refused("scanned nothing: it names no file that it understood")
    found = [
        _one(v.get("VulnerabilityID") or v.get("ID") or v.get("RuleID"), v.get("Severity"), _package(v, result))
        for result in report.get("Results") or ()
        for v in (
            *(result.get("Vulnerabilities") or ()),
            *(result.get("Secrets") or ()),
            *(m for m in result.get("Misconfigurations") or () if m.get("Status", "FAIL") == "FAIL"),
        )
    ]
    about = report.get("Metadata") or {}
    digests = _digests([*(about.get("RepoDigests") or ()), report.get("ArtifactName", ""), about.get("ImageID", "")])
    kind = "image" if image else "dependencies"
    return _scan(name, role, "trivy", kind, report.get("CreatedAt"), [report.get("ArtifactName")], digests, found)


def grype(name: str, role: str, report: dict[str, Any]) -> Scan:
    """Grype: matches, and those that its own rules ignored."""
    matches = [*report["matches"], *(report.get("ignoredMatches") or ())]
    found = [
        _one(m["vulnerability"]["id"], m["vulnerability"].get("severity"), _name_version(m["artifact"]))
        for m in matches
    ]
    source = report.get("source") or {}
    aimed = source.get("target")
    about: dict[str, Any] = aimed if isinstance(aimed, dict) else {"userInput": aimed}
    named = (about.get("manifestDigest", ""), about.get("userInput", ""), about.get("imageID", ""))
    digests = _digests([*(about.get("repoDigests") or ()), *named])
    kind = "image" if source.get("type") == "image" else "dependencies"
    made = (report.get("descriptor") or {}).get("timestamp")
    return _scan(name, role, "grype", kind, made, [about.get("userInput")], digests, found)


def npm_audit(name: str, role: str, report: dict[str, Any]) -> Scan:
    """npm audit, second report format: what each vulnerable package comes from."""
    found = [
        _one(via.get("url", "").rpartition("/")[2] or via.get("source"), via.get("severity"), package)
        for package, about in report["vulnerabilities"].items()
        for via in about["via"]
        if isinstance(via, dict)
    ]
    return _scan(name, role, "npm-audit", "dependencies", None, ["package-lock.json"], (), found)


def cargo_audit(name: str, role: str, report: dict[str, Any]) -> Scan:
    """cargo-audit: each advisory; its severity by the CVSS score where the report has one."""
    if report["lockfile"].get("dependency-count") == 0:
        raise Refused("audited nothing")
    listed = report["vulnerabilities"]["list"]
    found = [_one(v["advisory"]["id"], v["advisory"].get("severity"), _name_version(v["package"])) for v in listed]
    return _scan(name, role, "cargo-audit", "dependencies", None, ["Cargo.lock"], (), found)


def pip_audit(name: str, role: str, report: dict[str, Any]) -> Scan:
    """pip-audit: vulnerabilities of each dependency; it tells no severity. What it skipped was not audited."""
    if skipped := [each["name"] for each in report["dependencies"] if "skip_reason" in each]:
        raise Refused(f"did not audit {', '.join(skipped[:5])}")
    if not report["dependencies"]:
        raise Refused("audited nothing")
    found = [_one(v["id"], None, _name_version(each)) for each in report["dependencies"] for v in each["vulns"]]
    return _scan(name, role, "pip-audit", "dependencies", None, ["requirements"], (), found)


def zap(name: str, role: str, report: dict[str, Any]) -> Scan:
    """ZAP: one finding an alert and site; risk 3 to 0 is high, medium, low, informational."""
    risks = {"3": "high", "2": "medium", "1": "low", "0": "info"}
    found = [
        _one(f"zap-{alert.get('alertRef') or alert['pluginid']}", risks.get(str(alert.get("riskcode"))), _alert(alert))
        for site in report["site"]
        for alert in site["alerts"]
    ]
    made = report.get("created") or report.get("@generated")
    return _scan(name, role, "zap", "web", made, [site.get("@name") for site in report["site"]], (), found)


def nuclei(name: str, role: str, lines: list[dict[str, Any]]) -> Scan:
    """nuclei: one finding a line, dated by the newest."""
    found = [_one(x["template-id"], x["info"].get("severity"), str(x.get("matched-at", ""))) for x in lines]
    made = max((str(x.get("timestamp", "")) for x in lines), default="")
    return _scan(name, role, "nuclei", "web", made, sorted({str(x.get("host", "")) for x in lines}), (), found)


def sarif(name: str, role: str, report: dict[str, Any]) -> Scan:
    """SARIF of a scanner: results of every run, rated by `security-severity`, else by level. Suppressed ones count.

    Trivy names the image in the run's properties, and nothing else names it: Grype's SARIF is of no image that is known.
    """
    runs = sarifs.tools(report)
    found = [
        _one(each.rule, _rated(each.score, each.level), _place(each.said))
        for _, run in runs
        for each in sarifs.results(run)
    ]
    ends = [i["endTimeUtc"] for _, run in runs for i in run.get("invocations") or () if i.get("endTimeUtc")]
    tools = [tool for tool, _ in runs]
    about = [bag for _, run in runs if "imageName" in (bag := run.get("properties") or {})]
    digests = _digests(
        each for bag in about for each in (*(bag.get("repoDigests") or ()), bag["imageName"], bag.get("imageID"))
    )
    subjects = [bag["imageName"] for bag in about] or tools
    return _scan(
        name, role, "+".join(tools), _kind(role, tools, about), min(ends, default=None), subjects, digests, found
    )


def _kind(role: str, tools: list[str], about: list[dict[str, Any]]) -> str:
    if role == "web_scan":
        return "web"
    return "image" if about else "dependencies" if set(tools) <= set(OF_PACKAGES) else "code"


def when(value: object) -> datetime | None:
    """A date as scanners write it; None where there is none."""
    source = text(value or "", 60)
    if not source:
        return None
    try:
        # nanoseconds are cut: Python reads six digits
        made = datetime.fromisoformat(re.sub(r"(\.\d{6})\d+", r"\1", source))
    except ValueError:
        try:
            made = parsedate_to_datetime(source)
        except ValueError:
            raise Refused(f"has no readable date: {source!r}") from None
    return made if made.tzinfo else made.replace(tzinfo=UTC)


def _scan(
    name: str,
    role: str,
    tool: str,
    kind: str,
    made: object,
    subjects: Iterable[object],
    digests: tuple[str, ...],
    found: list[Vulnerability],
) -> Scan:
    if len(found) > FOUND_LIMIT:
        raise Refused(f"holds more than {FOUND_LIMIT} findings")
    named = tuple(text(each, 200) for each in subjects if each)
    return Scan(name, role, tool, kind, when(made), named, digests, tuple(found))


def _one(id: object, severity: object, subject: object) -> Vulnerability:
    word = str(severity or "unknown").lower()
    word = _WORDS.get(word, word)
    rated = Severity(word) if word in set(Severity) else Severity.UNKNOWN
    return Vulnerability(text(id or "(no id)", 80), rated, text(subject, 120))


def _rated(score: object, level: str) -> str:
    try:
        number = float(str(score))
    except ValueError:
        return {"error": "high", "warning": "medium", "note": "info", "none": "info"}.get(level, "unknown")
    return "critical" if number >= 9 else "high" if number >= 7 else "medium" if number >= 4 else "low"


def _digests(values: Iterable[object]) -> tuple[str, ...]:
    return tuple(dict.fromkeys(digest for value in values for digest in _DIGEST.findall(str(value or ""))))


def _package(finding: dict[str, Any], result: dict[str, Any]) -> str:
    name = finding.get("PkgName") or finding.get("Title") or ""
    return f"{name} {finding.get('InstalledVersion', '')} in {result.get('Target', '')}"


def _name_version(package: dict[str, Any]) -> str:
    return f"{package.get('name', '')} {package.get('version', '')}"


def _alert(alert: dict[str, Any]) -> str:
    places = [str(each.get("uri", "")) for each in alert.get("instances") or ()]
    return f"{alert.get('alert') or alert.get('name')}: {', '.join(places[:2])}"


def _place(result: dict[str, Any]) -> str:
    for each in result.get("locations") or ():
        place = each.get("physicalLocation", {})
        return f"{place.get('artifactLocation', {}).get('uri', '')}:{place.get('region', {}).get('startLine', '')}"
    return ""
