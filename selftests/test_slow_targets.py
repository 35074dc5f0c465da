"""What a slow or silent target costs: bounded requests and seconds, and what was seen until then is kept."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import threading
import time
from dataclasses import replace
from fnmatch import fnmatch
from pathlib import Path
from typing import Any

import httpx
import pytest

from acceptance import ban, web
from acceptance.collector.inside import RESOLVE
from acceptance.collector.upstream import UPSTREAM
from acceptance.facts import ProbeError, Unseen
from acceptance.judge import catalogue, probes_of
from acceptance.look import with_needs
from acceptance.probes import PROBES, fuzz, malformed
from acceptance.probes.fuzz_inputs import Input
from acceptance.probes.malformed import Malformed, Sent, Taken, take
from acceptance.sandbox.double import Reply, serve
from selftests.judging import BLOCKED, FAIL, PASS, judge
from selftests.test_asking import visit

API_ITEMS = (
    "FUNC-API-*", "FUNC-EXT-*", "SEC-WEB-0[678]", "SEC-WEB-1[0-5]", "SEC-SECRET-0[68]", "INFRA-NET-09", "INFRA-NET-10",
    "INFRA-DOC-03",
)  # fmt: skip
ELSEWHERE = {"hosts", "services"}  # the collector's, over ssh: they judge other items first


def of_the_api() -> set[str]:
    """Probes of the API items that do nothing to the target, and those that they live on."""
    wanted = {
        probe
        for id, case in catalogue().items()
        if any(fnmatch(id, pattern) for pattern in API_ITEMS)
        for probe in probes_of(case)
    }
    return {p for p in with_needs(tuple(wanted)) if not PROBES[p].impact} - ELSEWHERE


def test_api_probes_may_send_less_than_1500_requests() -> None:
    """The guard refuses each probe's next one, so the sum is a bound, whatever the target is like."""
    assert {"fuzz", "guards", "malformed", "health", "upstreams"} <= of_the_api()
    assert sum(PROBES[name].requests for name in of_the_api()) < 1500


def test_no_api_probe_takes_longer_than_20_s() -> None:
    assert {name: PROBES[name].deadline_s for name in of_the_api() if PROBES[name].deadline_s > 20} == {}


def test_many_operations_share_the_inputs(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("acceptance.web.ask", lambda *_, **__: httpx.Response(400))
    here = visit(tmp_path)
    here.keep_live("tokens", {"user": "t"})
    several = {f"GET /{n}": [Input(f"/{n}", "", "")] * 42 for n in range(40)}
    answers = fuzz._send(replace(here, ends=time.monotonic() + 60), None, several)
    sent = [len(found) for found in answers.values()]
    assert sum(sent) == fuzz.INPUTS < PROBES["fuzz"].requests
    assert min(sent) >= fuzz.LEAST


def test_no_request_starts_after_the_end_of_a_look(tmp_path: Path) -> None:
    over = pytest.raises(ProbeError, match="the time for the look was over")
    with web.client(replace(visit(tmp_path), ends=time.monotonic())) as client, over:
        web.ask(client, "GET", "http://127.0.0.1:9/")


def test_no_request_waits_beyond_the_end_of_a_look(tmp_path: Path) -> None:
    silent = threading.Event()
    base = serve(lambda _: Reply({"late": silent.wait(10)}))
    with web.client(visit(tmp_path, seconds=0.5)) as client:
        client.timeout = httpx.Timeout(60)
        with pytest.raises(ProbeError, match="ReadTimeout"):
            web.ask(client, "GET", f"{base}/")
    silent.set()


def test_silence_at_the_end_of_a_look_is_no_ban(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def silent(*_: object, **__: object) -> None:
        raise ProbeError("GET /", "ReadTimeout")

    here = visit(tmp_path, seconds=1.0)
    here.keep_live("tokens", {"user": "t"})
    monkeypatch.setattr("acceptance.web.ask", silent)
    with httpx.Client() as client, pytest.raises(ProbeError, match="ReadTimeout"):
        ban.attempt(here, client, "POST", "https://x/login")
    assert not (here.live / "banned").exists()


def taken(delay_s: float, slow_ms: float | None = 100.0) -> Taken | Unseen:
    """One input against a server that waits that long for it."""
    stop = threading.Event()

    def answer(_: object) -> Reply:
        stop.wait(delay_s)
        return Reply(status=400)

    base = serve(answer)
    with httpx.Client(timeout=0.2, trust_env=False) as client:
        found = take(client, Sent("POST /login", "$(sleep 2)", "POST", base, {}), "token", [], slow_ms)
    stop.set()
    return found


def test_a_delay_without_end_is_seen_as_one(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(malformed, "PATIENCE_MS", 100.0)
    found = taken(5.0)
    assert isinstance(found, Taken)
    assert "no answer in" in repr(found)
    assert judge("SEC-WEB-08", malformed=Malformed(10.0, (found,), (), {})) is FAIL
    assert isinstance(taken(5.0, slow_ms=None), Unseen)


@pytest.mark.parametrize(("slow_answers", "expected"), [(1, PASS), (2, FAIL)])
def test_a_delay_counts_when_it_comes_again(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, slow_answers: int, expected: object
) -> None:
    """The clock is told, not waited for."""
    clock, left = [0.0], [slow_answers]

    def ask(_: object, __: str, ___: str, **options: Any) -> httpx.Response:
        email = options.get("json", {}).get("email", "") if isinstance(options.get("json"), dict) else ""
        if email == malformed.DELAYS[0] and left[0]:
            left[0] -= 1
            clock[0] += 2.0
        return httpx.Response(400)

    here = visit(tmp_path, operations={"login": {"method": "POST", "path": "/login", "kind": "local"}})
    here.keep_live("tokens", {"user": "t"})
    monkeypatch.setattr("acceptance.web.ask", ask)
    monkeypatch.setattr(malformed, "AT_ONCE", 1)
    monkeypatch.setattr(time, "perf_counter", lambda: clock[0])
    assert judge("SEC-WEB-08", malformed=malformed.look(here)) is expected


def test_an_ordinary_answer_that_does_not_come_hides_no_other() -> None:
    silent, telling = Unseen("GET /a", "ReadTimeout"), ("a stack trace",)
    assert (
        judge("SEC-WEB-13", malformed=Malformed(1.0, (), (), {"GET /a": silent, "GET /b": telling}), login=None) is FAIL
    )
    assert (
        judge("SEC-WEB-13", malformed=Malformed(1.0, (), (), {"GET /a": silent, "GET /b": ()}), login=None) is BLOCKED
    )


def test_an_upstream_that_hangs_in_one_look_hides_no_other() -> None:
    silent = threading.Event()

    def answer(request: Any) -> Reply:
        if request.path == "/ping":
            silent.wait(10)
        return Reply({"price": "101.5"})

    ask = {
        "url": serve(answer), "ping": "/ping", "time": "/time", "ticker": "/ticker", "looks": ["exchange", "price"],
        "pid": str(os.getpid()), "places": [], "seconds": 0.5, "hosts": "", "resolv": "",
    }  # fmt: skip
    source = RESOLVE + UPSTREAM
    ended = subprocess.run(
        [sys.executable, "-IB", "-c", source, json.dumps(ask)], capture_output=True, text=True, timeout=30, check=True
    )
    silent.set()
    said = json.loads(ended.stdout)
    assert said["price"] == {"status": 200, "price": 101.5}
    assert "timed out" in said["exchange"]["no_answer"]
