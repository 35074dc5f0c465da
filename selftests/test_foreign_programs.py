"""What programs on a host print, and what a server says to our own hello: read, or refused by name, and nothing good made up."""

from __future__ import annotations

import json
import time
from contextlib import suppress
from typing import Any
from unittest.mock import patch

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from acceptance.collector import engine, firewall, nginx, ssh, system
from acceptance.collector.base import Blind, attempt
from acceptance.facts import Unseen
from acceptance.probes import vault
from acceptance.probes.tls_hello import HANDSHAKE, LIMIT, SERVER_HELLO, NotTls, ServerHello, _read, _Reader
from selftests.test_asking import visit
from selftests.test_entrances import REQUEST, SSHD_SAYS
from selftests.test_firewall import STATUS
from selftests.test_foreign_input import JSON, TEXTS

FEW = settings(max_examples=40)
LINES = st.lists(st.sampled_from(STATUS.splitlines()) | st.text(max_size=40), max_size=8).map("\n".join)


@given(TEXTS | LINES)
@example("9999/tcp                   ALLOW       Anywhere")
@FEW
def test_a_line_of_ufw_that_nobody_knows_hides_no_rule(garbage: str) -> None:
    open_door = "9999/tcp                   ALLOW IN    Anywhere"
    said = f"{STATUS}{garbage}\n{open_door}\n"
    try:
        rules = firewall.rules_of(said)
    except Blind:
        return
    assert any(rule["to"] == "9999/tcp" for rule in rules)
    assert json.dumps(rules)


@pytest.mark.parametrize("line", ["9999/tcp   ALLOW IN Anywhere", "9999/tcp ERLAUBT Anywhere", "\ufffd"])
def test_ufw_in_another_shape_is_unseen(line: str) -> None:
    with pytest.raises(Blind):
        firewall.rules_of(f"{STATUS}{line}\n")


@given(TEXTS | st.lists(st.sampled_from(SSHD_SAYS.splitlines()), max_size=3, unique=True).map("\n".join))
@example("")
@example(SSHD_SAYS.replace("passwordauthentication no", "passwordauthentication"))
@FEW
def test_sshd_that_does_not_say_refuses_nothing(said: str) -> None:
    hidden = patch.object(ssh, "run", lambda *_, **__: said), patch.object(ssh, "match_lines", list)
    with hidden[0], hidden[1], pytest.raises(Blind):
        ssh.look_at_sshd(REQUEST)


@given(TEXTS)
@example("")
@example("Inst openssl [3.0.2-1] (3.0.2-9 Debian-Security:12/stable-security [amd64])\n")  # it ended in the middle
@example("2 upgraded, 0 newly installed\nInst openssl [3.0.2-1] (3.0.2-9 Debian:12/stable [amd64])\n")
@FEW
def test_a_plan_of_apt_that_is_not_whole_is_unseen(plan: str) -> None:
    with patch.object(system, "run", lambda *_, **__: ""), pytest.raises(Blind):
        system.pending(plan)


@given(
    TEXTS
    | st.lists(
        st.sampled_from(["{", "}", ";", "server", "location", "limit_req", "zone=a", "/", "~", '"']), max_size=40
    ).map(" ".join)
)
@FEW
def test_a_configuration_of_nginx_grants_no_limit_that_it_lacks(text: str) -> None:
    servers = nginx.servers_of(list(nginx.included(text)))
    limited = [each for each in servers if each["limited"]] + [
        place for each in servers for place in each["locations"] if place["limited"]
    ]
    assert not limited or "limit_req" in text


@given(
    st.binary(max_size=200)
    | st.lists(JSON, max_size=3).map(lambda each: b"\n".join(json.dumps(e).encode() for e in each))
)
@example(b'{"status":"health_status: healthy","id":"x"}')
@example(b'{"status":"health_status: healthy","id":"x","timeNano":1e999}')
@FEW
def test_events_of_docker(said: bytes) -> None:
    with patch.object(engine, "docker", lambda _: said):
        found = attempt("events", engine.health_events)
    assert isinstance(found, list) or set(found) == {"what", "why"}


def test_no_socket_at_all_is_unseen() -> None:
    with patch.object(firewall, "run", lambda *_, **__: ""), pytest.raises(Blind):
        firewall.look_at_sockets()


class Heard:
    """A socket that has heard this and then the end."""

    def __init__(self, said: bytes) -> None:
        self.left = said

    def settimeout(self, _: float) -> None:
        """There is nothing to wait for."""

    def recv(self, size: int) -> bytes:
        piece, self.left = self.left[:size], self.left[size:]
        return piece


def record(kind: int, body: bytes) -> bytes:
    return bytes([kind, 3, 3]) + len(body).to_bytes(2, "big") + body


def message(kind: int, body: bytes) -> bytes:
    return bytes([kind]) + len(body).to_bytes(3, "big") + body


MESSAGES = st.lists(
    st.tuples(st.sampled_from([SERVER_HELLO, 11, 12, 14]) | st.integers(0, 255), st.binary(max_size=120)), max_size=5
)
HELLOS = st.tuples(st.binary(min_size=34, max_size=34), st.integers(0, 255), st.binary(max_size=80)).map(
    lambda parts: [(SERVER_HELLO, parts[0] + bytes([parts[1]]) + parts[2])]
)


def spoken(messages: list[tuple[int, bytes]]) -> bytes:
    return record(HANDSHAKE, b"".join(message(*each) for each in messages))


@given(
    st.binary(max_size=400) | MESSAGES.map(spoken) | HELLOS.map(spoken)
    | st.tuples(HELLOS, MESSAGES).map(lambda both: spoken(both[0] + both[1]))
)  # fmt: skip
@example(b"")
@example(b"HTTP/1.1 400 Bad Request\r\n\r\n")
@example(record(21, b"\x01\x70") * 20_000)  # warnings without end
@example(record(HANDSHAKE, b"") * 60_000)
@example(spoken([(SERVER_HELLO, bytes(34) + b"\xff" + bytes(3))]))
@settings(max_examples=80)
def test_answers_to_a_hello(said: bytes) -> None:
    sock: Any = Heard(said)
    with suppress(NotTls, EOFError, TimeoutError):
        found = _read(_Reader(sock, time.monotonic() + 60), frozenset({0x0033}))
        assert isinstance(found, ServerHello)
        assert (found.version < 0x10000, found.suite < 0x10000) == (True, True)
        assert sum(map(len, found.certificates)) <= LIMIT


@pytest.mark.parametrize("content", [b"KEY=gr\xfc\xdfe\n", b"\xff\xfeK\x00=\x001\x00"])
def test_an_env_file_that_is_no_utf_8_is_unseen(content: bytes, tmp_path: Any) -> None:
    (tmp_path / "deployed.env").write_bytes(content)
    here = visit(tmp_path)
    here.target._folder = tmp_path
    assert isinstance(vault._deployed(here, "deployed.env"), Unseen)
    assert vault._compared("KEY", "\ud800", {"KEY": "x"}) == "other"
