"""What the pipeline of the release's commit says. Facts: its artifacts and checks, acceptance/probes/ci.py."""

from acceptance import item


@item("INFRA-CODE-01")
def test_all_tests_pass(ci):
    """Mend the tests that fail, or run the pipeline for this commit."""
    assert not ci.failed_runs("tests")
    assert ci.total_tests() >= 2411


@item("INFRA-CODE-02")
def test_coverage(ci):
    """Write the missing tests; each service's share is shown."""
    assert ci.coverage_percent() > 90


@item("INFRA-CODE-03")
def test_mutation_score(ci):
    """Write tests that notice the mutants that survived."""
    assert ci.mutation_percent() > 75


@item("INFRA-CODE-04")
def test_no_high_or_critical_vulnerability(ci):
    """Update what is vulnerable, or have it accepted with a reason and an end."""
    assert not ci.vulnerabilities("high", "critical")


@item("INFRA-CODE-05")
def test_linters_report_nothing(ci):
    """Mend what the linters name."""
    assert not ci.linter_findings()


@item("INFRA-CODE-06")
def test_code_is_formatted(ci):
    """Run the formatter and commit."""
    assert not ci.unformatted()


@item("INFRA-CODE-07")
def test_type_checkers_report_nothing(ci):
    """Mend what the type checkers name."""
    assert not ci.type_errors()


@item("INFRA-CODE-08")
def test_clippy_reports_nothing(ci):
    """Mend what clippy names."""
    assert not ci.findings_of("clippy")


@item("INFRA-CODE-09")
def test_flake8_reports_nothing(ci):
    """Mend what flake8 or ruff names."""
    assert not ci.findings_of("flake8", "ruff")


@item("INFRA-CODE-10")
def test_eslint_reports_nothing(ci):
    """Mend what ESLint names."""
    assert not ci.findings_of("eslint")


@item("INFRA-CODE-11")
def test_integration_tests_passed(ci):
    """Run the integration tests for this commit, and mend what fails."""
    assert not ci.failed_runs("integration")


@item("INFRA-CODE-12")
def test_load_tests_passed(ci):
    """Run the load tests for this commit, and mend what fails."""
    assert not ci.failed_runs("load")


@item("INFRA-CODE-13")
def test_security_scan_is_recent(ci):
    """Run the security scan again."""
    assert ci.newest_scan_age_days() <= 7


@item("INFRA-CODE-14")
def test_no_dependency_is_vulnerable(ci):
    """Update the dependency, or have it accepted with a reason and an end."""
    assert not ci.vulnerabilities(kinds=("dependencies",))


@item("INFRA-READY-09")
def test_deployment_succeeded_in_staging(ci):
    """Deploy this commit to staging with the same script."""
    assert not ci.failed_runs("staging")


@item("INFRA-BUILD-08")
def test_build_log_is_clean(ci):
    """Mend what the build warns of, or allow the line in the target with a reason."""
    assert not ci.build_complaints()


@item("INFRA-GATE-05")
def test_coverage_at_the_gate(ci):
    """Write the missing tests; each service's share is shown."""
    assert ci.coverage_percent() > 90


@item("INFRA-GATE-09")
def test_no_severe_bug_is_open(ci):
    """Close the bugs, or lower their severity with the team."""
    assert not ci.open_bugs()
