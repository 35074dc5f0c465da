"""The load probe against servers of known behaviour: what it measures, when it stops, and what it must not judge."""

from __future__ import annotations

import os
import shutil
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest
import trustme

from acceptance.facts import ProbeError
from acceptance.load import run
from acceptance.load.samples import ERROR, REFUSED
from acceptance.visit import Visit
from selftests.bench.known import Known
from selftests.test_load_schedule import SEGMENTS, due


@pytest.fixture
def visit(tmp_path: Path) -> Visit:
    from datetime import UTC, datetime

    return Visit(
        target=None,  # type: ignore[arg-type]  # the plan is all that the generator is told
        now=datetime.now(UTC),
        run=tmp_path,
        live=tmp_path,
        state=tmp_path,
        marker="acceptance-test",
        ends=time.monotonic() + 60,
    )


@pytest.fixture
def authority() -> trustme.CA:
    return trustme.CA()


@pytest.fixture
def served(authority: trustme.CA) -> Iterator[Any]:
    import ssl

    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    authority.issue_cert("api.test").configure_cert(context)
    known: list[Known] = []

    def serve(**how: Any) -> Known:
        known.append(Known(how.pop("delay", lambda _: 0.004), context, **how))
        return known[0]

    yield serve
    for each in known:
        each.close()


def plan(known: Known, authority: trustme.CA, **changes: Any) -> dict[str, Any]:
    return {
        "host": f"https://api.test:{known.port}",
        "requests": [{"name": "health", "method": "GET", "path": "/api/health", "headers": {}, "weight": 1}],
        "segments": [vars(each) for each in SEGMENTS],
        "seed": 1,
        "shares": 1,
        "breaker_ms": 1000.0,
        "timeout_s": 3.0,
        "instance_header": "X-Instance",
        "resolve": {"api.test": "127.0.0.1"},
        "ca_pem": authority.cert_pem.bytes().decode(),
        **changes,
    }


def test_one_process_sends_the_schedule_over_tls_and_names_backends(
    visit: Visit, served: Any, authority: trustme.CA
) -> None:
    known = served()
    (samples,) = run.here(visit, plan(known, authority), 2.0)
    assert sorted(samples.at_s) == [at for at, _ in due()]
    assert not samples.errors
    assert set(samples.instances) == {"one", "two"}
    assert min(samples.latency_ms) > 4


def test_a_certificate_that_nobody_vouches_for_is_an_error(visit: Visit, served: Any, authority: trustme.CA) -> None:
    known = served()
    stranger = trustme.CA().cert_pem.bytes().decode()
    (samples,) = run.here(visit, plan(known, authority, ca_pem=stranger), 2.0)
    assert set(samples.kind) == {ERROR}
    assert not known.delivered


def test_two_processes_together_send_what_one_would(visit: Visit, served: Any, authority: trustme.CA) -> None:
    samples = run.here(visit, plan(served(), authority, shares=2), 2.0)
    assert len(samples) == 2
    assert sorted(at for each in samples for at in each.at_s) == [at for at, _ in due()]


def test_errors_over_a_tenth_stop_the_load_and_say_so(visit: Visit, served: Any, authority: trustme.CA) -> None:
    (samples,) = run.here(visit, plan(served(failing=0.5), authority), 2.0)
    assert "of the requests failed" in samples.stopped
    assert len(samples.at_s) < samples.offered


def test_refusals_of_a_limiter_are_kept_apart_and_stop_the_load(
    visit: Visit, served: Any, authority: trustme.CA
) -> None:
    (samples,) = run.here(visit, plan(served(failing=0.5, status="429 Slow down"), authority), 2.0)
    assert "429" in samples.stopped
    assert set(samples.kind) == {0, REFUSED}


def test_latency_over_the_breaker_stops_the_load(visit: Visit, served: Any, authority: trustme.CA) -> None:
    (samples,) = run.here(visit, plan(served(delay=lambda _: 0.2), authority, breaker_ms=100.0), 2.0)
    assert "median latency" in samples.stopped


STRAYS = """
import gevent.socket
from acceptance.load import locustfile

def one(self, number, at_s, request):
    with gevent.socket.socket() as past_the_resolver:
        past_the_resolver.connect(("{host}", {port}))

locustfile.Generator.one = one
Generator = locustfile.Generator
"""


@pytest.mark.parametrize("shares", [1, 2], ids=["one process", "workers"])
def test_a_generator_that_strays_from_the_plan_is_stopped_and_named(
    shares: int, visit: Visit, served: Any, authority: trustme.CA, monkeypatch: pytest.MonkeyPatch
) -> None:
    with socket.create_server(("127.0.0.77", 0)) as outside:
        outside.setblocking(False)
        strays = visit.run / "strays.py"
        strays.write_text(STRAYS.format(host="127.0.0.77", port=outside.getsockname()[1]), encoding="utf-8")
        monkeypatch.setattr(run, "LOCUSTFILE", strays)
        with pytest.raises(ProbeError, match=r"guard stopped the load generator: process \d+ refused 127\.0\.0\.77"):
            run.here(visit, plan(served(), authority, shares=shares), 2.0)
        with pytest.raises(BlockingIOError):
            outside.accept()  # nobody has come


