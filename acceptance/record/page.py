"""One self-contained page out of a template: style and script inline, allowed by their hash and by nothing else."""

from __future__ import annotations

import base64
import hashlib
from functools import cache
from pathlib import Path
from typing import Any

from jinja2 import Environment, FileSystemLoader, StrictUndefined
from markupsafe import Markup, escape

from acceptance.record.words import LOOKS, is_link, moment, one_line, plain

HERE = Path(__file__).parent


def render(template: str, script: str, **values: Any) -> str:
    """The page; every value is escaped by the template, style and script are our own files."""
    style, code = _asset("page.css"), _asset(script)
    policy = (
        f"default-src 'none'; style-src {_hash(style)}; script-src {_hash(code)}; img-src data:; "
        "base-uri 'none'; form-action 'none'"
    )
    return (
        _environment()
        .get_template(template)
        .render(
            policy=policy,
            style=Markup(style),  # noqa: S704  # our own file
            script=Markup(code),  # noqa: S704  # our own file
            **values,
        )
    )


def as_image(svg: str) -> str:
    """A drawing as the address of an image: scripts and links in it stay dead."""
    return "data:image/svg+xml;base64," + base64.b64encode(svg.encode("utf-8", "replace")).decode()


def escaped(text: str) -> str:
    """Text as it stands in the page's source; it tells how much room it takes."""
    return str(escape(text))


@cache
def _environment() -> Environment:
    made = Environment(
        loader=FileSystemLoader(HERE), autoescape=True, undefined=StrictUndefined, trim_blocks=True, lstrip_blocks=True
    )
    made.filters |= {"plain": plain, "one_line": one_line, "moment": moment, "as_image": as_image}
    made.tests["link"] = is_link
    made.globals["LOOKS"] = LOOKS
    return made


@cache
def _asset(name: str) -> str:
    return (HERE / name).read_text(encoding="utf-8")


def _hash(text: str) -> str:
    return f"'sha256-{base64.b64encode(hashlib.sha256(text.encode()).digest()).decode()}'"
