"""How fast the WebSocket answers. Facts: acceptance/probes/echo.py, a thousand echoes on a quiet connection."""

from acceptance import item


@item("PERF-WS-01")
def test_websocket_latency(websocket_echo):
    """Look at what the server does between receiving and answering a message."""
    assert websocket_echo.server_p95_ms < 10
