"""How sessions end. Facts: acceptance/probes/sessions.py (a token's life) and limits.py (wrong passwords)."""

from acceptance import item


@item("SEC-WEB-06")
def test_tokens_expire(sessions, signed):
    """Let tokens live for a day at most, check exp, and revoke at log-out and refresh."""
    assert not sessions.refused_while_good()
    assert not sessions.lives_longer_than(hours=24)
    assert not sessions.accepted_after_the_end()
    assert sessions.expired_was_tried() or signed.require()


@item("SEC-WEB-07")
def test_rate_limiting_protects_the_login(login_limit):
    """Answer 429 on the path that log-in really uses after some wrong passwords, by account and address, for a while."""
    assert not login_limit.never_refused()
    assert not login_limit.locked_for_good()


@item("SEC-WEB-10")
def test_cross_site_request_forgery_is_prevented(csrf, guards):
    """Compare the Origin of calls that change something, and set SameSite on session cookies."""
    assert not csrf.accepted_cross_site()
    assert not csrf.cookies_without_samesite()
    assert csrf.session_cookies or not guards.writes_open_to_strangers()
