"""What a Markdown document holds: headings with the words below them, links, anchors, code, what is left open."""

from __future__ import annotations

import json
import posixpath
import re
import tomllib
from collections.abc import Callable, Container
from dataclasses import dataclass, field
from urllib.parse import unquote

WORDS = re.compile(r"\w[\w'./:-]*")
OPEN = re.compile(
    r"\b(?:TODO|FIXME|TBD|XXX)\b|_{4,}|\?{3,}|lorem ipsum|\bchange-?me\b"
    r"|<(?:your|insert|add|fill|placeholder|name|phone|e-?mail)[^<>]*>"
    r"|\[(?:your|insert|add|fill in|placeholder)[^\]]*\](?!\()",
    re.IGNORECASE,
)
OWN_COMMENT = re.compile(r"<!--.*?-->", re.DOTALL)


@dataclass
class Section:
    """A heading, and how many words and code lines stand below it, inner sections included."""

    title: str
    level: int
    words: int = 0


@dataclass
class Parsed:
    """A document as judged; line numbers begin at 1."""

    words: int = 0
    sections: list[Section] = field(default_factory=list)
    anchors: set[str] = field(default_factory=set)
    links: list[tuple[int, str]] = field(default_factory=list)
    code: list[tuple[int, str, str]] = field(default_factory=list)
    open: list[tuple[int, str]] = field(default_factory=list)


def parse(source: str) -> Parsed:
    """Read a document as GitHub does (tables and HTML included)."""
    from markdown_it import MarkdownIt

    tokens = MarkdownIt("commonmark", {"html": True}).enable("table").parse(source)
    found = Parsed()
    counts: dict[str, int] = {}
    heading: Section | None = None
    line = 1
    for token in tokens:
        line = token.map[0] + 1 if token.map else line
        if token.type == "heading_open":
            heading = Section("", int(token.tag[1:]))
        elif token.type == "heading_close" and heading:
            slug = slug_of(heading.title)
            number = counts[slug] = counts.get(slug, -1) + 1
            found.anchors.add(f"{slug}-{number}" if number else slug)
            found.sections.append(heading)
            heading = None
        elif token.type == "inline":
            shown = _inline(token, line, found)
            if heading:
                heading.title = shown
            else:
                _count(found, shown)
            found.open += [(line, match[0]) for match in OPEN.finditer(_without_code(token))]
        elif token.type in ("fence", "code_block"):
            found.code.append((line, token.info.strip().split(" ")[0].lower(), token.content))
            _count(found, token.content)
        elif token.type == "html_block":
            _html(token.content, line, found)
    return found


def _inline(token: object, line: int, found: Parsed) -> str:
    shown = []
    for child in getattr(token, "children", None) or ():
        if child.type == "link_open":
            found.links.append((line, str(child.attrGet("href") or "")))
        elif child.type == "image":
            found.links.append((line, str(child.attrGet("src") or "")))
            shown.append(child.content)
        elif child.type == "html_inline":
            _html(child.content, line, found)
        elif child.type in ("text", "code_inline", "softbreak", "hardbreak"):
            shown.append(child.content or " ")
    return "".join(shown)


def _without_code(token: object) -> str:
    children = getattr(token, "children", None) or ()
    return "".join(" " if child.type == "code_inline" else child.content for child in children)


def _html(source: str, line: int, found: Parsed) -> None:
    plain = OWN_COMMENT.sub("", source)
    found.anchors |= set(re.findall(r"""\b(?:id|name)\s*=\s*["']([^"']+)""", plain))
    found.links += [(line, link) for link in re.findall(r"""\b(?:href|src)\s*=\s*["']([^"']+)""", plain)]
    found.open += [(line, match[0]) for match in re.finditer(r"\b(?:TODO|FIXME)\b", source)]


def _count(found: Parsed, shown: str) -> None:
    number = len(WORDS.findall(shown))
    found.words += number
    level = 7
    for section in reversed(found.sections):
        if section.level < level:
            section.words += number
            level = section.level


def slug_of(title: str) -> str:
    """The anchor that GitHub gives a heading."""
    return re.sub(r"[^\w\- ]", "", title.strip().lower()).replace(" ", "-")


def filled(parsed: Parsed, wanted: str, at_least: int) -> str:
    """Why a named section does not count; "" when it is there and filled. A heading may say more than the name."""
    named = [s for s in parsed.sections if re.search(rf"\b{re.escape(wanted)}", s.title, re.IGNORECASE)]
    if not named:
        return f"no section {wanted!r}"
    most = max(section.words for section in named)
    return "" if most >= at_least else f"section {wanted!r} is a stub ({most} words)"


def dead_links(path: str, parsed: Parsed, files: Container[str], anchors: dict[str, set[str]]) -> list[str]:
    """Relative links and anchors that lead nowhere. `anchors` are those of every document, by path."""
    dead = []
    for line, link in parsed.links:
        if re.match(r"[a-zA-Z][a-zA-Z0-9+.-]*:|//", link):
            continue
        target, _, anchor = link.partition("#")
        target = unquote(target.partition("?")[0])
        base = "" if target.startswith("/") else posixpath.dirname(path)
        place = posixpath.normpath(posixpath.join(base, target.lstrip("/"))) if target else path
        if place != "." and place not in files:
            dead.append(f"{path}:{line}: {link}")
        elif anchor and place in anchors and not re.fullmatch(r"L\d+(-L\d+)?", anchor):
            wanted = unquote(anchor)
            if wanted not in anchors[place] and wanted.lower() not in anchors[place]:
                dead.append(f"{path}:{line}: {link}")
    return dead


def broken_code(path: str, parsed: Parsed) -> list[str]:
    """Code blocks of JSON, TOML, YAML and Python that don't parse; ones with an ellipsis are excerpts."""
    broken = []
    for line, language, source in parsed.code:
        check = CHECKS.get(language)
        if check is None or re.search(r"^\s*(?://|#)?\s*(?:\.\.\.|…)", source, re.MULTILINE):
            continue
        try:
            check(source)
        except (ValueError, SyntaxError, RecursionError) as problem:
            broken.append(f"{path}:{line}: {language} does not parse: {str(problem).splitlines()[0][:80]}")
    return broken


def _yaml(source: str) -> None:
    import yaml

    try:
        list(yaml.parse(source, Loader=yaml.SafeLoader))
    except yaml.YAMLError as problem:
        raise ValueError(str(problem)) from None


def _python(source: str) -> None:
    if not source.lstrip().startswith(">>>"):
        compile(source, "block", "exec", dont_inherit=True)


CHECKS: dict[str, Callable[[str], object]] = {
    "json": json.loads,
    "toml": tomllib.loads,
    "yaml": _yaml,
    "yml": _yaml,
    "python": _python,
    "py": _python,
}
