"""Where an upload says that its file lies: a path, a URL of its own, one of another host; and who is shown the token."""

from __future__ import annotations

import time
from dataclasses import replace
from pathlib import Path

import pytest

from acceptance.probes import uploads
from acceptance.probes.uploads import Uploads
from acceptance.sandbox.double import Reply, Request, serve
from selftests.judging import BLOCKED, FAIL, PASS, judge
from selftests.test_asking import visit

TOKEN = "a.b.c"
SAFE = (("Content-Type", "image/png"), ("X-Content-Type-Options", "nosniff"))


def look(folder: Path, told: str, headers: tuple[tuple[str, str], ...] = SAFE) -> tuple[Uploads, list[Request]]:
    """The look at an API that keeps one good picture and says that it lies at `told`; what was asked of anybody."""
    asked: list[Request] = []

    def answer(request: Request) -> Reply:
        asked.append(request)
        if request.method == "POST":
            good = b"acceptance-test.png" in request.body
            return Reply({"data": {"url": told.format(api=api, cdn=cdn)}}, 201) if good else Reply({}, 415)
        return Reply(b"", 204) if request.method == "DELETE" else Reply(uploads.PNG, 200, headers)

    api = serve(answer)
    cdn = serve(answer).replace("127.0.0.1", "cdn.test")
    here = visit(folder, 20, operations={"upload": {"method": "POST", "path": "/api/uploads"}})
    urls = here.target.urls.model_copy(update={"api": api})
    target = here.target.model_copy(update={"urls": urls, "resolve": {"cdn.test": ("127.0.0.1",)}})
    here = replace(here, target=target, ends=time.monotonic() + 20)
    here.keep_live("tokens", {"user": TOKEN})
    return uploads.look(here), asked


@pytest.mark.parametrize(
    "told, path",
    [
        ("/kept/1", "/kept/1"),
        ("{api}/kept/1", "/kept/1"),
        ("kept/1", "/api/kept/1"),
        ("uploads/../kept/1", "/api/kept/1"),
    ],
)
def test_a_file_of_the_api_is_read_with_the_token_and_removed(told: str, path: str, tmp_path: Path) -> None:
    found, asked = look(tmp_path, told)
    assert judge("SEC-WEB-14", uploads=found) is PASS
    ways = [(r.method, r.path, r.headers.get("authorization")) for r in asked if r.method != "POST"]
    assert ways == [("GET", path, f"Bearer {TOKEN}"), ("DELETE", path, f"Bearer {TOKEN}")]
    assert not found.left


def test_a_file_on_another_host_of_the_target_is_read_without_the_token(tmp_path: Path) -> None:
    found, asked = look(tmp_path, "{cdn}/kept/1")
    assert judge("SEC-WEB-14", uploads=found) is PASS
    assert [(r.method, r.headers.get("authorization")) for r in asked if r.method != "POST"] == [("GET", None)]
    assert len(found.left) == 1, "nobody deletes on a host that is not the API's, so it is named"


def test_a_file_on_a_strangers_host_is_not_asked_for(tmp_path: Path) -> None:
    found, asked = look(tmp_path, "https://elsewhere.example/kept/1")
    assert judge("SEC-WEB-14", uploads=found) is BLOCKED
    assert {r.method for r in asked} == {"POST"}
    taken = replace(found, bad=tuple(replace(each, status=201) for each in found.bad))
    assert judge("SEC-WEB-14", uploads=taken) is FAIL


@pytest.mark.parametrize("told", ["", "javascript:alert(1)", "//[", "file:///etc/passwd"])
def test_no_address_is_a_fault(told: str, tmp_path: Path) -> None:
    assert judge("SEC-WEB-14", uploads=look(tmp_path, told)[0]) is FAIL


def test_a_file_that_a_browser_would_run_is_a_fault_wherever_it_lies(tmp_path: Path) -> None:
    assert judge("SEC-WEB-14", uploads=look(tmp_path, "{cdn}/kept/1", SAFE[:1])[0]) is FAIL
