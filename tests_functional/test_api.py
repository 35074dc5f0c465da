"""The API's own answers about itself, and log-in. Facts: acceptance/probes/health.py and login.py."""

from acceptance import item


@item("FUNC-API-01")
def test_health_tells_the_truth(health):
    """Let health look at each dependency at the moment it is asked, uncached, with a time or request id."""
    assert not health.bad_answers(status=200)
    assert health.signs_of_life()
    assert not health.signs_of_a_cache()
    assert not health.answers_to_any_path()
    assert not health.dependencies_not_up()
    assert not health.contradictions()


@item("FUNC-API-02")
def test_status_names_every_service(status_document):
    """Name every service of the compose file in the status document, each with its present state."""
    assert status_document.status == 200
    assert status_document.states
    assert not status_document.services_not_named()
    assert not status_document.services_not_healthy()
    assert not status_document.contradictions()


@item("FUNC-API-03")
def test_login_works(login):
    """Answer right words with 200 and a token, wrong ones with the same 401, incomplete ones with 400."""
    assert not login.right_words_refused()
    assert not login.wrong_words_let_in()
    assert not login.tells_who_exists()
    assert not login.missing_field_not_refused()
    assert not login.token_in_url


@item("FUNC-API-04")
def test_token_is_well_formed(forgeries):
    """Put sub, iat and exp into the token, and neither mail nor password."""
    assert forgeries.parts == 3
    assert not forgeries.missing_claims()
    assert not forgeries.sensitive_claims


@item("FUNC-API-05")
def test_only_valid_tokens_are_accepted(forgeries):
    """Check signature and algorithm on every guarded route; answer 401 without data otherwise."""
    assert not forgeries.valid_refused()
    assert not forgeries.not_refused()


@item("FUNC-API-07")
def test_profile_can_be_read(api):
    """Answer with the profile of the user who asks, as the API's document says."""
    assert not api.wrong("profile")


@item("FUNC-API-08")
def test_portfolio_answers(api, guards):
    """Answer with the portfolio of the user who asks, never another's."""
    assert not api.wrong("portfolio", "pending_orders")
    assert not guards.objects_of_others()


@item("FUNC-API-09")
def test_strategies_answer(api):
    """Answer with the configured strategies."""
    assert not api.wrong("strategies")


@item("FUNC-API-10")
def test_market_data_is_fresh(api):
    """Look at the feed: market data must be young and move."""
    assert not api.market_wrong()


@item("FUNC-API-06")
def test_a_new_user_can_register(registration):
    """Answer 201, then 409 for the same address, and 400 for weak passwords; give users a way to be removed."""
    assert not registration.refused(registered=201, logged_in=200)
    assert not registration.taken_twice(refused=409)
    assert not registration.weak_passwords_taken()
