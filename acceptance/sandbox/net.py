"""What strangers see of the sandbox: ports behind a SOCKS proxy "outside", an ssh server, and DNS servers.

The public addresses are documentation ones: the proxy is a double that knows which of their ports answer. The ssh
server is a real one (asyncssh) that lets nobody in; the DNS servers answer from a table.
"""

from __future__ import annotations

import asyncio
import socketserver
import struct
import threading
from typing import Any

from acceptance.sandbox.fault import Fault
from acceptance.sandbox.stores import serve
from acceptance.sandbox.world import World

PROBES = ("ports", "ssh_wire", "dns")
ADDRESS, OLD, CDN = "203.0.113.10", "203.0.113.99", "edge.cdn.example.net"
ALL_ADDRESSES = ("INFRA-HOST-10", "INFRA-NET-01")

FAULTS: tuple[Fault, ...] = tuple(
    Fault(name, "net", change, breaks)
    for name, change, breaks in (
        ("docker-publishes-27017", "compose publishes 27017 past ufw", ("SEC-FIREWALL-05", "INFRA-CLOUD-09")),
        ("metrics-port-open", "Prometheus answers outside", ("SEC-FIREWALL-05", "INFRA-CLOUD-09")),
        ("docker-socket-open", "Docker's API answers outside", ("SEC-FIREWALL-05", "INFRA-CLOUD-09")),
        ("backend-port-open", "the engine answers in clear beside the edge", ("SEC-FIREWALL-05", "INFRA-NET-04")),
        ("stray-port-open", "something answers at port 8888", ("SEC-FIREWALL-05",)),
        (
            "scan-banned",
            "whoever scans is shut out after 300 connections",
            ("SEC-FIREWALL-05", "SEC-ACCESS-05", "INFRA-CLOUD-09", "INFRA-NET-04"),
        ),
        ("port-80-silent", "port 80 does not answer outside", ("SEC-FIREWALL-03",)),
        ("port-443-silent", "port 443 does not answer outside", ("SEC-FIREWALL-04",)),
        ("sshd-port-closed", "sshd does not answer outside", ("SEC-FIREWALL-02", "SEC-ACCESS-01", "SEC-ACCESS-02")),
        ("port-22-open", "sshd answers at port 22 too", ("SEC-FIREWALL-05", "SEC-ACCESS-05")),
        ("sshd-not-reloaded", "the file says no passwords, the running sshd takes them", ("SEC-ACCESS-02",)),
        ("sshd-offers-keyboard", "sshd offers keyboard-interactive at the first step", ("SEC-ACCESS-02",)),
        ("sshd-offers-no-keys", "sshd offers passwords only", ("SEC-ACCESS-01", "SEC-ACCESS-02")),
        ("resolver-gives-old-address", "one resolver still gives the old address", (*ALL_ADDRESSES, "INFRA-NET-02")),
        ("name-does-not-exist", "the API's name is NXDOMAIN everywhere", ALL_ADDRESSES),
        ("zone-server-stale", "one of the zone's own servers has the old zone", (*ALL_ADDRESSES, "INFRA-NET-02")),
        ("ptr-missing", "the address has no name", ("INFRA-HOST-11",)),
        ("ptr-mismatch", "the address has the name of another machine", ("INFRA-HOST-11",)),
    )
)
OPENED = {
    "docker-publishes-27017": 27017,
    "metrics-port-open": 9090,
    "docker-socket-open": 2375,
    "backend-port-open": 8080,
    "stray-port-open": 8888,
    "port-22-open": 22,
}
CLOSED = {"port-80-silent": 80, "port-443-silent": 443}


def start(world: World) -> dict[str, Any]:
    """Start proxy, sshd and DNS servers; returns ports and dns."""
    world.shared |= {"sshd": (sshd := Sshd(world)), "net.asked": 0}
    return {
        "doubles": ["the outside view by a proxy", "DNS servers", "an ssh server"],
        "ports": {
            "addresses": [ADDRESS],
            "allowed": [80, 443, 2222],
            "proxy": proxy(world),
            "per_second": 2000.0,
            "ssh": {"app": f"127.0.0.1:{sshd.port}"},
        },
        "dns": {
            "names": {world.names[0]: [ADDRESS], world.names[1]: [CDN, ADDRESS]},
            "resolvers": [nameserver(world, "first"), nameserver(world, "second")],
            "authoritative": [nameserver(world, "own")],
            "reverse": [ADDRESS],
        },
    }


def refresh(world: World) -> None:
    """Close sshd's port, or open it again; forget who scanned."""
    world.shared["net.asked"] = 0
    world.shared["sshd"].listen(not world.on("sshd-port-closed"))


