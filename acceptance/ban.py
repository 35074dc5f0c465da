"""Signs of a ban: a place that answered before falls silent, or shows a block page, once wrong credentials came.

One harmless request tells a ban from an accident. Whoever follows is told so, and asks no more.
"""

from __future__ import annotations

import re
import time
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

from acceptance.facts import ProbeError
from acceptance.visit import Visit

if TYPE_CHECKING:
    from collections.abc import Callable

    import httpx

BANNED = "the suite was banned"
HURRIED_S = 3.0  # so near to the end of the look, silence says nothing
_PAGE = re.compile(rb"(?i)\b(blocked|banned|access denied|captcha|unusual traffic|attention required)\b")
_answered: set[str] = set()  # places that have answered in this process


def attempt(
    visit: Visit, using: httpx.Client, method: str, url: str, *, limit_sought: bool = False, **options: Any
) -> httpx.Response:
    """One request with credentials that may be wrong. ProbeError, and no more for anybody, when that led to a ban.

    With `limit_sought` a 429 is the answer that was looked for, and no sign.
    """
    from acceptance import web

    known = has_answered(visit, url)
    try:
        response = web.ask(using, method, url, **options)
    except ProbeError:
        in_time = visit.ends - time.monotonic() > HURRIED_S  # else a slow answer would look like a ban
        if known and in_time and not _answers(using, url):
            _tell(visit, url)
        raise
    limited = response.status_code == 429 and not limit_sought
    if known and (limited or _is_block_page(response)) and not _answers(using, url, or_limits=not limited):
        _tell(visit, url)
    _answered.add(place(url))
    return response


def has_answered(visit: Visit, url: str) -> bool:
    """Whether the place of a URL is known to have answered the suite before."""
    return place(url) in _answered or (visit.live / "tokens.json").exists()


def check(visit: Visit, url: str) -> None:
    """ProbeError when the place of a URL has banned the suite: nothing more is asked of it."""
    told = visit.live / "banned"
    if told.exists() and place(url) in told.read_text(encoding="utf-8").splitlines():
        raise ProbeError(place(url), BANNED)


def anywhere(visit: Visit) -> bool:
    """Whether any place has banned the suite in this run: silence elsewhere may come of it too."""
    return (visit.live / "banned").exists()


def refusing(visit: Visit) -> Callable[[httpx.Request], None]:
    """An httpx event hook that asks nothing of a place that has banned the suite."""
    return lambda request: check(visit, str(request.url))


def suspect(visit: Visit, url: str) -> None:
    """A place that had answered fell silent or shows a block page: ProbeError, for all, when it does so altogether."""
    from acceptance import web

    with web.client(visit) as client:
        if not _answers(client, url):
            _tell(visit, url)


def _tell(visit: Visit, url: str) -> None:
    with (visit.live / "banned").open("a", encoding="utf-8") as told:
        told.write(f"{place(url)}\n")
    raise ProbeError(place(url), BANNED)


def _answers(using: httpx.Client, url: str, *, or_limits: bool = True) -> bool:
    from acceptance import web

    parts = urlsplit(url)
    try:
        response = web.ask(using, "GET", f"{parts.scheme.replace('ws', 'http')}://{parts.netloc}/")
    except ProbeError:
        return False
    return not _is_block_page(response) and (or_limits or response.status_code != 429)


def _is_block_page(response: httpx.Response) -> bool:
    page = response.headers.get("content-type", "").startswith("text/html")
    return page and response.status_code in (403, 429, 503) and bool(_PAGE.search(response.content))


def place(url: str) -> str:
    """Host and port of a URL: what a ban holds for."""
    parts = urlsplit(url)
    return f"{parts.hostname}:{parts.port or (443 if parts.scheme in ('https', 'wss') else 80)}"
