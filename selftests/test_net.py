"""Ports, DNS and sshd from outside, against servers that hold, let go, lie, drip or say nothing."""

import asyncio
import json
import socket
import socketserver
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

import pytest

from acceptance.facts import ProbeError, Unseen
from acceptance.probes import dns, ports, ssh_wire
from acceptance.probes.dns import Answer, Dns, Pointer
from acceptance.probes.ports import Open, Ports
from acceptance.tables.net import Ports as Table
from acceptance.target import Target
from acceptance.visit import Visit
from selftests.judging import BLOCKED, FAIL, PASS, judge

URLS = {
    "base": "https://a.test", "plain": "http://a.test", "api": "https://a.test", "ws": "wss://a.test",
    "dashboard": "https://a.test",
}  # fmt: skip
Handle = Callable[[socketserver.StreamRequestHandler], None]


@contextmanager
def server(handle: Handle) -> Iterator[int]:
    class Handler(socketserver.StreamRequestHandler):
        timeout = 5

        def handle(self) -> None:
            try:
                handle(self)
            except OSError:
                return

    with socketserver.ThreadingTCPServer(("127.0.0.1", 0), Handler) as listening:
        listening.daemon_threads = True
        threading.Thread(target=listening.serve_forever, daemon=True).start()
        yield listening.server_address[1]
        listening.shutdown()


def closed_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


@pytest.mark.parametrize(
    ("handle", "seen"),
    [
        (lambda it: it.wfile.write(b"SSH-2.0-x\r\n"), True),
        (lambda it: it.rfile.read(1), False),
        (lambda it: None, None),
    ],
    ids=["speaks", "holds", "lets go as a SYN proxy does"],
)
def test_open_is_what_speaks_or_holds(handle: Handle, seen: bool | None) -> None:
    with server(handle) as port:
        assert asyncio.run(ports.answers("", "127.0.0.1", port)) is seen


def test_a_closed_port_is_closed() -> None:
    assert asyncio.run(ports.answers("", "127.0.0.1", closed_port())) is None


def test_a_dead_proxy_is_no_closed_port() -> None:
    with pytest.raises(ProbeError, match="the proxy outside"):
        asyncio.run(ports.answers(f"127.0.0.1:{closed_port()}", "203.0.113.10", 443))


def test_a_proxy_of_another_protocol_is_told() -> None:
    with (
        server(lambda it: it.wfile.write(b"HTTP/1.1 400 Bad Request\r\n\r\n")) as port,
        pytest.raises(ProbeError, match="no SOCKS 5"),
    ):
        asyncio.run(ports.answers(f"127.0.0.1:{port}", "203.0.113.10", 443))


def test_a_scan_that_can_not_end_in_time_does_not_begin() -> None:
    table = Table(addresses=("203.0.113.10",))
    with pytest.raises(ProbeError, match="take too long"):
        asyncio.run(ports.scan(table, list(range(1, 2000)), 20.0))


def test_the_rate_is_kept(monkeypatch: pytest.MonkeyPatch) -> None:
    times: list[float] = []

    async def answers(proxy: str, address: str, port: int) -> None:
        times.append(time.monotonic())

    monkeypatch.setattr(ports, "answers", answers)
    began = time.monotonic()
    asyncio.run(ports.scan(Table(addresses=("203.0.113.10",), per_second=200.0), list(range(1, 101)), 20.0))
    assert len(times) == 100
    assert times[-1] - began > 0.45


@pytest.mark.parametrize(
    ("bans_after", "lasts", "banned"),
    [(10**6, 10**6, ()), (250, 10**6, ("203.0.113.10",)), (100, 1, ()), (250, 120, ("203.0.113.10",))],
)
def test_a_scan_that_got_itself_banned_says_so(
    bans_after: int, lasts: int, banned: tuple[str, ...], monkeypatch: pytest.MonkeyPatch
) -> None:
    asked: list[int] = []

    async def answers(proxy: str, address: str, port: int) -> bool | None:
        asked.append(port)
        shut_out = bans_after < len(asked) <= bans_after + lasts
        return True if port in (443, 27017) and not shut_out else None

    monkeypatch.setattr(ports, "answers", answers)
    table = Table(addresses=("203.0.113.10",), per_second=2000.0)
    found, seen = asyncio.run(ports.scan(table, [*range(1, 500), 27017], 30.0))
    assert asked[:2] == [80, 443]
    assert sorted(set(asked)) == [*range(1, 500), 27017]
    assert seen == banned
    assert {each.port for each in found} == ({443} if lasts == 10**6 and banned else {443, 27017})


