"""Secrets that an image carries in its environment and labels: their names and kinds; the values stay here."""

from __future__ import annotations

import re

IMAGE_SHAPES = (
    ("AWS key", r"\b(?:AKIA|ASIA)[A-Z0-9]{16}\b"),
    ("GitHub token", r"\bgh[pousr]_[A-Za-z0-9]{36}"),
    ("OpenAI key", r"\bsk-[A-Za-z0-9_-]{20,}"),
    ("Slack token", r"\bxox[abpr]-[A-Za-z0-9-]{10,}"),
    ("private key", r"-----BEGIN [A-Z ]*PRIVATE KEY"),
    ("JSON web token", r"\beyJ[A-Za-z0-9_-]{8,}\.[A-Za-z0-9_-]{8,}\."),
    ("password in a URL", r"://[^/\s:@$]+:[^/\s@$<{]{6,}@"),
)
NAMED = r"(?i)(?:password|passwd|secret|token|api_?key|private_?key|access_?key|credential)s?$"
NO_VALUE = r"(?i)^(?:|/.*|\$.*|<.*>|true|false|none|null|[0-9.]+|.*(?:example|placeholder|change[-_]?me|your[-_]).*)$"


def secrets_in_image(config):
    """Names of variables and labels of an image's configuration that hold a secret, each with its kind."""
    pairs = [("ENV", *pair.partition("=")[::2]) for pair in config.get("Env") or []]
    pairs += [("label", name, value or "") for name, value in (config.get("Labels") or {}).items()]
    found = []
    for where, name, value in pairs:
        kind = next((kind for kind, shape in IMAGE_SHAPES if re.search(shape, value)), "")
        if not kind and re.search(NAMED, name) and len(value) >= 6 and not re.search(NO_VALUE, value):
            kind = "a value under a secret's name"
        if kind:
            found.append("%s %s (%s)" % (where, name[:80], kind))
    return found[:50]
