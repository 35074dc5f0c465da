"""What containers write: levels, errors after the start, growth. Lines are masked before they leave the host."""

from __future__ import annotations

import calendar
import re
import time

from acceptance.collector.base import Blind
from acceptance.collector.docker import BODY_LIMIT, docker

ERROR = re.compile(
    r'\b(ERROR|FATAL|CRITICAL|PANIC)\b|"(level|severity|lvl)"\s*:\s*"(error|fatal|critical|panic)"|\blevel=(error|fatal|panic)'
    r'|panicked at|^panic:|Traceback \(most recent|"s":"[EF]"|\[(error|crit|alert|emerg)\]|(^\{|"pid":\d+,)"level":[56]0,',
)
WARNING = re.compile(
    r'\bWARN(ING)?\b|"(level|severity|lvl)"\s*:\s*"warn(ing)?"|\blevel=warn|"s":"W"|\[warn(ing)?\]|# Warning|(^\{|"pid":\d+,)"level":40,'
)
VERBOSE = re.compile(
    r'\b(DEBUG|TRACE)\b|"(level|severity|lvl)"\s*:\s*"(debug|trace)"|\blevel=(debug|trace)|"s":"D[1-5]?"|\[debug\]|(^\{|"pid":\d+,)"level":[12]0,'
)
COLOUR = re.compile(r"\x1b\[[0-9;]*m")  # tracing writes them also where no terminal is
HIDDEN_NAME = re.compile(r"PASS|SECRET|TOKEN|KEY|DSN|URL|URI|AUTH", re.IGNORECASE)
HIDDEN_SHAPE = re.compile(r"(?<=://)[^/\s@]+@|eyJ[\w-]{8,}\.[\w.-]+|[A-Za-z0-9+/_-]{24,}=*")
LEAK = re.compile(
    r"(?<=://)[^/\s:@]+:[^/\s@]{3,}@|eyJ[\w-]{10,}\.[\w-]{10,}\.[\w-]{10,}|-----BEGIN [A-Z ]*PRIVATE KEY"
    r"|\b(AKIA[0-9A-Z]{16}|sk-[A-Za-z0-9_-]{20,}|gh[pousr]_[A-Za-z0-9]{30,})"
)
TAILS = (20_000, 2_000, 200)  # newest lines of one container that are read; fewer where they are too long
RECENT_S = 300.0
START_S = 600  # "the 10 minutes after start-up"
SLICE_S = 60  # of it that is read at once where all is too much


class TooMuch(Blind):  # it is no error of the collector
    """More lines than are kept."""


def age_s(stamp):
    """Seconds since a time stamp of the engine, such as 2026-03-02T08:10:00.123456789Z."""
    found = re.match(r"(\d+)-(\d+)-(\d+)T(\d+):(\d+):(\d+)(\.\d+)?(Z|[+-]\d\d:\d\d)", stamp)
    if not found:
        raise Blind(f"{stamp[:40]} is no time stamp")
    try:
        whole = calendar.timegm(tuple(int(found.group(n)) for n in range(1, 7)))
    except (ValueError, OverflowError):
        raise Blind(f"{stamp[:40]} is no time stamp") from None
    zone = found.group(8)
    if zone != "Z":
        whole -= int(zone[0] + "1") * (int(zone[1:3]) * 3600 + int(zone[4:6]) * 60)
    return time.time() - whole - float(found.group(7) or 0)


