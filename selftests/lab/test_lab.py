"""The collector on a real host: systemd, sshd, ufw, fail2ban, chrony and Docker, healthy and broken, over real ssh.

Needs root, Docker and the compose plugin; `selftests/lab/up.sh` builds the host. Run it with `-m lab`.
"""

import json
import os
import shutil
import subprocess
import time
from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from acceptance.facts import ProbeError, dump, load
from acceptance.judge import catalogue, judge, resolve
from acceptance.probes import PROBES
from acceptance.reach import ask
from acceptance.sandbox.recording import record
from acceptance.tables.hosts import Host
from acceptance.target import Target
from acceptance.visit import Visit

pytestmark = pytest.mark.lab
HERE = Path(__file__).parent
HOST = "172.30.77.10"
URLS = {
    "base": "https://app.lab.test",
    "plain": "http://app.lab.test",
    "api": "https://app.lab.test",
    "ws": "wss://app.lab.test",
}


def in_host(command: str) -> str:
    """Run a command as root on the lab's host."""
    done = subprocess.run(
        ["docker", "exec", "lab-host", "sh", "-c", command], capture_output=True, text=True, timeout=60
    )
    assert done.returncode == 0, f"{command}: {done.stderr}"
    return done.stdout


def plugin() -> str:
    """The compose plugin of this machine, "" when there is none."""
    folders = (
        Path.home() / ".docker/cli-plugins",
        Path("/usr/local/lib/docker/cli-plugins"),
        Path("/usr/libexec/docker/cli-plugins"),
    )
    found = [str(f / "docker-compose") for f in folders if (f / "docker-compose").exists()]
    return shutil.which("docker-compose") or next(iter(found), "")


@pytest.fixture(scope="module")
def work() -> Path:
    """The lab's folder, with the lab running."""
    folder = Path(os.environ.get("ACCEPTANCE_LAB", Path.home() / ".cache/acceptance-lab"))
    if os.geteuid() != 0 or subprocess.run(["docker", "info"], capture_output=True).returncode:
        pytest.skip("the lab needs root and a Docker daemon that runs")
    running = subprocess.run(
        ["docker", "inspect", "-f", "{{.State.Running}}", "lab-host"], capture_output=True, text=True
    )
    if running.stdout.strip() != "true" or not (folder / "ssh_config").exists():
        if not (plugin() and shutil.which("debootstrap")):
            pytest.skip("the lab needs debootstrap and Docker's compose plugin")
        folder.mkdir(parents=True, exist_ok=True)
        shutil.copy(plugin(), folder / "docker-compose")
        subprocess.run(["bash", HERE / "up.sh", folder], check=True, timeout=900)
    in_host("test -d /opt/bot-core/.git")
    return folder


@pytest.fixture(scope="module")
def visit(work: Path, tmp_path_factory: pytest.TempPathFactory) -> Callable[[], Visit]:
    """Visits to the lab's host by ssh."""
    tables = {
        "name": "lab", "urls": {**URLS, "dashboard": URLS["base"]},
        "hosts": {"app": {"ssh": "lab-host", "ssh_config": str(work / "ssh_config"), "name": "lab-host"}},
        "compose": {"project": "bot-core", "files": ["compose.yaml"], "profile": "full", "window_s": 0.5},
        "services": {
            "rust-core-engine": {"kind": "http", "address": "127.0.0.1:8080", "host": "app"},
            "redis": {"kind": "redis", "address": ":6379", "container": "bot-core-redis-1", "host": "app"},
            "rabbitmq": {"kind": "amqp", "address": ":5672", "container": "bot-core-rabbitmq-1", "host": "app"},
        },
        "ports": {"addresses": [HOST], "allowed": [80, 443, 2222], "per_second": 1000.0, "ssh": {"app": "127.0.0.1:2222"}},
        "operations": {"login": {"method": "POST", "path": "/api/auth/login"}, "prices": {"path": "/api/market/prices"}},
    }  # fmt: skip
    target = Target.model_validate_json(json.dumps(tables))
    state = tmp_path_factory.mktemp("state") / "lab"
    state.mkdir()

    def made() -> Visit:
        return Visit(target, datetime.now(UTC), state, state, state, "acceptance-lab", time.monotonic() + 60)

    return made


Look = Callable[..., dict[str, Any]]


@pytest.fixture(scope="module")
def look(visit: Callable[[], Visit]) -> Look:
    """Facts of some probes, as read back from disk; a ProbeError stands for itself."""

    def seen(*names: str) -> dict[str, Any]:
        found: dict[str, Any] = {}
        for name in names:
            try:
                found[name] = load(PROBES[name].facts, dump(PROBES[name].look(visit())))
            except ProbeError as problem:
                found[name] = problem
        return found

    return seen


