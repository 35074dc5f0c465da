"""Reads what people said of one target: people, attestations, waivers and plans, releases. Strict.

Every error is one sentence with file, line, key and what to do.
"""

from __future__ import annotations

import re
import tomllib
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path
from typing import Any, TypeVar

from pydantic import BaseModel, ValidationError

from acceptance.checklist import Checklist, checklist
from acceptance.signoff import (
    ROLE_OF,
    STANDING_DAYS,
    Attestation,
    Entry,
    Lapsed,
    People,
    Plan,
    Release,
    Waiver,
    lapse,
)

E = TypeVar("E", bound=Entry)
NOBODY = Lapsed("nobody has signed")


class WordsError(ValueError):
    """A file of people's words that can't be used: file, line, key, and what to do."""


@dataclass(frozen=True)
class Words:
    """Everything that people said of one target."""

    people: People = field(default_factory=People)
    attestations: dict[str, Attestation] = field(default_factory=dict)
    waivers: dict[str, Waiver] = field(default_factory=dict)
    plans: dict[str, Plan] = field(default_factory=dict)
    releases: dict[str, Release] = field(default_factory=dict)

    def attested(
        self,
        id: str,
        sentence: str,
        now: datetime,
        version: str,
        clock: datetime | None = None,
        after: datetime | None = None,
    ) -> Attestation | Lapsed:
        """The attestation of an item if it counts, else why not.

        `now` is the item's moment, `clock` the run's. `after`: it must be signed later than that (INFRA-READY-10).
        A `refused` one comes back too: it is somebody's word that the item does not hold.
        """
        word = self.attestations.get(id)
        if word is None:
            return NOBODY
        if after and word.on <= after:
            return Lapsed(f"{word.where}: was signed before the record of {after:%Y-%m-%d %H:%M %Z}; sign again")
        return lapse(word, id, sentence, now, version, clock) or word

    def waived(
        self, id: str, sentence: str, now: datetime, version: str, clock: datetime | None = None
    ) -> Waiver | Lapsed:
        """The waiver of an item if it counts, else why not."""
        word = self.waivers.get(id)
        if word is None:
            return Lapsed("nobody waived it")
        return lapse(word, id, sentence, now, version, clock) or word

    def planned(self, now: datetime) -> tuple[str, ...]:
        """Items that have a plan which is not over its date."""
        return tuple(id for id, plan in self.plans.items() if now <= plan.until)

    def release(self, version: str | None = None) -> Release | None:
        """The release that is judged: the named one, else the one that is open; None when there is none."""
        if version is not None:
            if version not in self.releases:
                known = ", ".join(self.releases) or "none yet; write one with `acceptance release new`"
                raise WordsError(f"there is no release {version!r}; valid: {known}")
            return self.releases[version]
        unclosed = [release for release in self.releases.values() if not release.closed]
        if len(unclosed) > 1:
            names = ", ".join(release.version for release in unclosed)
            raise WordsError(
                f"{unclosed[-1].where}: {len(unclosed)} releases are open ({names}); close one with"
                f" `acceptance release close VERSION`, or name one with --release=VERSION"
            )
        return unclosed[0] if unclosed else None


def read(folder: Path, items: Checklist | None = None) -> Words:
    """All that people said in a target's folder; a file that is absent says nothing."""
    known = items or checklist()
    people = read_people(folder / "people.toml")
    attestations = read_attestations(folder / "attestations.toml", people, known)
    waivers, plans = read_waivers(folder / "waivers.toml", people, known)
    return Words(people, attestations, waivers, plans, read_releases(folder / "releases"))


def read_people(path: Path) -> People:
    """Who may sign."""
    source, data = _toml(path)
    return _entry(People, data, path, source, ())


