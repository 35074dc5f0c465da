"""Starts Locust in processes of its own, or asks a running master, and brings the samples home."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import time
from pathlib import Path
from typing import TYPE_CHECKING, Any

from acceptance import guard
from acceptance.facts import ProbeError, text
from acceptance.load.samples import Samples
from acceptance.visit import Visit

if TYPE_CHECKING:
    import httpx

LOCUSTFILE = Path(__file__).with_name("locustfile.py")
ROOT = Path(__file__).parents[2]
READY_S = 10.0  # for workers to be there
SPARE_S = 30.0  # for the start of the processes and for the last answers


def here(visit: Visit, plan: dict[str, Any], length_s: float) -> list[Samples]:
    """Locust on this machine, `shares` processes. They stay in the looker's process group and end with it."""
    # beside the live secrets, for it holds the token; not among them, for its other words are none
    asked, answer = visit.live / "load.plan", visit.live / "load.samples"
    asked.touch(0o600)
    asked.write_text(json.dumps(plan), encoding="utf-8")
    answer.unlink(missing_ok=True)
    processes = plan["shares"]
    command = [sys.executable, "-m", "locust", "-f", str(LOCUSTFILE), "--headless", "--only-summary"]
    command += ["-u", str(processes), "-r", str(processes), "--exit-code-on-error", "0", "--stop-timeout", "1"]
    command += ["--loglevel", "WARNING", "--skip-log-setup"]
    if processes > 1:
        command += _several(processes)
    environment = {
        **os.environ,
        "PYTHONPATH": str(ROOT),
        "PYTHONWARNINGS": "ignore",
        "ACCEPTANCE_LOAD_PLAN": str(asked),
        "ACCEPTANCE_LOAD_SAMPLES": str(answer),
    }
    try:
        ended = subprocess.run(
            command,
            env=environment,
            stdin=subprocess.DEVNULL,
            capture_output=True,
            timeout=visit.time_left_s(length_s + SPARE_S),
            check=False,
        )
    except subprocess.TimeoutExpired:
        raise ProbeError("the API under load", f"Locust did not end within {length_s + SPARE_S:.0f} s") from None
    if strayed := guard.heard(text(ended.stderr, 1_000_000)):
        raise ProbeError("the API under load", f"the guard stopped the load generator: {strayed}")
    if not answer.exists():
        last = text(ended.stderr[-400:] or ended.stdout[-400:]).strip()
        raise ProbeError("the API under load", f"Locust ended with {ended.returncode} and no samples: {last}")
    return unpacked(json.loads(answer.read_text(encoding="utf-8")), processes)


def _several(processes: int) -> list[str]:
    import socket

    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = str(free.getsockname()[1])
    bind = ["--master-bind-host", "127.0.0.1", "--master-bind-port", port, "--master-host", "127.0.0.1"]
    return ["--processes", str(processes), *bind, "--master-port", port, "--expect-workers-max-wait", "20"]


def on_master(visit: Visit, master: str, plan: dict[str, Any], length_s: float) -> list[Samples]:
    """A running Locust master with its workers (deploy/locust/compose.yml), asked over its web port."""
    import httpx

    what = f"the Locust master at {master}"
    try:
        with httpx.Client(base_url=master, trust_env=False, timeout=visit.time_left_s()) as client:
            begun = _begin(client, plan, what)
            ends = time.monotonic() + visit.time_left_s(length_s + SPARE_S)
            while time.monotonic() < ends:
                time.sleep(1)
                answer = client.get("/acceptance/samples")
                answer.raise_for_status()
                if answer.status_code == 200:
                    return unpacked(answer.json(), begun.json()["workers"])
            client.get("/stop")
            raise ProbeError(what, f"{answer.json()['missing']} workers did not hand in their samples")
    except httpx.HTTPError as problem:
        raise ProbeError(what, f"{type(problem).__name__}: {text(problem, 200)}") from problem
    except (ValueError, KeyError, TypeError) as problem:
        raise ProbeError(what, f"it answered something else than samples: {text(problem, 100)}") from problem


def _begin(client: httpx.Client, plan: dict[str, Any], what: str) -> httpx.Response:
    """Hand the plan over as soon as the workers are there: after a load they need a moment."""
    ends = time.monotonic() + READY_S
    while (begun := client.post("/acceptance/plan", json=plan)).status_code == 409:
        if time.monotonic() > ends:
            raise ProbeError(what, f"{begun.json()['workers']} of {plan['shares']} workers are there; start them")
        time.sleep(0.2)
    return begun.raise_for_status()


def unpacked(packed: list[dict[str, Any]], shares: int) -> list[Samples]:
    """Samples of all processes; ProbeError when one is missing."""
    found = [Samples.unpack(each) for each in packed]
    if len({each.share for each in found}) != shares:
        raise ProbeError("the API under load", f"samples of {len(found)} of {shares} generator processes came back")
    if strayed := next((each.strayed for each in found if each.strayed), ""):
        raise ProbeError("the API under load", f"the guard stopped the load generator: {text(strayed, 200)}")
    return found