def status(item: str, facts: dict[str, Any]) -> str:
    """The status of an item on these facts."""

    def give(name: str) -> Any:
        if isinstance(value := facts[name], ProbeError):
            raise ProbeError(value.what, value.why)
        return value

    return str(judge(catalogue()[item], lambda name: resolve(name, give))[0])


HOSTS, CONFIGURATION = ("hosts",), ("configuration",)
ENTRANCE = ("configuration", "ssh_wire")
MATCH = "/etc/ssh/sshd_config.d/99-fault.conf"
BROKEN: dict[str, tuple[str, tuple[str, ...], str, str]] = {
    "ufw disable": ("SEC-FIREWALL-01", CONFIGURATION, "ufw disable", "ufw --force enable"),
    "a Match block with passwords": (
        "SEC-ACCESS-02", ENTRANCE,
        f"printf 'Match User deploy Address 198.51.100.0/24\\n PasswordAuthentication yes\\n' > {MATCH}", f"rm {MATCH}",
    ),
    "a daemon that was not reloaded": (
        "SEC-ACCESS-02", ENTRANCE,
        "sed -i 's/^PasswordAuthentication no/PasswordAuthentication yes/' /etc/ssh/sshd_config.d/10-lab.conf"
        " && systemctl reload ssh && sleep 0.5"
        " && sed -i 's/^PasswordAuthentication yes/PasswordAuthentication no/' /etc/ssh/sshd_config.d/10-lab.conf",
        "systemctl reload ssh; sleep 0.5",
    ),
    "root by key": (
        "SEC-ACCESS-03", CONFIGURATION,
        "sed -i 's/^PermitRootLogin no/PermitRootLogin prohibit-password/' /etc/ssh/sshd_config.d/10-lab.conf",
        "sed -i 's/^PermitRootLogin .*/PermitRootLogin no/' /etc/ssh/sshd_config.d/10-lab.conf",
    ),
    "another sudoer": (
        "SEC-ACCESS-04", CONFIGURATION,
        "useradd -m -s /bin/bash intern && echo 'intern ALL=(ALL) NOPASSWD: ALL' > /etc/sudoers.d/intern",
        "rm /etc/sudoers.d/intern && userdel -r intern 2>/dev/null",
    ),
    "a short ban": (
        "SEC-FIREWALL-08", CONFIGURATION, "fail2ban-client set sshd bantime 10", "fail2ban-client set sshd bantime 3600",
    ),
    "SYN cookies off": (
        "SEC-FIREWALL-07", CONFIGURATION, "sysctl -qw net.ipv4.tcp_syncookies=0", "sysctl -qw net.ipv4.tcp_syncookies=1",
    ),
    "a limit on another path": (
        "SEC-FIREWALL-06", CONFIGURATION,
        "sed -i 's#location /api/ #location /apis/ #' /etc/nginx/conf.d/bot.conf",
        "sed -i 's#location /apis/ #location /api/ #' /etc/nginx/conf.d/bot.conf",
    ),
    "CRLF in .env": ("INFRA-ENV-01", CONFIGURATION, "sed -i 's/$/\\r/' /opt/bot-core/.env", "sed -i 's/\\r$//' /opt/bot-core/.env"),
    "an open .env": ("INFRA-ENV-01", CONFIGURATION, "chmod 644 /opt/bot-core/.env", "chmod 600 /opt/bot-core/.env"),
    "RUST_LOG=trace": (
        "INFRA-ENV-04", CONFIGURATION,
        "sed -i 's/hyper=warn/hyper=trace/' /opt/bot-core/.env", "sed -i 's/hyper=trace/hyper=warn/' /opt/bot-core/.env",
    ),
    "a committed token": (
        "INFRA-ENV-09", CONFIGURATION,
        "cd /opt/bot-core && grep JWT_SECRET= .env > leak && git -c safe.directory=* add leak"
        " && git -c safe.directory=* -c user.name=x -c user.email=x@example.com stash -q",
        "cd /opt/bot-core && git -c safe.directory=* stash drop -q; git -c safe.directory=* gc -q --prune=now; chown -R deploy .",
    ),
    "the key of another certificate": (
        "INFRA-ENV-12", CONFIGURATION,
        "sed -i 's#bot/bot.key#bot/other.key#' /opt/bot-core/.env", "sed -i 's#bot/other.key#bot/bot.key#' /opt/bot-core/.env",
    ),
    "a broken config.toml": (
        "INFRA-CONF-01", CONFIGURATION,
        "echo 'x = = 1' >> /opt/bot-core/rust-core-engine/config.toml",
        "sed -i '$d' /opt/bot-core/rust-core-engine/config.toml",
    ),
    "a short password": (
        "SEC-SECRET-07", CONFIGURATION,
        "sed -i.bak 's/^REDIS_PASSWORD=.*/REDIS_PASSWORD=Abcdefgh1234567/' /opt/bot-core/.env",
        "mv /opt/bot-core/.env.bak /opt/bot-core/.env",
    ),
    "the copied directory": ("INFRA-BUILD-01", CONFIGURATION, "mv /opt/bot-core/.git /opt/git", "mv /opt/git /opt/bot-core/.git"),
    "nobody keeps the clock": ("INFRA-HOST-08", HOSTS, "systemctl stop chrony", "systemctl start chrony && chronyc waitsync 30 0.1 0 1"),
    "another zone": (
        "INFRA-HOST-07", HOSTS,
        "ln -sfn /usr/share/zoneinfo/Asia/Ho_Chi_Minh /etc/localtime", "ln -sfn /usr/share/zoneinfo/Etc/UTC /etc/localtime",
    ),
    "jq gone": ("INFRA-SOFT-06", HOSTS, "mv /usr/bin/jq /usr/bin/jq.away", "mv /usr/bin/jq.away /usr/bin/jq"),
    "fail2ban stopped": (
        "INFRA-SOFT-11", HOSTS, "systemctl stop fail2ban",
        "systemctl start fail2ban; for i in $(seq 50); do fail2ban-client status sshd && break; sleep 0.1; done",
    ),
    "a stopped service": (
        "INFRA-START-03", HOSTS, "docker stop -t 1 bot-core-nextjs-ui-dashboard-1", "docker start bot-core-nextjs-ui-dashboard-1",
    ),
    "a stray container": (
        "INFRA-START-02", HOSTS,
        "docker run -d --name stray --label com.docker.compose.project=bot-core lab/app:1 sleep 300", "docker rm -f stray",
    ),
    "an edited compose file": (
        "INFRA-START-01", HOSTS,
        "sed -i 's/memory: 128M/memory: 129M/' /opt/bot-core/compose.yaml", "sed -i 's/memory: 129M/memory: 128M/' /opt/bot-core/compose.yaml",
    ),
    "git gone": ("INFRA-SOFT-03", HOSTS, "mv /usr/bin/git /usr/bin/git.away", "mv /usr/bin/git.away /usr/bin/git"),
    "openssl gone": ("INFRA-SOFT-04", HOSTS, "mv /usr/bin/openssl /usr/bin/ossl.away", "mv /usr/bin/ossl.away /usr/bin/openssl"),
    "curl gone": ("INFRA-SOFT-05", HOSTS, "mv /usr/bin/curl /usr/bin/curl.away", "mv /usr/bin/curl.away /usr/bin/curl"),
    "ufw gone": ("INFRA-SOFT-10", HOSTS, "mv /usr/sbin/ufw /usr/sbin/ufw.away", "mv /usr/sbin/ufw.away /usr/sbin/ufw"),
    "certbot gone": ("INFRA-SOFT-12", HOSTS, "mv /usr/bin/certbot /usr/bin/cb.away", "mv /usr/bin/cb.away /usr/bin/certbot"),
    "the compose plugin gone": (
        "INFRA-SOFT-02", HOSTS,
        "mv /usr/local/lib/docker/cli-plugins/docker-compose /opt/dc.away",
        "mv /opt/dc.away /usr/local/lib/docker/cli-plugins/docker-compose",
    ),
    "the host is called localhost": ("INFRA-HOST-09", HOSTS, "echo localhost > /etc/hostname", "echo lab-host > /etc/hostname"),
    "a container whose log is kept nowhere": (
        "INFRA-SOFT-07", HOSTS,
        "docker run -d --name stray --log-driver none --label com.docker.compose.project=bot-core lab/app:1 sleep 300",
        "docker rm -f stray",
    ),
    "a container that ran out of memory": (
        "INFRA-START-04", HOSTS,
        "docker run -d --name stray -m 24m --memory-swap 24m --label com.docker.compose.project=bot-core"
        " --label com.docker.compose.service=redis lab/app:1 python3 -c 'x = bytearray(300000000)'; docker wait stray",
        "docker rm -f stray",
    ),
    "the ban's action gone": (
        "SEC-FIREWALL-08", CONFIGURATION,
        "mv /etc/fail2ban/action.d/ufw.conf /opt/ufw.away", "mv /opt/ufw.away /etc/fail2ban/action.d/ufw.conf",
    ),
    "LOG_LEVEL=debug": (
        "INFRA-ENV-03", CONFIGURATION,
        "sed -i 's/^LOG_LEVEL=info/LOG_LEVEL=debug/' /opt/bot-core/.env", "sed -i 's/^LOG_LEVEL=debug/LOG_LEVEL=info/' /opt/bot-core/.env",
    ),
    "no key of the exchange": (
        "INFRA-ENV-05", CONFIGURATION,
        "sed -i.bak 's/^BINANCE_API_KEY=.*/BINANCE_API_KEY=your-key/' /opt/bot-core/.env", "mv /opt/bot-core/.env.bak /opt/bot-core/.env",
    ),
    "a database on localhost": (
        "INFRA-ENV-06", CONFIGURATION,
        "sed -i.bak 's/@mongodb:/@localhost:/' /opt/bot-core/.env", "mv /opt/bot-core/.env.bak /opt/bot-core/.env",
    ),
    "any origin": (
        "INFRA-ENV-11", CONFIGURATION,
        "sed -i.bak 's/^CORS_ALLOWED_ORIGINS=.*/CORS_ALLOWED_ORIGINS=*/' /opt/bot-core/.env", "mv /opt/bot-core/.env.bak /opt/bot-core/.env",
    ),
    "a malformed DSN": (
        "INFRA-ENV-14", CONFIGURATION,
        "sed -i.bak 's/^SENTRY_DSN=.*/SENTRY_DSN=sentry/' /opt/bot-core/.env", "mv /opt/bot-core/.env.bak /opt/bot-core/.env",
    ),
    "a broken config.yaml": (
        "INFRA-CONF-02", CONFIGURATION,
        "echo '  : [' >> /opt/bot-core/python-ai-service/config.yaml", "sed -i '$d' /opt/bot-core/python-ai-service/config.yaml",
    ),
}  # fmt: skip


