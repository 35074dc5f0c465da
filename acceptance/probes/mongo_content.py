"""What lies in the database: collections with their indexes on each member, listed queries, invariants, counts."""

from __future__ import annotations

from collections.abc import Callable

from acceptance.facts import ProbeError, Unseen, facts, offenders, seen


@facts
class Index:
    """An index as a member shows it; `keys` are written "email:1"."""

    keys: tuple[str, ...]
    unique: bool
    ttl_s: int | None
    building: bool
    partial: bool = False  # only documents that a filter lets in
    special: bool = False  # sparse, or in an order of its own

    def __repr__(self) -> str:
        return f"({', '.join(self.keys)}{', unique' if self.unique else ''})"


@facts
class Collection:
    """A collection on one member."""

    name: str
    indexes: tuple[Index, ...] | Unseen


@facts
class OnMember:
    """The database as one data-bearing member has it."""

    member: str
    databases: tuple[str, ...] | Unseen
    collections: tuple[Collection, ...] | Unseen


@facts
class WantedIndex:
    """An index that the target lists."""

    collection: str
    index: Index


@facts
class Plan:
    """How a listed query ran on `member`: what it scanned, examined and returned."""

    query: str
    member: str
    stages: tuple[str, ...]
    examined: int
    returned: int
    took_ms: float


@facts
class Broken:
    """What an invariant's query found: how many (at most 20 are counted), and the first of their ids."""

    invariant: str
    found: int
    ids: tuple[str, ...]


