"""Where MongoDB is, who may look, and what must be in it: names of collections, indexes, queries, invariants."""

from __future__ import annotations

import json
from typing import Annotated

from pydantic import Field, field_validator

from acceptance.tables import Table

Address = Annotated[str, Field(pattern=r"^.+:\d{1,5}$")]


class Index(Table):
    """An index that must exist. `keys` are written "email:1"; `ttl_s` is None where nothing expires."""

    collection: str
    keys: tuple[str, ...]
    unique: bool = False
    ttl_s: int | None = None


class Query(Table):
    """A query that must be fast. `filter` is extended JSON, `sort` is written "open_time:-1"."""

    name: str
    collection: str
    filter: str
    sort: tuple[str, ...] = ()

    @field_validator("filter")
    @classmethod
    def _is_document(cls, value: str) -> str:
        try:
            document = json.loads(value)
        except ValueError as problem:
            raise ValueError(f"must be a JSON document: {problem}") from None
        if not isinstance(document, dict):
            raise ValueError("must be a JSON document")
        return value


class Invariant(Query):
    """A query that finds nothing while the data are sound, such as a trade without a quantity."""


class Service(Table):
    """A service that uses the database. `app` is its appName; `status` its own word: URL, place in it, and "up".

    A hello is sent from its container's network on `host`, to `members` as the service calls them.
    """

    host: str = ""  # a name of [hosts]
    members: tuple[str, ...] = ()  # () the same as those of [mongo]
    app: str = ""
    status: str = ""
    field: str = ""
    up: str = "up"


class Disk(Table):
    """What a member's data lie on, for a server that does not encrypt by itself: a path on a host of [hosts],
    a volume of [cloud], or both."""

    host: str = ""
    path: str = ""  # "" is the member's own dbPath
    volume: str = ""  # the id of an EBS volume


class Migrations(Table):
    """The collection in which applied migrations stand, and the release's newest one."""

    collection: str
    field: str = "version"
    newest: str


class Mongo(Table):
    """`uri`, `failover` and `application` name credentials whose secret is the whole URI.

    `members` are all addresses that may be asked ("host:port"); `names` maps the checklist's names of
    collections to this target's. `snapshot` is a JSON file with the counts before the deployment.
    """

    uri: str
    members: tuple[Address, ...]
    application: tuple[str, ...]
    failover: str = ""
    ca_file: str = ""
    certificate_key_file: str = ""
    database: str = "bot_core"
    names: dict[str, str] = {}
    collections: tuple[str, ...] = ()
    indexes: tuple[Index, ...] = ()
    queries: tuple[Query, ...] = ()
    invariants: tuple[Invariant, ...] = ()
    services: dict[str, Service] = {}
    disks: dict[str, Disk] = {}  # by member
    seeded: tuple[str, ...] = ()
    migrations: Migrations | None = None
    snapshot: str = ""
    may_shrink_percent: float = 1.0
    pool_at_most: int = 100
    burst: str = "portfolio"  # operation whose answer needs the database
    # how long its connections may take to come back; it may be shorter than the minute of the checklist
    burst_patience_s: Annotated[float, Field(gt=0, le=60)] = 60.0

    def named(self, name: str) -> str:
        """What this target calls a collection of the checklist."""
        return self.names.get(name, name)
