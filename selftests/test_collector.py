"""What the collector works out on a host: .env files, log lines, health checks; and that it is one plain script."""

import ast
import contextlib
import fnmatch
import os
import re
import socket
import sys
import time
from collections.abc import Callable
from io import StringIO
from pathlib import Path
from typing import Any

import pytest
from dotenv import dotenv_values

from acceptance import collector
from acceptance.collector import docker, dotenv, engine, logs, system, usage

DOTENV = r"""
# comment
PLAIN=value
SPACED = around
export EXPORTED=yes
QUOTED="two words"
SINGLE='it is $PLAIN'
EMPTY=
URL=mongodb://u:p@h:27017/bot_core?replicaSet=rs0&tls=true
HASH=a#b # comment
INNER="a\nb"
REFERS=${PLAIN}/x
DEFAULT=${NOTHING:-fallback}
PLAIN2="a # b"
NOVALUE
"""


@pytest.mark.parametrize("text", [DOTENV, DOTENV.replace("\n", "\r\n")], ids=["LF", "CRLF"])
def test_dotenv_is_read_as_python_dotenv_reads_it(text: str) -> None:
    expected = {k: v for k, v in dotenv_values(stream=StringIO(text)).items() if v is not None}
    assert dotenv.parse_dotenv(text) == expected


def test_the_script_is_one_plain_program_for_python_3_8() -> None:
    source = collector.script(collector.OF, {"mark": "m", "seconds": 5})
    tree = ast.parse(source, feature_version=(3, 8))
    imported = {n.name.partition(".")[0] for node in ast.walk(tree) if isinstance(node, ast.Import) for n in node.names}
    imported |= {str(node.module).partition(".")[0] for node in ast.walk(tree) if isinstance(node, ast.ImportFrom)}
    assert imported <= set(sys.stdlib_module_names)


def test_the_script_opens_files_for_reading_only() -> None:
    tree = ast.parse(collector.script(collector.OF, {"mark": "m", "seconds": 5}))
    calls = [node for node in ast.walk(tree) if isinstance(node, ast.Call)]
    opened = [ast.unparse(call) for call in calls if isinstance(call.func, ast.Name) and call.func.id == "open"]
    assert opened
    assert all(call.endswith("'rb')") for call in opened)
    changing = {
        "unlink",
        "rename",
        "replace_file",
        "mkdir",
        "makedirs",
        "rmtree",
        "chmod",
        "chown",
        "write_text",
        "truncate",
    }
    assert not {call.func.attr for call in calls if isinstance(call.func, ast.Attribute)} & changing


@pytest.mark.parametrize(
    ("test", "why"),
    [
        ([], "no health check"),
        (["NONE"], "no health check"),
        (["CMD-SHELL", "curl -f http://localhost/health || exit 0"], "always ends with 0"),
        (["CMD", "true"], "always ends with 0"),
        (["CMD", "redis-cli", "ping"], "NOAUTH"),
        (["CMD-SHELL", "curl http://localhost/health"], "without -f"),
        (["CMD", "redis-cli", "-a", "x", "ping"], ""),
        (["CMD-SHELL", "redis-cli ping | grep PONG"], ""),
        (["CMD", "curl", "-fsS", "http://localhost/health"], ""),
        (["CMD-SHELL", "mongosh --eval 'db.adminCommand(\"ping\").ok' || exit 1"], ""),
    ],
)
def test_health_checks_that_cannot_fail_are_told(test: list[str], why: str) -> None:
    said = engine.why_it_cannot_fail({"Test": test}, {})
    assert (why in said) if why else not said


