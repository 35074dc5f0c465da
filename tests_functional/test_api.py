"""The API's own answers about itself, and log-in. Facts: acceptance/probes/health.py and login.py."""

from acceptance import item


@item("FUNC-API-01")
def test_health_tells_the_truth(health):
    """Let health look at each dependency at the moment it is asked, uncached, with a time or request id."""
    assert not health.bad_answers()
    assert health.signs_of_life()
    assert not health.signs_of_a_cache()
    assert not health.answers_to_any_path()
    assert not health.dependencies_not_up()


@item("FUNC-API-02")
def test_status_names_every_service(status_document):
    """Name every service of the compose file in the status document, each with its present state."""
    assert status_document.status == 200
    assert status_document.states
    assert not status_document.services_not_named()
    assert not status_document.services_not_healthy()


@item("FUNC-API-03")
def test_login_works(login):
    """Answer right words with 200 and a token, wrong ones with the same 401, incomplete ones with 400."""
    assert not login.right_words_refused()
    assert not login.wrong_words_let_in()
    assert not login.tells_who_exists()
    assert not login.missing_field_not_refused()
    assert not login.token_in_url