@pytest.mark.parametrize("name", BROKEN)
def test_a_real_fault_turns_its_item_red_and_mending_turns_it_green(name: str, look: Look) -> None:
    item, probes, change, mend = BROKEN[name]
    assert status(item, look(*probes)) == "PASS"
    in_host(change)
    try:
        assert status(item, look(*probes)) == "FAIL"
    finally:
        in_host(mend)
    assert status(item, look(*probes)) == "PASS"


def test_a_port_that_docker_publishes_passes_by_ufw_and_is_found(look: Look) -> None:
    assert "Status: active" in in_host("ufw status")
    in_host("docker run -d --name published -p 9000:9000 lab/app:1 python3 -m http.server 9000")
    try:
        found = look("ports")["ports"]
    finally:
        in_host("docker rm -f published")
    assert found.open_beyond_the_target() == (f"{HOST}:9000 answers",)


def test_all_host_facts_take_few_connections_and_little_time(look: Look) -> None:
    def accepted() -> int:
        return int(in_host("journalctl -u ssh --no-pager | grep -c 'Accepted publickey'"))

    before, began = accepted(), time.monotonic()
    facts = look("hosts")
    took_s = time.monotonic() - began
    facts |= look("configuration", "usage")
    assert not [name for name, value in facts.items() if isinstance(value, ProbeError)]
    assert accepted() - before <= 3
    assert took_s < 3


