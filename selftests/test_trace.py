"""The trace that is kept where a page fails: it shows every step, it is bounded, and it gives no secret away."""

from __future__ import annotations

import io
import json
import secrets
import threading
import zipfile
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import pytest

from acceptance.facts import ProbeError
from acceptance.probes import trace, user
from acceptance.probes.chromium import chromium
from acceptance.probes.tab import Tab
from acceptance.record.shots import shots
from acceptance.redact import Redactor
from selftests.spelt import Sought
from selftests.test_browser_bad_pages import a_visit

PAGE = """<title>t</title><h1>Prices</h1><form><input type=password id=word></form><script>
localStorage.token = "{token}";
document.cookie = "session={cookie}";
console.error("refused: {token}");
fetch("/api/prices?key={key}", {{headers: {{authorization: "Bearer {token}"}}}});
setTimeout(() => {{ throw new Error("no feed for {token}") }}, 20);
</script>"""


def scrubbed(steps: list[Any], files: dict[str, bytes], secret: str = "") -> tuple[list[dict[str, Any]], list[str]]:
    """The steps and the other files that are left of a trace."""
    given, made = io.BytesIO(), io.BytesIO()
    with zipfile.ZipFile(given, "w") as into:
        into.writestr("trace.trace", "\n".join(each if isinstance(each, str) else json.dumps(each) for each in steps))
        for name, content in files.items():
            into.writestr(name, content)
    with zipfile.ZipFile(given) as one, zipfile.ZipFile(made, "w") as to:
        trace.scrub(one, to, Redactor([secret]))
    with zipfile.ZipFile(made) as done:
        left = [json.loads(line) for line in done.read("trace.trace").splitlines()]
        return left, [name for name in done.namelist() if not name.startswith("trace.")]


def frame(number: int) -> dict[str, Any]:
    return {"type": "screencast-frame", "pageId": "p", "file": f"screencast/{number}.jpeg", "timestamp": number}


def test_only_named_fields_are_kept() -> None:
    steps = [
        {"type": "before", "callId": "1", "class": "Frame", "method": "fill", "params": {"selector": "#p", "value": "hunter2"}},
        {"type": "after", "callId": "1", "result": {"value": "hunter2"}, "error": {"message": "late\nfill(hunter2)"}},
        {"type": "log", "callId": "1", "message": "fill(hunter2)"},
        {"type": "console", "text": "odd", "args": [{"value": "hunter2"}], "location": {"url": "https://x/?hunter2"}},
        {"type": "event", "method": "dialog", "params": {"message": "hunter2"}},
        {"type": "resource-snapshot", "snapshot": "hunter2"},
        {"type": "before", "callId": "2", "method": "evaluateExpression", "params": {"expression": "hunter2"}},
        {"type": "after", "callId": "2", "result": "hunter2"},
        {"type": "before", "method": "goto", "params": {"url": "https://x/a?token=hunter2"}},
        "no JSON hunter2",
        7,
    ]  # fmt: skip
    left, files = scrubbed(steps, {"resources/a.json": b"hunter2", "trace.network": b"hunter2"})
    assert "hunter2" not in json.dumps(left)
    assert files == []
    assert [(s["type"], s.get("method")) for s in left] == [
        ("before", "fill"), ("after", None), ("console", None), ("event", "dialog"), ("before", "goto")
    ]  # fmt: skip
    assert left[0]["params"] == {"selector": "#p"}
    assert left[1]["error"]["message"] == "late"


def test_known_secrets_go_out_of_what_is_kept() -> None:
    secret = secrets.token_hex(16)
    steps = [
        {"type": "console", "text": f"refused {secret}"},
        {"type": "event", "method": "pageError", "params": {"error": {"error": {"message": f"x {secret[:20]}"}}}},
        {"type": "before", "title": f"Fill {secret}", "params": {"selector": f"text={secret}"}},
    ]
    left, _ = scrubbed(steps, {}, secret)
    assert Sought([secret]).within(json.dumps(left)) == []
    assert "x «redacted»" in left[1]["params"]["error"]["error"]["message"]


def test_pictures_are_bounded_and_the_last_one_stays(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(trace, "ALL_BYTES", 300)
    pictures = {f"screencast/{n}.jpeg": b"x" * 100 for n in range(10)} | {"screencast/10.jpeg": b"x" * 500_000}
    left, files = scrubbed([frame(n) for n in range(12)], pictures)
    assert len(files) <= 3
    assert "screencast/9.jpeg" in files
    assert {step["file"] for step in left} == set(files)


def test_trace_of_a_failing_page_shows_its_steps_and_no_secret(tmp_path: Path) -> None:
    known = {name: secrets.token_hex(20) for name in ("token", "cookie", "key", "password")}

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            body = PAGE.format(**known).encode() if self.path == "/" else b'{"prices": []}'
            self.send_response(200)
            self.send_header("Content-Type", "text/html")
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, *_: object) -> None:
            """Say nothing."""

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    visit = a_visit(tmp_path, server.server_port)
    visit.keep_live("words", {"password": known["password"], "key": known["key"]})
    try:
        with chromium(visit) as browser:
            context = browser.new_context()
            trace.begin(context)
            tab = Tab(visit, context)
            tab.open(f"{visit.target.urls.plain}/")
            tab.page.fill("#word", known["password"])
            assert known["token"] in tab.evaluate("() => localStorage.token")
            tab.until(lambda: len(tab.trouble) > 1 and bool(tab.calls), 5)
            assert trace.keep(visit, context, user.secrets_of_the_session(tab)) == trace.NAME
    except ProbeError as problem:
        pytest.skip(str(problem))
    finally:
        server.shutdown()
        server.server_close()
    written = (tmp_path / "shots" / trace.NAME).read_bytes()
    text = written.decode("utf-8", "replace")
    assert Sought(known.values()).within(text) == []
    with zipfile.ZipFile(io.BytesIO(written)) as kept:
        steps = [json.loads(line) for line in kept.read("trace.trace").splitlines()]
        assert any(name.endswith(".jpeg") for name in kept.namelist())
    assert {"goto", "fill"} <= {step.get("method") for step in steps}
    assert any("refused" in step.get("text", "") for step in steps)
    assert any("no feed" in json.dumps(step.get("params", "")) for step in steps)
    assert [path.name for path in tmp_path.rglob("*") if "trace" in path.name and path.is_file()] == [trace.NAME]


def test_the_record_links_the_trace_where_a_page_fails(tmp_path: Path) -> None:
    (tmp_path / "shots").mkdir()
    (tmp_path / "shots" / trace.NAME).touch()
    for item in ("FUNC-UI-03", "SEC-WEB-16"):
        assert [shot.file for shot in shots(item, tmp_path, passed=False)] == [f"shots/{trace.NAME}"]
    assert shots("FUNC-UI-03", tmp_path, passed=True) == ()
    assert shots("SEC-WEB-01", tmp_path, passed=False) == ()
