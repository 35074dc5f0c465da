"""`acceptance attest`: a person signs an item, or sees which items wait for a person."""

from __future__ import annotations

import argparse
from datetime import datetime
from pathlib import Path
from typing import Any

from acceptance import saf, target
from acceptance.checklist import Item, checklist
from acceptance.signing import answer, end, folder_of, moment, now, put, said
from acceptance.signoff import ROLE_OF, ROLES, STANDING_DAYS, Lapsed, Release, feature_of, fingerprint, now_of
from acceptance.target import RELEASE_FEATURES, Target, TargetError
from acceptance.words import Words, WordsError, read


def register(commands: Any) -> None:
    """Add the command to the parser."""
    parser = commands.add_parser("attest", help="sign an item as a person, or list what waits for a signature")
    parser.add_argument("id", nargs="?", help="the item, such as INFRA-READY-04")
    parser.add_argument("--target", required=True, help="name or path of the target")
    parser.add_argument("--list", action="store_true", help="list the items that wait for a person")
    parser.add_argument(
        "--from", dest="source", type=Path, help="take over a file of attestations in the MITRE SAF format"
    )
    parser.add_argument("--by", help="mail address or handle, as people.toml lists it")
    parser.add_argument("--role", choices=ROLES)
    parser.add_argument("--says", help="what exactly was done")
    parser.add_argument("--evidence", help="a link or file that shows it")
    parser.add_argument("--until", type=end, help="date or time after which it no longer counts")
    parser.add_argument("--on", type=moment, help="when it was done; now if left out")
    parser.add_argument("--release", help="version that it is signed for; the open one if left out")
    parser.add_argument("--refused", action="store_true", help="say that the item does not hold")
    parser.set_defaults(run=run)


def run(args: argparse.Namespace) -> int:
    """Sign or list; 0, or 2 with one sentence."""
    try:
        folder = folder_of(args.target)
        words = read(folder)
        if args.list:
            return _list(words, target.read(target.find(args.target)), args.release)
        if args.source:
            return _take_over(args, folder, words)
        return _sign(args, folder, words)
    except (WordsError, TargetError) as problem:
        return said(problem)


def waiting(words: Words, granted: Target, release: Release | None, clock: datetime) -> list[tuple[Item, str]]:
    """Items that need a person's word and have none that counts, with the reason."""
    from acceptance.judge import catalogue

    halves = {id for id, case in catalogue().items() if "signed" in case.asks_for}
    version = release.version if release else ""
    found: list[tuple[Item, str]] = []
    for item in checklist().items:
        if not (item.attested or item.id in halves) or not _applies(item, granted, release):
            continue
        word = words.attested(item.id, item.sentence, now_of(item, clock, release), version, clock)
        if isinstance(word, Lapsed):
            found.append((item, word.why))
    return found


def _applies(item: Item, granted: Target, release: Release | None) -> bool:
    if not item.feature:
        return True
    if item.feature in RELEASE_FEATURES:
        return feature_of(release, item.feature)[0]
    return granted.feature(item.feature).present


def _list(words: Words, granted: Target, version: str | None) -> int:
    waits = waiting(words, granted, words.release(version), now())
    for item, why in waits:
        print(f"{item.id:16} {item.sentence}\n{'':16} {why}")
    print(f"{len(waits)} items wait for a person.")
    return 0


def _take_over(args: argparse.Namespace, folder: Path, words: Words) -> int:
    """All of them or none."""
    release = words.release(args.release)
    path = folder / "attestations.toml"
    before = path.read_bytes() if path.exists() else None
    clock, entries = now(), saf.read(args.source, words.people, release)
    try:
        for id, fields in entries.items():
            if release is None and id not in STANDING_DAYS:
                raise WordsError(f"{id} is signed for a version, and no release is open")
            after = put(path, (id,), fields, checklist()[id].sentence)
            item, version = checklist()[id], release.version if release else ""
            word = after.attested(id, item.sentence, now_of(item, clock, release), version, clock)
            if isinstance(word, Lapsed):
                raise WordsError(f"{args.source}: {id} does not count: {word.why}")
    except WordsError:
        path.unlink(missing_ok=True) if before is None else path.write_bytes(before)
        raise
    print(f"{path}: took over {len(entries)} attestations from {args.source}")
    return 0


def _sign(args: argparse.Namespace, folder: Path, words: Words) -> int:
    known = checklist().by_id
    id = answer(args.id, "Item", "the id of an item")
    if id not in known:
        raise WordsError(f"{id} is no item of the checklist; see `acceptance list`")
    release = words.release(args.release)
    if release is None and id not in STANDING_DAYS:
        raise WordsError(
            f"{id} is signed for a version, and no release is open; write one with `acceptance release new`"
        )
    item = known[id]
    print(f"{id}: {item.sentence}")
    role = args.role or ROLE_OF.get(id) or answer(None, "Role", "--role", ROLES)
    fields = {
        "outcome": "refused" if args.refused else "done",
        "by": answer(args.by, "Who signs", "--by", words.people.with_role(role)),
        "role": role,
        "on": args.on or now(),
        "until": args.until or end(answer(None, "Counts until (2026-03-09)", "--until")),
        "says": answer(args.says, "What was done", "--says"),
        "evidence": answer(args.evidence, "Link or file that shows it", "--evidence"),
        "wording": fingerprint(item.sentence),
        "version": release.version if release else "",
    }
    path = folder / "attestations.toml"
    after = put(path, (id,), fields, item.sentence)
    version = release.version if release else ""
    word = after.attested(id, item.sentence, now_of(item, now(), release), version, now())
    if isinstance(word, Lapsed):
        raise WordsError(f"written, but it does not count: {word.why}")
    print(f"{word.where}: {word.by} ({word.role}) signed {id} until {word.until:%Y-%m-%d %H:%M %Z}")
    return 0