def test_where_the_suite_was_banned_closed_says_nothing() -> None:
    shut_out = replace(seen_ports(*WEB), banned=("203.0.113.10",))
    assert judge("SEC-FIREWALL-05", ports=shut_out) is BLOCKED
    assert judge("INFRA-CLOUD-09", ports=shut_out) is BLOCKED
    assert judge("SEC-FIREWALL-05", ports=replace(shut_out, open=(*WEB, Open("203.0.113.10", 9000, True)))) is FAIL
    assert shut_out.closed_at(443) == ()  # it was seen open before
    with pytest.raises(ProbeError, match="banned in mid-scan"):
        shut_out.closed_at(8443)
    assert seen_ports(*WEB).closed_at(8443)


def seen_ports(*found: Open, blind: tuple[str, ...] = ()) -> Ports:
    return Ports(("203.0.113.10",), 1100, found, blind, (80, 443, 2222), (8080,), (27017,), 22.0)


WEB = (Open("203.0.113.10", 80, False), Open("203.0.113.10", 443, False))


def test_other_ports_are_findings_and_an_address_that_says_nothing_is_unseen() -> None:
    assert judge("SEC-FIREWALL-05", ports=seen_ports(*WEB)) is PASS
    assert judge("SEC-FIREWALL-05", ports=seen_ports(*WEB, Open("203.0.113.10", 9000, True))) is FAIL
    assert judge("SEC-FIREWALL-05", ports=seen_ports(blind=("203.0.113.10",))) is BLOCKED
    assert judge("INFRA-CLOUD-09", ports=seen_ports(*WEB, Open("203.0.113.10", 27017, True))) is FAIL


@pytest.mark.parametrize(
    ("came_from", "status"),
    [
        ("10.9.0.5", PASS),
        ("::ffff:10.9.0.5", PASS),
        ("2001:db8:9::5", PASS),
        ("198.51.100.77", FAIL),
        ("fe80::1%eth0", FAIL),
        ("elsewhere", BLOCKED),
        (Unseen("where the suite comes from", "the host is not entered by ssh"), BLOCKED),
    ],
)
def test_a_host_is_entered_by_its_jump_host_only(came_from: str | Unseen, status: object) -> None:
    way = ports.Way("app", came_from, ("10.9.0.0/24", "2001:db8:9::/48"))
    assert judge("INFRA-CLOUD-09", ports=replace(seen_ports(*WEB), ways=(way,))) is status


def test_a_host_that_was_not_asked_is_no_host_behind_its_jump_host(tmp_path: Path) -> None:
    target = Target.model_validate_json(
        json.dumps({"name": "t", "urls": URLS, "hosts": {"app": {"local": True, "jump": ["10.9.0.0/24"]}}})
    )
    visit = Visit(target, datetime.now(UTC), tmp_path, tmp_path, tmp_path, "acceptance-test", time.monotonic() + 5)
    (way,) = ports.ways(visit)
    assert isinstance(way.came_from, Unseen)


@pytest.mark.parametrize(
    "handle",
    [
        lambda it: it.wfile.write(b"HTTP/1.1 400 Bad Request\r\n\r\n"),
        lambda it: it.wfile.write(b"SSH-2.0-x\r\n" + bytes(range(256)) * 40),
        lambda it: None,
    ],
    ids=["another protocol", "junk after the banner", "silence"],
)
def test_an_sshd_that_is_none_is_could_not_look(handle: Handle) -> None:
    class Visit:
        def time_left_s(self, at_most: float) -> float:
            return min(at_most, 8.0)

    with server(handle) as port, pytest.raises(ProbeError, match="sshd at"):
        ssh_wire.offer(Visit(), "app", f"127.0.0.1:{port}", "deploy")  # type: ignore[arg-type]  # only its time is asked


