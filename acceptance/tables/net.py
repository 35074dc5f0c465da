"""What strangers see: the target's own public addresses and ports, sshd from outside, and DNS."""

from __future__ import annotations

from pydantic import Field

from acceptance.tables import Table

BACKENDS = (3000, 8000, 8080, 8765)
SENSITIVE = (
    2375, 2376, 2377, 3306, 4369, 5432, 5672, 6379, 8081, 9090, 9091, 9093, 9100, 9121, 9200, 9216, 11211, 15672, 15692,
    25672, 27017, 27018, 27019,
)  # fmt: skip


class Ports(Table):
    """The port scan. `addresses` are the target's own; leave out a CDN's."""

    addresses: tuple[str, ...] = Field(min_length=1)
    allowed: tuple[int, ...] = (80, 443)
    backends: tuple[int, ...] = BACKENDS  # the services behind the edge
    extra: tuple[int, ...] = ()  # ports beyond the common thousand and those that the hosts show
    proxy: str = ""  # "address:port" of a SOCKS 5 proxy outside, where the suite itself stands inside
    per_second: float = Field(default=50.0, ge=1.0, le=2000.0)  # connections; raise it only on a network of your own
    ssh: dict[str, str] = {}  # host of [hosts] -> "address:port" at which its sshd answers outside


class Dns(Table):
    """Names, what they must give, and who is asked."""

    names: dict[str, tuple[str, ...]] = Field(min_length=1)  # name -> addresses, ranges, or names it is an alias of
    resolvers: tuple[str, ...] = Field(min_length=1)  # "address" or "address:port", independent ones
    authoritative: tuple[str, ...] = ()  # the same for the zone's own servers
    reverse: tuple[str, ...] = ()  # public addresses whose names must lead back
