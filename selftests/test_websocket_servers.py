"""WebSocket servers that refuse late, greet without data or push instead of echoing: each is told for what it is."""

from __future__ import annotations

import json
import ssl
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path

import pytest
import trustme
from websockets.exceptions import ConnectionClosed
from websockets.frames import Frame, Opcode
from websockets.http11 import Request, Response
from websockets.sync.server import ServerConnection, serve

from acceptance.facts import ProbeError
from acceptance.probes import echo, websocket, wire
from acceptance.visit import Visit
from selftests.bad_servers import NAME, target
from selftests.judging import BLOCKED, FAIL, judge
from selftests.misbehaving import visit

SUBSCRIBE = '{"type": "Subscribe"}'


@contextmanager
def talking(
    behave: Callable[[ServerConnection], None], folder: Path, answered: dict[str, str] | None = None, **table: str
) -> Iterator[Visit]:
    """A visit to a server that behaves so on each connection, after an upgrade that was answered with other headers."""
    ca = trustme.CA()
    ca.cert_pem.write_to_path(folder / "ca.pem")
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    ca.issue_cert(NAME).configure_cert(context)

    def one(connection: ServerConnection) -> None:
        try:
            behave(connection)
        except ConnectionClosed:
            return

    def upgrade(connection: ServerConnection, request: Request, response: Response) -> None:
        for name, value in (answered or {}).items():
            if name in response.headers:
                del response.headers[name]
            if value:
                response.headers[name] = value

    with serve(one, "127.0.0.1", 0, ssl=context, compression=None, process_response=upgrade) as server:
        thread = threading.Thread(target=server.serve_forever, daemon=True)
        thread.start()
        bad = target(server.socket.getsockname()[1], folder, str(folder / "ca.pem"))
        known = bad.websocket.model_copy(update={"subscribe": SUBSCRIBE, **table})
        yield visit(bad.model_copy(update={"websocket": known}), folder)
        server.shutdown()
        thread.join(3)


def price(value: object = 1.5) -> str:
    now = int(time.time() * 1000)
    return json.dumps({"data": {"symbol": "BTCUSDT", "price": value}, "timestamp": now})


@pytest.mark.parametrize(
    "code, status", [(1008, 1008), (4401, 4401), (1000, 101), (1011, 101)], ids=["policy", "401", "normal", "broken"]
)
def test_a_close_that_refuses_is_a_refusal(code: int, status: int, tmp_path: Path) -> None:
    with talking(lambda c: c.close(code), tmp_path) as here:
        found = websocket._status(here, token=None, origin=websocket.FOREIGN)
    assert found == status


def test_a_stranger_who_gets_data_before_the_close_was_let_in(tmp_path: Path) -> None:
    def behave(connection: ServerConnection) -> None:
        connection.send(price())
        connection.close(1008)

    with talking(behave, tmp_path) as here:
        assert websocket._status(here, token=None) == 101


@pytest.mark.parametrize(
    "answered, why",
    [
        ({"Sec-WebSocket-Accept": "c29tZWJvZHkgZWxzZSdzIQ=="}, "Sec-WebSocket-Accept"),
        ({"Sec-WebSocket-Accept": ""}, "Sec-WebSocket-Accept"),
        ({"Upgrade": ""}, "Upgrade"),
        ({"Sec-WebSocket-Protocol": "never-offered"}, "subprotocol"),
    ],
)
def test_a_101_that_no_client_may_take_is_the_servers_fault(answered: dict[str, str], why: str, tmp_path: Path) -> None:
    with talking(lambda c: c.close(), tmp_path, answered) as here:
        found = websocket.look(here)
    (fault,) = found.handshake_faults()
    assert why in fault
    assert judge("FUNC-WS-01", websocket=found) is FAIL
    assert judge("FUNC-WS-02", websocket=found) is FAIL
    assert judge("FUNC-WS-03", websocket=found) is BLOCKED


def test_a_browser_wants_one_of_the_subprotocols_that_it_offered(tmp_path: Path) -> None:
    def met(chosen: str, folder: Path) -> None:
        folder.mkdir()
        with talking(lambda c: c.close(), folder, {"Sec-WebSocket-Protocol": chosen}, token="subprotocol") as here:
            wire.connect(here, token="a.b.c").close()

    met("bearer", tmp_path / "chosen")
    with pytest.raises(wire.BadHandshake, match="none of the subprotocols"):
        met("", tmp_path / "none")


@pytest.mark.parametrize("data, fresh", [(price(), True), ('{"type": "Subscribed"}', False)], ids=["price", "greeting"])
def test_only_market_data_is_fresh_data(data: str, fresh: bool, tmp_path: Path) -> None:
    def behave(connection: ServerConnection) -> None:
        connection.send('{"type": "Welcome"}')
        connection.recv()
        connection.send(data)
        connection.recv()

    with talking(behave, tmp_path) as here:
        soon = replace(here, ends=time.monotonic() + 1)
        assert websocket._reconnect(soon, None)[1] is fresh


@pytest.mark.parametrize("sent, malformed", [(1.5, 0), ("1.5", 0), ("n/a", 2), (0, 2), ("NaN", 2), (True, 2)])
def test_a_price_may_be_a_string(sent: object, malformed: int, tmp_path: Path) -> None:
    def behave(connection: ServerConnection) -> None:
        connection.recv()
        for _ in range(2):
            connection.send(price(sent))

    with talking(behave, tmp_path) as here, websocket.connect(here, token=None) as connection:
        (stream,) = websocket._listen(connection, here)
    assert (stream.messages, stream.malformed) == (2, malformed)


@pytest.mark.parametrize("payload, answered", [(None, True), (b"another", False)], ids=["same", "another"])
def test_a_pong_with_another_payload_is_none(payload: bytes | None, answered: bool, tmp_path: Path) -> None:
    def behave(connection: ServerConnection) -> None:
        send = connection.protocol.send_frame

        def altered(frame: Frame) -> None:
            send(replace(frame, data=payload) if payload and frame.opcode is Opcode.PONG else frame)

        connection.protocol.send_frame = altered  # type: ignore[method-assign]  # a server that confuses its pings
        connection.send("ready")
        connection.recv()

    with talking(behave, tmp_path) as here, websocket.connect(here, token=None) as connection:
        assert connection.recv(10) == "ready"
        found = websocket._ping(connection, replace(here, ends=time.monotonic() + 1))
    assert isinstance(found, float) is answered


def test_what_is_pushed_is_no_echo(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def behave(connection: ServerConnection) -> None:
        for _ in range(5):
            connection.recv()
            connection.send(price())

    monkeypatch.setattr(echo, "ECHOES", 3)
    with talking(behave, tmp_path, echo="hello") as here, pytest.raises(ProbeError, match="echo 0 did not come back"):
        echo.look(replace(here, ends=time.monotonic() + 1))