def read_attestations(path: Path, people: People, items: Checklist) -> dict[str, Attestation]:
    """Attestations by item."""
    source, data = _toml(path)
    found: dict[str, Attestation] = {}
    for id, table in data.items():
        _known_item(id, path, source, items)
        word = _entry(Attestation, table, path, source, (id,))
        _listed(word.by, word.role, people, path, source, (id, "by"))
        if id in ROLE_OF and word.role != ROLE_OF[id]:
            raise _error(path, source, (id, "role"), f"{id} needs the word of a {ROLE_OF[id]}")
        if id not in STANDING_DAYS and not word.version:
            raise _error(path, source, (id, "version"), "is missing; name the version that this was signed for")
        found[id] = word
    return found


def read_waivers(path: Path, people: People, items: Checklist) -> tuple[dict[str, Waiver], dict[str, Plan]]:
    """Waivers and plans by item. A critical item has no waiver, and only a medium one a plan."""
    source, data = _toml(path)
    plans: dict[str, Plan] = {}
    planned = data.pop("plan", {})
    if not isinstance(planned, dict):
        raise _error(path, source, ("plan",), "must be tables such as [plan.PERF-WS-01]")
    for id, table in planned.items():
        _known_item(id, path, source, items, ("plan",))
        if items[id].severity != "medium":
            severity = items[id].severity
            raise _error(path, source, ("plan", id), f"{id} is {severity}; a plan is enough only for medium items")
        plans[id] = _entry(Plan, table, path, source, ("plan", id))
    waivers: dict[str, Waiver] = {}
    for id, table in data.items():
        _known_item(id, path, source, items)
        if (severity := items[id].severity) == "critical":
            raise _error(path, source, (id,), f"{id} is critical and can't be waived; mend it, and remove this entry")
        word = _entry(Waiver, table, path, source, (id,))
        _listed(word.approver, word.role, people, path, source, (id, "approver"))
        may = getattr(people.waive, severity)
        if word.role not in may:
            valid = ", ".join(may) or "nobody"
            raise _error(path, source, (id, "role"), f"{word.role} may not waive a {severity} item; valid: {valid}")
        waivers[id] = word
    return waivers, plans


def read_releases(folder: Path) -> dict[str, Release]:
    """Release files by version, oldest first by what they say of themselves, then by name."""
    found: dict[str, Release] = {}
    for path in sorted(folder.glob("*.toml")):
        source, data = _toml(path)
        release = _entry(Release, data, path, source, ())
        if release.version != path.stem:
            raise _error(
                path, source, ("version",), f"is {release.version!r} but the file is {path.name}; make them agree"
            )
        found[release.version] = release
    return dict(sorted(found.items(), key=lambda pair: version_key(pair[0])))


def version_key(version: str) -> tuple[tuple[int, int, str], ...]:
    """Orders 2.10.0 after 2.9.1, and 2.4.0-rc1 before 2.4.0."""
    main, _, extra = version.partition("-")
    parts = tuple((1, int(p), "") if p.isdigit() else (0, 0, p) for p in re.split(r"[.+_]", main))
    return (*parts, (0, 0, extra) if extra else (1, 0, ""))


def line_of(source: str, keys: Sequence[str]) -> int:
    """The line of a key in a TOML text: the longest beginning of `keys` that stands there."""
    best, best_line = 0, 1
    table: tuple[str, ...] = ()
    counts: dict[tuple[str, ...], int] = {}
    for number, text in enumerate(source.splitlines(), 1):
        if header := re.match(r"\s*(\[\[?)\s*([^\[\]]+?)\s*\]", text):
            table = _parts(header[2])
            if header[1] == "[[":
                counts[table] = counts.get(table, -1) + 1
                table = (*table, str(counts[table]))
            path = table
        elif key := re.match(r"""\s*((?:"[^"]*"|'[^']*'|[\w-]+)(?:\s*\.\s*(?:"[^"]*"|'[^']*'|[\w-]+))*)\s*=""", text):
            path = (*table, *_parts(key[1]))
        else:
            continue
        if len(path) > best and tuple(keys[: len(path)]) == path:
            best, best_line = len(path), number
    return best_line


