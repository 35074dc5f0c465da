"""Which origins the API lets in. Facts: acceptance/probes/cors.py, preflights and calls from seven origins."""

from acceptance import item


@item("SEC-WEB-17")
def test_foreign_origins_are_refused(cors):
    """Compare the whole origin with a list; never echo it, never allow null or *."""
    assert not cors.foreign_origins_let_in()
    assert not cors.credentials_with_star()
