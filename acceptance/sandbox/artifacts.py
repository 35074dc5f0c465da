"""What the sandbox's pipeline left for the release's commit, and a double of the forge's API for checks and issues."""

from __future__ import annotations

import json
import shutil
from datetime import UTC, timedelta
from pathlib import Path
from typing import Any

from acceptance.sandbox.double import Reply, Request, serve
from acceptance.sandbox.fault import Fault
from acceptance.sandbox.world import World

PROBES = ("ci",)
FAULTS: tuple[Fault, ...] = tuple(
    Fault(name, "artifacts", change, breaks)
    for name, change, breaks in (
        ("unit-test-failed", "one unit test fails", ("INFRA-CODE-01",)),
        ("tests-fewer", "2410 tests are left", ("INFRA-CODE-01",)),
        ("coverage-only-claimed", "the summary says 95 %, the lines say 80 %", ("INFRA-CODE-02", "INFRA-GATE-05")),
        ("mutants-survive", "70 % of the mutants are detected", ("INFRA-CODE-03",)),
        ("vulnerability-high", "an image has a HIGH finding", ("INFRA-CODE-04",)),
        (
            "vulnerability-critical",
            "an image has a CRITICAL finding",
            ("INFRA-CODE-04", "INFRA-IMAGE-06", "SEC-GATE-01", "SEC-ROLL-01"),
        ),
        ("vulnerability-in-dependency", "a dependency has a moderate finding", ("INFRA-CODE-14",)),
        (
            "ignore-entry-expired",
            "an accepted finding is over its date",
            ("INFRA-CODE-04", "INFRA-CODE-14", "SEC-GATE-01", "SEC-ROLL-01"),
        ),
        ("linter-warning", "ruff warns once", ("INFRA-CODE-05", "INFRA-CODE-09")),
        ("eslint-warning", "ESLint warns once", ("INFRA-CODE-05", "INFRA-CODE-10")),
        ("clippy-warning", "clippy warns once", ("INFRA-CODE-05", "INFRA-CODE-08")),
        ("code-not-formatted", "rustfmt would change a file", ("INFRA-CODE-06",)),
        ("type-error", "mypy reports an error", ("INFRA-CODE-07",)),
        ("integration-run-missing", "nobody ran the integration tests", ("INFRA-CODE-11",)),
        ("integration-test-failed", "an integration test fails", ("INFRA-CODE-11",)),
        ("integration-check-red", "the forge says that the integration job failed", ("INFRA-CODE-11",)),
        ("load-test-failed", "the load test fails", ("INFRA-CODE-12", "PERF-GATE-01")),
        ("load-test-of-other-commit", "the load test was of another commit", ("INFRA-CODE-12", "PERF-GATE-01")),
        (
            "scans-old",
            "the scans are 8 days old",
            ("INFRA-CODE-13", "INFRA-IMAGE-06", "SEC-GATE-01", "PERF-WATCH-16"),
        ),
        ("scan-of-previous-image", "an image scan is of the digest before", ("INFRA-IMAGE-06", "SEC-GATE-01")),
        ("web-scan-found-new", "ZAP has a new medium alert", ("SEC-WEB-18",)),
        ("web-scan-old", "the newest ZAP report is 8 days old", ("SEC-WEB-18",)),
        ("staging-of-other-commit", "another commit was deployed to staging", ("INFRA-READY-09",)),
        ("build-warning", "the build log has a warning", ("INFRA-BUILD-08",)),
        ("severe-bug-open", "a bug of high severity is open", ("INFRA-GATE-09",)),
    )
)
OTHER = "0123456789abcdef0123456789abcdef01234567"
TOKEN = "forge-reader-8Kq2wPz"  # noqa: S105  # of the double
BUILD_LOG = (
    "#1 building rust-core-engine\n#1 DONE 61.2s\n#2 building dashboard\nwarning: chunk is large\n#2 DONE 0 errors\n"
)


def start(world: World) -> dict[str, Any]:
    """Write the artifacts, serve the forge."""
    world.shared["pipeline_commit"] = world.commit
    refresh(world)
    url = serve(Forge(world).answer)
    checks = {"integration": ["integration"], "lint": ["lint"]}
    return {
        "doubles": ["pipeline's artifacts", "forge"],
        "ci": {
            "folder": "ci/{commit}",
            "ignores": "accepted.toml",
            "build_allow": {"chunk is large": "the charts' bundle; split next year"},
            "github": {"repository": "team/bot-core", "api": url, "token": "forge", "checks": checks},
        },
        "credentials": {"forge": {"secret": world.secret("forge", TOKEN)}},
    }


