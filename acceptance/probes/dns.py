"""What DNS says of the public names, at several resolvers and the zone's own servers, and back from addresses."""

from __future__ import annotations

import ipaddress
from typing import TYPE_CHECKING, Any

from acceptance.facts import ProbeError, Unseen, facts, offenders
from acceptance.visit import Visit

if TYPE_CHECKING:
    from acceptance.tables.net import Dns as Table


@facts
class Answer:
    """One server's word on one name. `code` is NOERROR, NXDOMAIN …"""

    name: str
    server: str
    authoritative: bool
    code: str
    addresses: tuple[str, ...]
    aliases: tuple[str, ...]
    ttl_s: int

    def __repr__(self) -> str:
        return f"{self.name} at {self.server}: {', '.join(self.addresses) or self.code}"[:200]


@facts
class Pointer:
    """The names of an address, and whether one of them leads back to it."""

    address: str
    names: tuple[str, ...]
    leads_back: bool


@facts
class Dns:
    """All answers. `expected` is what the target says each name must give."""

    answers: tuple[Answer | Unseen, ...]
    pointers: tuple[Pointer | Unseen, ...]
    serials: dict[str, int]
    expected: dict[str, tuple[str, ...]]
    resolvers: int
    authoritative: int

    def looked(self) -> str:
        return (
            f"{len(self.expected)} names at {self.resolvers} resolvers and {self.authoritative} of the zone's own "
            f"servers, {len(self.pointers)} addresses back; serials {sorted(set(self.serials.values()))}"
        )

    def pointing_elsewhere(self) -> tuple[str, ...]:
        """Answers that are none, or none of the target's addresses, ranges or alias names."""
        bad = []
        for a in self._seen():
            if not a.addresses:
                bad.append(f"{a.name} at {a.server}: {a.code}, no address")
            for address in a.addresses:
                if not any(covers(wish, address, a.aliases) for wish in self.expected[a.name]):
                    bad.append(f"{a.name} at {a.server} is {address}, not one of the target's")
        return offenders(bad, self._unseen())

    def disagreeing(self) -> tuple[str, ...]:
        """Names that servers answer differently, unless every answer is covered by the same alias or range."""
        if self.resolvers < 2 or not self.authoritative:
            raise ProbeError("agreement of resolvers", "two resolvers and one of the zone's own servers are needed")
        bad = []
        for name, wishes in self.expected.items():
            mine = [a for a in self._seen() if a.name == name]
            said = {
                tuple(sorted({next((w for w in wishes if covers(w, x, a.aliases)), x) for x in a.addresses}))
                or (a.code,)
                for a in mine
            }
            if len(said) > 1:
                bad.append(f"{name}: " + "; ".join(map(repr, mine)))
        return offenders(bad, self._unseen())

    def pointers_wrong(self) -> tuple[str, ...]:
        """Addresses without a name, or whose names don't lead back."""
        if not self.pointers:
            raise ProbeError("reverse DNS", "the target names no address in [dns] reverse")
        seen = [p for p in self.pointers if isinstance(p, Pointer)]
        bad = [f"{p.address} is {', '.join(p.names) or 'nameless'}" for p in seen if not p.leads_back]
        return offenders(bad, [p for p in self.pointers if isinstance(p, Unseen)])

    def _seen(self) -> list[Answer]:
        return [a for a in self.answers if isinstance(a, Answer)]

    def _unseen(self) -> list[Unseen]:
        return [a for a in self.answers if isinstance(a, Unseen)]


def covers(wish: str, address: str, aliases: tuple[str, ...]) -> bool:
    """Whether what the target wants (an address, a range, an alias) is what an answer gave."""
    try:
        return ipaddress.ip_address(address) in ipaddress.ip_network(wish, strict=False)
    except ValueError:
        return wish.rstrip(".").lower() in aliases


def look(visit: Visit) -> Dns:
    """Ask every server for every name, then the first resolver back from each address."""
    table = visit.target.dns
    if table is None:
        raise ProbeError("DNS", "the target has no [dns]")
    answers: list[Answer | Unseen] = []
    serials: dict[str, int] = {}
    for authoritative, servers in ((False, table.resolvers), (True, table.authoritative)):
        for server in servers:
            for name in table.names:
                try:
                    answers.append(ask_name(visit, name, server, authoritative))
                except ProbeError as problem:
                    answers.append(Unseen(problem.what, problem.why))
            if authoritative and (serial := ask_serial(visit, next(iter(table.names)), server)):
                serials[server] = serial
    pointers = tuple(ask_back(visit, address, table) for address in table.reverse)
    return Dns(tuple(answers), pointers, serials, dict(table.names), len(table.resolvers), len(table.authoritative))


def query(visit: Visit, name: str, kind: str, server: str) -> Any:
    """One question, over TCP where the answer was cut."""
    import dns.exception
    import dns.message
    import dns.query

    host, port = place_of(server)
    question = dns.message.make_query(name, kind)
    try:
        return dns.query.udp_with_fallback(question, host, timeout=visit.time_left_s(5.0), port=port)[0]
    except (dns.exception.DNSException, OSError) as problem:
        raise ProbeError(f"{kind} of {name} at {server}", f"{type(problem).__name__}: {problem}"[:200]) from None


def place_of(server: str) -> tuple[str, int]:
    """Address and port of a server; 53 where none is named."""
    try:
        return str(ipaddress.ip_address(server)), 53
    except ValueError:
        host, _, port = server.rpartition(":")
        return host.strip("[]"), int(port)


def ask_name(visit: Visit, name: str, server: str, authoritative: bool) -> Answer:
    """A and AAAA of a name at one server."""
    import dns.rcode

    addresses: list[str] = []
    aliases: list[str] = []
    ttls: list[int] = []
    codes: list[str] = []
    for kind in ("A", "AAAA"):
        reply = query(visit, name, kind, server)
        codes.append(dns.rcode.to_text(reply.rcode()))
        if codes[-1] not in ("NOERROR", "NXDOMAIN"):
            raise ProbeError(f"{kind} of {name} at {server}", codes[-1])
        for rrset in reply.answer[:50]:
            ttls.append(int(rrset.ttl))
            for record in list(rrset)[:50]:
                if hasattr(record, "address"):
                    addresses.append(str(record.address))
                elif hasattr(record, "target"):
                    aliases.append(str(record.target).rstrip(".").lower())
    return Answer(
        name, server, authoritative, codes[0], tuple(sorted(set(addresses))), tuple(aliases), min(ttls, default=0)
    )


def ask_serial(visit: Visit, name: str, server: str) -> int:
    """The serial of the zone at one of its own servers, 0 where it gives none."""
    try:
        reply = query(visit, name, "SOA", server)
    except ProbeError:
        return 0
    records = [record for rrset in (*reply.answer, *reply.authority) for record in rrset if hasattr(record, "serial")]
    return int(records[0].serial) if records else 0


def ask_back(visit: Visit, address: str, table: Table) -> Pointer | Unseen:
    """The names of an address, each asked for its addresses again."""
    import dns.reversename

    server = table.resolvers[0]
    try:
        reply = query(visit, str(dns.reversename.from_address(address)), "PTR", server)
        names = [str(r.target).rstrip(".") for rrset in reply.answer for r in rrset if hasattr(r, "target")][:10]
        back = any(address in ask_name(visit, name, server, False).addresses for name in names)
    except ProbeError as problem:
        return Unseen(problem.what, problem.why)
    return Pointer(address, tuple(names), back)
