"""The release's documents, as they stand in its commit. Facts: the git clone, acceptance/probes/repo.py."""

import pytest

from acceptance import item


@item("INFRA-DOC-01")
def test_readme_tells_how_production_is_run(repo, signed):
    """Write the production URL, the version and the deploy steps into the README, or sign that it is current."""
    assert not repo.wrong_with("readme")
    assert not repo.readme_lacks
    assert repo.changed_since_release("readme") or signed.require()


@pytest.mark.parametrize("role", [
    pytest.param("assistant", marks=item("INFRA-DOC-02")),
    pytest.param("deployment", marks=item("INFRA-DOC-04")),
    pytest.param("runbook", marks=item("INFRA-DOC-05")),
    pytest.param("troubleshooting", marks=item("INFRA-DOC-06")),
])  # fmt: skip
def test_document_is_complete_and_current(repo, role, signed):
    """Fill the sections that are named and mend the links; then change the document, or sign that it is current."""
    assert not repo.wrong_with(role)
    assert repo.changed_since_release(role) or signed.require()


@item("INFRA-DOC-07")
def test_diagram_shows_every_service(repo, signed):
    """Draw the services that are missing."""
    assert not repo.wrong_with("architecture")
    assert not repo.services_missing_in_diagram()
    assert repo.changed_since_release("architecture") or signed.require()


@item("INFRA-DOC-08")
def test_change_log_has_this_version(repo):
    """Write what changed under the version and its date."""
    assert not repo.changelog_lacks


@item("INFRA-DOC-09")
def test_release_notes_exist(repo):
    """Write the notes of this version."""
    assert not repo.notes_lack


@item("INFRA-DOC-10")
def test_contacts_can_be_reached(release):
    """Write a mail address or phone number for each contact into the release file."""
    assert not release.unreachable_contacts()


@item("INFRA-GATE-07", of="INFRA-DOC-*")
def test_all_documentation_is_up_to_date(judged):
    """Mend the documentation items that are named."""
    assert not judged.not_passed()


@item("INFRA-GATE-12", of="INFRA-DOC-*")
def test_all_documentation_is_perfect(repo, judged):
    """Finish what is left open, mend links and code blocks."""
    assert not repo.imperfect
    assert not judged.not_passed()


@item("INFRA-CODE-15")
def test_specification_and_code_agree(repo):
    """Correct the tag, or tag the code that implements the requirement."""
    assert not repo.spec_wrong()
