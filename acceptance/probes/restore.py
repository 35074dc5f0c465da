"""Restores the newest backup into a scratch database, counts, and drops it; only with `--allow writes`.

By mongorestore where it is on this machine, else by the suite's own reader; documents and indexes either way.
The scratch database carries a marker collection. One without it belongs to somebody else and is left alone;
one that a killed run left behind is dropped at the next.
"""

from __future__ import annotations

import time
from dataclasses import replace
from typing import TYPE_CHECKING, Any

from acceptance.facts import ProbeError, facts, text
from acceptance.probes.backup_facts import RestoreTest
from acceptance.probes.backup_formats import BUCKETS, OPLOG, Damaged, Encrypted, Indexes, decoded
from acceptance.probes.mongo_client import NOT_FOUND, UNAUTHORIZED
from acceptance.visit import Visit

if TYPE_CHECKING:
    from acceptance.probes.backup_places import Store
    from acceptance.tables.backup import Backup as Table

MARKER = "acceptance_marker"
AT_ONCE = 500  # documents of one insert


@facts
class Restore:
    """`own` is None where the suite did not restore; `why` says the reason."""

    own: RestoreTest | None
    why: str
    damage: str  # what ended the restore, "" for nothing
    left_behind: tuple[str, ...]  # databases that are there afterwards and were not before
    by: str = ""  # mongorestore's version, or the suite itself
    indexes_missing: tuple[str, ...] = ()  # "users: email:1" that the dump has and the restored database lacks
    repeated: tuple[str, ...] = ()

    def looked(self) -> str:
        """What was done."""
        if self.own is None:
            return f"no restore by the suite: {self.why}"
        again = f"; asked again: {', '.join(self.repeated)}" if self.repeated else ""
        done = f"restored into a scratch database in {self.own.took_s:.1f} s by {self.by}, and dropped"
        return f"{self.own.backup} {done}{again}"

    def differences(self) -> tuple[str, ...]:
        """Collections whose counts or indexes are not the dump's; none where the suite did not restore."""
        damage = (f"{self.own.backup if self.own else 'the backup'}: {self.damage}",) if self.damage else ()
        lost = tuple(f"no index {each}" for each in self.indexes_missing)
        return (*damage, *(self.own.differences() if self.own else ()), *lost)

    def took_longer_than(self, hours: float) -> tuple[str, ...]:
        """The suite's own restore, when it took too long."""
        took = self.own.took_s if self.own else 0.0
        return (f"{took / 3600:.1f} h",) if took >= hours * 3600 else ()


def look(visit: Visit) -> Restore:
    """Restore where that is allowed and a credential is named."""
    known = visit.target.backup
    if known is None:
        raise ProbeError("a restore", "the target has no [backup]")
    if "writes" not in visit.allow:
        return Restore(None, "it needs --allow writes", "", ())
    if not known.restore:
        return Restore(None, "the target's [backup] restore names no credential", "", ())
    mongo = visit.target.mongo
    if mongo is None or known.scratch == mongo.database or not known.scratch.startswith("acceptance"):
        raise ProbeError("a restore", f"scratch database {known.scratch!r} must begin with acceptance")
    return _restore(visit, known, mongo.database)


def _restore(visit: Visit, known: Table, source: str) -> Restore:
    from pymongo.errors import PyMongoError

    from acceptance.probes.mongo_client import why

    try:
        client = _primary(visit, known.restore)
        try:
            before = set(client.list_database_names())
            scratch = client[known.scratch]
            if known.scratch in before and MARKER not in (names := scratch.list_collection_names()) and names:
                raise ProbeError("a restore", f"database {known.scratch} is there, and not the suite's own")
            client.drop_database(known.scratch)
            try:
                scratch[MARKER].insert_one({"_id": visit.marker})
                done = _filled(visit, known, source, scratch)
            finally:
                client.drop_database(known.scratch)
            left = set(client.list_database_names()) - (before - {known.scratch})
            return replace(done, left_behind=tuple(sorted(left)))
        finally:
            client.close()
    except PyMongoError as problem:
        raise ProbeError("a restore", why(problem, f"readWrite and dbAdmin on {known.scratch}")) from None


