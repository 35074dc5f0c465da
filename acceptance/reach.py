"""Runs the collector on a host by the user's own ssh, `docker exec`, a command, or here; bounds whatever comes back."""

from __future__ import annotations

import os
import re
import secrets
import selectors
import subprocess
import time
from collections.abc import Iterable
from typing import TYPE_CHECKING, Any

from acceptance.collector import script, without_python
from acceptance.facts import ProbeError, text
from acceptance.visit import Visit

if TYPE_CHECKING:
    from acceptance.tables.hosts import Host

ANSWER_LIMIT = 4_000_000  # bytes of one host's answer
NOISE_LIMIT = 4_000  # bytes of its standard error that are kept
PYTHON = ("python3", "-IB", "-")
SHELL = ("sh", "-s")


def ask(visit: Visit, name: str, sections: Iterable[str], **more: Any) -> str:
    """The collector's answer of one host as JSON text; ProbeError when there is none."""
    if name not in visit.target.hosts:
        raise ProbeError(f"host {name}", f"the target has no [hosts.{name}]")
    host = visit.target.hosts[name]
    mark = secrets.token_hex(16)
    seconds = visit.time_left_s(600.0)
    request = {**request_of(visit, host), **more, "mark": mark, "seconds": max(1.0, seconds - 2)}
    wanted, ends = tuple(sections), time.monotonic() + seconds
    try:
        raw = run(command(host, seconds), script(wanted, request), seconds, f"host {name}")
    except ProbeError as problem:
        if not ((host.ssh or host.container) and re.search(r"ended with 12[67]: ", problem.why)):
            raise
        left = max(1.0, ends - time.monotonic())  # the host answers, and has no Python
        raw = run(command(host, left, SHELL), without_python(wanted, mark), left, f"host {name}")
    before, _, rest = raw.rpartition(mark.encode())
    body, closed, _ = rest.partition(mark[::-1].encode())
    if not closed or before.count(mark.encode()):
        raise ProbeError(f"host {name}", f"no answer of the collector in {len(raw)} bytes: {text(raw, 120)!r}")
    return body.decode("utf-8", "replace")


def request_of(visit: Visit, host: Host) -> dict[str, Any]:
    """What the collector is told: names and places, no secret."""
    from acceptance.tables.hosts import Compose

    compose = visit.target.compose or Compose()
    return {
        "data_dir": host.data_dir,
        "agents": list(host.agents),
        "backup_tool": host.backup_tool,
        "tools": sorted({tool for tool in (host.backup_tool, host.acme_client) if tool}),
        "project": compose.project,
        "deploy_dir": compose.deploy_dir,
        "compose_files": list(compose.files),
        "profile": compose.profile,
        "env_file": compose.env_file,
        "env_example": compose.env_example,
        "configs": {
            "engine": (compose.engine_config, compose.engine_template),
            "ai": (compose.ai_config, compose.ai_template),
        },
        "edge_container": compose.edge_container,
        "deploy_user": host.deploy_user,
        "log_allow": [*compose.log_allow, *_own_lines(visit)],
        "audit": compose.audit,
        "reaches": {service: list(places) for service, places in compose.reaches.items()},
        "window_s": compose.window_s,
    }


def _own_lines(visit: Visit) -> tuple[str, ...]:
    """Warnings that the suite's own look leaves: AMQP knows no way to end a handshake before the log-in."""
    asked = any(service.kind == "amqp" for service in visit.target.services.values())
    told = (r"client unexpectedly closed TCP connection", r"closing AMQP connection <[\d.]+> \([^)]*\):?\s*$")
    return told if asked else ()  # RabbitMQ says it in one line or in two; another reason stands in its own


def way(host: Host) -> str:
    """How a host is reached, for people."""
    if host.ssh:
        return f"ssh {host.ssh}"
    if host.container:
        return f"docker exec {host.container}"
    return "this machine" if host.local else host.command[0].rpartition("/")[2]


def command(host: Host, seconds: float, program: tuple[str, ...] = PYTHON) -> list[str]:
    """The command that runs Python, or a shell, on a host with the script on standard input."""
    if host.ssh:
        configured = ["-F", host.ssh_config] if host.ssh_config else []
        patience = f"ConnectTimeout={max(1, min(10, int(seconds)))}"
        # BatchMode: nothing may ask for a password; a host key that isn't known is refused
        return ["ssh", *configured, "-T", "-o", "BatchMode=yes", "-o", patience, "--", host.ssh, *program]
    if host.container:
        return ["docker", "exec", "-i", host.container, *program]
    return list(PYTHON) if host.local else list(host.command)


def run(argv: list[str], given: bytes, seconds: float, what: str) -> bytes:
    """Standard output of a command that is given its input; ended at the limit of bytes or seconds."""
    ends = time.monotonic() + seconds
    try:
        process = subprocess.Popen(argv, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.PIPE)
    except OSError as problem:
        raise ProbeError(what, f"{argv[0]} can't be started: {problem}") from None
    try:
        out, noise = _exchange(process, given, ends, what)
        process.wait(max(0.05, ends - time.monotonic()))
    except subprocess.TimeoutExpired:
        raise ProbeError(what, f"no end within {seconds:.0f} s") from None
    finally:
        process.kill()
        process.wait()
        for stream in (process.stdin, process.stdout, process.stderr):
            if stream and not stream.closed:
                _close(stream)
    if process.returncode and not out:
        last = text(noise, NOISE_LIMIT).strip().splitlines()
        raise ProbeError(what, f"{argv[0]} ended with {process.returncode}: {last[-1][:200] if last else 'no word'}")
    return out


def _close(stream: Any) -> None:
    try:
        stream.close()
    except BrokenPipeError:
        return  # the host ended before it took the whole script; its exit code says so


def _exchange(process: subprocess.Popen[bytes], given: bytes, ends: float, what: str) -> tuple[bytes, bytes]:
    """Write the input and read both outputs side by side."""
    assert process.stdin
    assert process.stdout
    assert process.stderr
    out, noise = bytearray(), bytearray()
    with selectors.DefaultSelector() as selector:
        for stream, event in ((process.stdin, 2), (process.stdout, 1), (process.stderr, 1)):
            os.set_blocking(stream.fileno(), False)
            selector.register(stream, event)
        while process.stdout in {key.fileobj for key in selector.get_map().values()}:
            left = ends - time.monotonic()
            if left <= 0:
                raise ProbeError(what, f"not done in time; {len(out)} bytes came")
            for key, _ in selector.select(min(left, 1.0)):
                if key.fileobj is process.stdin:
                    given = _write(selector, process, given)
                    continue
                chunk = os.read(key.fd, 65536)
                if not chunk:
                    selector.unregister(key.fileobj)
                elif key.fileobj is process.stderr:
                    noise += chunk[: max(0, NOISE_LIMIT - len(noise))]
                else:
                    out += chunk
                if len(out) > ANSWER_LIMIT:
                    raise ProbeError(what, f"more than {ANSWER_LIMIT} bytes of answer")
    return bytes(out), bytes(noise)


def _write(selector: selectors.BaseSelector, process: subprocess.Popen[bytes], given: bytes) -> bytes:
    assert process.stdin
    try:
        given = given[os.write(process.stdin.fileno(), given[:65536]) :]
    except BrokenPipeError:
        given = b""
    if not given:
        selector.unregister(process.stdin)
        _close(process.stdin)
    return given