LINES = {
    "error": [
        '{"level":"error","msg":"x"}',
        "2026 ERROR engine: x",
        "thread 'main' panicked at src/main.rs",
        '{"s":"E","c":"NET"}',
        "2026/03/02 08:10:00 [crit] 7#7: no file left",
        '{"level":50,"time":1772438400000,"msg":"x"}',
        '{"name":"ui","hostname":"h","pid":1,"level":60,"msg":"x"}',
    ],
    "warning": [
        "WARN hyper: slow",
        '{"level":"warn"}',
        "2026 [warning] <0.1> x",
        "# Warning: 32 bit instance",
        '{"level":40,"time":1}',
    ],
    "verbose": ["DEBUG x", "TRACE y", '{"level":"debug"}', '{"s":"D1"}', '{"level":20,"time":1}'],
    "": [
        "INFO no errors found",
        "0 warnings",
        '{"level":"info","msg":"error_rate 0"}',
        "GET /api/errors 200",
        '{"level":30,"msg":"x"}',
        '{"msg":"grid","level":50,"pid":1}',
    ],
}


@pytest.mark.parametrize(("kind", "line"), [(kind, line) for kind, lines in LINES.items() for line in lines])
def test_levels_of_log_lines(kind: str, line: str) -> None:
    found = [
        n
        for n, rule in (("error", logs.ERROR), ("warning", logs.WARNING), ("verbose", logs.VERBOSE))
        if rule.search(line)
    ]
    assert found == ([kind] if kind else [])


def test_a_log_line_leaves_the_host_without_secrets() -> None:
    line = "connected to mongodb://bot:hunter2hunter2@db/bot_core with s3cr3t-value"
    shown = logs.masked(line, ["s3cr3t-value"])
    assert "hunter2" not in shown
    assert "s3cr3t" not in shown


def stream(*lines: str) -> bytes:
    return b"".join(
        b"\x01\0\0\0" + len(f"{line}\n".encode()).to_bytes(4, "big") + f"{line}\n".encode() for line in lines
    )


def stamp(ago_s: float) -> str:
    return time.strftime("%Y-%m-%dT%H:%M:%S", time.gmtime(time.time() - ago_s)) + ".500000000Z"


def test_a_log_is_summed_up(monkeypatch: pytest.MonkeyPatch) -> None:
    lines = stream(
        f"{stamp(1190)} INFO start", f"{stamp(1180)} ERROR no exchange", f"{stamp(1170)} ERROR known: retrying",
        f"{stamp(100)} ERROR later", f"{stamp(50)} WARN slow", f"{stamp(10)} event=login user=u-1",
    )  # fmt: skip
    monkeypatch.setattr(logs, "docker", lambda path: lines)
    container: dict[str, Any] = {
        "Id": "x", "HostConfig": {"LogConfig": {"Type": "json-file"}},
        "State": {"StartedAt": stamp(1200)}, "Config": {"Tty": False},
    }  # fmt: skip
    seen = logs.look_at_log(container, {"log_allow": ["known:"], "audit": "event=login"}, {})
    assert seen["errors_at_start"] == ["ERROR no exchange"]
    assert seen["warnings"] == ["WARN slow"]
    assert seen["audit_lines"] == 1
    assert 8 < seen["last_line_s_ago"] < 12
    recent = len("ERROR later") + len("WARN slow") + len("event=login user=u-1") + 3
    assert seen["recent_bytes_per_day"] == pytest.approx(recent / 300 * 86400)


COLOURED = "\x1b[2m2026-03-02T08:10:00Z\x1b[0m \x1b[{}m{}\x1b[0m \x1b[2mbot\x1b[0m: no exchange"


def logged(
    monkeypatch: pytest.MonkeyPatch, answer: Callable[[str], bytes], started_ago_s: float = 1200
) -> dict[str, Any]:
    """What is seen of a container whose engine answers so."""
    monkeypatch.setattr(logs, "docker", answer)
    container: dict[str, Any] = {
        "Id": "x", "HostConfig": {"LogConfig": {"Type": "json-file"}},
        "State": {"StartedAt": stamp(started_ago_s)}, "Config": {"Tty": False},
    }  # fmt: skip
    seen: dict[str, Any] = logs.look_at_log(container, {"log_allow": [], "audit": ""}, {})
    return seen


