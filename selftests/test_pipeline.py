"""Reports of a pipeline: known by content, counted again, and refused by name when broken, foreign or hostile."""

from __future__ import annotations

import gzip
import io
import json
import os
import time
import zipfile
from datetime import UTC, datetime, timedelta

import pytest

from acceptance.facts import ProbeError, dump, load
from acceptance.pipeline import reading, sniff
from acceptance.pipeline.reading import Refused
from acceptance.probes.ci import complaints, read_folder
from acceptance.probes.ci_facts import Ci
from acceptance.probes.ci_reports import Ignored, Scan
from acceptance.tables.ci import Ci as Table
from selftests import artifacts as a
from selftests.judging import PASS, judge

NOW = datetime(2026, 3, 4, tzinfo=UTC)


def one(role: str, data: bytes, name: str = "report") -> object:
    (report,), _ = sniff.report(name, role, data)
    return report


@pytest.fixture
def ci(tmp_path):
    def made(**roles: bytes | list[bytes]) -> Ci:
        root = tmp_path / a.COMMIT
        for role, given in roles.items():
            folder = root / {"web_scan": "web-scan"}.get(role, role)
            folder.mkdir(parents=True, exist_ok=True)
            for number, data in enumerate(given if isinstance(given, list) else [given]):
                (folder / f"{number}.report").write_bytes(data)
        root.mkdir(exist_ok=True)
        read = read_folder(root, Table(folder="x"), a.COMMIT, NOW)
        whole = Ci(commit=a.COMMIT, where="x", now=NOW, hosts=("app.example.com",), **read)
        return load(Ci, dump(whole))

    return made


@pytest.mark.parametrize(
    "role, data, shown",
    [
        ("tests", a.junit(5, 1, 1, 1), "report: 5 tests, 1 failures, 1 errors, 1 skipped"),
        ("coverage", a.cobertura(8, 2), "report: 8 of 10 lines, its summary says 95.0 % (report)"),
        ("coverage", a.lcov(8, 2), "report: 8 of 10 lines, its summary says 80.0 % (report)"),
        ("coverage", a.coverage_json(8, 2), "report: 8 of 10 lines, its summary says 95.0 % (report)"),
        ("mutation", a.stryker(7, 3), "Stryker: 7 of 10 mutants detected (report)"),
        ("mutation", a.cargo_mutants(7, 3), "cargo-mutants: 7 of 10 mutants detected (report)"),
        ("mutation", a.mutmut(7, 3), "mutmut: 7 of 10 mutants detected (report)"),
        ("lint", a.eslint(2), "eslint: 2 findings (report)"),
        ("lint", a.ruff(2), "ruff: 2 findings (report)"),
        ("lint", a.rustfmt(1), "rustfmt: 1 findings (report)"),
        ("lint", a.clippy(2), "clippy: 2 findings (report)"),
        ("lint", a.mypy(2), "mypy: 2 findings (report)"),
        ("lint", a.mypy_junit(2), "mypy: 2 findings (report)"),
        ("lint", a.mypy_junit(), "mypy: 0 findings (report)"),
        ("lint", a.sarif("Flake8", {"ruleId": "E1"}, {"suppressions": [{}]}), "flake8: 1 findings (report)"),
        ("scans", a.trivy("HIGH"), "trivy image scan, 1 findings (report)"),
        ("scans", a.grype("High"), "grype image scan, 1 findings (report)"),
        ("scans", a.npm_audit("moderate"), "npm-audit dependencies scan, 1 findings (report)"),
        ("scans", a.cargo_audit("RUSTSEC-1"), "cargo-audit dependencies scan, 1 findings (report)"),
        ("scans", a.pip_audit("PYSEC-1"), "pip-audit dependencies scan, 1 findings (report)"),
        ("scans", a.sarif("CodeQL", {"ruleId": "bad"}), "codeql code scan, 1 findings (report)"),
        ("scans", a.sarif("Trivy", properties={"imageName": "engine:2"}), "trivy image scan, 0 findings (report)"),
        ("scans", a.sarif("Trivy"), "trivy dependencies scan, 0 findings (report)"),
        ("scans", a.sarif("grype"), "grype dependencies scan, 0 findings (report)"),
        ("web_scan", a.zap(2, 0), "zap web scan, 2 findings (report)"),
        ("web_scan", a.nuclei(), "nuclei web scan, 1 findings (report)"),
    ],
)  # fmt: skip
def test_each_format_is_known_by_its_content(role, data, shown):
    assert repr(one(role, data)) == shown


def test_severities_and_digests_are_read():
    scan = one("scans", a.trivy("CRITICAL", "odd"))
    assert isinstance(scan, Scan)
    assert [each.severity for each in scan.found] == ["critical", "unknown"]
    assert scan.digests == (a.DIGEST,)
    assert one("scans", a.sarif("CodeQL", {"ruleId": "bad"})).found[0].severity == "critical"
    assert one("scans", a.npm_audit("moderate")).found[0].severity == "medium"


