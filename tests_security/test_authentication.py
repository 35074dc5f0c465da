"""Who gets in. Facts: forgeries.py (tokens, real and forged), guards.py (every protected operation), defaults.py."""

from acceptance import item


@item("SEC-SECRET-05")
def test_tokens_are_signed_and_no_weaker_signature_is_accepted(forgeries):
    """Sign with RS256 and pin that algorithm and key where tokens are checked."""
    assert not forgeries.weak_signature()
    assert not forgeries.not_refused()


@item("SEC-WEB-05")
def test_protected_endpoints_refuse_strangers(guards, signed):
    """Put the guard before the route's body is read: 401 without a token, 403 for the wrong user."""
    assert not guards.open_to_strangers()
    assert not guards.open_to_others()
    assert not guards.not_sent or signed.require()


@item("SEC-GATE-03")
def test_only_authenticated_users_get_in(guards, forgeries, defaults):
    """Mend SEC-WEB-05, SEC-SECRET-05 and -08 first: each names the open operation, the forgery, the default log-in."""
    assert not guards.open_to_strangers()
    assert not forgeries.valid_refused()
    assert not forgeries.not_refused()
    assert not defaults.that_work()
