"""What the double stores: collections with documents and indexes, a small query language, and query plans."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

from bson import ObjectId

MISSING = object()


@dataclass
class Index:
    """One index as listIndexes shows it."""

    keys: dict[str, int]
    unique: bool = False
    ttl_s: int | None = None
    hidden: bool = False
    building: bool = False

    @property
    def name(self) -> str:
        """MongoDB's default name."""
        return "_".join(f"{key}_{way}" for key, way in self.keys.items())

    def shown(self) -> dict[str, Any]:
        """The document of listIndexes."""
        options = {"unique": True} if self.unique else {}
        ttl = {} if self.ttl_s is None else {"expireAfterSeconds": self.ttl_s}
        hidden = {"hidden": True} if self.hidden else {}
        return {"v": 2, "key": dict(self.keys), "name": self.name, **options, **ttl, **hidden}


@dataclass
class Collection:
    """Documents in insertion order, and indexes; the one on _id is always there."""

    documents: list[dict[str, Any]] = field(default_factory=list)
    indexes: list[Index] = field(default_factory=lambda: [Index({"_id": 1})])

    def insert(self, documents: list[dict[str, Any]]) -> list[dict[str, Any]]:
        """Append; returns write errors (11000) for duplicates of _id and unique keys."""
        errors = []
        unique = [tuple(i.keys) for i in self.indexes if i.unique] + [("_id",)]
        for number, document in enumerate(documents):
            made = document if "_id" in document else {"_id": ObjectId(), **document}
            clash = next((keys for keys in unique if any(_same(made, old, keys) for old in self.documents)), None)
            if clash:
                errors.append({"index": number, "code": 11000, "errmsg": f"E11000 duplicate key error: {clash}"})
            else:
                self.documents.append(made)
        return errors

    def find(self, query: dict[str, Any], sort: dict[str, int] | None = None, limit: int = 0) -> list[dict[str, Any]]:
        """Matching documents, sorted and cut."""
        found = [d for d in self.documents if matches(d, query)]
        for key, way in reversed(list((sort or {}).items())):
            found.sort(key=lambda d, key=key: _order(value_at(d, key)), reverse=way < 0)  # type: ignore[misc]
        return found[:limit] if limit else found

    def delete(self, query: dict[str, Any], limit: int) -> int:
        """Remove matching documents, all for limit 0; returns how many."""
        gone = {id(d) for d in self.find(query, limit=limit)}
        self.documents = [d for d in self.documents if id(d) not in gone]
        return len(gone)

    def plan(self, query: dict[str, Any], sort: dict[str, int] | None = None) -> Index | None:
        """The index that a query would use: one whose first key it names. None is a COLLSCAN."""
        usable = [i for i in self.indexes if not i.hidden and not i.building]
        wanted = set(query) | set(list(sort or {})[:1])
        return next((i for i in usable if next(iter(i.keys)) in wanted), None)


def value_at(document: dict[str, Any], place: str) -> Any:
    """The value at a dotted place, or MISSING."""
    value: Any = document
    for part in place.split("."):
        if not isinstance(value, dict) or part not in value:
            return MISSING
        value = value[part]
    return value


def matches(document: dict[str, Any], query: dict[str, Any]) -> bool:
    """Whether a document is found by a query; NotImplementedError for an operator that the double lacks."""
    for place, wanted in query.items():
        if place in ("$and", "$or"):
            parts = [matches(document, each) for each in wanted]
            if not (all(parts) if place == "$and" else any(parts)):
                return False
        elif isinstance(wanted, dict) and any(k.startswith("$") for k in wanted):
            value = value_at(document, place)
            if not all(_holds(operator, value, operand) for operator, operand in wanted.items()):
                return False
        elif value_at(document, place) != wanted:
            return False
    return True


def _holds(operator: str, value: Any, operand: Any) -> bool:
    match operator:
        case "$eq":
            return bool(value == operand)
        case "$ne":
            return bool(value != operand)
        case "$in":
            return value in operand
        case "$exists":
            return (value is not MISSING) == bool(operand)
        case "$type":
            return value is not MISSING
        case "$lt" | "$lte" | "$gt" | "$gte":
            try:
                return bool({"$lt": value < operand, "$lte": value <= operand, "$gt": value > operand}.get(
                    operator, value >= operand))  # fmt: skip
            except TypeError:
                return False
    raise NotImplementedError(operator)


def _same(one: dict[str, Any], other: dict[str, Any], keys: tuple[str, ...]) -> bool:
    return all(value_at(one, key) == value_at(other, key) for key in keys)


def _order(value: Any) -> tuple[str, Any]:
    return ("", 0) if value is MISSING or value is None else (type(value).__name__, value)
