"""What a page that came over TLS loads or sends in clear: browsers block it, load it altered, or warn."""

from __future__ import annotations

import re
from collections.abc import Mapping
from html.parser import HTMLParser

from acceptance.facts import text

COUNT_LIMIT = 50  # of one page
LOADING = {"link": ("href",), "form": ("action",), "object": ("data",), "base": ("href",), "button": ("formaction",)}
OTHERS = ("src", "srcset", "poster", "formaction")
LINKS_THAT_LOAD = {"stylesheet", "icon", "preload", "modulepreload", "prefetch", "manifest", "apple-touch-icon"}


def in_clear(page: str) -> tuple[str, ...]:
    """Elements of a page whose address begins with http: (a link to follow is none), as `img http://…`."""
    found = _Loads()
    found.feed(page)
    found.close()
    return tuple(dict.fromkeys(found.offenders))[:COUNT_LIMIT]


class _Loads(HTMLParser):
    def __init__(self) -> None:
        super().__init__()
        self.offenders: list[str] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        said: Mapping[str, str] = {name: value or "" for name, value in reversed(attrs)}
        if tag == "link" and LINKS_THAT_LOAD.isdisjoint(said.get("rel", "").lower().split()):
            return
        for name in (*LOADING.get(tag, ()), *OTHERS):
            for url in re.findall(r"(?:^|[\s,])(http:[^\s,]+)", said.get(name, ""), re.IGNORECASE):
                self.offenders.append(f"{tag} {text(url, 100)}")

    handle_startendtag = handle_starttag
