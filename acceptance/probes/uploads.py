"""What the upload takes: a good picture, and files that only pretend to be one. All of it is the suite's own."""

from __future__ import annotations

import base64
from typing import TYPE_CHECKING
from urllib.parse import urljoin, urlsplit

from acceptance.facts import ProbeError, Unseen, facts, seen, text
from acceptance.visit import Visit

if TYPE_CHECKING:
    import httpx

    from acceptance.tables.web import Operation

PNG = base64.b64decode(
    "iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk+M9QDwADhgGAWjR9awAAAABJRU5ErkJggg=="
)
SCRIPT = b"<!doctype html><script>document.title='acceptance'</script>"
BAD: tuple[tuple[str, str, str, bytes], ...] = (
    ("a page", "page.html", "text/html", SCRIPT),
    ("a page that calls itself a picture", "picture.png", "image/png", SCRIPT),
    ("a double extension", "picture.php.png", "image/png", PNG),
    ("a script", "run.sh", "application/x-sh", b"#!/bin/sh\n"),
    ("a path in the name", "../../acceptance.png", "image/png", PNG),
    ("a polyglot", "poly.png", "image/png", b"GIF89a/*" + SCRIPT + b"*/=1;"),
    ("an oversize file", "large.png", "image/png", PNG + b"\0" * 6_000_000),
)


@facts
class Sent:
    """One file and how it was taken."""

    what: str
    status: int


@facts
class Uploads:
    """The good picture as it was served back, and the bad files."""

    good: Sent
    served_status: int | Unseen  # Unseen where it lies on a host that the target does not name
    served_type: str
    served_inline: bool  # in the page's own origin, without nosniff or attachment
    bad: tuple[Sent, ...]
    left: tuple[str, ...] = ()  # where files of the suite still lie
    operation: str = "the upload"
    served_at: str = "the picture"

    def looked(self) -> str:
        left = f"; to be removed by hand: {', '.join(self.left)}" if self.left else ", all removed again"
        return f"a good picture and {len(self.bad)} bad files, with the suite's marker{left}"

    def bad_files_taken(self) -> tuple[str, ...]:
        """Bad files that were not answered with a 4xx."""
        taken = (s for s in self.bad if not 400 <= s.status < 500)
        return tuple(f"{self.operation} as user of {s.what}: {s.status}, a 4xx expected" for s in taken)

    def served_badly(self) -> tuple[str, ...]:
        """The good picture, where it did not come back or would run in the page's own origin."""
        wrong = []
        if (status := seen(self.served_status)) != 200:
            wrong.append(f"GET {self.served_at} as user: {status or 'no address was told'}, 200 expected")
        if self.served_inline:
            wrong.append(f"GET {self.served_at} as user: neither nosniff nor attachment, {self.served_type!r}")
        return tuple(wrong)

    def good_file_refused(self) -> tuple[str, ...]:
        """The good picture, where it was not taken: then the others' refusal proves nothing."""
        return (
            ()
            if self.good.status in (200, 201)
            else (f"{self.operation} as user of a good picture: {self.good.status}, 201 expected",)
        )


def look(visit: Visit) -> Uploads:
    """Send the good picture, read it back, then the bad files."""
    from acceptance import web

    operation = visit.target.operations.get("upload")
    if operation is None:
        raise ProbeError("uploads", "the target has no [operations.upload]")
    token = visit.token()
    url = f"{visit.target.urls.api}{operation.path}"

    made: list[str] = []

    def send(client: httpx.Client, name: str, kind: str, body: bytes) -> httpx.Response:
        sent = web.ask(client, "POST", url, headers=web.bearer(token), files={"file": (name, body, kind)})
        made.extend(filter(None, [_place(visit, sent, operation)]))
        if sent.status_code in web.TURNED_AWAY:
            raise ProbeError("uploads", f"POST {operation.path} as user turned {name} away with {sent.status_code}")
        return sent

    with web.client(visit) as client:
        good = send(client, f"{visit.marker}.png", "image/png", PNG)
        status: int | Unseen = 0
        kind, inline = "", False
        if (place := _place(visit, good, operation)) and not _is_named(visit, place):
            status = Unseen(
                "the picture", text(f"it lies at {web.path_of(place)}, which the target does not name", 200)
            )
        elif place:
            own = web.bearer(token) if _is_api(visit, place) else {}  # nobody else is shown the token
            served = web.ask(client, "GET", place, headers=own)
            status, kind = served.status_code, text(served.headers.get("content-type", ""), 60)
            attached = "attachment" in served.headers.get("content-disposition", "").lower()
            inline = not attached and served.headers.get("x-content-type-options", "").lower() != "nosniff"
        bad = []
        for what, name, type_, body in BAD:
            try:
                bad.append(Sent(what, send(client, name, type_, body).status_code))
            except ProbeError as problem:
                if "large" not in name or "Timeout" in problem.why or "turned" in problem.why:
                    raise
                bad.append(Sent(f"{what} ({problem.why[:60]})", 413))  # cut off while it was being sent
        left = tuple(text(each, 200) for each in made if not (_is_api(visit, each) and _removed(client, each, token)))
    named = (f"POST {operation.path}", text(web.path_of(place), 200) if place else "the picture")
    return Uploads(Sent("a good picture", good.status_code), status, kind, inline, tuple(bad), left, *named)


def _place(visit: Visit, sent: httpx.Response, operation: Operation) -> str:
    """The URL of a file that was taken, told as a path, relative or absolute; "" where none is told."""
    from acceptance import web

    place = web.pick(web.as_json(sent), operation.fields.get("url", "data.url"))
    if not isinstance(place, str) or not place:
        return ""
    if place.startswith("/") and not place.startswith("//"):
        return f"{visit.target.urls.api}{place}"
    try:
        url = urljoin(f"{visit.target.urls.api}{operation.path}", place)
        return url if urlsplit(url).scheme in ("http", "https") and urlsplit(url).hostname else ""
    except ValueError:
        return ""


def _is_named(visit: Visit, url: str) -> bool:
    """Whether the target names the host."""
    from acceptance import guard

    host = urlsplit(url).hostname or ""
    return host in visit.target.resolve or any(host in names for names in guard.named(visit.target))


def _is_api(visit: Visit, url: str) -> bool:
    """Whether a URL has the API's own origin."""
    return urlsplit(url)[:2] == urlsplit(visit.target.urls.api)[:2]


def _removed(client: httpx.Client, url: str, token: str) -> bool:
    """Whether a file is gone after it was deleted, as REST has it."""
    from acceptance import web

    try:
        return web.ask(client, "DELETE", url, headers=web.bearer(token)).is_success
    except ProbeError:
        return False
