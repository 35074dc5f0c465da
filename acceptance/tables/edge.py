"""What stands in front of the servers."""

from __future__ import annotations

from acceptance.tables import Table


class Edge(Table):
    """`origin` are the servers' own addresses as "address:port", which must not answer around the shield."""

    origin: tuple[str, ...] = ()
