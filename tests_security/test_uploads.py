"""What the upload takes. Facts: acceptance/probes/uploads.py, a good picture and files that pretend to be one."""

from acceptance import item


@item("SEC-WEB-14")
def test_file_uploads_are_restricted(uploads):
    """Take pictures only, by their content, up to a size, under a name of your own, and serve them with nosniff."""
    assert not uploads.good_file_refused()
    assert not uploads.bad_files_taken()
    assert not uploads.served_badly()
