"""Stands in for a host: takes the collector's script, runs nothing, and prints a recording in its place.

`python answer.py RECORDING` is the `command` of the sandbox's host.
"""

from __future__ import annotations

import ast
import json
import sys
from pathlib import Path


def main() -> None:
    """Answer the script on standard input."""
    call = sys.stdin.read().rstrip().rpartition("\n")[2]
    request = json.loads(ast.literal_eval(call.removeprefix("main(").removesuffix(")")))
    recording = json.loads(Path(sys.argv[1]).read_text(encoding="utf-8"))
    answer = {section: recording[section] for section in request["sections"]}
    print(f"{request['mark']}{json.dumps(answer)}{request['mark'][::-1]}")


if __name__ == "__main__":
    main()
