"""Levels of logs: which of them tell more than another, by the words of LOG_LEVEL and of RUST_LOG's directives."""

from __future__ import annotations

LEVELS = ("off", "error", "warn", "info", "debug", "trace")
TALKATIVE = ("debug", "trace", "verbose", "silly", "all")  # what loggers call a level below info


def directives_beyond(rust_log: str, level: str) -> tuple[str, ...]:
    """Levels of RUST_LOG's directives beyond a level; a module without one asks for all that it has."""
    words = [each.strip().rpartition("=")[2].lower() for each in rust_log.split(",") if each.strip()]
    return tuple(word for word in words if word not in LEVELS[: LEVELS.index(level) + 1])
