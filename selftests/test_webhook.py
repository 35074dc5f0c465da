"""A changed verdict is posted, with patience, and the address stays a secret."""

from __future__ import annotations

import json
import threading
from collections.abc import Iterator
from dataclasses import replace
from datetime import timedelta
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path

import pytest

from acceptance import webhook
from acceptance.record.file import dump
from acceptance.record.github import commands, summary
from acceptance.record.model import Record
from acceptance.verdict import Status
from selftests.commands import acceptance
from selftests.records import START, full
from selftests.test_compare import GOOD, ID, but

PATH = "/services/T000/B000/veryprivatepath"
BAD = but(GOOD, days=1, status=Status.FAIL, note="<!channel> eyJhbGciOiJSUzI1NiJ9.eyJzdWIiOiIxIn0.abcdef")


class Slack(HTTPServer):
    """Answers with the given statuses in turn, then 200."""

    answers: list[int]
    got: list[dict[str, object]]


class Handler(BaseHTTPRequestHandler):
    server: Slack

    def do_POST(self) -> None:
        body = self.rfile.read(int(self.headers["content-length"]))
        self.server.got.append({"path": self.path, **json.loads(body)})
        self.send_response(self.server.answers.pop(0) if self.server.answers else 200)
        self.send_header("retry-after", "7")
        self.send_header("content-length", "0")
        self.end_headers()

    def log_message(self, *_: object) -> None:
        return


@pytest.fixture
def slack(monkeypatch: pytest.MonkeyPatch) -> Iterator[Slack]:
    server = Slack(("127.0.0.1", 0), Handler)
    server.answers, server.got = [], []
    monkeypatch.setenv("HOOK", f"http://127.0.0.1:{server.server_port}{PATH}")
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
    thread.start()
    yield server
    server.shutdown()
    thread.join()
    server.server_close()


def write(folder: Path, *records: Record) -> Path:
    for record in records:
        own = folder / f"{record.started:%Y%m%dT%H%M%SZ}"
        own.mkdir()
        (own / "record.json").write_text(dump(record))
    return own


def test_a_changed_verdict_is_posted(slack: Slack, tmp_path: Path) -> None:
    run = write(tmp_path, GOOD, BAD)
    assert acceptance(webhook, "notify", run, "--webhook", "env:HOOK", "--link", "https://ci.example.com/1") == 0
    (got,) = slack.got
    assert "GO -&gt; " in str(got["text"])
    assert "<https://ci.example.com/1|Record>" in str(got["blocks"])
    assert ID in str(got["blocks"])
    assert "<!channel>" not in str(got)
    assert "eyJhbGci" not in str(got)


def test_an_unchanged_verdict_is_not(slack: Slack, tmp_path: Path) -> None:
    run = write(tmp_path, GOOD, replace(GOOD, started=START + timedelta(days=1)))
    assert acceptance(webhook, "notify", run, "--webhook", "env:HOOK") == 0
    assert not slack.got
    assert acceptance(webhook, "notify", run, "--webhook", "env:HOOK", "--always") == 0
    assert slack.got


def test_busy_and_broken_are_tried_again(slack: Slack, monkeypatch: pytest.MonkeyPatch) -> None:
    slack.answers = [429, 500, 503]
    waits: list[float] = []
    monkeypatch.setattr(webhook.time, "sleep", waits.append)
    webhook.post(f"http://127.0.0.1:{slack.server_port}/", {"text": "x"})
    assert waits == [7, 7, 7]
    assert len(slack.got) == 4


def test_it_gives_up_and_never_tells_the_address(
    slack: Slack, tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(webhook.time, "sleep", lambda _: None)
    slack.answers = [404]
    run = write(tmp_path, BAD)
    assert acceptance(webhook, "notify", run, "--webhook", "env:HOOK") == 1
    monkeypatch.setenv("HOOK", f"http://127.0.0.1:1{PATH}")
    assert acceptance(webhook, "notify", run, "--webhook", "env:HOOK") == 1
    monkeypatch.setenv("HOOK", f"http://hooks.example.com{PATH}")
    assert acceptance(webhook, "notify", run, "--webhook", "env:HOOK") == 2
    said = "".join(capsys.readouterr())
    assert "refused the message: status 404" in said
    assert "in 4 attempts" in said
    assert "veryprivatepath" not in said


def test_the_address_itself_is_refused(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    run = write(tmp_path, BAD)
    assert acceptance(webhook, "notify", run, "--webhook", f"https://hooks.example.com{PATH}") == 2
    assert "veryprivatepath" not in "".join(capsys.readouterr())


def test_annotations_can_not_be_forged() -> None:
    bad = but(GOOD, status=Status.FAIL, note="100%\n::error::forged", sentence="a, b: c")
    lines = commands(bad).splitlines()
    assert len(lines) == 1
    assert lines[0].startswith(f"::error title=FAIL {ID}::a, b: c: 100%25 ::error::forged")


def test_the_step_summary_holds_verdict_and_reasons() -> None:
    text = summary(full())
    assert text.startswith("## NO-GO for ")
    assert all(f"| {id} |" in text for id in full().verdict.because)
