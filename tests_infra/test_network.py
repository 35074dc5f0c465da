"""How requests reach the services: redirects and CORS. Facts: acceptance/probes/plain.py and cors.py."""

from acceptance import item


@item("INFRA-NET-05")
def test_http_redirects_to_https(plain):
    """Redirect with 301 or 308 to https:// with the same host and path."""
    assert not plain.not_redirected_at_once()
    assert not plain.cookies_in_clear()
    assert not plain.loaded_in_clear()


@item("INFRA-NET-07")
def test_cors_headers_are_correct(cors):
    """Allow exactly the dashboard's origin, nothing else, and send Vary: Origin."""
    assert not cors.foreign_origins_let_in()
    assert not cors.own_origin_not_exact()
    assert not cors.without_vary()


@item("INFRA-NET-06")
def test_websockets_pass_the_edge(websocket, websocket_hold):
    """Pass Upgrade and Connection on at the edge, and raise its read time-out above a minute."""
    assert websocket.status == 101
    assert not websocket.handshake_faults()
    assert websocket_hold.idle_closed_after_s is None


@item("INFRA-NET-08")
def test_rate_limiting_is_active(rate_limit):
    """Limit requests by address at the edge with 429 and Retry-After, and serve again after the window."""
    assert not rate_limit.never_refused()
    assert not rate_limit.still_refused()
    assert not rate_limit.others_refused()


@item("INFRA-NET-10")
def test_caching_is_right(caching):
    """Send max-age with assets and `no-store` or `private` with API answers."""
    assert not caching.assets_not_cached()
    assert not caching.answers_cached()


@item("INFRA-NET-09")
def test_ddos_protection_is_active(cdn, origin):
    """Put the provider's shield in front of every public name, and let the origin answer the shield only."""
    assert cdn.is_served_by_cdn
    assert not origin.reachable_around()