def test_a_closed_sshd_is_closed_and_offers_nothing() -> None:
    class Visit:
        def time_left_s(self, at_most: float) -> float:
            return at_most

    offer = ssh_wire.offer(Visit(), "app", f"127.0.0.1:{closed_port()}", "deploy")  # type: ignore[arg-type]  # as above
    wire = ssh_wire.SshWire((offer,))
    assert wire.silent()
    with pytest.raises(ProbeError, match="closed"):
        wire.methods_beyond("publickey")


def answer(name: str, server: str, *addresses: str, aliases: tuple[str, ...] = (), code: str = "NOERROR") -> Answer:
    return Answer(name, server, server == "own", code, addresses, aliases, 60)


def seen_dns(*answers: Answer | Unseen, resolvers: int = 2, pointers: tuple[Pointer | Unseen, ...] = ()) -> Dns:
    return Dns(answers, pointers, {"own": 1}, {"app.test": ("203.0.113.0/28", "edge.cdn.test")}, resolvers, 1)


GOOD = (
    answer("app.test", "one", "203.0.113.10"),
    answer("app.test", "two", "203.0.113.10"),
    answer("app.test", "own", "203.0.113.10"),
)
BLIND = Unseen("A of app.test at two", "timed out")


def test_names_point_at_the_target_everywhere() -> None:
    assert judge("INFRA-HOST-10", dns=seen_dns(*GOOD)) is PASS
    assert judge("INFRA-HOST-10", dns=seen_dns(*GOOD[:2], answer("app.test", "own", "198.51.100.1"))) is FAIL
    assert judge("INFRA-HOST-10", dns=seen_dns(*GOOD[:2], answer("app.test", "own", code="NXDOMAIN"))) is FAIL
    assert (
        judge(
            "INFRA-HOST-10",
            dns=seen_dns(*GOOD[:2], answer("app.test", "own", "198.51.100.9", aliases=("edge.cdn.test",))),
        )
        is PASS
    )
    assert judge("INFRA-HOST-10", dns=seen_dns(*GOOD[:2], BLIND)) is BLOCKED
    assert judge("INFRA-HOST-10", dns=seen_dns(answer("app.test", "own", "198.51.100.1"), BLIND)) is FAIL


def test_servers_agree_on_ranges_and_aliases() -> None:
    assert judge("INFRA-NET-02", dns=seen_dns(*GOOD)) is PASS
    assert judge("INFRA-NET-02", dns=seen_dns(*GOOD[:2], answer("app.test", "own", "203.0.113.11"))) is PASS
    assert judge("INFRA-NET-02", dns=seen_dns(*GOOD[:2], answer("app.test", "own", "198.51.100.1"))) is FAIL
    assert judge("INFRA-NET-02", dns=seen_dns(*GOOD, resolvers=1)) is BLOCKED


def test_addresses_lead_back() -> None:
    assert judge("INFRA-HOST-11", dns=seen_dns(*GOOD, pointers=(Pointer("203.0.113.10", ("app.test",), True),))) is PASS
    assert judge("INFRA-HOST-11", dns=seen_dns(*GOOD, pointers=(Pointer("203.0.113.10", (), False),))) is FAIL
    assert judge("INFRA-HOST-11", dns=seen_dns(*GOOD)) is BLOCKED


@pytest.mark.parametrize("word", [b"", b"\x00" * 40, b"junk"], ids=["silence", "zeros", "junk"])
def test_a_nameserver_that_is_none_is_could_not_look(word: bytes) -> None:
    class Visit:
        def time_left_s(self, at_most: float) -> float:
            return 0.4

    class Handler(socketserver.BaseRequestHandler):
        def handle(self) -> None:
            if word:
                self.request[1].sendto(word, self.client_address)

    with socketserver.ThreadingUDPServer(("127.0.0.1", 0), Handler) as listening:
        threading.Thread(target=listening.serve_forever, daemon=True).start()
        with pytest.raises(ProbeError, match=r"A of app\.test"):
            dns.query(Visit(), "app.test", "A", f"127.0.0.1:{listening.server_address[1]}")  # type: ignore[arg-type]  # as above
        listening.shutdown()
