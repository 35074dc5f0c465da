"""Boundaries of the WebSocket's items, on facts made by hand."""

from __future__ import annotations

from dataclasses import replace

import pytest

from acceptance.facts import Unseen
from acceptance.probes.echo import Echo
from acceptance.probes.hold import Hold, Holds
from acceptance.probes.websocket import Stream, Websocket
from selftests.judging import BLOCKED, FAIL, PASS, judge

UNSEEN = Unseen("it", "no route")


def websocket(**changes: object) -> Websocket:
    stream = Stream("BTCUSDT", 12, 0, 12, True, 1.9, 5.0)
    made = Websocket("/ws", 101, 401, 403, 1.0, 1.0, (stream,), 3, 0.2, True, 20, 4.0)
    return replace(made, **changes)  # type: ignore[arg-type]  # fields by name


@pytest.mark.parametrize(
    "change", [{"messages": 2}, {"distinct": 1}, {"ascending": False}, {"oldest_age_s": 2.0}, {"longest_gap_s": 5.01}, {"malformed": 1}]
)  # fmt: skip
def test_streams(change: dict[str, object]) -> None:
    good = websocket()
    assert judge("FUNC-WS-04", websocket=good) is PASS
    assert isinstance(good.streams, tuple)
    assert judge("FUNC-WS-04", websocket=websocket(streams=(replace(good.streams[0], **change),))) is FAIL  # type: ignore[arg-type]


def test_websocket_refusals_and_crowds() -> None:
    for item in ("FUNC-WS-02", "FUNC-WS-03", "FUNC-WS-06"):
        assert judge(item, websocket=websocket()) is PASS
    assert judge("FUNC-WS-02", websocket=websocket(status=200)) is FAIL
    assert judge("FUNC-WS-02", websocket=websocket(bad_handshake="no Upgrade")) is FAIL
    assert judge("FUNC-WS-02", websocket=websocket(stranger_status=101)) is FAIL
    assert judge("FUNC-WS-02", websocket=websocket(foreign_origin_status=101)) is FAIL
    assert judge("FUNC-WS-03", websocket=websocket(pong_ms=UNSEEN)) is FAIL
    assert judge("FUNC-WS-06", websocket=websocket(crowd_held=19)) is FAIL
    assert judge("FUNC-WS-06", websocket=websocket(reconnect_s=5.1)) is FAIL


def test_connection_holds() -> None:
    held = Hold(65.2, None, None)
    assert judge("FUNC-WS-05", websocket_hold=Holds("/ws", held, held)) is PASS
    assert judge("FUNC-WS-05", websocket_hold=Holds("/ws", Hold(60.1, 60.1, 1001), held)) is FAIL
    assert judge("FUNC-WS-05", websocket_hold=Holds("/ws", held, Hold(30.0, 30.0, None))) is FAIL
    assert judge("FUNC-WS-05", websocket_hold=Holds("/ws", Hold(64.9, None, None), held)) is BLOCKED
    assert judge("FUNC-WS-05", websocket_hold=Holds("/ws", UNSEEN, held)) is BLOCKED


def test_websocket_latency() -> None:
    echo = Echo(1000, 1.0, 10.01, 12.0, 1.0, 0.02, 3.0)
    assert judge("PERF-WS-01", websocket_echo=echo) is PASS  # 9.99 ms of the server's own
    assert judge("PERF-WS-01", websocket_echo=replace(echo, echo_p95_ms=10.02)) is FAIL
    assert judge("PERF-WS-01", websocket_echo=replace(echo, lag_p99_ms=3.1)) is BLOCKED
    assert judge("PERF-WS-01", websocket_echo=replace(echo, echoes=999)) is BLOCKED