def _filled(visit: Visit, known: Table, source: str, scratch: Any) -> Restore:
    """The dump's documents and indexes in the scratch database, by mongorestore where it is here and reads the form."""
    from acceptance.probes import mongorestore
    from acceptance.probes.backup import newest
    from acceptance.probes.backup_places import S3

    store, kept = newest(visit, known)
    how = mongorestore.usable(store, kept.name)
    indexes: Indexes = {}
    began = time.monotonic()
    dumped, damage = _read(visit, store, kept.name, source, indexes, None if how else scratch)
    by = "the suite itself"
    if how and not damage:
        began = time.monotonic()
        host, port = scratch.client.address
        by = mongorestore.restore(visit, store, kept.name, how, f"{host}:{port}")
    wanted = {
        name.partition(".")[2]: [each for each in listed if each.get("name") != "_id_"]
        for name, listed in indexes.items()
        if name.partition(".")[0] == source
    }
    if not how:
        damage = damage or _indexed(scratch, wanted)
    took_s = round(time.monotonic() - began, 2)
    restored = {name: scratch[name].estimated_document_count() for name in dumped}
    missing = () if damage else _missing(scratch, wanted)
    again = store.repeated() if isinstance(store, S3) else ()
    return Restore(RestoreTest(visit.now, kept.name, took_s, dumped, restored), "", damage, (), by, missing, again)


def _read(
    visit: Visit, store: Store, name: str, source: str, indexes: Indexes, scratch: Any
) -> tuple[dict[str, int], str]:
    """Counts of the database's collections in the dump and what ended it; inserted too where a database is given."""
    from bson.raw_bson import RawBSONDocument

    dumped, waiting, damage = dict[str, int](), dict[str, list[RawBSONDocument]](), ""
    try:
        with store.open(name) as stream:
            for namespace, document in store.documents(name, stream, indexes):
                database, _, collection = namespace.partition(".")
                if namespace == OPLOG or database != source or not document:
                    continue
                decoded(document, namespace)
                dumped[collection] = dumped.get(collection, 0) + 1
                if scratch is not None:
                    if collection.startswith(BUCKETS):
                        raise ProbeError(f"a restore of {name}", f"{collection} needs mongorestore, which is not here")
                    waiting.setdefault(collection, []).append(RawBSONDocument(document))
                    if len(waiting[collection]) >= AT_ONCE:
                        _insert(scratch[collection], waiting.pop(collection))
                if visit.time_left_s(5) <= 0.1:
                    raise ProbeError(f"a restore of {name}", "it did not end within the probe's deadline")
    except Damaged as problem:
        damage = str(problem)
    except Encrypted:
        raise ProbeError(f"a restore of {name}", "it is encrypted; only its owner can restore it") from None
    try:
        for collection, rest in waiting.items():
            _insert(scratch[collection], rest)
    except Damaged as problem:
        damage = damage or str(problem)
    return dumped, damage


def _indexed(scratch: Any, wanted: Indexes) -> str:
    """Build the dump's indexes; returns why one could not be built, "" for nothing."""
    from pymongo.errors import OperationFailure

    for name, listed in wanted.items():
        specifications = [{key: value for key, value in each.items() if key != "ns"} for each in listed]
        try:
            if specifications:
                scratch.command("createIndexes", name, indexes=specifications)
        except OperationFailure as problem:
            if problem.code == UNAUTHORIZED:
                raise
            return f"the server builds no indexes of {name}: {text(problem.details or problem, 80)}"
    return ""


def _missing(scratch: Any, wanted: Indexes) -> tuple[str, ...]:
    """Indexes of the dump that the restored database lacks, by their keys."""
    from pymongo.errors import OperationFailure

    lost = []
    for name, listed in wanted.items():
        try:
            there = [list(dict(each["key"]).items()) for each in scratch[name].list_indexes()]
        except OperationFailure as problem:
            if problem.code != NOT_FOUND:
                raise
            there = []
        for each in listed:
            keys = list(each["key"].items())
            if keys not in there:
                lost.append(f"{name}: {', '.join(f'{key}:{way}' for key, way in keys)}"[:120])
    return tuple(lost)


def _insert(collection: Any, documents: list[Any]) -> None:
    """Insert; Damaged when the server refuses what the backup holds."""
    from pymongo.errors import BulkWriteError

    try:
        collection.insert_many(documents, ordered=False)
    except BulkWriteError as problem:
        refused = (problem.details or {}).get("writeErrors") or [{}]
        said = text(refused[0].get("errmsg", "no reason"), 80)
        raise Damaged(f"the server refuses {len(refused)} documents of {collection.name}: {said}") from None


def _primary(visit: Visit, credential: str) -> Any:
    """The member that takes writes."""
    from pymongo.errors import PyMongoError

    from acceptance.probes.mongo_client import connect, table, why

    reason = "no member is the primary"
    for member in table(visit).members:
        client = connect(visit, member, credential)
        try:
            if client.admin.command("hello").get("isWritablePrimary"):
                return client
        except PyMongoError as problem:
            reason = why(problem)
        client.close()
    raise ProbeError("a restore", reason)
