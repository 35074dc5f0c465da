"""`acceptance waive`: somebody whose role may accepts that an item does not hold, or plans how a medium one will."""

from __future__ import annotations

import argparse
from pathlib import Path
from typing import Any

from acceptance.checklist import checklist
from acceptance.signing import answer, end, folder_of, moment, now, put, said
from acceptance.signoff import ROLES, Lapsed, fingerprint
from acceptance.target import TargetError
from acceptance.words import Words, WordsError, read


def register(commands: Any) -> None:
    """Add the command to the parser."""
    parser = commands.add_parser("waive", help="accept a high or medium item as it is, or plan a medium one")
    parser.add_argument("id", nargs="?", help="the item, such as SEC-TLS-06")
    parser.add_argument("--target", required=True, help="name or path of the target")
    parser.add_argument("--approver", help="mail address or handle, as people.toml lists it")
    parser.add_argument("--role", choices=ROLES)
    parser.add_argument("--reason", help="why it may be so")
    parser.add_argument("--until", type=end, help="date or time after which it no longer counts")
    parser.add_argument("--on", type=moment, help="when it was decided; now if left out")
    parser.add_argument("--evidence", default="", help="a link or file")
    parser.add_argument("--version", default="", help="only for this version")
    parser.add_argument("--plan", metavar="WHAT", help="no waiver but a plan: what will be done")
    parser.add_argument("--who", help="with --plan: who does it")
    parser.set_defaults(run=run)


def run(args: argparse.Namespace) -> int:
    """Write the waiver or plan; 0, or 2 with one sentence."""
    try:
        folder = folder_of(args.target)
        words = read(folder)
        id = answer(args.id, "Item", "the id of an item")
        if id not in checklist().by_id:
            raise WordsError(f"{id} is no item of the checklist; see `acceptance list`")
        return _plan(args, folder, id) if args.plan else _waive(args, folder, words, id)
    except (WordsError, TargetError) as problem:
        return said(problem)


def _plan(args: argparse.Namespace, folder: Path, id: str) -> int:
    fields = {
        "what": args.plan,
        "who": answer(args.who, "Who does it", "--who"),
        "until": args.until or end(answer(None, "Until", "--until")),
    }
    plan = put(folder / "waivers.toml", ("plan", id), fields, checklist()[id].sentence).plans[id]
    print(f"{plan.where}: {plan.who} mends {id} until {plan.until:%Y-%m-%d}")
    return 0


def _waive(args: argparse.Namespace, folder: Path, words: Words, id: str) -> int:
    item = checklist()[id]
    may = getattr(words.people.waive, item.severity, ())
    role = args.role or answer(None, "Role", "--role", may)
    fields = {
        "approver": answer(args.approver, "Who approves", "--approver", words.people.with_role(role)),
        "role": role,
        "on": args.on or now(),
        "until": args.until or end(answer(None, "Counts until (2026-03-09)", "--until")),
        "reason": answer(args.reason, "Why it may be so", "--reason"),
        "evidence": args.evidence,
        "wording": fingerprint(item.sentence),
        "version": args.version,
    }
    after = put(folder / "waivers.toml", (id,), fields, item.sentence)
    word = after.waived(id, item.sentence, now(), args.version, now())
    if isinstance(word, Lapsed):
        raise WordsError(f"written, but it does not count: {word.why}")
    print(f"{word.where}: {word.approver} ({word.role}) waives {id} until {word.until:%Y-%m-%d %H:%M %Z}")
    return 0