@facts
class Content:
    """The database against what the target expects of it."""

    database: str
    users: str  # what the target calls the users' collection
    expected: tuple[str, ...]  # collections
    wanted: tuple[WantedIndex, ...]
    on: tuple[OnMember, ...]
    plans: tuple[Plan | Unseen, ...]
    invariants: tuple[Broken | Unseen, ...]
    counts: dict[str, int | Unseen]  # estimated, from one member
    before: dict[str, int] | Unseen  # counts of the snapshot
    may_shrink_percent: float
    newest_migration: str | Unseen
    wanted_migration: str | Unseen
    seeded: dict[str, int | Unseen]

    def members_without_database(self) -> tuple[str, ...]:
        """Members on which the database does not exist."""
        if not self.on:
            raise ProbeError("MongoDB's members", "none shows its databases")
        lacking = [
            m.member for m in self.on if not isinstance(m.databases, Unseen) and self.database not in m.databases
        ]
        return offenders(lacking, [m.databases for m in self.on if isinstance(m.databases, Unseen)])

    def missing_collections(self) -> tuple[str, ...]:
        """Expected collections that a member lacks."""
        if not self.expected:
            raise ProbeError("expected collections", "the target's [mongo] collections names none")
        found = [
            f"{name} on {m.member}"
            for m in self.on
            if not isinstance(m.collections, Unseen)
            for name in self.expected
            if name not in {c.name for c in m.collections}
        ]
        return offenders(found, [m.collections for m in self.on if isinstance(m.collections, Unseen)])

    def missing_indexes(self) -> tuple[str, ...]:
        """Listed indexes that a member lacks, or has with other keys, uniqueness or expiry."""
        found = []
        for wanted in self._wanted():
            for member, indexes in self._indexes(wanted.collection):
                alike = [i for i in indexes if i.keys == wanted.index.keys and i.unique == wanted.index.unique]
                if not any(i.ttl_s == wanted.index.ttl_s for i in alike):
                    found.append(f"{wanted.collection} {wanted.index} on {member}")
        return offenders(found, self._unseen_indexes())

    def indexes_still_building(self) -> tuple[str, ...]:
        """Indexes that are not usable yet."""
        found = [
            f"{c.name} {i} on {m.member}"
            for m in self.on
            for c in (() if isinstance(m.collections, Unseen) else m.collections)
            for i in (() if isinstance(c.indexes, Unseen) else c.indexes)
            if i.building
        ]
        return offenders(found, self._unseen_indexes())

    def users_without_unique_email(self) -> tuple[str, ...]:
        """Members on which two users may have one e-mail address."""
        found = [
            f"{self.users} on {member}"
            for member, indexes in self._indexes(self.users)
            if not any(
                i.unique and not i.partial and [k.partition(":")[0] for k in i.keys] == ["email"] for i in indexes
            )
        ]
        return offenders(found, self._unseen_indexes())

    def duplicate_indexes(self) -> tuple[str, ...]:
        """Indexes that nobody listed, and whose keys another index of the collection begins with."""
        found = []
        for member in self.on[:1]:
            for collection in () if isinstance(member.collections, Unseen) else member.collections:
                indexes = () if isinstance(collection.indexes, Unseen) else collection.indexes
                found += [
                    f"{collection.name} {one} beside {other}"
                    for one in indexes
                    for other in indexes
                    if one is not other and other.keys[: len(one.keys)] == one.keys
                    if not one.unique and one.ttl_s is None and one.keys != ("_id:1",)
                    if not any(i.partial or i.special for i in (one, other))
                    if (collection.name, one.keys) not in {(w.collection, w.index.keys) for w in self.wanted}
                ]
        return offenders(found, self._unseen_indexes())

    def queries_without_index(self) -> tuple[str, ...]:
        """Listed queries that scan a whole collection or none, or examine more than 10 documents for each returned."""
        return self._plans(lambda p: bool({"COLLSCAN", "EOF"} & {*p.stages}) or p.examined > 10 * max(p.returned, 1))

    def queries_slower_than(self, ms: float) -> tuple[str, ...]:
        """Listed queries that took that long or longer."""
        return self._plans(lambda p: p.took_ms >= ms)

    def broken_invariants(self) -> tuple[str, ...]:
        """Invariants whose query finds something."""
        if not self.invariants:
            raise ProbeError("invariants of the data", "the target's [mongo] lists none")
        found = [f"{b.invariant}: {b.found} documents, such as {', '.join(b.ids)}"
                 for b in self.invariants if isinstance(b, Broken) and b.found]  # fmt: skip
        return offenders(found, [b for b in self.invariants if isinstance(b, Unseen)])

    def shrunk_collections(self) -> tuple[str, ...]:
        """Collections with fewer documents than before the deployment, beyond what the target allows."""
        found, unseen = [], []
        for name, before in seen(self.before).items():
            now = self.counts.get(name, 0)
            if isinstance(now, Unseen):
                unseen.append(now)
            elif now < before * (1 - self.may_shrink_percent / 100):
                found.append(f"{name}: {now} documents, {before} before")
        return offenders(found, unseen)

    def migrations_behind(self) -> tuple[str, ...]:
        """The newest applied migration, when it is not the release's."""
        newest, wanted = seen(self.newest_migration), seen(self.wanted_migration)
        return () if newest == wanted else (f"{newest or 'none'} is the newest migration, {wanted} the release's",)

    def empty_seeds(self) -> tuple[str, ...]:
        """Seeded collections without a document."""
        if not self.seeded:
            raise ProbeError("seeded collections", "the target's [mongo] seeded names none")
        empty = [name for name, count in self.seeded.items() if count == 0]
        return offenders(empty, [count for count in self.seeded.values() if isinstance(count, Unseen)])

    def _plans(self, is_wrong: Callable[[Plan], bool]) -> tuple[str, ...]:
        if not self.plans:
            raise ProbeError("plans of queries", "the target's [mongo] lists no queries")
        found = [
            f"{p.query}: {'/'.join(p.stages)}, {p.examined} examined, {p.returned} returned, {p.took_ms:.0f} ms"
            for p in self.plans
            if isinstance(p, Plan) and is_wrong(p)
        ]
        return offenders(found, [p for p in self.plans if isinstance(p, Unseen)])

    def _wanted(self) -> tuple[WantedIndex, ...]:
        if not self.wanted:
            raise ProbeError("expected indexes", "the target's [mongo] lists none")
        return self.wanted

    def _indexes(self, name: str) -> list[tuple[str, tuple[Index, ...]]]:
        """The usable indexes of a collection, member by member; none where the collection is missing."""
        shown = []
        for member in self.on:
            if isinstance(member.collections, Unseen):
                continue
            indexes = next((c.indexes for c in member.collections if c.name == name), ())
            if not isinstance(indexes, Unseen):
                shown.append((member.member, tuple(i for i in indexes if not i.building)))
        return shown

    def _unseen_indexes(self) -> list[Unseen]:
        unseen = [m.collections for m in self.on if isinstance(m.collections, Unseen)]
        return unseen + [
            c.indexes
            for m in self.on
            if not isinstance(m.collections, Unseen)
            for c in m.collections
            if isinstance(c.indexes, Unseen)
        ]
