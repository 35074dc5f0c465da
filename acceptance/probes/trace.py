"""What the browser did, step by step, kept where a page fails: pictures, steps and complaints, for `playwright show-trace`.

No header, body, input or answer of a script goes into it: only fields that are named here are kept, through the redactor.
The file is not compressed, so that whoever searches the record for a secret sees into it.
"""

from __future__ import annotations

import json
import zipfile
from collections.abc import Callable, Iterable, Iterator
from typing import TYPE_CHECKING, Any

from acceptance.facts import text
from acceptance.redact import Redactor, secrets_of
from acceptance.visit import Visit

if TYPE_CHECKING:
    from playwright.sync_api import BrowserContext

NAME = "session-trace.zip"
LINES = 5_000
FRAME_BYTES = 400_000  # of one picture
ALL_BYTES = 4_000_000  # of all pictures: of more than that every second one goes, the last one stays
OURS = (
    "queryCount",
    "waitForTimeout",
    "evaluateExpression",
    "sendToPage",
    "sendToServer",
    "continue",
)  # no user's steps
KEPT: dict[str, tuple[str, ...]] = {
    "context-options": ("version", "origin", "browserName", "platform", "wallTime", "monotonicTime", "sdkLanguage"),
    "before": ("callId", "startTime", "class", "method", "title", "pageId", "parentId", "stepId"),
    "after": ("callId", "endTime"),
    "screencast-frame": ("pageId", "file", "width", "height", "timestamp", "frameSwapWallTime"),
    "console": ("messageType", "time", "pageId"),
    "event": ("time", "class", "method", "pageId"),
}


def begin(context: BrowserContext) -> None:
    """Record what the tabs of a context do; without snapshots neither pages nor their traffic are in it."""
    context.tracing.start(screenshots=True, snapshots=False, sources=False)


def keep(visit: Visit, context: BrowserContext, session: Iterable[str]) -> str:
    """Write the scrubbed trace beside the pictures; its name there. `session` are secrets of the page's own session."""
    raw = visit.live / "trace.zip"
    try:
        context.tracing.stop(path=raw)
        redact = Redactor({*secrets_of(visit.target, visit.live), *session}, visit.target.public)
        (visit.run / "shots").mkdir(exist_ok=True)
        with (
            zipfile.ZipFile(raw) as given,
            zipfile.ZipFile(visit.run / "shots" / NAME, "w") as to,
        ):
            scrub(given, to, redact)
    finally:
        raw.unlink(missing_ok=True)
    return NAME


def scrub(given: zipfile.ZipFile, to: zipfile.ZipFile, redact: Callable[[str], str]) -> None:
    """Copy the named fields of each step, and pictures up to a bound."""
    steps = [step for line in _lines(given) if (step := _step(line, redact))]
    sizes = {each.filename: each.file_size for each in given.infolist()}
    frames = [s["file"] for s in steps if 0 < sizes.get(s.get("file", ""), 0) <= FRAME_BYTES]
    while sum(sizes[frame] for frame in frames) > ALL_BYTES:
        frames = frames[::-1][::2][::-1]
    left, calls = set(frames), {step["callId"] for step in steps if step["type"] == "before" and "callId" in step}

    def whole(step: dict[str, Any]) -> bool:
        """Its picture, or the call that it ends, is there."""
        if step["type"] == "screencast-frame":
            return step.get("file") in left
        return step["type"] != "after" or step.get("callId") in calls

    kept = filter(whole, steps)
    to.writestr("trace.trace", "".join(f"{json.dumps(step)}\n" for step in kept))
    to.writestr("trace.network", "")
    for frame in left:
        to.writestr(frame, given.read(frame))


def _lines(given: zipfile.ZipFile) -> Iterator[dict[str, Any]]:
    with given.open("trace.trace") as lines:
        for _, line in zip(range(LINES), lines, strict=False):
            try:
                document = json.loads(line)
            except ValueError:
                continue
            if isinstance(document, dict):
                yield document


def _step(given: dict[str, Any], redact: Callable[[str], str]) -> dict[str, Any]:
    """What is kept of one line; {} for nothing."""
    kind = given.get("type", "")
    if kind not in KEPT or (kind == "before" and given.get("method") in OURS):
        return {}

    def said(value: object) -> str:
        return text(redact(text(value).split("\n")[0]), 300)

    step: dict[str, Any] = {"type": kind} | {
        name: said(value) if isinstance(value, str) else value
        for name in KEPT[kind]
        if isinstance(value := given.get(name), str | int | float)
    }
    params = given.get("params")
    params = params if isinstance(params, dict) else {}
    if kind == "before":
        step["params"] = {n: said(_without_query(params[n])) for n in ("url", "selector") if n in params}
    elif kind == "after" and isinstance(given.get("error"), dict):
        step["error"] = {"name": "Error", "message": said(given["error"].get("message", ""))}
    elif kind == "console":
        step |= {"text": said(given.get("text", "")), "location": {"url": "", "lineNumber": 0, "columnNumber": 0}}
    elif kind == "event" and given.get("method") == "pageError":
        message = (params.get("error") or {}).get("error") or {}
        step["params"] = {
            "error": {"error": {"name": "Error", "message": said(message.get("message", "")), "stack": ""}}
        }
    elif kind == "event":
        step["params"] = {}
    elif kind == "context-options":
        step["options"] = {}
    return step


def _without_query(value: object) -> str:
    return str(value).partition("?")[0] if "://" in str(value)[:10] else str(value)
