"""The collector: one script, sent to a host over one connection, that prints what it sees as one JSON document.

Its parts are written for Python 3.8 and the standard library alone. They change nothing and leave nothing behind.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any

PARTS = (
    "base", "system", "schedules", "software", "docker", "logs", "images", "engine", "compose", "dotenv", "speak", "inside", "usage", "env",
    "deployment", "ssh", "nginx", "firewall", "pulls", "renewal", "logfile", "upstream", "volumes",
    "mongo_reach",
)  # fmt: skip
OF = {  # which parts a section is made of, besides base
    "system": ("system",),
    "software": ("schedules", "software"),
    "engine": ("docker", "logs", "images", "engine", "compose"),
    "services": ("docker", "dotenv", "speak"),
    "usage": ("docker", "inside", "usage"),
    "pulls": ("pulls",),
    "mongo_reach": ("docker", "inside", "mongo_reach"),
    "volumes": ("system", "volumes"),
    "log_file": ("logfile",),
    "upstream": ("docker", "logs", "inside", "upstream"),
    "account": ("docker", "logs", "inside", "upstream"),
    "renewal": ("schedules", "renewal"),
    "deployment": ("dotenv", "env", "deployment"),
    "access": ("docker", "ssh", "nginx", "firewall"),
}
_OWN = re.compile(r"^from (acceptance\.collector\.\w+|__future__) import .*?(?:\n|\([^)]*\)\n)", re.MULTILINE)


def script(sections: Iterable[str], request: Mapping[str, Any]) -> bytes:
    """The whole script for some sections. `request` says what to look at; it holds no secret."""
    wanted = tuple(sections)
    needed = {part for section in wanted for part in OF[section]} | {"base"}
    here = Path(__file__).parent
    sources = [_OWN.sub("", (here / f"{p}.py").read_text(encoding="utf-8")) for p in PARTS if p in needed]
    ask = json.dumps({"sections": wanted, **request})
    return "\n".join(["from __future__ import annotations", *sources, f"main({ask!r})", ""]).encode()


def without_python(sections: Iterable[str], mark: str) -> bytes:
    """The script of POSIX sh for a host that has no Python: little is seen, and the rest is said to be unseen."""
    source = (Path(__file__).parent / "without_python.sh").read_bytes()
    return f"mark={mark} kram={mark[::-1]} sections='{' '.join(sections)}'\n".encode() + source
