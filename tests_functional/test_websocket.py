"""The WebSocket as clients meet it. Facts: acceptance/probes/websocket.py, and hold.py for 65 s of holding."""

from acceptance import item


@item("FUNC-WS-01")
def test_endpoint_is_there(websocket):
    """Serve the upgrade at the target's wss:// address, as RFC 6455 has it."""
    assert websocket.status == 101
    assert not websocket.handshake_faults()


@item("FUNC-WS-02")
def test_connection_is_established(websocket):
    """Accept the upgrade from the dashboard's origin with a token only."""
    assert websocket.status == 101
    assert not websocket.handshake_faults()
    assert not websocket.opened_to_wrong_ones()


@item("FUNC-WS-03")
def test_pings_are_answered(websocket):
    """Answer each ping with a pong of the same payload, and the application's heartbeat too."""
    assert not websocket.pings_unanswered()


@item("FUNC-WS-04")
def test_market_data_streams(websocket):
    """Push each price change at once; look at the feed between the exchange and the engine."""
    assert not websocket.stream_faults()


@item("FUNC-WS-05")
def test_connection_holds(websocket_hold):
    """Raise proxy_read_timeout of the edge above a minute, or let the server send pings."""
    assert websocket_hold.idle_closed_after_s is None
    assert websocket_hold.busy_closed_after_s is None


@item("FUNC-WS-06")
def test_clients_can_reconnect(websocket):
    """Let an abruptly cut client come back at once, and many clients at the same time."""
    assert not websocket.reconnect_faults()
    assert websocket.crowd_held == 20
