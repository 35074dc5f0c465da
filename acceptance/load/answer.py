"""Whether an answer under load is the API's, and a success by its own word. Cheap: it runs a thousand times a second."""

from __future__ import annotations

import json
import re

_DENIED = re.compile(rb'"success"\s*:\s*false')


def against_itself(method: str, body: bytes) -> str:
    """What makes an answer with a status of success none: no JSON (a fallback page), or `success: false`; "" for nothing."""
    if method == "HEAD":
        return ""
    if body.lstrip()[:1] not in (b"{", b"["):
        return "no JSON"
    if not _DENIED.search(body):
        return ""
    try:
        document = json.loads(body)
    except ValueError:
        return "no JSON"
    return "success false" if isinstance(document, dict) and document.get("success") is False else ""