def look_at_log(container, request, settings):
    """Facts `Log` of one container."""
    if container["HostConfig"]["LogConfig"]["Type"] in ("none", ""):
        raise Blind("its log driver keeps nothing")
    began = time.time() - age_s(container["State"]["StartedAt"])
    allowed = [re.compile(rule) for rule in request["log_allow"]]
    lines, whole = newest_lines(container, began)
    early = lines if whole else early_lines(container, began)
    odd = [line for line in lines if not any(rule.search(line[1]) for rule in allowed)]
    errors = [text for at, text, _ in early if at < began + START_S and ERROR.search(text)]
    errors = [text for text in errors if not any(rule.search(text) for rule in allowed)]
    warnings = [text for _, text, _ in odd if WARNING.search(text)]
    span_s = max(60.0, time.time() - (lines[0][0] if lines and not whole else began))
    hidden = [v for n, v in settings.items() if HIDDEN_NAME.search(n) and len(v) >= 6]
    audit = re.compile(request["audit"]) if request["audit"] else None
    return {
        "lines": len(lines),
        "whole": whole,
        "last_line_s_ago": max(0.0, time.time() - lines[-1][0]) if lines else -1.0,
        "errors_at_start": [masked(text, hidden) for text in errors[:3]],
        "warnings": [masked(text, hidden) for text in warnings[:3]],
        "verbose_lines": sum(1 for _, text, _ in lines if VERBOSE.search(text)),
        "bytes_per_day": sum(size for _, _, size in lines) / span_s * 86400,
        "recent_bytes_per_day": recent_bytes(lines, span_s) / min(RECENT_S, span_s) * 86400,
        "tells": telling([text for _, text, _ in lines], settings),
        "errors": sum(1 for _, text, _ in odd if ERROR.search(text)),
        "first_line_s_ago": max(0.0, time.time() - lines[0][0]) if lines else -1.0,
        "audit_lines": sum(1 for _, text, _ in lines if audit.search(text)) if audit else -1,
    }


def newest_lines(container, began):
    """The newest lines since the start, as many as can be read, and whether these are all."""
    for tail in TAILS:
        try:
            lines = read_lines(container, "since=%d&tail=%d" % (began, tail))
        except TooMuch:
            if tail == TAILS[-1]:
                raise
        else:
            return lines, len(lines) < tail
    raise Blind("no line was asked for")


def early_lines(container, began):
    """The lines of the first minutes, minute by minute where they are too much for one answer."""
    try:
        return read_lines(container, "since=%d&until=%d" % (began, began + START_S))
    except TooMuch:
        times = range(0, START_S, SLICE_S)
        slices = [read_lines(container, "since=%d&until=%d" % (began + t, began + t + SLICE_S)) for t in times]
        return [line for lines in slices for line in lines]


def recent_bytes(lines, span_s):
    """Bytes that were written just now, of lines that go back so far."""
    after = time.time() - min(RECENT_S, span_s)
    return sum(size for at, _, size in lines if at >= after)


def telling(lines, settings):
    """Names of variables whose secret stands in a line, and what has a secret's shape. Values stay here."""
    secrets = {n: v for n, v in settings.items() if HIDDEN_NAME.search(n) and len(v) >= 8}
    found = sorted(n for n, v in secrets.items() if any(v in text for text in lines))
    return found + (["something with the shape of a secret"] if any(LEAK.search(text) for text in lines) else [])


def read_lines(container, which):
    """(seconds since the epoch, text, size) of each line of both streams, in order, bounded."""
    raw = docker("/containers/{}/logs?stdout=1&stderr=1&timestamps=1&{}".format(container["Id"], which))
    if len(raw) >= BODY_LIMIT:
        raise TooMuch("more than %d bytes" % BODY_LIMIT)
    if not container["Config"].get("Tty"):
        raw = demultiplexed(raw)
    lines = []
    for line in raw.decode("utf-8", "replace").splitlines():
        stamp, _, text = line.partition(" ")
        try:
            lines.append((time.time() - age_s(stamp), COLOUR.sub("", text[:2000]), len(text) + 1))
        except Blind:
            continue  # a line that was cut at the limit
    return lines


def demultiplexed(raw):
    """The engine's stream of 8-byte headers and chunks as plain bytes."""
    out, at = [], 0
    while at + 8 <= len(raw):
        size = int.from_bytes(raw[at + 4 : at + 8], "big")
        out.append(raw[at + 8 : at + 8 + size])
        at += 8 + size
    return b"".join(out)


def masked(text, hidden):
    """A line without any value of the container's own secrets, and without whatever is shaped like one."""
    for value in hidden:
        text = text.replace(value, "***")
    return HIDDEN_SHAPE.sub("***", text)[:200]


def rotates(driver, options):
    """Whether a log driver keeps its files small or ships the lines away.

    `json-file` needs a size (-1 is none) and more than one file: by default a full one is emptied, with its last lines.
    """
    if driver == "json-file":
        size, files = options.get("max-size", "-1"), options.get("max-file", "1")
        return size[:1] not in ("-", "0", "") and files not in ("0", "1")
    return driver not in ("none", "")  # `local` rotates by default; all others ship away
