"""A sandbox that gives secrets away wherever it can: `python -m selftests.leaky FOLDER`, secrets in PLANTED_0, PLANTED_1, …

Every JSON answer has them, every header, page, message, log, label, document, commit and artifact, spelt in many ways.
"""

from __future__ import annotations

import base64
import html
import json
import os
import runpy
from typing import Any
from urllib.parse import quote, quote_plus

from acceptance.sandbox import artifacts, double, edge, host, mongo_server, repository, stream
from acceptance.sandbox.world import World

SECRETS = [value for name, value in sorted(os.environ.items()) if name.startswith("PLANTED_")]


def spelt(secret: str) -> list[str]:
    """A secret in the ways in which an answer may hold it."""
    raw = secret.encode()
    codes = [base64.b64encode(b"x" * shift + raw + b"yy").decode() for shift in range(3)]
    codes += [base64.urlsafe_b64encode(b"x" * shift + raw).decode() for shift in range(3)]
    written = [json.dumps(secret)[1:-1], json.dumps(secret, ensure_ascii=False)[1:-1], html.escape(secret)]
    return [secret, quote(secret, safe=""), quote_plus(secret), raw.hex(), raw.hex().upper(), *written, *codes]


EVERY = [form for secret in SECRETS for form in spelt(secret)]
# a text that is cut anywhere is cut in a secret
LINE = " ".join(f"id{number}={form}" for number, form in enumerate(EVERY))
HEADER = ";".join(form for form in EVERY if form.isascii() and form.isprintable())[:3000]


def plant(document: Any) -> Any:
    """A JSON answer with the secrets beside what it says, two levels deep."""
    if not isinstance(document, dict):
        return document
    inner = {
        key: {**value, "debug": LINE} if isinstance(value, dict) and key in ("data", "error", "info") else value
        for key, value in document.items()
    }
    return {**inner, "debug": EVERY, "message": LINE, "error": inner.get("error") or None}


def documents(found: dict[str, Any]) -> dict[str, Any]:
    """An answer of the database with the secrets in it, in each document that it brings, and in what it complains of."""
    batches = {name: [{**each, "debug": LINE} for each in found["cursor"][name]]
               for name in ("firstBatch", "nextBatch") if name in found.get("cursor", {})}  # fmt: skip
    cursor = {"cursor": {**found["cursor"], **batches}} if batches else {}
    complaint = {"errmsg": f"{LINE} {found['errmsg']}"} if "errmsg" in found else {}
    return {**found, **cursor, **complaint, "debug": LINE}


def main() -> None:
    """Change the sandbox's parts, then run it as always."""
    sent = edge._send

    async def send(out: Any, status: int, headers: Any, body: bytes) -> None:
        kind = dict(headers).get(b"content-type", b"")
        if body.startswith(b"{") and b"json" in kind and b'"openapi"' not in body:
            body = json.dumps(plant(json.loads(body))).encode()
        elif b"html" in kind:
            body += f"<!-- {LINE} --><p hidden title='{quote(LINE)}'>{html.escape(LINE)}</p>".encode()
        elif b"javascript" in kind:
            body += f"\nconsole.warn({json.dumps(LINE)})\n".encode()
        await sent(out, status, [*headers, (b"x-debug", HEADER.encode()), (b"server", HEADER[:200].encode())], body)

    edge._send = send
    made = double.Reply.__init__

    def reply(self: Any, document: Any = None, status: int = 200, headers: Any = ()) -> None:
        made(self, plant(document), status, (*headers, ("X-Debug", HEADER)))

    double.Reply.__init__ = reply  # type: ignore[method-assign]
    answered = mongo_server.Servers.answer

    def answer(self: Any, *asked: Any) -> dict[str, Any]:
        return documents(answered(self, *asked))

    mongo_server.Servers.answer = answer  # type: ignore[method-assign]
    message = stream.message
    stream.message = lambda symbol, at: json.dumps({**json.loads(message(symbol, at)), "debug": LINE})
    healthy = host.healthy

    def recording(world: World) -> dict[str, Any]:
        answer = healthy(world)
        for container in answer["engine"]["containers"]:
            container["log"]["warnings"] = EVERY[:40]
            container["settings"]["DEBUG_TOKEN"] = LINE
        answer["system"]["hostname"] = LINE
        answer["usage"]["window_s"] = LINE  # of another type than the suite reads
        return answer

    host.healthy = recording
    artifacts.BUILD_LOG += f"warning: {LINE}\nERROR {LINE[50:]}\n"
    files = artifacts._files

    def with_secrets(world: World) -> dict[str, Any]:
        found = files(world)
        name = html.escape(LINE)
        found["integration/more.xml"] = (
            f'<testsuite name="{name}" tests="1" failures="1"><testcase name="{name}" classname="x" time="1">'
            f'<failure message="{name}">{name}</failure></testcase></testsuite>'
        )
        found["lint/eslint.json"] = [{"filePath": LINE, "messages": [{"ruleId": LINE, "message": LINE, "severity": 2}]}]
        return found

    artifacts._files = with_secrets
    tree = repository._tree
    repository._tree = lambda world, *, released: {**tree(world, released=released), "notes.txt": "\n".join(EVERY)}
    commit = repository._commit
    repository._commit = lambda ref, files, at, message, *more: commit(ref, files, at, f"{message} {LINE}", *more)
    World.ca = property(lambda self: _ca(self))  # type: ignore[assignment,method-assign]
    runpy.run_module("acceptance.sandbox", run_name="__main__")


def _ca(world: World) -> Any:
    import trustme

    if "leaky.ca" not in world.shared:
        world.shared["leaky.ca"] = trustme.CA(organization_name=f"Sandbox {SECRETS[0]}"[:64])
    return world.shared["leaky.ca"]


if __name__ == "__main__":
    main()