@pytest.mark.parametrize(
    "result, rule, severities",
    [
        ({"ruleId": "r"}, {"defaultConfiguration": {"level": "error"}}, ["high"]),
        ({"ruleId": "r", "level": "note"}, {"defaultConfiguration": {"level": "error"}}, ["info"]),
        ({"ruleIndex": 0}, {"properties": {"security-severity": "9.0"}}, ["critical"]),
        ({"rule": {"id": "r", "index": 0}}, {"properties": {"security-severity": "8.9"}}, ["high"]),
        ({"ruleId": "other"}, {"defaultConfiguration": {"level": "error"}}, ["medium"]),
        ({"ruleId": "r", "kind": "pass"}, {}, []),
        ({"ruleId": "r", "baselineState": "absent"}, {}, []),
        ({"ruleId": "r", "kind": "review", "baselineState": "unchanged"}, {}, ["medium"]),
    ],
)
@pytest.mark.parametrize("place", ["driver", "extensions"])
def test_a_result_is_as_bad_as_its_rule_says(result, rule, severities, place):
    tool = {"driver": {"name": "Semgrep", "rules": []}}
    rules = [{"id": "r", **rule}]
    if place == "driver" or "ruleIndex" in result:
        tool["driver"]["rules"] = rules
    else:
        tool["extensions"] = [{"name": "pack", "rules": rules}]
    report = a.packed({"version": "2.1.0", "runs": [{"tool": tool, "results": [result]}]})
    assert [each.severity for each in one("scans", report).found] == severities
    assert one("lint", report).count == len([each for each in severities if each != "info"])


BOMB = (
    b'<?xml version="1.0"?><!DOCTYPE x [<!ENTITY a "'
    + b"x" * 100
    + b'"><!ENTITY b "&a;&a;&a;">]><testsuite>&b;</testsuite>'
)
OUTSIDE = b'<?xml version="1.0"?><!DOCTYPE x [<!ENTITY a SYSTEM "file:///etc/passwd">]><testsuite>&a;</testsuite>'


@pytest.mark.parametrize(
    "role, data, why",
    [
        ("tests", BOMB, "is hostile XML: EntitiesForbidden"),
        ("tests", OUTSIDE, "is hostile XML"),
        ("tests", a.junit(9)[:-20], "is broken or cut XML"),
        ("tests", a.junit(0), "holds no test case"),
        ("tests", b"<html></html>", "is XML of an unknown kind: <html>"),
        ("tests", a.cobertura(1, 1), "is a Coverage report, which has no place among tests"),
        ("tests", b"PNG", "is in no known format"),
        ("tests", b'{"x": "\xff"}', "is not UTF-8"),
        ("coverage", a.lcov(8, 2).replace(b"end_of_record\n", b""), "is cut"),
        ("coverage", a.coverage_json(0, 0), "holds no line"),
        ("coverage", a.coverage_json(3, 0)[:-30], "is broken or cut JSON"),
        ("coverage", a.cobertura(1, 1).replace(b'hits="1"', b'hits="many"'), "where a number belongs"),
        ("mutation", a.stryker(0, 0), "holds no mutant"),
        ("mutation", a.stryker(7, 3).replace(b"Ignored", b"Pending"), "is unfinished"),
        ("lint", a.clippy(0, finished=False), "is cut: cargo never says that the build finished"),
        ("lint", b"[]", "is an empty list"),
        ("lint", b'{"runs": [{"tool": {"driver": {"name": "x"}}}], "version": "2.1.0"}', "is cut: the run of x"),
        ("lint", b'{"runs": [], "version": "2.1.0"}', "holds no run"),
        ("lint", a.sarif("x", invocations=[{"executionSuccessful": False}]), "x says that its execution failed"),
        ("scans", a.sarif("x", invocations=[{"executionSuccessful": False}]), "x says that its execution failed"),
        ("lint", b"[" * 100_000, "is nested too deeply"),
        ("lint", b"[" * 500 + b"]" * 500, "is nested too deeply"),
        ("scans", b'{"a": 1}', "is JSON of an unknown kind"),
        ("scans", b'{"SchemaVersion": 2, "ArtifactName": 1, "Results": 7}', "is damaged: TypeError"),
        ("scans", a.trivy(made="yesterday"), "has no readable date"),
        ("scans", b'{"SchemaVersion": 2, "ArtifactName": ".", "ArtifactType": "filesystem"}', "scanned nothing"),
        ("scans", a.cargo_audit().replace(b"9", b"0"), "audited nothing"),
    ],
)
def test_what_is_broken_foreign_or_hostile_is_refused(role, data, why):
    with pytest.raises(Refused, match=why.replace("[", r"\[")):
        sniff.report("x.report", role, data)


