"""Our page timings beside Lighthouse's (desktop, provided throttling) on the same pages, medians of three.

Lighthouse comes from npm and is found on PATH or by LIGHTHOUSE.
"""

from __future__ import annotations

import json
import os
import shutil
import statistics
import subprocess
import tempfile
import threading
import time
from datetime import UTC, datetime
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

from acceptance.probes.chromium import SYSTEM, chromium
from acceptance.probes.pages import PageVisit, visits, warm_up
from acceptance.target import Target
from acceptance.visit import Visit
from selftests.bench.figures import Figure, NotMeasured

RUNS = 3
WITHIN_MS = 60.0  # or a tenth, whichever is larger
BUSY = "const busy = (ms) => { const end = performance.now() + ms; while (performance.now() < end); };"
PAGES = {
    "/light": "<title>light</title><h1>A light page</h1><p>Nothing but text.</p>",
    "/heavy": (
        "<title>heavy</title><h1>A heavy page</h1><script>" + BUSY + "busy(120);"
        "setTimeout(() => { busy(300); document.body.append(Object.assign(document.createElement('p'),"
        "{textContent: 'A much longer paragraph. '.repeat(80)})); }, 900); setTimeout(() => busy(250), 2200);</script>"
    ),
    "/fetching": (
        "<title>fetching</title><h1>A page that fetches</h1><script>" + BUSY + "for (let i = 0; i < 4; i++)"
        "fetch('/slow?' + i).then(() => busy(80));</script>"
    ),
}
AUDITS = {
    "tti_ms": "interactive",
    "fcp_ms": "first-contentful-paint",
    "lcp_ms": "largest-contentful-paint",
    "tbt_ms": "total-blocking-time",
}


class Handler(BaseHTTPRequestHandler):
    """The pages, and an answer that takes 700 ms."""

    def do_GET(self) -> None:
        if self.path.startswith("/slow"):
            time.sleep(0.7)
        body = PAGES.get(self.path, "ok").encode()
        self.send_response(200)
        self.send_header("Content-Type", "text/html; charset=utf-8")
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *_: object) -> None:
        """Say nothing."""


def ours(url: str, port: int) -> tuple[PageVisit, ...]:
    """Visits with our probe."""
    base = "https://app.example.com"
    urls = {
        "base": base,
        "plain": f"http://127.0.0.1:{port}",
        "api": base,
        "ws": "wss://app.example.com",
        "dashboard": base,
    }
    folder = Path(tempfile.mkdtemp())
    target = Target.model_validate({"name": "bench", "urls": urls})
    visit = Visit(target, datetime.now(UTC), folder, folder, folder, "acceptance-bench", time.monotonic() + 300)
    with chromium(visit) as browser:
        warm_up(browser)
        return visits(visit, browser, url, RUNS)


def theirs(url: str, program: str) -> list[dict[str, float]]:
    """Lighthouse's answers."""
    command = [
        program, url, "--preset=desktop", "--throttling-method=provided", "--only-categories=performance",
        "--output=json", "--quiet", "--chrome-flags=--headless=new --no-sandbox",
    ]  # fmt: skip
    chrome = next(filter(None, map(shutil.which, SYSTEM)))
    found = []
    for _ in range(RUNS):
        done = subprocess.run(
            command, capture_output=True, timeout=120, check=True, env={**os.environ, "CHROME_PATH": chrome}
        )
        audits = json.loads(done.stdout)["audits"]
        said = {name: audits[audit].get("numericValue", -1.0) for name, audit in AUDITS.items()}
        found.append({**said, "load_ms": audits["metrics"]["details"]["items"][0]["observedLoad"]})
    return found


def measure() -> list[Figure]:
    """How far apart both are; 60 ms or a tenth may be."""
    program = os.environ.get("LIGHTHOUSE") or shutil.which("lighthouse")
    if not program:
        raise NotMeasured("lighthouse is not there (npm install -g lighthouse, or LIGHTHOUSE=PATH)")
    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    found = []
    for path in PAGES:
        url = f"http://127.0.0.1:{server.server_port}{path}"
        mine, lighthouse = ours(url, server.server_port), theirs(url, program)
        for name in ("load_ms", *AUDITS):
            own = statistics.median(getattr(each, name) or 0.0 for each in mine)
            other = statistics.median(each[name] for each in lighthouse)
            limit_ms = max(WITHIN_MS, 0.1 * other)
            what = f"{path[1:]} page, {name.removesuffix('_ms')}: {own:.0f} ms, Lighthouse {other:.0f} ms; apart"
            found.append(Figure(what, abs(own - other), "ms", limit_ms))
    return found
