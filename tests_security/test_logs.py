"""What the logs tell. Facts: the collector on each host, which compares lines with the containers' own secrets there."""

from acceptance import item


@item("SEC-WEB-11")
def test_no_secret_is_in_the_logs(containers):
    """Keep the named variable out of the log line that holds it, and change the secret."""
    assert not containers.logs_that_tell()
