"""The sandbox's upload of pictures, and how it takes too much."""

from __future__ import annotations

import json
import re
import secrets
from typing import Any

from acceptance.sandbox.fault import Fault
from acceptance.sandbox.world import World

PROBES = ("uploads",)
PATH = "/api/uploads"
MAGIC = b"\x89PNG\r\n\x1a\n"
FAULTS: tuple[Fault, ...] = (
    Fault("upload-serves-pages", "uploads", "an .html file is taken and served back", ("SEC-WEB-14",)),
    Fault("upload-trusts-the-type", "uploads", "the declared type is believed", ("SEC-WEB-14",)),
    Fault("upload-without-limit", "uploads", "a file may have any size", ("SEC-WEB-14",)),
    Fault("upload-takes-paths", "uploads", "a path in the name is taken", ("SEC-WEB-14",)),
    Fault("upload-served-inline", "uploads", "uploads are served without nosniff and inline", ("SEC-WEB-14",)),
)


def start(world: World) -> dict[str, Any]:
    """The edge hands uploads over; the target learns the operation."""
    world.shared["uploads"] = {}
    return {"operations": {"upload": {"method": "POST", "path": PATH, "kind": "local", "fields": {"url": "data.url"}}}}


def answer(world: World, method: str, path: str, body: bytes, known: bool) -> tuple[int, str, bytes]:
    """Status, content type and body for a request below /api/uploads; `known` tells whether a user asks."""
    if not known:
        return _json(401, "authentication is required")
    kept: dict[str, bytes] = world.shared["uploads"]
    if method == "GET":
        found = kept.get(path.rpartition("/")[2])
        return (200, "image/png", found) if found else _json(404, "there is nothing here")
    if method == "DELETE":
        gone = kept.pop(path.rpartition("/")[2], None)
        return _json(404, "there is nothing here") if gone is None else (204, "", b"")
    part = re.search(rb'filename="([^"]*)"[^\r\n]*\r\n(?:Content-Type: ([^\r\n]*)\r\n)?\r\n(.*)\r\n--', body, re.DOTALL)
    if method != "POST" or not part:
        return _json(400, "a file is expected")
    name, content = part[1].decode("utf-8", "replace"), part[3]
    on = world.on
    if len(content) > 1_000_000 and not on("upload-without-limit"):
        return _json(413, "too large")
    if ("/" in name or "\\" in name) and not on("upload-takes-paths"):
        return _json(400, "the name is not allowed")
    named = bool(re.fullmatch(r"[\w-]+\.png", name.rpartition("/")[2])) or (
        on("upload-serves-pages") and name.endswith(".html")
    )
    picture = content.startswith(MAGIC) or on("upload-trusts-the-type") or on("upload-serves-pages")
    if not named or not picture:
        return _json(415, "only PNG pictures are taken")
    id = secrets.token_hex(8)
    kept[id] = content
    return 201, "application/json", json.dumps({"success": True, "data": {"url": f"{PATH}/{id}"}}).encode()


def _json(status: int, error: str) -> tuple[int, str, bytes]:
    return status, "application/json", json.dumps({"success": False, "data": None, "error": error}).encode()
