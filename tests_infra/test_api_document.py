"""The API's own document. Facts: acceptance/probes/api_document.py, compared with the target's operations."""

from acceptance import item


@item("INFRA-DOC-03")
def test_api_documentation_covers_every_endpoint(api_document):
    """Generate the document from the routes, and serve it where the target says."""
    assert api_document.status == 200
    assert not api_document.errors
    assert not api_document.undocumented
