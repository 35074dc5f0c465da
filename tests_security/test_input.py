"""What is taken and what is told. Facts: malformed.py (injections, broken input), login.py, fuzz.py (Schemathesis)."""

from acceptance import item


@item("SEC-WEB-08")
def test_injection_is_refused(malformed):
    """Check types before anything is asked of the database, a template or the file system; answer 4xx."""
    assert not malformed.injections_taken()


@item("SEC-WEB-12")
def test_no_secret_is_in_an_error(malformed):
    """Answer errors with a sentence of your own; stack traces, paths and queries belong into the log."""
    assert not malformed.errors_that_tell()


@item("SEC-WEB-13")
def test_no_secret_is_in_an_answer(malformed, login):
    """Name the fields that go out, rather than sending the whole object."""
    assert not malformed.answers_that_tell()
    assert not login.answers_that_tell()


@item("SEC-WEB-15")
def test_bad_input_is_refused(fuzz):
    """Validate against the API's own document at the door; answer 400 or 422."""
    assert not fuzz.server_errors()
    assert not fuzz.bad_input_accepted()
