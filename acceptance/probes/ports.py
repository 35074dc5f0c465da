"""Which ports of the target's own addresses answer outside: a bounded connect scan, after all other probes."""

from __future__ import annotations

import asyncio
import struct
import time
from collections.abc import Callable
from typing import TYPE_CHECKING

from acceptance.facts import ProbeError, Unseen, facts, offenders
from acceptance.visit import Visit

if TYPE_CHECKING:
    from acceptance.tables.net import Ports as Table

HOLDS_S = 1.0  # a SYN proxy accepts and then lets go: open is what speaks or holds so long
PATIENCE_S = 3.0
AGAIN = 0  # in the place of a port: one that has answered
EVERY = 100  # ports of an address after which one that had answered is asked again: a scan may get itself banned
COMMON = (
    *range(1, 1025), *range(1433, 1435), 1521, 1723, 1883, 2049, *range(2181, 2184), 2222, *range(2375, 2382), 3000, 3001,
    3128, 3306, 3389, 4000, 4222, 4369, 4443, 4444, 5000, 5001, 5044, 5432, 5433, 5601, 5671, 5672, 5900, 5901, 5984, 5985,
    6000, 6379, 6380, 6443, 6667, 7000, 7001, 7077, 7474, 7687, 8000, 8001, 8008, 8009, *range(8080, 8092), 8123, 8181,
    8200, 8443, 8500, 8600, 8765, 8787, 8888, 9000, 9001, 9042, 9090, 9091, *range(9092, 9095), 9100, 9104, 9113, 9121,
    9187, 9200, 9216, 9300, 9411, 9418, 9443, 9600, 10000, 10250, 10255, 11211, 15671, 15672, 15692, 16379, 16686, 18080,
    20000, 25672, 26379, *range(27017, 27020), 28017, 32768, 49152, 50000, 50070, 61613, 61616,
)  # fmt: skip


@facts
class Open:
    """A port that answered."""

    address: str
    port: int
    speaks: bool

    def __repr__(self) -> str:
        return f"{self.address}:{self.port}"


@facts
class Way:
    """Where a host saw the suite's own connection come from, and the networks from which alone it may be entered."""

    host: str
    came_from: str | Unseen
    jump: tuple[str, ...]


@facts
class Ports:
    """The scan. `blind` are addresses at which nothing at all answered: it can't be told from a lost route.

    `banned` are those at which a port that had answered fell silent: what was closed there tells nothing.
    """

    addresses: tuple[str, ...]
    scanned: int
    open: tuple[Open, ...]
    blind: tuple[str, ...]
    allowed: tuple[int, ...]
    backends: tuple[int, ...]
    sensitive: tuple[int, ...]
    seconds: float
    banned: tuple[str, ...] = ()
    ways: tuple[Way, ...] = ()  # of the hosts for which the target names a jump host or VPN

    def looked(self) -> str:
        return (
            f"connect scan of {self.scanned} ports each on {', '.join(self.addresses)} in {self.seconds:.0f} s: "
            f"open {', '.join(map(repr, self.open)) or 'none'}"
        )[:300]

    def open_beyond_the_target(self) -> tuple[str, ...]:
        return self._open(lambda port: port not in self.allowed)

    def sensitive_open(self) -> tuple[str, ...]:
        """Databases, brokers, metrics and Docker that answer."""
        return self._open(lambda port: port in self.sensitive)

    def entered_beside_the_jump_host(self) -> tuple[str, ...]:
        """Hosts that let the suite in from elsewhere than the target's jump host or VPN."""
        from ipaddress import ip_address, ip_network

        found: list[str] = []
        blind: list[Unseen] = []
        for way in self.ways:
            if isinstance(way.came_from, Unseen):
                blind.append(Unseen(f"{way.came_from.what} on host {way.host}", way.came_from.why))
                continue
            try:
                here = ip_address(way.came_from)
                here = getattr(here, "ipv4_mapped", None) or here
            except ValueError:
                blind.append(Unseen(f"where host {way.host} is entered from", f"{way.came_from!r} is no address"))
                continue
            if not any(here in ip_network(each) for each in way.jump):
                found.append(f"{way.host} was entered from {here}, not from {', '.join(way.jump)}")
        return offenders(found, blind)

    def backends_open(self) -> tuple[str, ...]:
        """Services behind the edge that answer themselves."""
        return self._open(lambda port: port in self.backends)

    def open_at(self, port: int) -> tuple[str, ...]:
        return self._open(lambda found: found == port)

    def closed_at(self, port: int) -> tuple[str, ...]:
        """Addresses at which a port does not answer."""
        answering = {o.address for o in self.open if o.port == port}
        blind = {*self.blind, *self.banned}
        closed = [a for a in self.addresses if a not in answering | blind]
        return offenders([f"{address}:{port} does not answer" for address in closed], self._unseen(answering))

    def _open(self, matters: Callable[[int], bool]) -> tuple[str, ...]:
        found = [f"{o.address}:{o.port} answers" for o in self.open if matters(o.port)]
        return offenders(found, self._unseen())

    def _unseen(self, known: set[str] | frozenset[str] = frozenset()) -> list[Unseen]:
        why = {
            **dict.fromkeys(self.banned, "a port that had answered fell silent: the suite was banned in mid-scan"),
            **dict.fromkeys(self.blind, "nothing at all answers there"),
        }
        return [Unseen(f"ports of {address}", each) for address, each in why.items() if address not in known]


