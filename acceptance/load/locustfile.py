"""What runs inside Locust, never inside pytest: sends the plan's requests when they are due and keeps each answer.

One user a process runs the whole schedule. The plan comes from the file in ACCEPTANCE_LOAD_PLAN, or is posted to
`/acceptance/plan` of a running master, which hands each worker its share; samples go back the same way.
"""

from __future__ import annotations

import gc
import json
import os
import ssl
import time
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import gevent
import gevent.socket
import gevent.ssl
from gevent.pool import Pool
from locust import FastHttpUser, events, task
from locust.runners import MasterRunner, WorkerRunner

from acceptance import guard
from acceptance.load.answer import against_itself
from acceptance.load.samples import ERROR, OK, REFUSED, Samples
from acceptance.load.schedule import Segment, arrivals

PLAN_FILE = os.environ.get("ACCEPTANCE_LOAD_PLAN", "")
SAMPLES_FILE = os.environ.get("ACCEPTANCE_LOAD_SAMPLES", "")
BREAKER_ERRORS = 0.10
BREAKER_WINDOW_S = 5.0
BREAKER_MINIMUM = 50

plan: dict[str, Any] = {}
collected: dict[int, dict[str, Any]] = {}
_getaddrinfo = gevent.socket.getaddrinfo


def use(given: dict[str, Any]) -> None:
    """Take a plan: names go to the addresses that it gives, and to no others."""
    plan.clear()
    plan.update(given)
    Generator.host = plan["host"]
    reachable: set[str] = set()
    guard.confine(reachable)
    guard.forget()

    def resolve(host: str, *rest: Any, **options: Any) -> Any:
        if host != urlsplit(plan["host"]).hostname:
            raise OSError(f"{host} is not the host of the plan")
        found = _getaddrinfo(plan["resolve"].get(host, host), *rest, **options)
        reachable.update(str(each[4][0]) for each in found)
        guard.confine(reachable)
        return found

    gevent.socket.getaddrinfo = resolve


def trust() -> ssl.SSLContext:
    """System roots, and the private CA where the target names one."""
    context: ssl.SSLContext = gevent.ssl.create_default_context()
    if plan["ca_pem"]:
        context.load_verify_locations(cadata=plan["ca_pem"])
    return context


