"""`acceptance notify`: posts a changed verdict to a Slack-compatible webhook. Its address is a secret and stays one."""

from __future__ import annotations

import argparse
import time
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from acceptance.diff import read
from acceptance.facts import ProbeError
from acceptance.history import read_all
from acceptance.record.file import RecordError
from acceptance.record.model import Record
from acceptance.record.words import advice, is_link, one_line, seen, spoken
from acceptance.redact import Redactor
from acceptance.signing import said
from acceptance.target import resolve_secret

ATTEMPTS = 4
TIMEOUT_S = 10
LONGEST_WAIT_S = 30
SHOWN = 10


class NotDelivered(Exception):
    """A message that could not be delivered; the reason never holds the address."""


def register(commands: Any) -> None:
    """Add the command to the parser."""
    parser = commands.add_parser(
        "notify", help="post a run's verdict to a webhook when it is not that of the run before"
    )
    parser.add_argument("run_folder", metavar="DIR", type=Path, help="the run, such as reports/prod/latest")
    parser.add_argument("--webhook", required=True, metavar="REFERENCE", help="env:NAME, file:PATH or vault:PATH#KEY")
    parser.add_argument("--link", default="", help="where the record can be read")
    parser.add_argument("--always", action="store_true", help="post an unchanged verdict too")
    parser.set_defaults(run=run)


def run(args: argparse.Namespace) -> int:
    """Post if the verdict changed; 0, 1 when it could not be delivered, 2 with one sentence."""
    try:
        folder = args.run_folder.resolve()
        after = read(folder)
        earlier = [r for r in read_all(folder.parent)[0] if r.complete and r.started < after.started]
        before = earlier[-1] if earlier else None
        if not args.always and not changed(before, after):
            print(f"unchanged: {spoken(after)}")
            return 0
        post(_address(args.webhook), message(before, after, args.link))
    except (RecordError, ProbeError, ValueError, OSError) as problem:
        return said(problem)
    except NotDelivered as problem:
        said(problem)
        return 1
    print(f"posted: {spoken(after)}")
    return 0


def changed(before: Record | None, after: Record) -> bool:
    """Whether the verdict is not that of the run before."""
    if before is None:
        return True
    old, new = before.verdict, after.verdict
    return (old.decision, old.approved) != (new.decision, new.approved)


def message(before: Record | None, after: Record, link: str = "") -> dict[str, Any]:
    """The message as Slack takes it; foreign text can neither mention nor link."""
    was = f"{before.verdict.decision} -> " if before else ""
    head = f"{after.target} {after.version}: {was}{spoken(after)}"
    rows = [after.by_id[id] for id in after.verdict.because if id in after.by_id]
    lines = [f"{row.status} {row.id} {row.sentence}: {seen(row) or advice(row)}" for row in rows[:SHOWN]]
    if len(rows) > SHOWN:
        lines.append(f"and {len(rows) - SHOWN} more")
    redact = Redactor()
    title = _safe(redact(head))
    body = "\n".join(f"• {_safe(redact(line))}" for line in lines)
    blocks = [{"type": "section", "text": {"type": "mrkdwn", "text": f"*{title}*"}}]
    if body:
        blocks.append({"type": "section", "text": {"type": "mrkdwn", "text": body[:2900]}})
    if is_link(link) and "|" not in link:
        blocks.append({"type": "section", "text": {"type": "mrkdwn", "text": f"<{link}|Record>"}})
    return {"text": title, "blocks": blocks}


def post(address: str, content: dict[str, Any]) -> None:
    """Post, and try again when the other side is unreachable, busy or broken. Raises NotDelivered."""
    import httpx

    why = ""
    for attempt in range(ATTEMPTS):
        wait = min(2.0**attempt, LONGEST_WAIT_S)
        try:
            answer = httpx.post(address, json=content, timeout=TIMEOUT_S, follow_redirects=False)
        except httpx.HTTPError as problem:
            why = type(problem).__name__
        else:
            if answer.is_success:
                return
            why = f"status {answer.status_code}"
            if answer.status_code != 429 and answer.status_code < 500:
                raise NotDelivered(f"the webhook refused the message: {why}")
            after = answer.headers.get("retry-after", "")
            wait = min(float(after), LONGEST_WAIT_S) if after.isdecimal() else wait
        if attempt < ATTEMPTS - 1:
            time.sleep(wait)
    raise NotDelivered(f"the webhook could not be reached in {ATTEMPTS} attempts: {why}")


def _address(reference: str) -> str:
    if reference.partition(":")[0] not in ("env", "file", "vault"):
        raise ValueError("--webhook takes a reference such as env:SLACK_WEBHOOK_URL, never the address itself")
    address = resolve_secret(reference).strip()
    parts = urlsplit(address)
    if parts.scheme != "https" and parts.hostname not in ("127.0.0.1", "localhost", "::1"):
        raise ValueError(f"{reference} holds no https address")
    return address


def _safe(text: str) -> str:
    return one_line(text, 280).replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")
