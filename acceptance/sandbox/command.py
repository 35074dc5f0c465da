"""`acceptance sandbox`: start one by hand, or list its faults."""

from __future__ import annotations

import argparse
import json
import subprocess
import sys
import tempfile
from pathlib import Path
from typing import Any

from acceptance.sandbox.parts import breaks, faults
from acceptance.sandbox.presets import PRESETS


def register(commands: Any) -> None:
    """Add the command."""
    parser = commands.add_parser("sandbox", help="start a sandbox, or list how it can be broken")
    parser.add_argument("--list-faults", action="store_true", help="every fault and the items that it breaks")
    parser.add_argument("--json", action="store_true", help="with --list-faults: as JSON")
    parser.add_argument("--fault", action="append", default=[], help="break it (repeatable)")
    parser.add_argument("--record", metavar="TARGET", help="record a real host of a target as the sandbox's host")
    parser.set_defaults(run=run)


def run(options: argparse.Namespace) -> int:
    """List the faults, or run a sandbox until its standard input ends."""
    if options.record:
        from acceptance.sandbox.recording import record

        print(f"recorded {record(options.record)}")
        return 0
    if options.list_faults:
        listed = [{"name": f.name, "breaks": sorted(breaks(f))} for f in faults().values()]
        if options.json:
            print(json.dumps(listed, indent=1))
        else:
            for fault in faults().values():
                print(f"{fault.name:<32} {fault.change}: {', '.join(sorted(breaks(fault)))}")
            for name, members in PRESETS.items():
                print(f"{name:<32} a preset of {len(members)}: {', '.join(members)}")
        return 0
    with tempfile.TemporaryDirectory(prefix="acceptance-sandbox-", ignore_cleanup_errors=True) as folder:
        print(f"+FAULT and -FAULT change it, end of input ends it; pytest --target={Path(folder) / 'target.toml'}")
        flags = [f"--fault={name}" for name in options.fault]
        return subprocess.call([sys.executable, "-m", "acceptance.sandbox", folder, *flags], start_new_session=True)
