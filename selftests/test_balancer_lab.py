"""INFRA-NET-03 against real balancers: HAProxy's own statistics, and fresh connections through nginx."""

from __future__ import annotations

import shutil
import socket
import subprocess
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import httpx
import pytest

from acceptance.facts import ProbeError
from acceptance.probes import balancer
from acceptance.probes.balancer import Balancer
from acceptance.sandbox.double import Reply, serve
from selftests.judging import FAIL, PASS, judge
from selftests.test_asking import visit

pytestmark = pytest.mark.lab
HAPROXY = """\
global
  log /dev/null local0
defaults
  mode http
  timeout connect 1s
  timeout client 5s
  timeout server 5s
listen statistics
  bind 127.0.0.1:{statistics}
  stats enable
  stats uri /stats
  stats auth suite:stats-password-1
frontend web
  bind 127.0.0.1:{web}
  default_backend engine
backend engine
  option httpchk GET /health
  default-server {check} inter 50ms fall 2 rise 2
  server one {one}
  server two {two}
"""
NGINX = """\
daemon off;
pid {folder}/nginx.pid;
error_log {folder}/error.log;
events {{ }}
http {{
  access_log off;
  client_body_temp_path {folder}/body;
  proxy_temp_path {folder}/proxy;
  fastcgi_temp_path {folder}/fastcgi;
  uwsgi_temp_path {folder}/uwsgi;
  scgi_temp_path {folder}/scgi;
  upstream engine {{ server {one} max_fails=1; server {two} max_fails=1; }}
  server {{
    listen 127.0.0.1:{web};
    location / {{ proxy_pass http://engine; proxy_next_upstream error timeout http_503; proxy_connect_timeout 1s; }}
  }}
}}
"""


class Backends:
    """Two instances that name themselves; those in `ill` answer 503."""

    def __init__(self) -> None:
        self.ill: set[str] = set()
        self.one, self.two = (serve(lambda _, name=name: self._answer(name)) for name in ("one", "two"))  # type: ignore[misc]

    def _answer(self, name: str) -> Reply:
        return Reply({}, 503 if name in self.ill else 200, (("X-Instance", name),))

    def addresses(self) -> dict[str, str]:
        return {"one": self.one.removeprefix("http://"), "two": self.two.removeprefix("http://")}


def port() -> int:
    with socket.create_server(("127.0.0.1", 0)) as listener:
        return int(listener.getsockname()[1])


@contextmanager
def running(*command: str) -> Iterator[None]:
    process = subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    try:
        yield
    finally:
        process.terminate()
        try:
            process.wait(10)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait(5)


def until(look: Callable[[], Balancer], true: Callable[[Balancer], bool]) -> Balancer:
    """The first view that is as it is waited for."""
    ends = time.monotonic() + 20
    while True:
        try:
            if true(seen := look()):
                return seen
        except ProbeError:
            pass
        assert time.monotonic() < ends, "the balancer did not come to it"
        time.sleep(0.05)


@contextmanager
def haproxy(folder: Path, backends: Backends, check: str = "check") -> Iterator[Callable[[], Balancer]]:
    """HAProxy in front of them, and a look at its statistics."""
    statistics = port()
    config = folder / "haproxy.cfg"
    config.write_text(HAPROXY.format(statistics=statistics, web=port(), check=check, **backends.addresses()))
    secret = folder / "stats"
    secret.write_text("stats-password-1")
    table = {"kind": "haproxy", "url": f"http://127.0.0.1:{statistics}/stats;csv", "credential": "s", "backends": 2}
    login = {"s": {"user": "suite", "secret": f"file:{secret}"}}
    with running("haproxy", "-db", "-f", str(config)):
        yield lambda: balancer.look(visit(folder, balancer=table, credentials=login))


@pytest.mark.skipif(not shutil.which("haproxy"), reason="haproxy is not installed")
def test_haproxys_statistics(tmp_path: Path) -> None:
    backends = Backends()
    with haproxy(tmp_path, backends) as look:
        good = until(look, lambda seen: not seen.backends_unhealthy())
        assert [each.name for each in good.backends] == ["engine/one", "engine/two"]
        assert judge("INFRA-NET-03", balancer=good) is PASS
        backends.ill.add("two")
        bad = until(look, lambda seen: "DOWN" in repr(seen.backends))
        assert judge("INFRA-NET-03", balancer=bad) is FAIL
        assert [each.split(":")[0] for each in bad.backends_unhealthy()] == ["engine/two"]


@pytest.mark.skipif(not shutil.which("haproxy"), reason="haproxy is not installed")
def test_haproxy_that_checks_nobody_vouches_for_nobody(tmp_path: Path) -> None:
    with haproxy(tmp_path, Backends(), check="") as look:
        seen = until(look, lambda _: True)
        assert {each.state for each in seen.backends} == {"no check"}
        assert judge("INFRA-NET-03", balancer=seen) is FAIL


@pytest.mark.skipif(not shutil.which("haproxy"), reason="haproxy is not installed")
def test_haproxys_statistics_ask_for_a_password(tmp_path: Path) -> None:
    with haproxy(tmp_path, Backends()) as look:
        until(look, lambda _: True)
        (tmp_path / "stats").write_text("another-password")
        with pytest.raises(ProbeError, match="401"):
            look()


@pytest.mark.skipif(not shutil.which("nginx"), reason="nginx is not installed")
def test_fresh_connections_through_nginx(tmp_path: Path) -> None:
    backends, web = Backends(), port()
    config = tmp_path / "nginx.conf"
    config.write_text(NGINX.format(folder=tmp_path, web=web, **backends.addresses()))
    table = {"kind": "connections", "url": f"http://127.0.0.1:{web}/", "backends": 2}
    with running("nginx", "-p", str(tmp_path), "-c", str(config), "-e", str(tmp_path / "error.log")):
        ends = time.monotonic() + 20
        while True:
            try:
                httpx.get(f"http://127.0.0.1:{web}/", timeout=2)
                break
            except httpx.TransportError:
                assert time.monotonic() < ends, "nginx did not get ready"
                time.sleep(0.05)
        good = balancer.look(visit(tmp_path, balancer=table))
        assert sorted(each.name for each in good.backends) == ["one", "two"]
        assert judge("INFRA-NET-03", balancer=good) is PASS
        backends.ill.add("two")  # nginx hides it: the other one answers in its place
        bad = balancer.look(visit(tmp_path, balancer=table))
        assert [each.name for each in bad.backends] == ["one"]
        assert judge("INFRA-NET-03", balancer=bad) is FAIL
