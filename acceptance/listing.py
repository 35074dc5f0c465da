"""`acceptance list`: the items with their markers, whether they have a test, and what each needs."""

from __future__ import annotations

import argparse
import json
from typing import Any

from acceptance.checklist import Item, checklist
from acceptance.judge import catalogue, probes_of
from acceptance.probes import PROBES


def register(commands: Any) -> None:
    """Add the command."""
    parser = commands.add_parser("list", help="show the checklist's items, their markers and what each one needs")
    parser.add_argument("text", nargs="?", default="", help="only items whose id, sentence or markers hold this text")
    parser.add_argument("--json", action="store_true", help="as JSON")
    parser.set_defaults(run=run)


def run(options: argparse.Namespace) -> int:
    """Print the items that match."""
    rows = [row(item) for item in checklist().items]
    wanted = [r for r in rows if options.text.lower() in json.dumps(r).lower()]
    if options.json:
        print(json.dumps(wanted, indent=1))
    else:
        for r in wanted:
            print(f"{r['id']:<16} {' '.join(r['markers']):<32} {r['sentence']}{_needs(r)}")
        print(f"{len(wanted)} of {len(rows)} items")
    return 0 if wanted else 1


def row(item: Item) -> dict[str, Any]:
    """One item as it is listed."""
    case = catalogue().get(item.id)
    access = sorted({PROBES[p].access for p in probes_of(case)} - {""}) if case else []
    return {
        "id": item.id, "sentence": item.sentence, "markers": list(item.markers), "feature": item.feature,
        "needs": access, "test": "attested" if item.attested else case.function.__name__ if case else "",
    }  # fmt: skip


def _needs(row: dict[str, Any]) -> str:
    return f"  [{', '.join(row['needs'])}]" if row["needs"] else ""
