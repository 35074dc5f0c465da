"""Restores the newest backup into a scratch database, counts, and drops it; only with `--allow writes`.

The scratch database carries a marker collection. One without it belongs to somebody else and is left alone;
one that a killed run left behind is dropped at the next.
"""

from __future__ import annotations

import time
from typing import TYPE_CHECKING, Any

from acceptance.facts import ProbeError, facts, text
from acceptance.probes.backup_facts import RestoreTest
from acceptance.probes.backup_formats import OPLOG, Damaged, Encrypted, decoded
from acceptance.visit import Visit

if TYPE_CHECKING:
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

    def looked(self) -> str:
        """What was done."""
        if self.own is None:
            return f"no restore by the suite: {self.why}"
        return f"{self.own.backup} restored into a scratch database in {self.own.took_s:.1f} s, and dropped"

    def differences(self) -> tuple[str, ...]:
        """Collections whose counts are not the dump's; none where the suite did not restore."""
        damage = (f"{self.own.backup if self.own else 'the backup'}: {self.damage}",) if self.damage else ()
        return (*damage, *(self.own.differences() if self.own else ()))

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
                own, damage = _filled(visit, known, source, scratch)
            finally:
                client.drop_database(known.scratch)
            left = set(client.list_database_names()) - (before - {known.scratch})
            return Restore(own, "", damage, tuple(sorted(left)))
        finally:
            client.close()
    except PyMongoError as problem:
        raise ProbeError("a restore", why(problem, f"readWrite and dbAdmin on {known.scratch}")) from None


def _filled(visit: Visit, known: Table, source: str, scratch: Any) -> tuple[RestoreTest, str]:
    """Insert every document of the database's collections; counts by the dump and by the server, and what ended it."""
    from bson.raw_bson import RawBSONDocument

    from acceptance.probes.backup import newest

    store, kept = newest(visit, known)
    damage = ""
    began, dumped, waiting = time.monotonic(), dict[str, int](), dict[str, list[RawBSONDocument]]()
    try:
        with store.open(kept.name) as stream:
            for namespace, document in store.documents(kept.name, stream):
                database, _, name = namespace.partition(".")
                if namespace == OPLOG or database != source or not document:
                    continue
                decoded(document, namespace)
                dumped[name] = dumped.get(name, 0) + 1
                waiting.setdefault(name, []).append(RawBSONDocument(document))
                if len(waiting[name]) >= AT_ONCE:
                    _insert(scratch[name], waiting.pop(name))
                if visit.time_left_s(5) <= 0.1:
                    raise ProbeError(f"a restore of {kept.name}", "it did not end within the probe's deadline")
    except Damaged as problem:
        damage = str(problem)
    except Encrypted:
        raise ProbeError(f"a restore of {kept.name}", "it is encrypted; only its owner can restore it") from None
    try:
        for name, rest in waiting.items():
            _insert(scratch[name], rest)
    except Damaged as problem:
        damage = damage or str(problem)
    restored = {name: scratch[name].estimated_document_count() for name in dumped}
    return RestoreTest(visit.now, kept.name, round(time.monotonic() - began, 2), dumped, restored), damage


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
