"""Security scans of the release's commit and images. Facts: the pipeline's artifacts, acceptance/probes/ci.py."""

from acceptance import item


@item("SEC-WEB-18")
def test_web_scan_found_nothing_new(ci):
    """Mend the finding, or accept it into the baseline with a reason and an end."""
    assert ci.newest_web_scan().age_days(ci.now) <= 7
    assert not ci.new_web_findings()


@item("SEC-GATE-01")
def test_no_critical_vulnerability(ci, release_scans):
    """Mend it and build again, or accept it with reason, approver and end; scan each image of the release."""
    assert not ci.vulnerabilities("critical")
    assert not release_scans.images_not_scanned(within_days=7)
    assert not release_scans.kinds_not_scanned(within_days=7)
