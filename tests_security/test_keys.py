"""Keys and defaults. Facts: upstreams.py (what the exchange says of its key), defaults.py, services.py."""

from acceptance import item


@item("SEC-SECRET-06")
def test_api_keys_have_no_more_rights_than_needed(upstreams):
    """Make a key without the right to withdraw, bound to the servers' addresses; replace one that is refused."""
    assert not upstreams.key_faults()


@item("SEC-SECRET-08")
def test_no_default_password_works(defaults, services):
    """Change the password that is named, and remove demo users from the database and the log-in page."""
    assert not defaults.that_work()
    assert not services.open_without_password()
