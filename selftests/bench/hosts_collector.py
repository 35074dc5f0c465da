"""How long our look at a host takes beside pytest-testinfra, which asks the same one by one over ssh.

Needs the lab (`KEEP=1 selftests/lab/run.sh`), and pytest-testinfra: `pip install --no-deps --target .lab/testinfra
pytest-testinfra`, and that folder on PYTHONPATH, so that its plugin is in no run of the suite.
"""

from __future__ import annotations

import json
import os
import tempfile
import time
from datetime import UTC, datetime
from importlib.util import find_spec
from pathlib import Path

from acceptance.facts import ProbeError
from acceptance.reach import ask
from acceptance.target import Target
from acceptance.visit import Visit
from selftests.bench.figures import Figure, NotMeasured

LAB = Path(os.environ.get("ACCEPTANCE_LAB", Path.home() / ".cache/acceptance-lab"))
TOOLS = (
    "git",
    "openssl",
    "curl",
    "wget",
    "jq",
    "ufw",
    "certbot",
    "mongosh",
    "mongodump",
    "mongorestore",
    "docker",
    "docker-compose",
)
SERVICES = ("rust-core-engine", "python-ai-service", "nextjs-ui-dashboard", "redis", "rabbitmq")
USERS = ("deploy", "root", "nobody-of-that-name")
QUESTIONS = (
    *(f"{tool} --version" for tool in TOOLS),
    *(f"systemctl {word} {unit}" for unit in ("docker", "fail2ban") for word in ("is-active", "is-enabled")),
    "cat /proc/meminfo", "nproc", "cat /etc/os-release", "df -P /var/lib/docker", "df -iP /var/lib/docker", "cat /proc/net/route",
    "cat /sys/class/net/eth0/speed", "timedatectl show -p Timezone --value", "chronyc -c tracking", "cat /etc/hostname",
    "getent hosts lab-host", "ip -j address", "systemctl list-timers --no-legend", "cat /etc/crontab", "crontab -l",
    "sudo fail2ban-client status", "sudo fail2ban-client status sshd", "sudo ufw status verbose", "sudo ss -Hltnp", "ss -Hltn",
    *(f"sudo fail2ban-client get sshd {word}" for word in ("maxretry", "bantime", "findtime", "actions")),
    *(f"sudo sshd -T -C user={u},host={a},addr={a}" for u in USERS for a in ("127.0.0.1", "198.51.100.77")),
    "cat /proc/sys/net/ipv4/tcp_syncookies", "sudo cat /etc/pam.d/sshd", "sudo visudo -c", "sudo sudo -l -U deploy",
    "sudo nginx -T", "sudo iptables -S", "cat /etc/default/ufw", "docker version --format json", "docker info --format json",
    "docker compose version", "docker image ls --format json",
    *(f"docker inspect bot-core-{service}-1" for service in SERVICES),
    *(f"docker logs --timestamps --tail 20000 bot-core-{service}-1" for service in SERVICES),
    "cd /opt/bot-core && docker compose -f compose.yaml --profile full config --format json",
    "cd /opt/bot-core && docker compose -f compose.yaml --profile full config --hash '*'",
    "stat -c '%a %U' /opt/bot-core/.env", "git -C /opt/bot-core rev-parse HEAD", "git -C /opt/bot-core status --porcelain",
    "git -C /opt/bot-core tag --points-at HEAD", "sudo openssl pkey -in /etc/ssl/bot/bot.key -pubout",
    "sudo openssl x509 -in /etc/ssl/bot/bot.pem -noout -pubkey", "apt-get -s -q dist-upgrade",
)  # fmt: skip


def ours() -> float:
    """Seconds for every section over one connection."""
    urls = {"base": "https://a.test", "plain": "http://a.test", "api": "https://a.test", "ws": "wss://a.test"}
    tables = {
        "name": "lab", "urls": {**urls, "dashboard": urls["base"]},
        "hosts": {"app": {"ssh": "lab-host", "ssh_config": str(LAB / "ssh_config")}},
        "compose": {"project": "bot-core", "files": ["compose.yaml"], "profile": "full"},
    }  # fmt: skip
    target = Target.model_validate_json(json.dumps(tables))
    with tempfile.TemporaryDirectory() as folder:
        where = Path(folder)
        visit = Visit(target, datetime.now(UTC), where, where, where, "bench", time.monotonic() + 60)
        began = time.monotonic()
        answer = json.loads(
            ask(visit, "app", ("system", "software", "engine", "deployment", "access"), print_key="k" * 32)
        )
        took_s = time.monotonic() - began
    blind = [section for section, value in answer.items() if "why" in value]
    if blind:
        raise RuntimeError(f"could not look at {', '.join(blind)}")
    return took_s


def theirs() -> float:
    """Seconds for the same, one by one."""
    import testinfra

    host = testinfra.get_host(f"ssh://lab-host?ssh_config={LAB / 'ssh_config'}")
    began = time.monotonic()
    for question in QUESTIONS:
        host.run(question)
    return time.monotonic() - began


def measure() -> list[Figure]:
    """Both times; ours may be a tenth of theirs."""
    if find_spec("testinfra") is None:
        raise NotMeasured("pytest-testinfra is not on PYTHONPATH")
    if not (LAB / "ssh_config").exists():
        raise NotMeasured("the lab does not run")
    try:
        ours()  # the engine's and apt's own caches are warm for both
    except ProbeError as silent:
        raise NotMeasured(f"the lab does not answer: {silent}") from None
    mine = min(ours() for _ in range(3))
    other = theirs()
    return [
        Figure("facts of a host", mine, "s"),
        Figure(f"facts of a host by pytest-testinfra, {len(QUESTIONS)} questions", other, "s"),
        Figure("facts of a host, of pytest-testinfra's time", 100 * mine / other, "%", 10.0),
    ]