class Generator(FastHttpUser):
    """Sends its share of the schedule; latency runs from the moment in which a request was due."""

    host = "https://plan.invalid"
    insecure = False
    ssl_context_factory = staticmethod(trust)
    concurrency = 4000  # connections that may be open at once: far above 4 x rate x p99
    max_retries = 0

    def __init__(self, environment: Any) -> None:
        self.network_timeout = self.connection_timeout = float(plan["timeout_s"])
        super().__init__(environment)
        self.samples = Samples()
        self.began = 0.0
        self.waiting: dict[int, float] = {}

    def now_s(self) -> float:
        """Seconds after the schedule's start."""
        return time.perf_counter() - self.began

    @task
    def run_schedule(self) -> None:
        """The whole schedule, once; then the samples go out and this process is done."""
        runner = self.environment.runner
        share = plan.get("share", runner.worker_index if isinstance(runner, WorkerRunner) else 0)
        segments = [Segment(**each) for each in plan["segments"]]
        weights = [each["weight"] for each in plan["requests"]]
        due = list(arrivals(segments, weights, plan["seed"], share, plan["shares"]))
        gc.collect()
        gc.freeze()
        gc.set_threshold(50_000, 50, 100)
        pool = Pool()
        self.samples.share, self.samples.offered = share, len(due)
        self.samples.started, self.began = time.time(), time.perf_counter()
        watchers = [gevent.spawn(self.watch_lag), gevent.spawn(self.watch_breaker)]
        for number, (at_s, operation) in enumerate(due):
            gevent.sleep(max(0.0, at_s - self.now_s()))
            if self.samples.stopped:
                break
            pool.spawn(self.one, number, at_s, plan["requests"][operation])
        pool.join(timeout=plan["timeout_s"] + 1)
        gevent.killall(watchers)
        for at_s in self.waiting.values():  # unanswered ones must not vanish from the sample
            self.samples.errors["no answer"] += 1
            self.samples.add(at_s, (self.now_s() - at_s) * 1000, 0.0, ERROR)
        self.hand_in(runner)

    def one(self, number: int, at_s: float, request: dict[str, Any]) -> None:
        """One request, judged by its status and by what its body says of success."""
        lag_ms = (self.now_s() - at_s) * 1000
        self.waiting[number] = at_s
        response = self.client.request(
            request["method"],
            request["path"],
            name=request["name"],
            headers=request["headers"],
            allow_redirects=False,
        )
        latency_ms = (self.now_s() - at_s) * 1000
        del self.waiting[number]
        status, kind = response.status_code, OK
        if status == 429:
            kind = REFUSED
        elif not 200 <= status < 300:
            kind = ERROR
            self.samples.errors[f"{request['name']}: {status or type(getattr(response, 'error', None)).__name__}"] += 1
        elif wrong := against_itself(request["method"], response.content or b""):
            kind = ERROR
            self.samples.errors[f"{request['name']}: {wrong} in a {status}"] += 1
        self.samples.add(at_s, latency_ms, lag_ms, kind)
        if plan["instance_header"] and response.headers is not None:
            self.samples.instances[str(response.headers.get(plan["instance_header"]) or "no header")[:80]] += 1

    def watch_lag(self) -> None:
        """How much later than asked this process wakes up: a starved generator shows here, not in its CPU usage."""
        while True:
            asked = self.now_s()
            gevent.sleep(0.01)
            self.samples.sleep_at_s.append(asked)
            self.samples.sleep_lag_ms.append((self.now_s() - asked - 0.01) * 1000)

    def watch_breaker(self) -> None:
        """Stop when the target can't take it: errors over 10 %, refusals over 10 %, or latency over its breaker."""
        while not self.samples.stopped:
            gevent.sleep(1)
            latencies, errors, refused = self.samples.recent(self.now_s() - BREAKER_WINDOW_S)
            latencies += [(self.now_s() - since) * 1000 for since in self.waiting.values()]
            if len(latencies) < BREAKER_MINIMUM:
                continue
            middle = sorted(latencies)[len(latencies) // 2]
            reasons = {
                f"{errors / len(latencies):.0%} of the requests failed": errors / len(latencies) > BREAKER_ERRORS,
                f"{refused / len(latencies):.0%} were refused with 429": refused / len(latencies) > BREAKER_ERRORS,
                f"the median latency reached {middle:.0f} ms": middle > plan["breaker_ms"],
            }
            self.samples.stopped = next((reason for reason, true in reasons.items() if true), "")
            self.samples.stopped_at_s = self.now_s() if self.samples.stopped else 0.0

    def hand_in(self, runner: Any) -> None:
        """Give the samples to whoever collects them."""
        self.samples.strayed = guard.refused()
        if isinstance(runner, WorkerRunner):
            runner.send_message("acceptance-samples", self.samples.pack())
            gevent.sleep(3600)  # the master ends the run
        collected[0] = self.samples.pack()
        write()
        runner.quit()


def write() -> None:
    """Lay all samples into the file that the suite reads."""
    if SAMPLES_FILE:
        path = Path(SAMPLES_FILE)
        path.with_suffix(".part").write_text(json.dumps(list(collected.values())), encoding="utf-8")
        path.with_suffix(".part").rename(path)


def collect(environment: Any, msg: Any, **_: Any) -> None:
    """On the master: a worker's samples came in; the last ones end the run."""
    collected[int(msg.data["share"])] = msg.data
    if len(collected) >= plan["shares"]:
        write()
        if SAMPLES_FILE:
            gevent.spawn_later(0.2, environment.runner.quit)
        else:
            gevent.spawn_later(0.2, environment.runner.stop)


@events.init.add_listener  # type: ignore[untyped-decorator]
def prepare(environment: Any, **_: Any) -> None:
    """Plan, messages and routes, by the role of this process."""
    if PLAN_FILE:
        use(json.loads(Path(PLAN_FILE).read_text(encoding="utf-8")))
    if isinstance(environment.runner, WorkerRunner):
        environment.runner.register_message("acceptance-plan", lambda msg, **_: use(msg.data))
    if isinstance(environment.runner, MasterRunner):
        environment.runner.register_message("acceptance-samples", collect)
        if environment.web_ui:
            routes(environment)


def routes(environment: Any) -> None:
    """What a running master offers to the suite beside Locust's own pages."""
    from flask import jsonify, request

    app, runner = environment.web_ui.app, environment.runner

    @app.route("/acceptance/plan", methods=["POST"])  # type: ignore[untyped-decorator]
    def begin() -> Any:
        given = request.get_json()
        workers = [client.id for client in runner.clients.ready]
        if len(workers) < given["shares"]:
            return jsonify({"workers": len(workers)}), 409
        collected.clear()
        use({**given, "shares": len(workers)})
        environment.host = given["host"]
        for share, worker in enumerate(workers):
            runner.send_message("acceptance-plan", {**plan, "share": share}, worker)
        runner.start(len(workers), len(workers))
        return jsonify({"workers": len(workers)})

    @app.route("/acceptance/samples")  # type: ignore[untyped-decorator]
    def result() -> Any:
        missing = plan.get("shares", 0) - len(collected)
        if missing > 0:
            return jsonify({"missing": missing, "workers": runner.worker_count}), 202
        return jsonify(list(collected.values()))
