"""The TLS probe against real servers on loopback: several addresses, names by SNI, IPv6, and what only a hello sees."""

from __future__ import annotations

import socket
import ssl
from collections.abc import Callable, Iterator
from pathlib import Path
from types import SimpleNamespace

import pytest

from acceptance.facts import Unseen, dump, load
from acceptance.grading.ssl_labs import grade
from acceptance.probes import tls, tls_scan
from acceptance.probes.tls_facts import Endpoint, Protocol
from acceptance.sandbox.certificates import server_context
from acceptance.sandbox.world import World
from selftests.judging import BLOCKED, FAIL, PASS, judge
from selftests.tls_cases import visit
from selftests.tls_servers import ANSWER, HSTS, https, listening

Start = Callable[..., int]


@pytest.fixture
def world(tmp_path: Path) -> World:
    made = World(tmp_path)
    _ = made.ca_file
    return made


@pytest.fixture
def serving() -> Iterator[Start]:
    """Starts HTTPS servers: `start(context, address, port)` gives the port."""
    with listening() as start:
        yield lambda context, address="127.0.0.1", port=0, answer=b"": start(https(context, answer), address, port)


def only(found: tls.Tls) -> Endpoint:
    (endpoint,) = found.endpoints
    assert isinstance(endpoint, Endpoint)
    return endpoint


def test_healthy_server_is_graded_a_plus(world, serving, tmp_path):
    host = world.names[0]
    found = tls.look(visit(serving(server_context(world, host)), world.ca_file, tmp_path, host))
    seen = only(found)
    assert [offer.protocol for offer in seen.offers] == [Protocol.TLS_1_2, Protocol.TLS_1_3]
    assert seen.offers[0].chosen in {suite.name for suite in seen.offers[0].suites}
    assert isinstance(seen.offers[1].chosen, Unseen), "nobody asked what TLS 1.3 takes"
    assert grade(seen).letter == "A+"
    assert judge("SEC-WEB-01", tls=found) is PASS
    assert load(tls.Tls, dump(found)) == found
    assert "90.0 days left" in found.looked() or "89." in found.looked()


def test_private_authority_is_trusted_only_where_the_target_names_it(world, serving, tmp_path):
    host = world.names[0]
    found = tls.look(visit(serving(server_context(world, host)), None, tmp_path, host))
    assert judge("SEC-TLS-01", tls=found) is FAIL
    assert judge("SEC-WEB-01", tls=found) is FAIL


def test_old_certificate_on_one_of_two_addresses_is_found(world, serving, tmp_path):
    host = world.names[0]
    port = serving(server_context(world, host))
    serving(server_context(world, "old.example.com"), "127.0.0.2", port)
    found = tls.look(visit(port, world.ca_file, tmp_path, host, ("127.0.0.1", "127.0.0.2")))
    (offender,) = found.names_not_covered()
    assert offender.startswith(f"{host} at 127.0.0.2:{port}")
    assert judge("SEC-TLS-02", tls=found) is FAIL


def test_dead_address_blocks_and_a_bad_one_beside_it_fails(world, serving, tmp_path):
    host = world.names[0]
    port = serving(server_context(world, host))
    found = tls.look(visit(port, world.ca_file, tmp_path, host, ("127.0.0.1", "127.0.0.3")))
    assert sum(isinstance(each, Unseen) for each in found.endpoints) == 1
    assert judge("SEC-TLS-02", tls=found) is BLOCKED
    serving(server_context(world, "old.example.com"), "127.0.0.2", port)
    found = tls.look(visit(port, world.ca_file, tmp_path, host, ("127.0.0.3", "127.0.0.1", "127.0.0.2")))
    assert judge("SEC-TLS-02", tls=found) is FAIL


def test_certificate_is_asked_for_by_name(world, serving, tmp_path):
    host = world.names[0]
    context = server_context(world, "default.example.com")
    named = server_context(world, host)

    def choose(connection: ssl.SSLObject, name: str | None, _: ssl.SSLContext) -> None:
        if name == host:
            connection.context = named

    context.sni_callback = choose
    found = tls.look(visit(serving(context), world.ca_file, tmp_path, host))
    assert not found.names_not_covered()
    assert judge("SEC-WEB-01", tls=found) is PASS


@pytest.mark.skipif(not socket.has_ipv6, reason="no IPv6 here")
def test_ipv6(world, serving, tmp_path):
    host = world.names[0]
    found = tls.look(visit(serving(server_context(world, host), "::1"), world.ca_file, tmp_path, host, ("::1",)))
    assert only(found).address == "::1"
    assert judge("SEC-WEB-01", tls=found) is PASS


def test_page_that_fails_is_no_working_https(world, serving, tmp_path):
    host = world.names[0]
    port = serving(server_context(world, host), answer=ANSWER % (b"503 Service Unavailable", HSTS))
    assert judge("SEC-WEB-01", tls=tls.look(visit(port, world.ca_file, tmp_path, host))) is FAIL


def test_every_hsts_header_is_kept_as_sent(world, serving, tmp_path):
    host = world.names[0]
    port = serving(server_context(world, host), answer=ANSWER % (b"200 OK", HSTS + HSTS.replace(b"63072000", b"0")))
    assert only(tls.look(visit(port, world.ca_file, tmp_path, host))).hsts == ("max-age=63072000", "max-age=0")


@pytest.mark.parametrize(
    "protocol, accepted, error, seen",
    [
        (Protocol.TLS_1_3, (), "connection timed out", False),
        (Protocol.TLS_1_2, ("a suite",), "connection timed out", False),
        (Protocol.TLS_1_3, (), "TLS alert: protocol version", True),
        (Protocol.SSL_2_0, (), "connection timed out", True),  # firewalls drop its hello
    ],
)
def test_handshakes_that_time_out_are_no_refusals(protocol, accepted, error, seen):
    result = SimpleNamespace(
        accepted_cipher_suites=accepted, rejected_cipher_suites=[SimpleNamespace(error_message=error)]
    )
    assert isinstance(tls_scan._accepted(protocol, result), Unseen) is not seen
