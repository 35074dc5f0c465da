"""Probes written to misbehave ask without end, through each library that counts: they stop at their budget."""

from __future__ import annotations

import contextlib
import json
import os
import select
import signal
from datetime import UTC, datetime
from pathlib import Path

import pytest

from acceptance.look import Plan, _Child
from acceptance.probes import Probe
from acceptance.visit import Visit
from selftests.databases import Database
from selftests.misbehaving import Listener, Nothing, answer, by_mongo, target_of


def test_more_requests_than_the_budget(inside: Listener, tmp_path: Path) -> None:
    def look(v: Visit) -> object:
        from acceptance import web

        with web.client(v) as client:
            return [web.ask(client, "GET", f"http://{inside.where}/").status_code for _ in range(9)]

    found = answer(look, tmp_path, requests=3)
    assert "the budget of 3 requests is used up" in found["failure"]["why"]
    assert inside.got.count(b"GET /") == 3


def test_more_upgrades_than_the_budget(inside: Listener, tmp_path: Path) -> None:
    from acceptance.facts import ProbeError
    from acceptance.probes import wire

    def look(v: Visit) -> object:
        for _ in range(9):
            with contextlib.suppress(ProbeError):  # the listener speaks no TLS
                wire.connect(v, token=None)
        return "swallowed"

    found = answer(look, tmp_path, requests=3, urls={"ws": f"wss://{inside.where}/ws"})
    assert "the budget of 3 requests is used up" in found["failure"]["why"]
    assert inside.connections == 3


@pytest.mark.usefixtures("aws_keys")
def test_more_aws_calls_than_the_budget(inside: Listener, tmp_path: Path) -> None:
    def look(v: Visit) -> object:
        from acceptance.aws import Aws
        from acceptance.facts import ProbeError

        aws = Aws(v, region="eu-west-1", endpoint=f"http://{inside.where}")
        for _ in range(9):
            with contextlib.suppress(ProbeError):
                aws.ask("sts", "get_caller_identity")
        return "swallowed"

    found = answer(look, tmp_path, requests=3)
    assert "the budget of 3 requests is used up" in found["failure"]["why"]
    assert inside.got.count(b"POST /") == 3


def test_more_commands_of_mongo_than_the_budget(database: Database, tmp_path: Path) -> None:
    many = by_mongo(lambda trades: [trades.find_one({}) for _ in range(9)])
    found = answer(many, tmp_path, target=database.visit().target, requests=5)
    assert "the budget of 5 requests is used up" in found["failure"]["why"]


def test_what_was_sent_before_a_probe_is_killed_is_counted(inside: Listener, tmp_path: Path) -> None:
    def look(v: Visit) -> Nothing:
        from acceptance import web

        with web.client(v) as client:
            for _ in range(3):
                web.ask(client, "GET", f"http://{inside.where}/")
        os.kill(os.getpid(), signal.SIGKILL)
        return Nothing("unreachable")

    (tmp_path / "facts").mkdir()
    here = target_of()
    plan = Plan(tmp_path, "", ("bad",), frozenset(), datetime.now(UTC), tmp_path, tmp_path)
    child = _Child.start(Probe("bad", look, Nothing), plan, here)
    select.select([child.done], [], [], 20)
    child.finish(plan, overran=False)
    found = json.loads((tmp_path / "facts" / "bad.json").read_text(encoding="utf-8"))
    assert found["failure"]["why"] == "its process ended with -9 without an answer"
    assert (found["requests"], found["writes"]) == (3, 0)
