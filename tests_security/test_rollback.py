"""Whether the release let something in that the one before did not."""

from acceptance import item


@item("SEC-ROLL-01", of="SEC-GATE-01 SEC-GATE-03")
def test_no_critical_vulnerability_was_discovered(judged):
    """Roll back at once, when the release before does not have it too; else close it forward."""
    assert not judged.red()
