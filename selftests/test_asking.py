"""Asking an API: what is repeated and what is not, and the words for every way of not answering."""

from __future__ import annotations

import time
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from email.utils import format_datetime
from pathlib import Path

import httpx
import pytest

from acceptance import asking
from acceptance.facts import ProbeError
from acceptance.sandbox.double import Reply, Request, serve
from acceptance.target import Target
from acceptance.visit import Visit

URLS = {
    "base": "https://app.test", "plain": "http://app.test", "api": "https://api.test",
    "ws": "wss://api.test/ws", "dashboard": "https://app.test",
}  # fmt: skip


def visit(folder: Path, seconds: float = 10.0, allow: frozenset[str] = frozenset(), **tables: object) -> Visit:
    target = Target.model_validate({"name": "test", "urls": URLS, **tables}, strict=False)
    return Visit(
        target, datetime.now(UTC), folder, folder, folder, "acceptance-test", time.monotonic() + seconds, allow
    )


class Answers:
    """A server that gives these replies in turn, the last one for ever."""

    def __init__(self, *replies: Reply) -> None:
        self.replies, self.asked = list(replies), 0

    def __call__(self, _: Request) -> Reply:
        self.asked += 1
        return self.replies.pop(0) if len(self.replies) > 1 else self.replies[0]


@pytest.fixture
def using() -> Iterator[httpx.Client]:
    with httpx.Client(timeout=0.3, trust_env=False) as client:
        yield client


def api(folder: Path, using: httpx.Client, answers: Answers, seconds: float = 10.0) -> asking.Api:
    return asking.Api("Registry", visit(folder, seconds), using, serve(answers))


@pytest.fixture(autouse=True)
def no_pauses(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(asking, "PAUSES_S", (0.0, 0.0))


OK = Reply({"ok": True})


@pytest.mark.parametrize(
    ("reply", "words", "attempts"),
    [
        (Reply({}, 401), "401: the credentials are rejected", 1),
        (Reply({}, 403), "403: the credentials may not read this", 1),
        (Reply({}, 404), "404: there is nothing", 1),
        (Reply({}, 302), "302 instead of an answer", 1),
        (Reply({}, 503), "503: the service is in trouble", 3),
        (Reply({}, 429), "429: too many requests", 3),
        (Reply(b"<html>"), "no JSON dict: '<html>'", 1),
        (Reply([1]), "no JSON dict", 1),
    ],
)
def test_every_refusal_has_its_words(
    tmp_path: Path, using: httpx.Client, reply: Reply, words: str, attempts: int
) -> None:
    answers = Answers(reply)
    with pytest.raises(ProbeError, match=words):
        api(tmp_path, using, answers).json("/v2/")
    assert answers.asked == attempts


def test_a_passing_trouble_is_asked_again_and_the_evidence_says_so(tmp_path: Path, using: httpx.Client) -> None:
    answers = Answers(Reply({}, 503), Reply({}, 429, (("Retry-After", "0"),)), OK)
    asked = api(tmp_path, using, answers)
    assert asked.json("/v2/") == {"ok": True}
    assert [each.rpartition(" after ")[2] for each in asked.evidence()] == ["503", "429"]


def test_a_write_is_never_repeated(tmp_path: Path, using: httpx.Client) -> None:
    answers = Answers(Reply({}, 503), OK)
    assert api(tmp_path, using, answers).ask("POST", "/x").status_code == 503
    assert answers.asked == 1


def test_a_declared_read_by_post_is_repeated(tmp_path: Path, using: httpx.Client) -> None:
    answers = Answers(Reply({}, 503), OK)
    assert api(tmp_path, using, answers).ask("POST", "/x", harmless="a query").status_code == 200


def test_retry_after_longer_than_the_look_is_not_waited_for(tmp_path: Path, using: httpx.Client) -> None:
    answers = Answers(Reply({}, 429, (("Retry-After", "120"),)), OK)
    with pytest.raises(ProbeError, match="asks to wait 120 s"):
        api(tmp_path, using, answers).json("/")
    assert answers.asked == 1


@pytest.mark.parametrize("form", ["number", "date"])
def test_retry_after_as_number_and_date(form: str) -> None:
    value = "7" if form == "number" else format_datetime(datetime.now(UTC) + timedelta(seconds=7.9))
    assert asking.retry_after_s(value, 0.2) == pytest.approx(7, abs=1)


@pytest.mark.parametrize("value", ["", "soon", "-1"])
def test_no_usable_retry_after(value: str) -> None:
    assert asking.retry_after_s(value, 0.2) == 0.2


def test_a_time_out_is_tried_three_times(tmp_path: Path, using: httpx.Client) -> None:
    def slow(_: Request) -> Reply:
        time.sleep(0.15)
        return OK

    using.timeout = httpx.Timeout(0.05)
    asked = asking.Api("Registry", visit(tmp_path), using, serve(slow))
    with pytest.raises(ProbeError, match=r"ReadTimeout.*3 attempts"):
        asked.json("/")


def test_nobody_listens(tmp_path: Path, using: httpx.Client) -> None:
    with pytest.raises(ProbeError, match=r"ConnectError.*3 attempts"):
        asking.Api("Registry", visit(tmp_path), using, "http://127.0.0.1:1").json("/")


def test_pages_without_end(tmp_path: Path, using: httpx.Client) -> None:
    asked = api(tmp_path, using, Answers(OK))
    with pytest.raises(ProbeError, match="pages without end after 1"):
        list(asked.pages("/a", lambda _: "/a"))
    with pytest.raises(ProbeError, match="pages without end after 100"):
        list(asked.pages("/0", lambda r: f"/{int(r.url.path[1:]) + 1}"))


def test_pages_that_end(tmp_path: Path, using: httpx.Client) -> None:
    paths = iter(["/b", "/c", ""])
    assert len(list(api(tmp_path, using, Answers(OK)).pages("/a", lambda _: next(paths)))) == 3


def test_basic_with_a_user_bearer_without(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SECRET", "s3cret")
    named = {"a": {"user": "u", "secret": "env:SECRET"}, "b": {"secret": "env:SECRET"}}
    here = visit(tmp_path, credentials=named)
    assert asking.authorization(here, "a") == {"Authorization": "Basic dTpzM2NyZXQ="}
    assert asking.authorization(here, "b") == {"Authorization": "Bearer s3cret"}
    assert asking.authorization(here, "") == {}
