"""Runs one command of the command line as a user would, in this process."""

from __future__ import annotations

import argparse
from types import ModuleType


def acceptance(module: ModuleType, *words: object) -> int:
    """The exit code of `acceptance WORDS` when `module` holds the command."""
    parser = argparse.ArgumentParser()
    module.register(parser.add_subparsers(required=True))
    args = parser.parse_args([str(word) for word in words])
    code: int = args.run(args)
    return code