def zipped(*members: tuple[str, bytes]) -> bytes:
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, data in members:
            archive.writestr(name, data)
    return packed.getvalue()


def test_archives_are_read(ci):
    both = ci(tests=[zipped(("a.xml", a.junit(2)), ("../b.xml", a.junit(3))), gzip.compress(a.junit(4))])
    assert both.total_tests() == 9


@pytest.mark.parametrize(
    "data, why",
    [
        (zipped(("a.xml", b" " * 20_000_000)), "a bomb"),
        (gzip.compress(b" " * 20_000_000), "a bomb"),
        (zipped(("a.xml", a.junit(2)))[:-30], "is a broken archive"),
        (gzip.compress(a.junit(2))[:-10], "is a broken archive"),
        (zipped(*((f"{n}.xml", b"x") for n in range(2001))), "more than 2000 files"),
        (zipped(("a.xml", a.junit(4)), ("b.xml", b" ")), "holds b.xml, which is empty"),
        (b"", "is empty"),
        (b" \n", "is empty"),
    ],
    ids=["zip bomb", "gzip bomb", "cut zip", "cut gzip", "many members", "empty member", "empty", "blank"],
)
def test_hostile_archives_block_their_role_only_and_are_named(ci, data, why):
    read = ci(tests=[a.junit(2), data], coverage=a.lcov(95, 5))
    assert read.coverage_percent() == 95
    with pytest.raises(ProbeError, match=f"tests/1.report: .*{why}"):
        read.total_tests()


def test_nothing_outside_the_folder_is_read(tmp_path):
    root = tmp_path / "root"
    root.mkdir()
    (tmp_path / "secret.xml").write_bytes(a.junit(3))
    (root / "link.xml").symlink_to(tmp_path / "secret.xml")
    (root / "folder").symlink_to(tmp_path)
    (root / "inner.xml").write_bytes(a.junit(1))
    (root / "fine.xml").symlink_to("inner.xml")
    os.mkfifo(root / "pipe")
    assert reading.files(root) == ("fine.xml", "folder", "inner.xml", "link.xml", "pipe")
    assert [name for name, _ in reading.contents(root, "fine.xml")] == ["fine.xml"]
    for name, why in (("link.xml", "a link out"), ("folder", "a link out"), ("pipe", "no regular file")):
        with pytest.raises(Refused, match=why):
            list(reading.contents(root, name))


def test_a_gigabyte_is_refused_at_once(tmp_path):
    with (tmp_path / "big.xml").open("wb") as big:
        big.truncate(1_000_000_000)
    began = time.monotonic()
    with pytest.raises(Refused, match="is larger than 50 MB"):
        list(reading.contents(tmp_path, "big.xml"))
    assert time.monotonic() - began < 1


@pytest.mark.parametrize("covered, missed, over", [(900, 100, False), (901, 99, True)])
def test_coverage_of_exactly_90_percent_is_not_over_it(ci, covered, missed, over):
    assert (ci(coverage=a.cobertura(covered, missed)).coverage_percent() > 90) is over


def test_coverage_is_added_up_from_counts_not_from_percentages(ci):
    assert ci(coverage=[a.cobertura(10, 0), a.lcov(70, 20)]).coverage_percent() == 80


def test_a_report_that_stands_twice_counts_once(ci):
    with pytest.raises(ProbeError, match=r"is the same file as tests/0\.report"):
        ci(tests=[a.junit(3), a.junit(3)]).total_tests()


def test_a_crash_that_left_no_case_counts(ci):
    assert ci(tests=a.junit(3).replace(b'tests="3"', b'tests="3" errors="1"')).failed_runs("tests")


def test_tests_that_were_all_skipped_did_not_pass(ci):
    assert ci(tests=a.junit(3, skipped=3)).failed_runs("tests") == ("tests/0.report: all 3 tests were skipped",)


def test_an_artifact_of_another_commit_is_no_evidence(ci, tmp_path):
    read = ci(load=a.junit(3, commit="b" * 40))
    assert read.failed_runs("load") == ("load/0.report is of commit bbbbbbbbbbbb",)
    (tmp_path / a.COMMIT / "load" / "pipeline.json").write_text(json.dumps({"commit": "c" * 40}))
    assert ci(load=a.junit(3)).failed_runs("load") == ("load/0.report is of commit cccccccccccc",)
    assert ci().failed_runs("staging") == (f"no staging run for commit {a.COMMIT[:12]}",)