def _parts(dotted: str) -> tuple[str, ...]:
    return tuple(part.strip("\"'") for part in re.findall(r""""[^"]*"|'[^']*'|[^.\s]+""", dotted))


def _toml(path: Path) -> tuple[str, dict[str, Any]]:
    try:
        source = path.read_bytes().decode("utf-8")
    except FileNotFoundError:
        return "", {}
    except UnicodeDecodeError as problem:
        raise WordsError(f"{path}: is not UTF-8 (byte {problem.start}); save it as UTF-8") from None
    except OSError as problem:
        raise WordsError(f"{path}: can't be read ({problem.strerror}); mend its type or permissions") from None
    try:
        return source, tomllib.loads(source)
    except (ValueError, RecursionError) as problem:  # tomllib lets a number that is too long or a nest too deep through
        line = re.search(r"at line (\d+)", str(problem))
        what = str(problem).split(" (at ")[0]
        hint = "each item stands once; remove one" if "twice" in what or "overwrite" in what else "mend the TOML"
        raise WordsError(f"{path}:{line[1] if line else len(source.splitlines())}: {what}; {hint}") from None


def _entry(kind: type[E], table: Any, path: Path, source: str, keys: tuple[str, ...]) -> E:
    try:
        entry = kind.model_validate(table)
    except ValidationError as problem:
        first = problem.errors()[0]
        place = tuple(str(part) for part in first["loc"])
        raise _error(path, source, (*keys, *place), _sentence(kind, dict(first), place)) from None
    entry._where = f"{path}:{line_of(source, keys)}"
    return entry


def _sentence(kind: type[BaseModel], first: dict[str, Any], place: tuple[str, ...]) -> str:
    message = str(first["msg"]).removeprefix("Value error, ")
    if first["type"] == "extra_forbidden":
        return f"unknown key; valid here: {', '.join(_valid_keys(kind, place[:-1]))}"
    if first["type"] == "missing":
        return "is missing; add it"
    if first["type"] == "timezone_aware":
        return "has no time zone; add Z or an offset such as +07:00"
    if first["type"] == "literal_error":
        return f"must be one of {first['ctx']['expected']!s}"
    return message[0].lower() + message[1:]


def _valid_keys(kind: type[BaseModel], place: tuple[str, ...]) -> list[str]:
    model: Any = kind
    for part in place:
        info = model.model_fields.get(part)
        inner = info.annotation if info else model
        model = _model_in(inner) or model
    return sorted(model.model_fields)


def _model_in(annotation: Any) -> Any:
    if hasattr(annotation, "model_fields"):
        return annotation
    return next((m for each in getattr(annotation, "__args__", ()) if (m := _model_in(each))), None)


def _known_item(id: str, path: Path, source: str, items: Checklist, above: tuple[str, ...] = ()) -> None:
    if id not in items.by_id:
        near = [known for known in items.by_id if known.rpartition("-")[0] == id.rpartition("-")[0]]
        valid = ", ".join(near) if near else f"one of the {len(items.items)} ids of checklist.md"
        raise _error(path, source, (*above, id), f"is no item of the checklist; valid: {valid}")


def _listed(who: str, role: str, people: People, path: Path, source: str, keys: tuple[str, ...]) -> None:
    person = people.find(who)
    if person is None:
        valid = ", ".join(people.people) or 'nobody yet; add a table [people."name@example.com"]'
        raise _error(path, source, keys, f"{who} is not in people.toml; valid: {valid}")
    if role not in person.roles:
        valid = ", ".join(person.roles)
        raise _error(path, source, (keys[0], "role"), f"people.toml does not list {who} as {role}; valid: {valid}")


def _error(path: Path, source: str, keys: Sequence[str], what: str) -> WordsError:
    name = ".".join(keys)
    return WordsError(f"{path}:{line_of(source, keys)}: {name + ': ' if name else ''}{what}")
