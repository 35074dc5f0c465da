"""A sandbox that gives secrets away wherever it can: `python -m selftests.leaky FOLDER`, secrets in PLANTED_0, PLANTED_1, …

Every JSON answer has them, every header, page, message, log, label, document, commit and artifact, spelt in many ways.
"""

from __future__ import annotations

import html
import itertools
import json
import os
import runpy
from typing import Any
from urllib.parse import quote

from acceptance.sandbox import artifacts, double, edge, host, mongo_server, repository, stream
from acceptance.sandbox.world import World
from selftests.spelt import whole

SECRETS = [value for name, value in sorted(os.environ.items()) if name.startswith("PLANTED_")]


EVERY = [form for secret in SECRETS for form in whole(secret)]
HEADER = ";".join(form for form in EVERY if form.isascii() and form.isprintable())[:3000]
_turn = itertools.count()


def line() -> str:
    """Every spelling, each time with another one first: a text that is cut anywhere is cut in a secret."""
    at = next(_turn) * 7 % len(EVERY)  # 7: the next one is another's spelling
    return " ".join(f"id{number}={form}" for number, form in enumerate(EVERY[at:] + EVERY[:at]))


def plant(document: Any) -> Any:
    """A JSON answer with the secrets beside what it says, two levels deep."""
    if not isinstance(document, dict):
        return document
    inner = {
        key: {**value, "debug": line()} if isinstance(value, dict) and key in ("data", "error", "info") else value
        for key, value in document.items()
    }
    return {**inner, "debug": EVERY, "message": line(), "error": inner.get("error") or None}


def documents(found: dict[str, Any]) -> dict[str, Any]:
    """An answer of the database with the secrets in it, in each document that it brings, and in what it complains of."""
    batches = {name: [{**each, "debug": line()} for each in found["cursor"][name]]
               for name in ("firstBatch", "nextBatch") if name in found.get("cursor", {})}  # fmt: skip
    cursor = {"cursor": {**found["cursor"], **batches}} if batches else {}
    complaint = {"errmsg": f"{line()} {found['errmsg']}"} if "errmsg" in found else {}
    return {**found, **cursor, **complaint, "debug": line()}


def main() -> None:
    """Change the sandbox's parts, then run it as always."""
    sent = edge._send

    async def send(out: Any, status: int, headers: Any, body: bytes) -> None:
        kind = dict(headers).get(b"content-type", b"")
        if body.startswith(b"{") and b"json" in kind and b'"openapi"' not in body:
            body = json.dumps(plant(json.loads(body))).encode()
        elif b"html" in kind:
            body += f"<!-- {line()} --><p hidden title='{quote(line())}'>{html.escape(line())}</p>".encode()
        elif b"javascript" in kind:
            body += f"\nconsole.warn({json.dumps(line())})\n".encode()
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
    stream.message = lambda symbol, at: json.dumps({**json.loads(message(symbol, at)), "debug": line()})
    healthy = host.healthy

    def recording(world: World) -> dict[str, Any]:
        answer = healthy(world)
        for container in answer["engine"]["containers"]:
            container["log"]["warnings"] = EVERY[:40]
            container["settings"]["DEBUG_TOKEN"] = line()
        answer["system"]["hostname"] = line()
        answer["usage"]["window_s"] = line()  # of another type than the suite reads
        return answer

    host.healthy = recording
    artifacts.BUILD_LOG += f"warning: {line()}\nERROR {line()[50:]}\n"
    files = artifacts._files

    def with_secrets(world: World) -> dict[str, Any]:
        found = files(world)
        name = html.escape(line())
        found["integration/more.xml"] = (
            f'<testsuite name="{name}" tests="1" failures="1"><testcase name="{name}" classname="x" time="1">'
            f'<failure message="{name}">{name}</failure></testcase></testsuite>'
        )
        found["lint/eslint.json"] = [
            {"filePath": line(), "messages": [{"ruleId": line(), "message": line(), "severity": 2}]}
        ]
        return found

    artifacts._files = with_secrets
    tree = repository._tree
    repository._tree = lambda world, *, released: {**tree(world, released=released), "notes.txt": "\n".join(EVERY)}
    commit = repository._commit
    repository._commit = lambda ref, files, at, message, *more: commit(ref, files, at, f"{message} {line()}", *more)
    World.ca = property(lambda self: _ca(self))  # type: ignore[assignment,method-assign]
    runpy.run_module("acceptance.sandbox", run_name="__main__")


def _ca(world: World) -> Any:
    import trustme

    if "leaky.ca" not in world.shared:
        world.shared["leaky.ca"] = trustme.CA(organization_name=f"Sandbox {SECRETS[0]}"[:64])
    return world.shared["leaky.ca"]


if __name__ == "__main__":
    main()