def test_the_collector_writes_nothing(look: Look) -> None:
    """Files that change while it looks are those that change anyway: logs, and what daemons keep for themselves."""
    pruned = "( -path /proc -o -path /sys -o -path /run -o -path /dev -o -path /var/log -o -path /var/lib/docker -o -path /var/lib/fail2ban )"
    in_host("touch /tmp/stamp; sleep 0.1")
    look("hosts", "configuration", "usage", "services")
    changed = in_host(
        f"find / -xdev {pruned.replace('(', chr(92) + '(').replace(')', chr(92) + ')')} -prune -o -newer /tmp/stamp -print"
    )
    assert [
        path
        for path in changed.split()
        if path not in ("/tmp", "/tmp/stamp", "/var/lib/chrony", "/var/lib/chrony/chrony.drift")
    ] == []


def test_no_secret_leaves_the_host(visit: Callable[[], Visit]) -> None:
    raw = ask(visit(), "app", ("system", "software", "engine", "deployment", "access"), print_key="k" * 32)
    values = [line.partition("=")[2] for line in in_host("cat /opt/bot-core/.env").splitlines()]
    secrets = [value for value in values if len(value) >= 30 and not value.startswith("/")]
    assert len(secrets) >= 10
    assert [value for value in secrets if value in raw] == []
    assert "labpass" not in raw  # Redis' password stands in its command and its health check