def test_levels_in_colour_are_levels(monkeypatch: pytest.MonkeyPatch) -> None:
    levels = ((31, "ERROR"), (33, " WARN"), (34, "DEBUG"))
    lines = [f"{stamp(1190)} {COLOURED.format(colour, level)}" for colour, level in levels]
    seen = logged(monkeypatch, lambda path: stream(*lines))
    assert (len(seen["errors_at_start"]), len(seen["warnings"]), seen["verbose_lines"]) == (1, 1, 1)
    assert "\x1b" not in seen["errors_at_start"][0]


def engine_with(lines: list[tuple[float, str]], started_ago_s: float) -> Callable[[str], bytes]:
    """An engine that keeps these lines (age, text), and answers no more than is read of an answer."""

    def answer(path: str) -> bytes:
        asked = {key: int(value) for key, value in re.findall(r"(since|until|tail)=(\d+)", path)}
        now = time.time()
        kept = [line for line in lines if asked["since"] <= now - line[0] <= asked.get("until", now)]
        return stream(*(f"{stamp(age)} {text}" for age, text in kept[-asked.get("tail", len(kept)) :]))[
            : logs.BODY_LIMIT
        ]

    return answer


def test_long_lines_cost_the_older_ones_and_no_more(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(logs, "BODY_LIMIT", 40_000)
    monkeypatch.setattr(logs, "TAILS", (1000, 100))
    many = [(5000.0 - i, "INFO " + "x" * 100) for i in range(500)]
    lines = [(5990.0, "ERROR no exchange"), *many, (50.0, "WARN slow"), (10.0, "INFO tick")]
    seen = logged(monkeypatch, engine_with(lines, 6000), 6000)
    assert not seen["whole"]
    assert seen["lines"] == 100
    assert seen["warnings"] == ["WARN slow"]
    assert seen["errors_at_start"] == ["ERROR no exchange"]
    assert 8 < seen["last_line_s_ago"] < 12


def test_a_noisy_start_is_read_minute_by_minute(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(logs, "BODY_LIMIT", 40_000)
    monkeypatch.setattr(logs, "TAILS", (1000, 50))
    noise = [(6000.0 - i, "INFO " + "x" * 400) for i in range(0, 600, 3)]
    lines = [*noise, (5401.0, "ERROR at last"), (10.0, "INFO tick")]
    assert logged(monkeypatch, engine_with(lines, 6000), 6000)["errors_at_start"] == ["ERROR at last"]


def test_a_long_line_counts_with_all_of_it(monkeypatch: pytest.MonkeyPatch) -> None:
    seen = logged(monkeypatch, engine_with([(100.0, "INFO " + "x" * 100_000)], 864), 864)
    assert 9_900_000 < seen["bytes_per_day"] < 10_100_000
    assert seen["recent_bytes_per_day"] > 28_000_000


def test_an_answer_that_was_cut_is_no_whole_log(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(logs, "BODY_LIMIT", 40_000)
    monkeypatch.setattr(logs, "TAILS", (100_000,))
    lines = [(1000.0, "INFO x")] * 2_000
    with pytest.raises(logs.TooMuch):
        logged(monkeypatch, engine_with(lines, 1200))


def test_sockets_are_counted_in_a_containers_own_network() -> None:
    container = {"State": {"Pid": os.getpid()}}
    before = usage.sockets_of(container)
    with contextlib.ExitStack() as held:
        for _ in range(50):
            server = held.enter_context(socket.create_server(("127.0.0.1", 0)))
            held.enter_context(socket.create_connection(server.getsockname()))
        assert usage.sockets_of(container) >= before + 50


def test_an_engine_that_is_not_there_is_blind(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(docker, "SOCKET", "/nonexistent/docker.sock")
    with pytest.raises(docker.Blind, match="does not answer"):
        docker.docker("/info")


@pytest.mark.parametrize(
    ("there", "told", "chosen"),
    [
        (["/var/run/docker.sock"], "", "/var/run/docker.sock"),
        (["/run/user/1000/docker.sock"], "", "/run/user/1000/docker.sock"),
        ([], "", "/var/run/docker.sock"),  # nobody answers there
        (["/var/run/docker.sock", "/run/user/1000/docker.sock"], "", "two Docker engines"),
        (["/var/run/docker.sock", "/run/user/1000/docker.sock"], "unix:///run/d.sock", "/run/d.sock"),
        (["/run/user/1001/docker.sock"], "", "rootless at /run/user/1001/docker.sock: enter the host as its user"),
        (["/run/user/1001/podman/podman.sock"], "", "but Podman"),
        (["/run/podman/podman.sock"], "", "but Podman"),
    ],
)
def test_the_engine_of_a_rootless_user_is_found_or_named(
    there: list[str], told: str, chosen: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("XDG_RUNTIME_DIR", "/run/user/1000")
    monkeypatch.setenv("DOCKER_HOST", told)
    monkeypatch.setattr(docker.os.path, "exists", lambda path: path in there)
    monkeypatch.setattr(docker.glob, "glob", lambda pattern: [p for p in there if fnmatch.fnmatch(p, pattern)])
    if chosen.startswith("/"):
        assert docker.engine_socket() == chosen
    else:
        with pytest.raises(docker.Blind, match=chosen):
            docker.engine_socket()


def started(service: str, ago_s: float, *waits: str, ended: str = "0001-01-01T00:00:00Z") -> dict[str, Any]:
    labels = {"com.docker.compose.service": service, "com.docker.compose.depends_on": ",".join(waits)}
    return {"Config": {"Labels": labels}, "State": {"Running": True, "StartedAt": stamp(ago_s), "FinishedAt": ended}}


def test_who_waits_for_health_shows_when_it_was_there() -> None:
    redis = started("redis", 7200.0)
    waiting = started("engine", 7150.0, "mongodb:service_healthy:false", "redis:service_healthy:false")
    later = started("worker", 7000.0, "redis:service_healthy:true")
    assert engine.healthy_by_s(redis, [redis, later, waiting]) == pytest.approx(50.0, abs=0.1)
    assert engine.healthy_by_s(waiting, [redis, later, waiting]) == -1.0
    assert engine.healthy_by_s(redis, [redis, started("engine", 7150.0, "redis:service_started:false")]) == -1.0
    assert engine.healthy_by_s(redis, [redis, started("engine", 7300.0, "redis:service_healthy:false")]) == -1.0
    again = started("engine", 7150.0, "redis:service_healthy:false", ended=stamp(7160.0))
    assert engine.healthy_by_s(redis, [redis, again]) == -1.0  # started by the daemon, which waits for nobody
    assert engine.healthy_by_s(started("redis", 7200.0, ended=stamp(7210.0)), [waiting]) == -1.0


def test_json_file_rotates_with_a_size_and_several_files() -> None:
    assert not logs.rotates("json-file", {"max-file": "3"})
    assert not logs.rotates("json-file", {"max-size": "-1", "max-file": "3"})
    assert not logs.rotates("json-file", {"max-size": "10m"})  # one file, which is emptied when it is full
    assert not logs.rotates("json-file", {"max-size": "10m", "max-file": "1"})
    assert logs.rotates("json-file", {"max-size": "10m", "max-file": "2"})
    assert logs.rotates("journald", {})
    assert not logs.rotates("none", {})


def test_a_quota_counts(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(system.os, "sched_getaffinity", lambda pid: set(range(8)))
    monkeypatch.setattr(system, "read", lambda path: "200000 100000")
    assert system.usable_cpus() == 2.0


CHRONY = "{refid},time,3,1772438400.1,{offset},0.0,0.0,-1.5,0.0,0.1,0.02,0.001,64.2,{leap}"
SYNC = "Server: 203.0.113.5 (ntp.example.com)\n Stratum: 2\nReference: {reference}\n Offset: {offset}\n"
NTPD = "associd=0 status=0615 {leap}, {source}, 1 event,\nrefid={refid}, offset=-2.5, frequency=1.0"


def clock(monkeypatch: pytest.MonkeyPatch, **said: str) -> tuple[str, bool, float]:
    """Who steers the clock where these programs say so, whether it is synchronised, how far off it is."""

    def run(*words: str, **_: Any) -> str:
        name = f"{words[0]} {words[-1]}"
        if words[0] not in said and name not in said:
            raise docker.Blind(f"{words[0]} is not installed")
        return said.get(name, said.get(words[0], ""))

    monkeypatch.setattr(system, "run", run)
    seen = system.look_at_clock()
    return seen["daemon"], seen["synchronised"], seen["offset_s"]


@pytest.mark.parametrize(
    ("refid", "leap", "sources", "synchronised"),
    [
        ("A9FEA97B", "Normal", "^,*,169.254.169.123,3,6,377,2,0.0,0.0,0.0", True),
        ("50484330", "Normal", "#,*,PHC0,0,2,377,2,0.0,0.0,0.0", True),
        ("A9FEA97B", "Normal", "^,?,169.254.169.123,3,6,0,7200,0.0,0.0,0.0", False),  # no word of it for hours
        ("7F7F0101", "Normal", "", False),  # `local stratum 10`
        ("7F7F0101", "Normal", "^,?,203.0.113.5,0,6,0,4294967295,0.0,0.0,0.0", False),
        ("00000000", "Not synchronised", "", False),
    ],
)
def test_chronys_own_clock_is_no_source(
    refid: str, leap: str, sources: str, synchronised: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    tracking = CHRONY.format(refid=refid, leap=leap, offset="-0.25")
    seen = clock(monkeypatch, **{"chronyc tracking": tracking, "chronyc sources": sources})
    assert seen == ("chrony", synchronised, 0.25)
    assert ("own clock" in system.look_at_clock()["why"]) is (refid == "7F7F0101")


@pytest.mark.parametrize(
    ("reference", "agreed", "offset", "expected"),
    [
        ("C0248F82", "yes", "+1.2ms", ("timesyncd", True, 0.0012)),
        ("C0248F82", "no", "-250us", ("timesyncd", False, 0.00025)),
        ("C0248F82", "yes", "+1min 2.5s", ("timesyncd", True, 60.0)),
        ("LOCL", "yes", "+2s", ("timesyncd", False, 2.0)),
    ],
)
def test_a_server_without_a_source_is_none(
    reference: str, agreed: str, offset: str, expected: tuple[str, bool, float], monkeypatch: pytest.MonkeyPatch
) -> None:
    status = SYNC.format(reference=reference, offset=offset)
    seen = clock(monkeypatch, **{"timedatectl timesync-status": status, "timedatectl --value": agreed})
    assert seen == (expected[0], expected[1], pytest.approx(expected[2]))


@pytest.mark.parametrize(
    ("leap", "source", "refid", "synchronised"),
    [
        ("leap_none", "sync_ntp", "203.0.113.5", True),
        ("leap_none", "sync_uhf_radio", "GPS", True),
        ("leap_none", "sync_local", "LOCAL(0)", False),
        ("leap_none", "sync_ntp", "LOCL", False),
        ("leap_alarm", "sync_unspec", "INIT", False),
        ("leap_alarm", "sync_ntp", "203.0.113.5", False),
    ],
)
def test_ntpds_own_clock_is_no_source(
    leap: str, source: str, refid: str, synchronised: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    seen = clock(monkeypatch, ntpq=NTPD.format(leap=leap, source=source, refid=refid))
    assert seen == ("ntpd", synchronised, 0.0025)


def test_where_no_daemon_speaks_nobody_steers_the_clock(monkeypatch: pytest.MonkeyPatch) -> None:
    assert clock(monkeypatch) == ("", False, 0.0)


def test_no_two_parts_share_a_name() -> None:
    """The parts are sent as one program, in one namespace."""
    homes: dict[str, list[str]] = {}
    for part in collector.PARTS:
        tree = ast.parse((Path(collector.__file__).parent / f"{part}.py").read_text(encoding="utf-8"))
        for node in tree.body:
            names = [node.name] if isinstance(node, ast.FunctionDef | ast.ClassDef) else []
            names += [t.id for t in getattr(node, "targets", ()) if isinstance(t, ast.Name)]
            for name in names:
                homes.setdefault(name, []).append(part)
    assert {name: parts for name, parts in homes.items() if len(parts) > 1} == {}