class Forge:
    """Checks and issues, two pages of issues."""

    def __init__(self, world: World) -> None:
        self.world = world

    def answer(self, request: Request) -> Reply:
        """One request."""
        if request.headers.get("authorization") != f"Bearer {TOKEN}":
            return Reply({"message": "Bad credentials"}, 401)
        commit = self.world.shared["pipeline_commit"]
        if request.path == f"/repos/team/bot-core/commits/{commit}/check-runs":
            red = self.world.on("integration-check-red")
            ends = {"lint": "success", "integration": "failure" if red else "success"}
            if self.world.on("integration-run-missing"):
                del ends["integration"]
            runs = [
                {"name": name, "status": "completed", "conclusion": end, "head_sha": commit}
                for name, end in ends.items()
            ]
            return Reply({"total_count": len(runs), "check_runs": runs})
        if request.path == "/repos/team/bot-core/issues":
            every = [{"number": n, "title": "Wish", "labels": [{"name": "wish"}]} for n in range(100)]
            severe = [{"number": 480, "title": "Orders are sent twice", "labels": [{"name": "severity: high"}]}]
            pulls = [{"number": 481, "title": "Mend", "labels": [{"name": "severity: high"}], "pull_request": {}}]
            pages = {"1": every, "2": pulls + severe * self.world.on("severe-bug-open")}
            return Reply(pages.get(request.query.get("page", "1"), []))
        if request.path == "/repos/team/bot-core/labels":
            return Reply([{"name": each} for each in ("severity: critical", "severity: high", "wish")])
        return Reply({"message": "Not Found"}, 404)


def refresh(world: World) -> None:
    """Write the folder anew with the faults that are on."""
    root = world.folder / "ci" / world.shared["pipeline_commit"]
    shutil.rmtree(root, ignore_errors=True)
    for name, content in _files(world).items():
        path = root / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(content if isinstance(content, str) else json.dumps(content), encoding="utf-8")
    if world.on("integration-run-missing"):
        shutil.rmtree(root / "integration")
    _accept(world, world.folder / "accepted.toml")


def _accept(world: World, path: Path) -> None:
    days = {"PYSEC-2026-7": -1 if world.on("ignore-entry-expired") else 30, "zap-10027": 30}
    said = 'reason = "not reachable from outside"\napprover = "security-engineer@example.com"\n'
    entries = (f"[{id}]\n{said}until = {world.now + timedelta(days=n):%Y-%m-%d}\n" for id, n in days.items())
    path.write_text("".join(entries), encoding="utf-8")


def _files(world: World) -> dict[str, Any]:
    on, commit = world.on, world.shared["pipeline_commit"]
    old = world.now - timedelta(days=8)
    finished = old if on("scans-old") else world.now - timedelta(days=1)
    stamp = {"commit": commit, "finished": f"{finished:%Y-%m-%dT%H:%M:%SZ}"}
    load_commit = OTHER if on("load-test-of-other-commit") else commit
    return {
        "pipeline.json": stamp,
        "tests/engine.xml": _junit(1211 - on("tests-fewer"), failed=on("unit-test-failed"), skipped=3),
        "tests/service.xml": _junit(700),
        "tests/dashboard.xml": _junit(500),
        "coverage/rust-core-engine/lcov.info": _lcov(920, 80),
        "coverage/python-ai-service/coverage.xml": _cobertura(
            *((400, 600) if on("coverage-only-claimed") else (950, 50))
        ),
        "mutation/dashboard.json": _stryker(70 if on("mutants-survive") else 82),
        "lint/ruff.sarif": _sarif("ruff", on("linter-warning")),
        "lint/eslint.json": [{"filePath": "app.ts", "messages": [{"ruleId": "no-var"}] * on("eslint-warning")}],
        "lint/clippy.json": _clippy(on("clippy-warning")),
        "lint/rustfmt.json": [{"name": "main.rs", "mismatches": [{}] * on("code-not-formatted")}],
        "lint/mypy.sarif": _sarif("mypy", on("type-error")),
        "integration/run.xml": _junit(64, failed=on("integration-test-failed")),
        "load/run.xml": _junit(6, failed=on("load-test-failed"), commit=load_commit),
        "staging/deploy.xml": _junit(3, commit=OTHER if on("staging-of-other-commit") else commit),
        "build.log": BUILD_LOG + "npm WARN deprecated abab\n" * on("build-warning"),
        "web-scan/zap.json": _zap(world, old if on("web-scan-old") else world.now - timedelta(days=1)),
        **{f"scans/{name}.json": scan for name, scan in _scans(world, finished).items()},
    }


