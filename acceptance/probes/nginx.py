"""nginx' running configuration: which server and which location a request falls into, and whether a limit holds there."""

from __future__ import annotations

import re
from collections.abc import Iterable

from acceptance.facts import facts


@facts
class Location:
    """A location, and whether a request limit holds in it."""

    kind: str
    path: str
    limited: bool


@facts
class Server:
    """A server block. `sends_away`: it answers everything itself, mostly by a redirect; `limited`: outside of locations."""

    names: tuple[str, ...]
    ports: tuple[int, ...]
    default_at: tuple[int, ...]
    sends_away: bool
    limited: bool
    locations: tuple[Location, ...]

    def location_of(self, path: str) -> Location | None:
        """The location that nginx takes: exact, then ^~, then the first regular expression, then the longest."""
        prefixes = [x for x in self.locations if x.kind in ("", "^~") and path.startswith(x.path)]
        longest = max(prefixes, key=lambda x: len(x.path), default=None)
        for x in self.locations:
            if x.kind == "=" and x.path == path:
                return x
        if longest and longest.kind == "^~":
            return longest
        for x in self.locations:
            if x.kind in ("~", "~*") and _found(x.path, path, ignoring_case=x.kind == "~*"):
                return x
        return longest

    def limits(self, path: str) -> bool:
        """Whether a request limit holds for a path."""
        where = self.location_of(path)
        return where.limited if where else self.limited


@facts
class Edge:
    """nginx as it runs."""

    zones: tuple[str, ...]
    connection_limits: bool
    servers: tuple[Server, ...]

    def servers_of(self, host: str, port: int) -> tuple[Server, ...]:
        """The servers that take a host's requests: at its port, or behind a balancer wherever one has its name, if any."""
        ports = sorted({each for server in self.servers for each in server.ports})
        taken = [_taken(self.servers, host, each) for each in ([port] if port in ports else ports)]
        named = [server for server in taken if any(_rank(name, host) > (0, 0) for name in server.names)]
        return tuple(dict.fromkeys(server for server in named or taken if not server.sends_away))


def _taken(servers: Iterable[Server], host: str, port: int) -> Server:
    """nginx' choice: the name itself, the longest star before it, the longest behind it, an expression, the default."""
    here = [server for server in servers if port in server.ports]
    ranked = [(_rank(name, host), server) for server in here for name in server.names]
    best = max((rank for rank, _ in ranked), default=(0, 0))
    if best > (0, 0):
        return next(server for rank, server in ranked if rank == best)
    return next((server for server in here if port in server.default_at), here[0])


def _rank(name: str, host: str) -> tuple[int, int]:
    """How well a name of a server fits a host; (0, 0) for not at all."""
    name, host = name if name.startswith("~") else name.lower(), host.lower()
    if name == host or (name.startswith(".") and name[1:] == host):
        return (4, 0)
    if name.startswith(("*.", ".")) and host.endswith(name.removeprefix("*")):
        return (3, len(name))
    if name.endswith(".*") and host.startswith(name[:-1]):
        return (2, len(name))
    return (1, 0) if name.startswith("~") and _found(name[1:], host, ignoring_case=True) else (0, 0)


def _found(expression: str, where: str, *, ignoring_case: bool) -> bool:
    """Whether an expression of nginx' is found; one that only PCRE reads is not."""
    try:
        return re.search(expression, where, re.IGNORECASE if ignoring_case else 0) is not None
    except re.error:
        return False
