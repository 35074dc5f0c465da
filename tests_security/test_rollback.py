"""Whether the release let something in that the one before did not."""

from acceptance import item


@item("SEC-ROLL-01", of="SEC-GATE-03 SEC-SECRET-08")
def test_no_critical_vulnerability_was_discovered(security):
    """Roll back at once, when the version to go back to does not have it too; else close it forward."""
    assert not security.lacking_before()