def test_a_folder_must_say_which_commit_it_is_of(tmp_path):
    (tmp_path / "latest" / "tests").mkdir(parents=True)
    (tmp_path / "latest" / "tests" / "a.xml").write_bytes(a.junit(3))
    read = read_folder(tmp_path / "latest", Table(folder="x"), a.COMMIT, NOW)
    assert [repr(each) for each in read["others"]] == ["tests/a.xml is of commit (not named)"]
    (tmp_path / "latest" / "pipeline.json").write_text("{")
    read = read_folder(tmp_path / "latest", Table(folder="x"), a.COMMIT, NOW)
    assert "pipeline.json: JSONDecodeError" in read["unread"][0].why


def test_undated_scans_take_the_time_at_which_the_pipeline_finished(ci, tmp_path):
    with pytest.raises(ProbeError, match="a dated security scan"):
        ci(scans=a.pip_audit()).newest_scan_age_days()
    stamp = {"commit": a.COMMIT, "finished": "2026-03-03T00:00:00Z"}
    (tmp_path / a.COMMIT / "pipeline.json").write_text(json.dumps(stamp))
    assert ci(scans=a.pip_audit()).newest_scan_age_days() == 1


def test_a_young_scan_of_an_image_makes_no_audit_of_dependencies_young(ci, tmp_path):
    stamp = {"commit": a.COMMIT, "finished": "2026-02-20T00:00:00Z"}
    (tmp_path / a.COMMIT).mkdir()
    (tmp_path / a.COMMIT / "pipeline.json").write_text(json.dumps(stamp))
    read = ci(scans=[a.trivy(), a.pip_audit()])
    assert judge("INFRA-CODE-13", ci=read) is PASS
    assert judge("INFRA-CODE-14", ci=read) is PASS
    assert (read.newest_scan_age_days(), read.newest_scan_age_days("dependencies")) == (pytest.approx(3, abs=0.1), 12)
    with pytest.raises(ProbeError, match="a dated security scan"):
        ci(scans=[a.trivy()]).newest_scan_age_days("code")


def test_a_scan_from_the_future_is_no_fresh_scan(ci):
    stamp = NOW + timedelta(minutes=61)
    read = ci(web_scan=[a.zap(1, made="2026-03-03T00:00:00Z"), a.zap(2, made=stamp.isoformat())])
    assert [(each.made < NOW, len(read.unread)) for each in read.scans] == [(True, 1)]
    assert "lies in the future" in read.unread[0].why
    soon = NOW + timedelta(minutes=59)  # clocks differ
    assert ci(web_scan=a.zap(1, made=soon.isoformat())).scans[0].made == soon


def test_vulnerabilities_count_unless_accepted_and_in_date(ci):
    from dataclasses import replace

    read = ci(scans=[a.trivy("HIGH", "LOW"), a.pip_audit("PYSEC-1")])
    assert len(read.vulnerabilities("high", "critical")) == 2, "a severity that nobody tells counts as high"
    with pytest.raises(ProbeError, match="severity of PYSEC-1"):
        read.vulnerabilities("critical")
    assert len(read.vulnerabilities(kinds=("dependencies",))) == 1
    accepted = tuple(Ignored(id, "not reachable", "lead", NOW) for id in ("CVE-0", "PYSEC-1"))
    assert not replace(read, ignored=accepted).vulnerabilities("high", "critical")
    assert not replace(read, ignored=accepted).vulnerabilities("critical")
    late = replace(read, ignored=accepted, now=NOW.replace(minute=1))
    assert "which is over" in late.vulnerabilities("high")[0]


def test_only_scans_of_the_target_count_for_the_web(ci):
    for site in ("https://elsewhere.example", "https://staging-app.example.com", "https://app.example.com.test", ""):
        with pytest.raises(ProbeError, match="ZAP"):
            ci(web_scan=a.zap(site=site)).newest_web_scan()
    for site in ("https://APP.example.com:443/", "app.example.com", "app.example.com:443"):
        assert ci(web_scan=a.zap(site=site)).newest_web_scan().age_days(NOW) == 3
    read = ci(web_scan=[a.zap(2, 0), a.zap(3, made="2026-02-01T00:00:00Z")])
    assert read.newest_web_scan().age_days(NOW) == 3
    assert read.new_web_findings() == ("zap-10000 medium a:  (web-scan/0.report)",)


def test_build_complaints_are_words_not_parts_of_names():
    log = b"""   Compiling thiserror v1.0
   Compiling error-chain v0.12
warning: unused variable
test result: 0 errors, 0 warnings
error[E0382]: use of moved value
npm WARN deprecated x
\x1b[31mERROR\x1b[0m: failed
src/error.rs:12 ok
[WARNING] the POM is missing
{"level":"error","msg":"no space left"}
RUSTFLAGS="-D warnings"
"""
    assert [line.number for line in complaints("build.log", log, {})] == [3, 5, 6, 7, 9, 10]
    assert [line.number for line in complaints("build.log", log, {"deprecated": "theirs"})] == [3, 5, 7, 9, 10]
