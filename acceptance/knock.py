"""One harmless look at each grant of a target: does its address take a connection, is its folder there, its host."""

from __future__ import annotations

import re
import socket
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from acceptance import reach
from acceptance.facts import ProbeError, text
from acceptance.probes import PROBES
from acceptance.target import Target

PATIENCE_S = 5.0
DEFAULT_PORTS = {"https": 443, "wss": 443, "http": 80, "ws": 80, "mongodb": 27017}
NOT_ASKED = {"dns", "upstreams", "edge"}  # by datagram; by the services themselves; closed to everybody on purpose
OWN = {"listen", "source"}  # keys of addresses that the suite itself listens on or sends from
FOLDERS = {"repo": "path", "ci": "folder", "records": "folder"}  # tables that grant a folder of this machine


def knock(target: Target) -> dict[str, str]:
    """What was looked at, and why it can't be used ("" for what answers)."""
    granted = sorted(
        {probe.access for probe in PROBES.values() if probe.access and target.grants(probe.access)} - NOT_ASKED
    )
    looks: dict[str, tuple[Any, ...]] = {}
    for access in ("urls", *granted):
        table = getattr(target, access)
        plain = [each.model_dump() for each in table.values()] if isinstance(table, dict) else table.model_dump()
        for address, port in sorted(set(_addresses(plain))):
            looks[f"[{access}] {address}:{port}"] = (_connect, target, address, port)
        if key := FOLDERS.get(access):
            folder = str(getattr(table, key))
            looks[f"[{access}] {folder}"] = (_exists, target._folder / folder.partition("{")[0])
    for name, host in target.hosts.items():
        if not host.command:  # such a command knows the collector only
            looks[f"[hosts.{name}] {reach.way(host)}"] = (_speaks, reach.command(host, PATIENCE_S))
    with ThreadPoolExecutor(8) as several:
        return dict(zip(looks, several.map(lambda look: look[0](*look[1:]), looks.values()), strict=True))


def _addresses(value: Any) -> Iterator[tuple[str, int]]:
    """Every host and port that a table names."""
    if isinstance(value, dict):
        for key, each in value.items():
            if key not in OWN:
                yield from _addresses(each)
    elif isinstance(value, list | tuple):
        for each in value:
            yield from _addresses(each)
    elif isinstance(value, str):
        parts = urlsplit(value) if re.match(r"[a-z]+://[^\s,]+$", value) else None
        if parts and parts.hostname and (port := parts.port or DEFAULT_PORTS.get(parts.scheme)):
            yield parts.hostname, port
        elif bare := re.fullmatch(r"\[?([\w.-]+|[0-9a-fA-F:]+)\]?:(\d{2,5})", value):
            yield bare[1], int(bare[2])


def _connect(target: Target, host: str, port: int) -> str:
    address = target.resolve.get(host, (host,))[0]
    try:
        socket.create_connection((address, port), PATIENCE_S).close()
    except OSError as problem:
        return f"takes no connection: {text(problem, 120)}"
    return ""


def _exists(folder: Path) -> str:
    return "" if folder.exists() else "is not there"


def _speaks(command: list[str]) -> str:
    try:
        reach.run(command, b"print('here')\n", PATIENCE_S + 5, "the host")
    except ProbeError as problem:
        return problem.why
    return ""
