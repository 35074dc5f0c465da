"""Security headers on every kind of answer. Facts: acceptance/probes/headers.py; the score is Mozilla's."""

from acceptance import item


@item("SEC-WEB-04")
def test_every_kind_of_answer_carries_its_security_headers(headers, header_grade):
    """Send the headers at the edge with `always`, once for all locations; a location with own headers inherits none."""
    assert not headers.answers_without_hsts(days=180)
    assert not headers.answers_without_nosniff()
    assert not headers.pages_without_policy()
    assert not headers.pages_that_run_inline_scripts()
    assert not headers.pages_that_allow_any_source()
    assert not headers.pages_without_frame_protection()
    assert not headers.pages_without_referrer_policy()
    assert not headers.servers_that_name_a_version()
    assert header_grade.at_least("B+")