def test_the_generator_image_holds_all_that_the_generator_imports(tmp_path: Path) -> None:
    for line in (run.ROOT / "deploy" / "locust" / "Dockerfile").read_text(encoding="utf-8").splitlines():
        if line.startswith("COPY "):
            *sources, to = line.split()[1:]
            (tmp_path / to).mkdir(parents=True, exist_ok=True)
            for source in map(run.ROOT.__truediv__, sources):
                if source.is_dir():
                    shutil.copytree(source, tmp_path / to, dirs_exist_ok=True)
                else:
                    shutil.copy(source, tmp_path / to)
    ended = subprocess.run(
        [sys.executable, "-P", "-c", "import acceptance.load.locustfile as it; print(it.__file__)"],
        cwd=tmp_path, env={**os.environ, "PYTHONPATH": str(tmp_path)}, capture_output=True, text=True, timeout=60,
        check=False,
    )  # fmt: skip
    assert ended.stdout.startswith(str(tmp_path)), ended.stderr[-600:]


def test_a_master_that_is_not_there_is_named(visit: Visit, served: Any, authority: trustme.CA) -> None:
    with pytest.raises(ProbeError, match="the Locust master"):
        run.on_master(visit, "http://127.0.0.1:9", plan(served(), authority), 2.0)


def free_port() -> int:
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        return int(free.getsockname()[1])


@contextmanager
def standing(file: Path) -> Iterator[tuple[str, list[subprocess.Popen[bytes]]]]:
    """A running master with two workers, as deploy/locust starts them: its address, and all three processes."""
    web, bus = str(free_port()), str(free_port())
    command = [sys.executable, "-m", "locust", "-f", str(file), "--skip-log-setup"]
    parts = [["--master", "--web-host", "127.0.0.1", "--web-port", web]]
    parts[0] += ["--master-bind-host", "127.0.0.1", "--master-bind-port", bus]
    parts += [["--worker", "--master-host", "127.0.0.1", "--master-port", bus]] * 2
    environment = {**os.environ, "PYTHONPATH": str(run.ROOT)}
    quiet = {"stdout": subprocess.DEVNULL, "stderr": subprocess.DEVNULL, "stdin": subprocess.DEVNULL}
    running = [subprocess.Popen([*command, *part], env=environment, **quiet) for part in parts]  # type: ignore[call-overload]
    try:
        yield f"http://127.0.0.1:{web}", running
    finally:
        for each in reversed(running):
            each.kill()
            each.wait()


@pytest.fixture
def master() -> Iterator[str]:
    """A master of the suite's own generator."""
    with standing(run.LOCUSTFILE) as (address, _):
        yield address


def workers_ready(master: str, count: int) -> None:
    """Wait until the master counts its workers; it says how many when it is asked for too many."""
    import httpx

    ends = time.monotonic() + 20
    while time.monotonic() < ends:
        try:
            said = httpx.post(f"{master}/acceptance/plan", json={"shares": 99}, trust_env=False).json()
        except httpx.HTTPError:
            said = {"workers": 0}
        if said["workers"] >= count:
            return
        time.sleep(0.1)
    raise AssertionError("the workers did not come")


def test_workers_of_a_master_send_what_one_process_would_and_missing_ones_are_named(
    visit: Visit, served: Any, authority: trustme.CA, master: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    known = served()
    workers_ready(master, 2)
    with monkeypatch.context() as hurried:
        hurried.setattr(run, "READY_S", 0.0)
        with pytest.raises(ProbeError, match=r"\d of 3 workers are there"):
            run.on_master(visit, master, plan(known, authority, shares=3), 2.0)
    samples = run.on_master(visit, master, plan(known, authority, shares=2), 2.0)
    assert sorted(at for each in samples for at in each.at_s) == [at for at, _ in due()]
    again = run.on_master(visit, master, plan(known, authority, shares=2), 2.0)
    assert sum(len(each.at_s) for each in again) == len(due())


def test_a_worker_of_a_master_that_strays_from_the_plan_is_named(
    visit: Visit, served: Any, authority: trustme.CA
) -> None:
    with socket.create_server(("127.0.0.77", 0)) as outside:
        outside.setblocking(False)
        port = outside.getsockname()[1]
        strays = visit.run / "strays.py"
        strays.write_text(STRAYS.format(host="127.0.0.77", port=port), encoding="utf-8")
        with standing(strays) as (master, _):
            workers_ready(master, 2)
            with pytest.raises(
                ProbeError, match=rf"guard stopped the load generator: 127\.0\.0\.77:{port} is no address"
            ):
                run.on_master(visit, master, plan(served(), authority, shares=2), 2.0)
        with pytest.raises(BlockingIOError):
            outside.accept()  # nobody has come


def test_a_worker_that_vanishes_in_the_middle_is_missed(
    visit: Visit, served: Any, authority: trustme.CA, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(run, "SPARE_S", 4.0)
    begun = threading.Event()

    def first_request(_: Any) -> float:
        begun.set()
        return 0.004

    known = served(delay=first_request)
    with standing(run.LOCUSTFILE) as (master, processes):
        workers_ready(master, 2)
        killing = threading.Thread(target=lambda: begun.wait(20) and processes[-1].kill())
        killing.start()
        with pytest.raises(ProbeError, match="1 workers did not hand in their samples"):
            run.on_master(visit, master, plan(known, authority, shares=2), 2.0)
        killing.join()
