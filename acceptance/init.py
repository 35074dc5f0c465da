"""`acceptance init NAME`: writes a commented target to start from."""

from __future__ import annotations

import argparse
import shutil
import sys
from typing import Any
from urllib.parse import urlsplit

from acceptance.target import FOLDER, TargetError, read

EXAMPLE = FOLDER / "example"


def register(commands: Any) -> None:
    """Add the command."""
    parser = commands.add_parser("init", help="write a commented target below targets/")
    parser.add_argument("name", help="the target's name, such as prod or staging")
    parser.add_argument(
        "--url", default="", help="address of the page, such as https://bot.example.com (asked if absent)"
    )
    parser.set_defaults(run=run)


def run(options: argparse.Namespace) -> int:
    """Copy the example with the user's own address in it."""
    folder = FOLDER / options.name
    if folder.exists():
        raise TargetError(f"{folder} exists; edit it, or give another name")
    if not options.name.replace("-", "").replace("_", "").isalnum() or options.name == "sandbox":
        raise TargetError(f"{options.name!r} can't be a target's name; use letters, digits, - and _")
    url = options.url or (input("Address of the page (https://…): ").strip() if sys.stdin.isatty() else "")
    host = urlsplit(url).netloc
    if not url.startswith("https://") or not host:
        raise TargetError(f"--url {url!r}: give the page's address, such as --url=https://bot.example.com")
    shutil.copytree(EXAMPLE, folder)
    for path in folder.rglob("*.toml"):
        path.write_text(path.read_text(encoding="utf-8").replace("bot.example.com", host), encoding="utf-8")
    read(folder / "target.toml")
    print(f"wrote {folder}/: edit target.toml, then see what it unlocks: acceptance doctor --target={options.name}")
    return 0