def proxy(world: World) -> str:
    """A SOCKS 5 proxy that connects to nothing: it says which ports of the public address would answer."""

    class Socks(socketserver.StreamRequestHandler):
        timeout = 5

        def handle(self) -> None:
            greeting = self.rfile.read(2)
            self.rfile.read(greeting[1] if len(greeting) == 2 else 0)
            self.wfile.write(b"\x05\x00")
            request = self.rfile.read(10)
            if len(request) < 10:
                return
            port = struct.unpack(">H", request[8:])[0]
            world.shared["net.asked"] += 1
            open_ports = {80, 443, 2222} | {p for name, p in OPENED.items() if world.on(name)}
            open_ports -= {p for name, p in CLOSED.items() if world.on(name)}
            shut_out = world.on("scan-banned") and world.shared["net.asked"] > 300
            answers = not shut_out and port in open_ports and request[4:8] == bytes(map(int, ADDRESS.split(".")))
            self.wfile.write(b"\x05" + (b"\x00" if answers else b"\x05") + b"\x00\x01" + bytes(6))
            if answers:
                self.rfile.read(1)  # hold, as a web server does that waits for a request

    return serve(Socks)


class Sshd:
    """An ssh server that offers methods and lets nobody in."""

    def __init__(self, world: World) -> None:
        self._world = world
        self._ready = threading.Event()
        self._listener: Any = None
        self.port = 0
        threading.Thread(target=self._run, daemon=True).start()
        if not self._ready.wait(10):
            raise RuntimeError("the sandbox's ssh server did not start")

    def listen(self, wanted: bool) -> None:
        """Open the port or close it."""
        asyncio.run_coroutine_threadsafe(self._listen(wanted), self._loop).result(10)

    def _run(self) -> None:
        self._loop = asyncio.new_event_loop()
        self._loop.run_until_complete(self._listen(True))
        self._ready.set()
        self._loop.run_forever()

    async def _listen(self, wanted: bool) -> None:
        if not wanted and self._listener:
            self._listener.close()
            await self._listener.wait_closed()
            self._listener = None
        elif wanted and not self._listener:
            self._listener = await self._open()
            self.port = self._listener.get_port()

    async def _open(self) -> Any:
        import asyncssh

        on = self._world.on

        class Offers(asyncssh.SSHServer):
            def begin_auth(self, username: str) -> bool:  # noqa: ARG002  # the library calls it so
                return True

            def public_key_auth_supported(self) -> bool:
                return not on("sshd-offers-no-keys")

            def password_auth_supported(self) -> bool:
                return on("sshd-not-reloaded") or on("sshd-offers-no-keys")

            def kbdint_auth_supported(self) -> bool:
                return on("sshd-offers-keyboard")

        key = asyncssh.generate_private_key("ssh-ed25519")
        return await asyncssh.create_server(Offers, "127.0.0.1", self.port, server_host_keys=[key])


def nameserver(world: World, role: str) -> str:
    """A DNS server over UDP; returns its address."""
    import dns.flags
    import dns.message
    import dns.rcode
    import dns.rdatatype
    import dns.reversename
    import dns.rrset

    base, api = world.names
    reverse = str(dns.reversename.from_address(ADDRESS)).rstrip(".")

    def answer(question: Any) -> Any:
        reply = dns.message.make_response(question)
        asked = question.question[0]
        name, kind = str(asked.name).rstrip("."), dns.rdatatype.to_text(asked.rdtype)
        stale = (world.on("resolver-gives-old-address") and role == "second") or (
            world.on("zone-server-stale") and role == "own"
        )
        address = OLD if stale else ADDRESS
        if role == "own":
            reply.flags |= dns.flags.AA
        records: list[tuple[str, str, str]] = []
        if name == base and kind == "A":
            records = [(name, "A", address)]
        elif name == api and kind in ("A", "AAAA"):
            records = [(name, "CNAME", f"{CDN}.")] + ([(CDN, "A", address)] if kind == "A" else [])
        elif kind == "SOA":
            records = [
                ("sandbox.test", "SOA", "ns.sandbox.test. hostmaster.sandbox.test. 2026030201 7200 900 1209600 300")
            ]
        elif name == reverse and kind == "PTR" and not world.on("ptr-missing"):
            records = [(name, "PTR", "other.example.net." if world.on("ptr-mismatch") else f"{base}.")]
        if stale and name == api:
            records = [(name, "A", OLD)] if kind == "A" else []
        if (name == api and world.on("name-does-not-exist")) or name not in (base, api, reverse):
            records = records if kind == "SOA" else []
            reply.set_rcode(dns.rcode.NXDOMAIN)
        for owner, rdtype, value in records:
            reply.answer.append(dns.rrset.from_text(f"{owner}.", 60, "IN", rdtype, value))
        return reply

    class Handler(socketserver.BaseRequestHandler):
        def handle(self) -> None:
            data, link = self.request
            link.sendto(answer(dns.message.from_wire(data)).to_wire(), self.client_address)

    server = socketserver.ThreadingUDPServer(("127.0.0.1", 0), Handler)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    return f"127.0.0.1:{server.server_address[1]}"