def test_a_host_can_be_recorded_for_the_sandbox(work: Path, tmp_path: Path) -> None:
    (tmp_path / "target.toml").write_text(
        f"""[urls]
base = "https://app.lab.test"
plain = "http://app.lab.test"
api = "https://app.lab.test"
ws = "wss://app.lab.test"
dashboard = "https://app.lab.test"
[hosts.app]
ssh = "lab-host"
ssh_config = "{work / "ssh_config"}"
[compose]
project = "bot-core"
files = ["compose.yaml"]
profile = "full"
window_s = 0.5
"""
    )
    assert "ssh lab-host" in record(str(tmp_path / "target.toml"), tmp_path / "host.json")
    kept = json.loads((tmp_path / "host.json").read_text())["answer"]
    assert kept["system"]["hostname"] == "lab-host"
    assert {secret["print"] for secret in kept["deployment"]["env"]["secrets"]} == {""}


def shape(value: Any) -> Any:
    """The form of an answer: keys and kinds, the first element of a list; Unseen and null fit anything."""
    if isinstance(value, dict):
        return "any" if set(value) == {"what", "why"} else {k: shape(v) for k, v in value.items()}
    if isinstance(value, list):
        return [shape(value[0])] if value else "any"
    return (
        "any"
        if value is None
        else "number"
        if isinstance(value, int | float) and not isinstance(value, bool)
        else type(value).__name__
    )


def differing(one: Any, other: Any, place: str = "") -> list[str]:
    """Places where two forms do not fit."""
    if "any" in (one, other):
        return []
    if isinstance(one, dict) and isinstance(other, dict):
        free = place.endswith(("settings", "depends_on"))
        odd = [] if free else [f"{place}.{key}" for key in set(one) ^ set(other)]
        return odd + [d for key in set(one) & set(other) for d in differing(one[key], other[key], f"{place}.{key}")]
    if isinstance(one, list) and isinstance(other, list):
        return differing(one[0], other[0], f"{place}[]")
    return [] if one == other else [place]


def test_recording_and_lab_agree_in_form(visit: Callable[[], Visit]) -> None:
    recording = json.loads((Path(__file__).parents[2] / "acceptance/sandbox/recordings/host.json").read_text())[
        "answer"
    ]
    sections = ("system", "software", "engine", "usage", "deployment", "access")
    now = json.loads(ask(visit(), "app", sections, print_key="k" * 32))
    assert differing(shape({s: recording[s] for s in sections}), shape(now)) == []


def test_where_sudo_asks_for_a_password_only_its_facts_are_unseen(visit: Callable[[], Visit]) -> None:
    in_host("useradd -m -s /bin/bash asked && echo 'asked ALL=(ALL) ALL' > /etc/sudoers.d/asked")
    try:
        as_asked = ("docker", "exec", "-i", "-u", "asked", "lab-host", "python3", "-IB", "-")
        there = visit()
        host = Host(command=as_asked, name="lab-host")
        there = replace(there, target=there.target.model_copy(update={"hosts": {"app": host}}))
        began = time.monotonic()
        facts = {name: PROBES[name].look(there) for name in ("hosts", "configuration")}
        assert time.monotonic() - began < 15
    finally:
        in_host("rm /etc/sudoers.d/asked; userdel -r asked 2>/dev/null")
    assert status("INFRA-HOST-09", facts) == "PASS"
    assert status("INFRA-SOFT-03", facts) == "PASS"
    blocked = ("INFRA-SOFT-11", "INFRA-START-03", "SEC-ACCESS-03", "SEC-FIREWALL-01", "SEC-FIREWALL-08", "INFRA-ENV-01")
    assert {item: status(item, facts) for item in blocked} == dict.fromkeys(blocked, "BLOCKED")


def test_three_full_runs_in_a_row_get_nobody_banned(look: Look) -> None:
    for _ in range(3):
        facts = look("hosts", "configuration", "services", "usage", "ssh_wire")
        assert not [name for name, value in facts.items() if isinstance(value, ProbeError)]
    assert "Currently banned:\t0" in in_host("fail2ban-client status sshd")


def test_services_answer_in_their_own_protocols(look: Look) -> None:
    services = look("services")["services"]
    assert services.of("rust-core-engine").ok
    assert services.of("rabbitmq").ok
    assert services.of("redis").said.startswith("-NOAUTH")
    assert not services.of("redis").open_to_strangers
