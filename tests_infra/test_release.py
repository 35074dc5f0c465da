"""What is written down of the release, and the way back. Facts: release file, repository, registry, earlier records."""

from acceptance import item


@item("INFRA-READY-01")
def test_checks_before_deployment_ended_in_go(approvals):
    """Run the checks before deployment for this version (pytest -m before), and sign the record."""
    assert not approvals.why_not_approved(hours=24)


@item("INFRA-READY-02")
def test_window_is_set_and_was_announced(release, signed):
    """Set the window in the release file, announce it a day ahead, and sign that it was announced."""
    assert not release.window_wrong(announced_hours=24)
    assert signed.require()


@item("INFRA-READY-03")
def test_rollback_is_possible_and_was_rehearsed(release, repo, signed):
    """Name the version to go back to, keep its tag, and rehearse the rollback."""
    assert not release.way_back_unnamed()
    assert not repo.way_back_missing()
    assert signed.require()


@item("INFRA-RECORD-01")
def test_deployment_is_recorded(release):
    """Complete the release file."""
    assert not release.unrecorded()


@item("INFRA-RECORD-02")
def test_recorded_commit_is_the_one_that_runs(running):
    """Deploy the recorded commit, or correct the release file."""
    assert not running.other_commits()


@item("INFRA-RECORD-03")
def test_configuration_changes_are_documented(release, repo):
    """List the changed files and variables under configuration_changes in the release file."""
    assert not repo.configuration_not_listed(release.configuration_changes)


@item("INFRA-RECORD-04")
def test_known_issues_are_documented(release):
    """Write known_issues into the release file, each with a link."""
    assert not release.undocumented_issues()


@item("INFRA-RECORD-07")
def test_escalation_path_is_documented(repo):
    """Write the escalation path, and link it in the release file."""
    assert not repo.link_wrong("escalation")


@item("INFRA-RECORD-08")
def test_post_mortem_template_is_ready(repo):
    """Write the template, and link it in the release file."""
    assert not repo.link_wrong("post_mortem")


@item("INFRA-BACK-09")
def test_reason_of_the_rollback_is_documented(release):
    """Write the reason into the release file: acceptance release rolled-back --reason."""
    assert not release.reason_missing()
