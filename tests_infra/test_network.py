"""How requests reach the services: redirects and CORS. Facts: acceptance/probes/plain.py and cors.py."""

from acceptance import item


@item("INFRA-NET-05")
def test_http_redirects_to_https(plain):
    """Redirect with 301 or 308 to https:// with the same host and path."""
    assert not plain.not_redirected_at_once()
    assert not plain.cookies_in_clear()


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
    assert websocket_hold.idle_closed_after_s is None
