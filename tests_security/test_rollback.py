"""Whether the release let something in that the one before did not."""

from acceptance import item


@item("SEC-ROLL-01", of="SEC-GATE-03 SEC-SECRET-08")
def test_no_critical_vulnerability_was_discovered(judged, ci, baseline):
    """Roll back at once, when the release before does not have it too; else close it forward."""
    assert not baseline.lacks(judged.red())
    assert not baseline.lacks(ci.vulnerabilities("critical"))