def look(visit: Visit) -> Ports:
    """Scan each address."""
    from acceptance.tables.net import SENSITIVE

    table = visit.target.ports
    if table is None:
        raise ProbeError("ports from outside", "the target has no [ports]")
    wanted = sorted({*COMMON, *SENSITIVE, *table.allowed, *table.backends, *table.extra, *shown(visit)})
    began = time.monotonic()
    found, banned = asyncio.run(scan(table, wanted, visit.time_left_s(600.0)))
    blind = tuple(a for a in table.addresses if not any(o.address == a for o in found))
    return Ports(
        table.addresses, len(wanted), tuple(sorted(found, key=lambda o: (o.address, o.port))), blind, table.allowed,
        table.backends, SENSITIVE, time.monotonic() - began, banned, ways(visit),
    )  # fmt: skip


def ways(visit: Visit) -> tuple[Way, ...]:
    """How the hosts that stand behind a jump host or VPN were entered, by their own word."""
    systems = {host.name: host.system for host in getattr(visit.needs.get("hosts"), "hosts", ())}
    found = []
    for name, host in visit.target.hosts.items():
        system = systems.get(name, Unseen("where the suite comes from", "the host was not asked"))
        came_from = system if isinstance(system, Unseen) else system.came_from
        found += [Way(name, came_from, tuple(map(str, host.jump)))] if host.jump else []
    return tuple(found)


def shown(visit: Visit) -> set[int]:
    """Ports that the hosts themselves show: published by Docker, or listened on."""
    ports: set[int] = set()
    for host in getattr(visit.needs.get("hosts"), "hosts", ()):
        for container in getattr(host.engine, "containers", ()):
            ports |= {int(p.rpartition(":")[2]) for p in container.published if p.rpartition(":")[2].isdigit()}
    for host in getattr(visit.needs.get("configuration"), "hosts", ()):
        listening = getattr(host.access, "listening", ())
        ports |= set(listening) if isinstance(listening, tuple) else set()
    return {port for port in ports if 0 < port < 65536}


async def scan(table: Table, ports: list[int], seconds: float) -> tuple[list[Open], tuple[str, ...]]:
    """What is open, and where the suite was banned; at most so many connections a second, ProbeError without the time."""
    rest = [port for port in ports if port not in table.allowed]
    jobs = [(address, port) for port in rest for address in table.addresses]
    for at in range(len(rest), 0, -EVERY):  # and between them, the last one at the end
        jobs[at * len(table.addresses) : at * len(table.addresses)] = [(address, AGAIN) for address in table.addresses]
    first = [(address, port) for port in ports if port in table.allowed for address in table.addresses]
    if (len(jobs) + len(first)) / table.per_second + 3 * PATIENCE_S > seconds:
        raise ProbeError("ports from outside", f"{len(jobs)} ports at {table.per_second:g} a second take too long")
    at_once = asyncio.Semaphore(int(max(8, min(256, table.per_second * PATIENCE_S))))
    found: list[Open] = []
    banned: set[str] = set()

    async def one(at: float, address: str, port: int) -> None:
        await asyncio.sleep(max(0.0, at - time.monotonic()))
        if port == AGAIN:
            await shown
        async with at_once:
            if port == AGAIN:
                known = next((each.port for each in found if each.address == address), None)
                if known and await closed(address, known) and await closed(address, known):
                    banned.add(address)
            elif (speaks := await answers(table.proxy, address, port)) is not None:
                found.append(Open(address, port, speaks))

    async def closed(address: str, port: int) -> bool:
        return await answers(table.proxy, address, port) is None

    began = time.monotonic()
    whole = [one(began + number / table.per_second, *job) for number, job in enumerate((*first, *jobs))]
    shown = asyncio.gather(*whole[: len(first)])  # those that should answer: they show whether the rest can be told
    await asyncio.gather(shown, *whole[len(first) :])
    return found, tuple(sorted(banned))


async def answers(proxy: str, address: str, port: int) -> bool | None:
    """Whether a port speaks (True) or silently holds (False); None when it is closed or lets go at once."""
    through, _, door = proxy.rpartition(":")
    place = (through.strip("[]"), int(door)) if proxy else (address, port)
    try:
        reader, writer = await asyncio.wait_for(asyncio.open_connection(*place), PATIENCE_S)
    except OSError as problem:
        if proxy:
            raise ProbeError("the proxy outside", f"{proxy}: {problem}") from None
        return None
    try:
        if proxy and not await asyncio.wait_for(socks(reader, writer, address, port), 2 * PATIENCE_S):
            return None
        try:
            return bool(await asyncio.wait_for(reader.read(1), HOLDS_S)) or None
        except TimeoutError:
            return False
    except (OSError, asyncio.IncompleteReadError, TimeoutError):
        return None
    finally:
        writer.close()


async def socks(reader: asyncio.StreamReader, writer: asyncio.StreamWriter, address: str, port: int) -> bool:
    """Ask a SOCKS 5 proxy for a connection; whether it was made."""
    import ipaddress

    writer.write(b"\x05\x01\x00")
    if await reader.readexactly(2) != b"\x05\x00":
        raise ProbeError("the proxy outside", "it is no SOCKS 5 proxy that takes strangers")
    packed = ipaddress.ip_address(address).packed
    writer.write(b"\x05\x01\x00" + (b"\x01" if len(packed) == 4 else b"\x04") + packed + struct.pack(">H", port))
    head = await reader.readexactly(4)
    await reader.readexactly({1: 4, 4: 16}.get(head[3], 0) + 2)
    return head[1] == 0
