"""The `acceptance` command: one sub-command a module of COMMANDS, each with `register(commands)`."""

from __future__ import annotations

import argparse
import importlib
import sys

from acceptance.checklist import ChecklistError
from acceptance.record.file import RecordError
from acceptance.target import TargetError
from acceptance.words import WordsError

COMMANDS = (
    "list",
    "doctor",
    "init",
    "sandbox",
    "attest",
    "waive",
    "release",
    "sign",
    "diff",
    "history",
    "notify",
    "export",
    "rollback",
    "watch",
)
MODULES = {
    "list": "listing",
    "sandbox": "sandbox.command",
    "notify": "webhook",
    "rollback": "rollback_command",
    "watch": "watch_command",
}


def main(argv: list[str] | None = None) -> int:
    """Run one command; errors of the user's files are one sentence and exit code 2."""
    parser = argparse.ArgumentParser(prog="acceptance", description="Decides whether Bot Core may go live.")
    commands = parser.add_subparsers(dest="command", required=True, metavar="COMMAND")
    for name in COMMANDS:
        importlib.import_module(f"acceptance.{MODULES.get(name, name)}").register(commands)
    options = parser.parse_args(argv)
    try:
        return int(options.run(options))
    except (TargetError, WordsError, ChecklistError, RecordError) as problem:
        print(f"acceptance: {problem}", file=sys.stderr)
        return 2
    except BrokenPipeError:
        return 1


if __name__ == "__main__":
    sys.exit(main())
