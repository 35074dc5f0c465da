"""`acceptance doctor`: which of the items can be decided with what a target grants, and what would unlock most."""

from __future__ import annotations

import argparse
from collections import Counter
from datetime import UTC, datetime
from typing import Any

from acceptance.checklist import IMPACTS, checklist
from acceptance.facts import ProbeError
from acceptance.gate import gate
from acceptance.judge import catalogue, probes_of
from acceptance.knock import knock
from acceptance.probes import PROBES
from acceptance.settle import Said
from acceptance.signoff import Attestation
from acceptance.target import Target, find, read
from acceptance.verdict import Status
from acceptance.words import read as read_words


def register(commands: Any) -> None:
    """Add the command."""
    parser = commands.add_parser("doctor", help="say before a run what can be decided, and what would unlock more")
    parser.add_argument("--target", required=True)
    parser.add_argument("--release", default="")
    parser.set_defaults(run=run)


def run(options: argparse.Namespace) -> int:
    """Print what is granted, what is missing, and whether each secret is there and each grant answers. 1 when not."""
    path = find(options.target)
    target = read(path)
    words = read_words(path.parent)
    said = Said(words, words.release(options.release or None), datetime.now(UTC))
    allow = frozenset(impact for impact in IMPACTS if getattr(target.allow, impact))
    decidable, missing = 0, Counter[str]()
    for item in checklist().items:
        case = catalogue().get(item.id)
        if case is None:
            signed = isinstance(said.attestation(item), Attestation)
            decidable += item.attested and signed
            if item.attested and not signed:
                missing["a person's word (acceptance attest --list)"] += 1
            continue
        settled = gate(item, probes_of(case), target, allow, said.release)
        if settled is None or settled.status is Status.NA:
            decidable += 1
        else:
            for access in {PROBES[p].access for p in probes_of(case) if not target.grants(PROBES[p].access)} or {
                item.impact
            }:
                missing[f"[{access}]" if access not in IMPACTS else f"[allow] {access} = true"] += 1
    print(f"{decidable} of {len(checklist().items)} items can be decided with what {path} grants.")
    for grant, count in missing.most_common():
        print(f"  {grant:<44} would unlock {count} items")
    looks = knock(target)
    broken = [*_secrets(target), *(f"{what} {why}" for what, why in looks.items() if why)]
    print(f"  {sum(not why for why in looks.values())} of {len(looks)} addresses, folders and hosts answer")
    for line in broken:
        print(f"  {line}")
    if missing:
        print(f"Most would be unlocked by {missing.most_common(1)[0][0]}.")
    return 1 if broken else 0


def _secrets(target: Target) -> list[str]:
    """Credentials that can't be read now; values are looked at by length only."""
    problems = []
    for name in target.credentials:
        try:
            if len(target.secret(name)) < 8:
                problems.append(
                    f"[credentials.{name}] is shorter than 8 characters and can't be redacted; use a longer one"
                )
        except ProbeError as problem:
            problems.append(f"[credentials.{name}]: {problem.why}")
    return problems
