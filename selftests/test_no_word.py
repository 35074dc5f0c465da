"""Answers that are no word on what was asked are no pass: no such page, a page for any path, an outage, nobody logged in."""

from __future__ import annotations

import time
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import httpx
import pytest

from acceptance import web
from acceptance.children import Sandbox
from acceptance.facts import ProbeError, Unseen
from acceptance.probes import caching, csrf, defaults, fuzz, limits, malformed, uploads
from acceptance.probes.api_document import operations_of
from acceptance.probes.defaults import Default
from acceptance.probes.fuzz import Fuzz
from acceptance.probes.fuzz_inputs import Input
from acceptance.tables.upstream import DefaultLogin
from acceptance.target import read
from acceptance.visit import Visit
from selftests.judging import BLOCKED, PASS, judge


@pytest.fixture
def here(sandbox: Sandbox, tmp_path: Path) -> Visit:
    target = read(sandbox.target_file)
    return Visit(target, datetime.now(UTC), tmp_path, tmp_path, tmp_path, "acceptance-this-run", time.monotonic() + 60)


def answering(monkeypatch: pytest.MonkeyPatch, status: int, **answer: Any) -> None:
    def ask(*_: Any, **__: Any) -> httpx.Response:
        return httpx.Response(status, request=httpx.Request("GET", "https://a.example"), **answer)

    monkeypatch.setattr(web, "ask", ask)


@pytest.mark.parametrize(
    "status, answer, let_in",
    [
        (401, {}, False),
        (403, {}, False),
        (200, {"json": {"success": True}}, True),
        (200, {"json": {"success": False}}, False),
        (200, {"text": "", "headers": {"set-cookie": "session=1"}}, True),
        (200, {"text": "<html>the page for any path</html>"}, None),
        (302, {"headers": {"location": "/login"}}, None),
        (404, {}, None),
        (429, {}, None),
        (500, {}, None),
    ],
)
def test_whether_a_default_was_refused(
    here: Visit, monkeypatch: pytest.MonkeyPatch, status: int, answer: dict[str, Any], let_in: bool | None
) -> None:
    table = DefaultLogin(url=f"{here.target.urls.api}/login", kind="json", user="a", word="b")
    answering(monkeypatch, status, **answer)
    (tried,) = defaults.look(replace(here, target=here.target.model_copy(update={"defaults": {"demo": table}}))).tried
    assert isinstance(tried, Unseen) if let_in is None else isinstance(tried, Default) and tried.let_in is let_in


def test_an_outage_is_no_rate_limit(here: Visit, monkeypatch: pytest.MonkeyPatch) -> None:
    answering(monkeypatch, 503)
    with pytest.raises(ProbeError, match="the first request got 503"):
        limits.look_at_edge(here)


def test_without_a_log_in_nothing_is_said_of_cross_site_calls(here: Visit) -> None:
    here.keep_live("tokens", {})
    here.keep_live("cookies", {})
    with pytest.raises(ProbeError, match="log-in gave no token"):
        csrf.look(here)


@pytest.mark.parametrize(("status", "expected"), [(400, PASS), (401, BLOCKED), (429, BLOCKED)])
def test_bad_input_that_was_turned_away_was_not_refused(
    here: Visit, monkeypatch: pytest.MonkeyPatch, status: int, expected: str
) -> None:
    here.keep_live("tokens", {"user": "t"})
    answering(monkeypatch, status)
    answers = fuzz._send(here, None, {"GET /a": [Input("https://a.example/a", str(n), "") for n in range(5)]})
    found = fuzz._fuzzed("GET /a", 5, answers["GET /a"], {"400"})
    assert judge("SEC-WEB-15", fuzz=Fuzz((found,), ())) is expected


def test_where_no_log_in_is_nothing_was_refused(here: Visit, monkeypatch: pytest.MonkeyPatch) -> None:
    here.keep_live("tokens", {"user": "t"})
    answering(monkeypatch, 404)
    with pytest.raises(ProbeError, match="answers 404: it is no log-in"):
        malformed.look(here)


@pytest.mark.parametrize("status", [401, 429])
def test_files_that_were_turned_away_were_not_refused(
    here: Visit, monkeypatch: pytest.MonkeyPatch, status: int
) -> None:
    here.keep_live("tokens", {"user": "t"})
    answering(monkeypatch, status)
    with pytest.raises(ProbeError, match=f"away with {status}"):
        uploads.look(here)


@pytest.mark.parametrize(("headers", "hit"), [({}, False), ({"age": "0"}, False), ({"age": "12"}, True)])
def test_an_age_shows_a_cache(headers: dict[str, str], hit: bool) -> None:
    assert caching._stored(httpx.Response(200, headers=headers), "/a").hit is hit


def test_paths_lie_below_the_server_of_the_document() -> None:
    document = {"servers": [{"url": "https://bot.example.com/api/"}], "paths": {"/orders/{id}": {"delete": {}}}}
    assert operations_of(document) == {("DELETE", "/api/orders/{}")}
    assert operations_of({"paths": {"/health": {"get": {}}}}) == {("GET", "/health")}
