"""What gave the services no answer is asked from here too, so that the finding says where the way ends."""

from __future__ import annotations

import json
import socket
from pathlib import Path
from unittest.mock import patch

from acceptance import reach
from acceptance.probes import upstreams
from acceptance.tables.upstream import Upstream
from selftests.misbehaving import Listener, target_of, visit

NONE = {"no_answer": "TimeoutError: timed out"}
GOOD = {"status": 200, "price": 100.0}


def look(folder: Path, url: str, **looks: object) -> upstreams.Upstreams:
    binance = Upstream(kind="binance", host="app", service="engine", url=url)
    target = target_of().model_copy(update={"upstreams": {"binance": binance}})
    with patch.object(reach, "ask", lambda *_, **__: json.dumps({"upstream": {"binance": looks}})):
        return upstreams.look(visit(target, folder))


def test_the_finding_says_that_the_suite_gets_an_answer(inside: Listener, tmp_path: Path) -> None:
    (finding,) = look(tmp_path, f"http://{inside.where}", exchange=NONE, rights=NONE, price=NONE).unavailable()
    assert finding == (
        "binance: no answer to the services: TimeoutError: timed out; the suite gets one from here: HTTP 200"
    )
    assert b"GET /api/v3/ping" in inside.got


def test_the_finding_says_that_the_suite_gets_none_either(tmp_path: Path) -> None:
    with socket.create_server(("127.0.0.1", 0)) as gone:
        url = f"http://127.0.0.1:{gone.getsockname()[1]}"
    (finding,) = look(tmp_path, url, exchange=NONE).unavailable()
    assert "the suite gets none either: ConnectError" in finding


def test_what_answers_the_services_is_not_asked_from_here(inside: Listener, tmp_path: Path) -> None:
    found = look(tmp_path, f"http://{inside.where}", price=GOOD)
    assert (found.unavailable(), found.from_here, inside.connections) == ((), {}, 0)
