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
def test_rollback_is_possible_and_was_rehearsed(release, repo, way_back, signed):
    """Name the version to go back to, keep its tag and images, and rehearse the rollback."""
    assert not release.way_back_unnamed()
    assert not repo.way_back_missing()
    assert not way_back.images_gone()
    assert release.days_since(signed.require().on) <= 90


@item("INFRA-GATE-04")
def test_rollback_was_tested(release, repo, way_back, signed):
    """Keep tag, images and a database that fits the version before, and rehearse the rollback."""
    assert not release.way_back_unnamed()
    assert not repo.way_back_missing()
    assert not way_back.images_gone()
    assert not release.migrations_wrong()
    assert signed.require()


@item("INFRA-READY-06")
def test_maintenance_page_is_ready(maintenance):
    """Answer 503 with Retry-After at the page's address."""
    assert not maintenance.wrong()


@item("INFRA-READY-08")
def test_present_state_is_recorded(snapshot):
    """Let the status document tell version and commit, and start every container by Compose."""
    assert not snapshot.lacks()


@item("INFRA-READY-10")
def test_review_with_the_team_followed_the_record(approvals, signed):
    """Go through the record of the checks before deployment with the team, then sign as the tech lead."""
    assert not approvals.later_than(signed.require().on)


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


@item("INFRA-BACK-02")
def test_failed_deployment_was_stopped(went_back):
    """Stop and remove the containers of the version that was taken back."""
    assert not went_back.left_over()


@item("INFRA-BACK-04")
def test_previous_version_is_checked_out(went_back, deployed):
    """Check out the tag of the version before on every host."""
    assert not deployed.not_at_commit(went_back.previous())
    assert not deployed.not_at_tag(went_back.previous())


@item("INFRA-BACK-05")
def test_previous_version_runs(went_back):
    """Start the version before with the production profile."""
    assert not went_back.not_previous()


@item("INFRA-BACK-06", of="INFRA-GATE-01")
def test_previous_version_is_healthy(judged):
    """Mend the service that is not healthy."""
    assert not judged.not_passed()


@item("INFRA-BACK-07", of="FUNC-API-03 FUNC-API-08 FUNC-API-10")
def test_critical_functionality_works(judged):
    """Mend log-in, portfolio, orders or market data before anything else."""
    assert not judged.not_passed()


@item("INFRA-BACK-09")
def test_reason_of_the_rollback_is_documented(release):
    """Write the reason into the release file: acceptance release rolled-back --reason."""
    assert not release.reason_missing()