def _scans(world: World, made: Any) -> dict[str, Any]:
    scans: dict[str, Any] = {}
    for service, digest in world.shared.get("images", {}).items():
        engine = service == "rust-core-engine"
        found = [{"VulnerabilityID": "CVE-2026-11", "PkgName": "zlib", "Severity": "LOW"}]
        for fault, severity in (("vulnerability-high", "HIGH"), ("vulnerability-critical", "CRITICAL")):
            if engine and world.on(fault):
                found.append({"VulnerabilityID": "CVE-2026-12", "PkgName": "openssl", "Severity": severity})
        named = f"sha256:{'0' * 64}" if engine and world.on("scan-of-previous-image") else digest
        scans[f"image-{service}"] = {
            "SchemaVersion": 2, "CreatedAt": f"{made.astimezone(UTC):%Y-%m-%dT%H:%M:%S.000000001Z}",
            "ArtifactName": service, "ArtifactType": "container_image",
            "Metadata": {"RepoDigests": [f"registry.example.com/{service}@{named}"]},
            "Results": [{"Target": "debian", "Vulnerabilities": found}],
        }  # fmt: skip
    moderate = {"via": [{"source": 7, "url": "https://x/GHSA-aaaa", "severity": "moderate"}]}
    scans["npm"] = {
        "auditReportVersion": 2,
        "vulnerabilities": {"left-pad": moderate} if world.on("vulnerability-in-dependency") else {},
    }
    scans["pip"] = {"dependencies": [{"name": "numpy", "version": "2.1", "vulns": [{"id": "PYSEC-2026-7"}]}]}
    scans["codeql"] = _sarif("CodeQL", 0)
    return scans


def _zap(world: World, made: Any) -> dict[str, Any]:
    alerts = [{"pluginid": "10027", "alert": "Suspicious comments", "riskcode": "1"}]
    alerts += [{"pluginid": "10020", "alert": "No frame protection", "riskcode": "2"}] * world.on("web-scan-found-new")
    site = {"@name": f"https://{world.names[0]}", "alerts": alerts}
    return {"@version": "2.16.1", "created": f"{made:%Y-%m-%dT%H:%M:%SZ}", "site": [site]}


def _junit(tests: int, *, failed: int = 0, skipped: int = 0, commit: str = "") -> str:
    inner = ["<failure/>"] * failed + ["<skipped/>"] * skipped
    cases = "".join(
        f'<testcase classname="suite" name="case {n}">{"".join(inner[n : n + 1])}</testcase>' for n in range(tests)
    )
    named = f'<properties><property name="commit" value="{commit}"/></properties>' if commit else ""
    return f'<testsuite name="all" tests="{tests}" failures="{failed:d}">{named}{cases}</testsuite>'


def _lcov(covered: int, missed: int) -> str:
    lines = "".join(f"DA:{n},{int(n < covered)}\n" for n in range(covered + missed))
    return f"TN:\nSF:src/main.rs\n{lines}LF:{covered + missed}\nLH:{covered}\nend_of_record\n"


def _cobertura(covered: int, missed: int) -> str:
    lines = "".join(f'<line number="{n}" hits="{int(n < covered)}"/>' for n in range(covered + missed))
    unit = f'<class filename="a.py"><lines>{lines}</lines></class>'
    return f'<coverage line-rate="0.95"><packages><package><classes>{unit}</classes></package></packages></coverage>'


def _stryker(killed: int) -> dict[str, Any]:
    mutants = [{"status": "Killed"}] * killed + [{"status": "Survived"}] * (100 - killed)
    return {"schemaVersion": "2", "files": {"app.ts": {"mutants": mutants}}}


def _sarif(tool: str, results: int) -> dict[str, Any]:
    found = [{"ruleId": "F401", "level": "warning", "message": {"text": "unused import"}}] * results
    return {"version": "2.1.0", "runs": [{"tool": {"driver": {"name": tool}}, "results": found}]}


def _clippy(warnings: int) -> str:
    message = {"level": "warning", "message": "needless borrow", "code": {"code": "clippy::needless_borrow"}}
    lines = [{"reason": "compiler-message", "message": message}] * warnings
    return "\n".join(json.dumps(line) for line in [*lines, {"reason": "build-finished", "success": True}])
