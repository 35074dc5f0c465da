"""How the sandbox's host, its containers and its services can be broken: one change of the recording each."""

from __future__ import annotations

from acceptance.sandbox.configuration_faults import ROWS
from acceptance.sandbox.fault import Fault
from acceptance.sandbox.host_changes import Answer, Change, both, container, put


def tool(name: str, version: str = "") -> Change:
    """Another version of a tool; "" takes it away."""

    def change(answer: Answer) -> None:
        for each in answer["software"]["tools"]:
            if each["name"] == name:
                each |= {"runs": bool(version), "version": version, "why": "" if version else "it is not installed"}

    return change


def unit(name: str, **state: bool) -> Change:
    """Another state of a unit."""

    def change(answer: Answer) -> None:
        next(u for u in answer["software"]["units"] if u["name"] == name).update(state)

    return change


def daemon_down(answer: Answer) -> None:
    """Docker's daemon does not run, nor does anything in it."""
    unit("docker.service", active=False)(answer)
    answer["engine"] = {"what": "the engine", "why": "Docker's engine does not answer: connection refused"}


def stray(answer: Answer) -> None:
    """A container of the project that the profile does not have."""
    first = dict(answer["engine"]["containers"][0])
    answer["engine"]["containers"].append({**first, "name": "bot-core-mongo-express-1", "service": "mongo-express"})


def missing(answer: Answer) -> None:
    """The dashboard has no container."""
    containers = answer["engine"]["containers"]
    containers[:] = [c for c in containers if c["service"] != "nextjs-ui-dashboard"]


def reach_fails(answer: Answer) -> None:
    """DNS inside the AI service's network does not work."""
    for each in answer["usage"]["reach"]:
        if each["service"] == "python-ai-service":
            each |= {"ok": False, "why": "OSError: mongodb does not resolve"}


ENGINE = (
    "INFRA-HOST-07", "INFRA-SOFT-01", "INFRA-SOFT-07", "INFRA-SOFT-08", "INFRA-SOFT-09", "INFRA-START-01",
    "INFRA-START-02", "INFRA-START-03", "INFRA-START-04", "INFRA-START-05", "INFRA-START-06", "INFRA-HEALTH-01",
    "INFRA-HEALTH-02", "INFRA-HEALTH-03", "INFRA-HEALTH-04", "INFRA-HEALTH-05", "INFRA-HEALTH-06", "INFRA-LOG-01",
    "INFRA-LOG-02", "INFRA-LOG-03", "INFRA-LOG-04", "INFRA-LOG-07", "INFRA-GATE-01", "INFRA-GATE-13", "INFRA-ENV-02",
    "INFRA-ENV-03", "INFRA-ENV-04",
    "INFRA-ENV-10", "INFRA-CONF-03", "INFRA-CONF-04", "INFRA-BUILD-06", "INFRA-BUILD-07", "INFRA-BUILD-09", "INFRA-BUILD-10",
    "INFRA-READY-08", "INFRA-ROLL-02", "SEC-SECRET-01", "SEC-WEB-11",
)  # fmt: skip
GIB = 1024**3
UNSEEN_LINK = {"interface": "eth0", "up": True, "speed_mbps": 100}
NO_CLOCK = {"daemon": "", "synchronised": False, "offset_s": 0.0}
OWN_CLOCK = {"daemon": "chrony", "synchronised": False, "offset_s": 0.0, "why": "it follows its own clock"}
PANIC = ["thread 'main' panicked at src/main.rs:42: the exchange sent nothing"]

_HOST: tuple[tuple[str, str, tuple[str, ...], Change], ...] = (
    ("host-8-gib", "8 GiB of memory", ("INFRA-HOST-01",), put("system.memory_bytes", 8 * GIB)),
    ("host-4-cpus", "4 CPUs", ("INFRA-HOST-02",), put("system.cpus", 4.0)),
    ("host-cpu-quota", "8 CPUs with a quota of 2", ("INFRA-HOST-02",), put("system.cpus", 2.0)),
    ("disk-rotates", "a rotating disk", ("INFRA-HOST-03",), put("system.disk.kind", "rotating")),
    ("disk-full", "the data directory is 95 % full", ("INFRA-HOST-03",), put("system.disk.free_percent", 5.0)),
    ("disk-small", "80 GB of storage", ("INFRA-HOST-03",), put("system.disk.size_bytes", 80 * 10**9)),
    ("inodes-gone", "no inode is left", ("INFRA-HOST-03",), put("system.disk.inodes_free_percent", 0.0)),
    ("link-100", "the link runs at 100 Mb/s", ("INFRA-HOST-04",), put("system.link", UNSEEN_LINK)),
    ("ubuntu-20-04", "Ubuntu 20.04", ("INFRA-HOST-05",), put("system.os_version", "20.04")),
    ("debian-10", "a Debian after its end of life", ("INFRA-HOST-05",),
     both(put("system.os_name", "debian"), put("system.os_version", "10"))),
    ("security-update-pending", "OpenSSL has an update", ("INFRA-HOST-06",),
     put("system.updates.security", ["openssl"])),
    ("reboot-due", "a new kernel waits for a reboot", ("INFRA-HOST-06",), put("system.updates.reboot_required", True)),
    ("package-index-old", "the package index is 20 days old", ("INFRA-HOST-06",),
     put("system.updates.index_age_days", 20.0)),
    ("zone-saigon", "the host's zone is Asia/Ho_Chi_Minh", ("INFRA-HOST-07",),
     put("system.zone", "Asia/Ho_Chi_Minh")),
    ("zone-saigon-inside", "the engine's container has another zone", ("INFRA-HOST-07",),
     container("rust-core-engine", "zone", "Asia/Ho_Chi_Minh")),
    ("clock-daemon-off", "nobody steers the clock", ("INFRA-HOST-08",), put("system.clock", NO_CLOCK)),
    ("clock-follows-itself", "chrony has no server and follows its own clock", ("INFRA-HOST-08",), put("system.clock", OWN_CLOCK)),
    ("clock-5-s-off", "the clock is 5 s off", ("INFRA-HOST-08",), put("system.clock.offset_s", 5.0)),
    ("host-name-localhost", "the host calls itself localhost", ("INFRA-HOST-09",),
     put("system.hostname", "localhost.localdomain")),
    ("host-name-elsewhere", "the name resolves to another machine", ("INFRA-HOST-09",),
     put("system.resolves_to", ["203.0.113.99"])),
    ("docker-19", "Docker Engine 19.03", ("INFRA-SOFT-01",), put("engine.version", "19.03.15")),
    ("docker-down", "Docker's daemon does not run", ENGINE, daemon_down),
    ("compose-1", "Docker Compose 1.29", ("INFRA-SOFT-02",),
     both(tool("docker compose"), tool("docker-compose", "1.29.2"))),
    ("git-missing", "git is not installed", ("INFRA-SOFT-03",), tool("git")),
    ("openssl-1-0-2", "OpenSSL 1.0.2", ("INFRA-SOFT-04",), tool("openssl", "OpenSSL 1.0.2k-fips  26 Jan 2017")),
    ("curl-and-wget-missing", "neither curl nor wget", ("INFRA-SOFT-05",), both(tool("curl"), tool("wget"))),
    ("jq-missing", "jq is not installed", ("INFRA-SOFT-06",), tool("jq")),
    ("docker-on-vfs", "images are stored by vfs", ("INFRA-SOFT-08",), put("engine.driver", "vfs")),
    ("docker-not-enabled", "docker.service is not enabled", ("INFRA-SOFT-09",), unit("docker.service", enabled=False)),
    ("no-restart-policy", "redis has no restart policy", ("INFRA-SOFT-09",),
     container("redis", "restart_policy", "no")),
    ("ufw-missing", "ufw is not installed", ("INFRA-SOFT-10",), tool("ufw")),
    ("fail2ban-stopped", "fail2ban does not run", ("INFRA-SOFT-11",), unit("fail2ban.service", active=False)),
    ("no-sshd-jail", "fail2ban has no sshd jail", ("INFRA-SOFT-11",), put("software.jails", ["nginx-http-auth"])),
    ("certbot-missing", "certbot is not installed", ("INFRA-SOFT-12",), tool("certbot")),
    ("mongodump-missing", "mongodump is not installed", ("INFRA-SOFT-13", "INFRA-SOFT-15"), tool("mongodump")),
    ("agent-stopped", "node-exporter is stopped", ("INFRA-SOFT-14",), unit("prometheus-node-exporter", active=False)),
    ("backup-tool-not-called", "no timer or cron entry calls the backup tool", ("INFRA-SOFT-15",), put("software.schedules", [])),
)  # fmt: skip

_CONTAINERS: tuple[tuple[str, str, tuple[str, ...], Change], ...] = (
    ("log-without-limit", "redis logs by json-file without max-size", ("INFRA-SOFT-07", "INFRA-LOG-02"),
     both(container("redis", "log_driver", "json-file"), container("redis", "log_rotates", False))),
    ("started-from-another-file", "the engine was started from a development file", ("INFRA-START-01",),
     container("rust-core-engine", "config_files", "/home/deploy/docker-compose.dev.yml")),
    ("started-before-an-edit", "the file was edited after the start", ("INFRA-START-01",),
     container("rust-core-engine", "config_hash", "0" * 64)),
    ("stray-container", "a container of no service of the profile", ("INFRA-START-02",), stray),
    ("dashboard-missing", "the dashboard has no container",
     ("INFRA-START-02", "INFRA-START-03", "INFRA-HEALTH-03", "INFRA-GATE-01"), missing),
    ("ai-service-exited", "the AI service's container ended",
     ("INFRA-START-03", "INFRA-HEALTH-02", "INFRA-GATE-01"),
     both(container("python-ai-service", "state", "exited"), container("python-ai-service", "health", "unhealthy"))),
    ("restarted-twice", "the engine restarted twice at its start", ("INFRA-START-04",),
     container("rust-core-engine", "restarts", 2)),
    ("restarted-since", "the engine restarted two hours ago, long after its start", ("INFRA-ROLL-06",),
     both(container("rust-core-engine", "restarts", 1), container("rust-core-engine", "created_s_ago", 90_000.0),
          container("rust-core-engine", "started_s_ago", 7_200.0))),
    ("oom-killed", "the AI service was killed for memory", ("INFRA-START-04",),
     container("python-ai-service", "oom_killed", True)),
    ("panic-at-start", "the engine panicked after its start", ("INFRA-START-05",),
     container("rust-core-engine", "log.errors_at_start", PANIC)),
    ("slow-start", "the AI service needed four minutes to be healthy", ("INFRA-START-06",),
     container("python-ai-service", "healthy_after_s", 240.0)),
    ("engine-unhealthy", "the engine's container is unhealthy", ("INFRA-HEALTH-01", "INFRA-GATE-01"),
     container("rust-core-engine", "health", "unhealthy")),
    ("engine-unhealthy-for-20-minutes", "the engine's own check has failed for 20 minutes, its front door answers",
     ("INFRA-HEALTH-01", "INFRA-GATE-01", "INFRA-ROLL-02"),
     both(container("rust-core-engine", "health", "unhealthy"), container("rust-core-engine", "down_s", 1200.0))),
    ("healthcheck-cannot-fail", "redis' health check ends with 0 on NOAUTH", ("INFRA-HEALTH-05", "INFRA-GATE-01"),
     container("redis", "healthcheck", "redis-cli ping ends with 0 on NOAUTH too")),
    ("no-healthcheck", "MongoDB has no health check", ("INFRA-HEALTH-04", "INFRA-GATE-01"),
     container("mongodb", "healthcheck", "there is no health check")),
    ("silent-service", "the dashboard logs nothing when it is called", ("INFRA-LOG-01",),
     container("nextjs-ui-dashboard", "log.last_line_s_ago", 900.0)),
    ("secret-in-log", "the engine logs its database's URL with the password", ("SEC-WEB-11",),
     container("rust-core-engine", "log.tells", ["DATABASE_URL"])),
    ("debug-lines", "the engine logs at debug", ("INFRA-LOG-03",),
     container("rust-core-engine", "log.verbose_lines", 812)),
    ("log-flood", "the AI service writes 4 GB a day", ("INFRA-LOG-04",),
     container("python-ai-service", "log.bytes_per_day", 4.0e9)),
    ("no-audit-events", "a log-in leaves no audit event", ("INFRA-LOG-07",),
     container("rust-core-engine", "log.audit_lines", 0)),
    ("secret-in-image", "the AI service's image carries a key", ("SEC-SECRET-01",),
     container("python-ai-service", "image_secrets", ["ENV OPENAI_API_KEY (OpenAI key)"])),
    ("warning-logged", "the AI service warned once", ("INFRA-GATE-13",),
     container("python-ai-service", "log.warnings", ["WARNING retrying the model list"])),
    ("cpu-busy", "a container uses 85 % of its CPU, which Prometheus does not show", ("PERF-USE-01", "INFRA-MON-04"),
     put("usage.containers.name=bot-core-rust-core-engine-1.cpu_percent", 85.0)),
    ("memory-short", "the host uses 85 % of its memory", ("PERF-USE-02",), put("usage.memory_percent", 85.0)),
    ("disk-saturated", "the disk is always busy", ("PERF-USE-03",),
     put("usage.disks", [{"device": "nvme0n1", "busy_percent": 99.0, "wait_ms": 41.0}])),
    ("dns-broken-inside", "the AI service resolves nothing", ("PERF-USE-04",), reach_fails),
)  # fmt: skip

_CALLED_WELL = ("INFRA-GATE-01", "FUNC-API-01", "FUNC-API-02")
_SERVICES: tuple[tuple[str, str, tuple[str, ...]], ...] = (
    (
        "rust-core-engine-port-dead",
        "the engine answers 503 behind a healthy flag",
        ("INFRA-HEALTH-01", "INFRA-GATE-01", "INFRA-ENV-07", "INFRA-ENV-08", "FUNC-API-02"),
    ),
    ("python-ai-service-port-dead", "the AI service answers 503", ("INFRA-HEALTH-02", "INFRA-GATE-01", "FUNC-API-02")),
    ("nextjs-ui-dashboard-port-dead", "the dashboard answers 503", ("INFRA-HEALTH-03", "INFRA-GATE-01", "FUNC-API-02")),
    (
        "mongodb-recovering",
        "MongoDB is neither primary nor secondary, and is called healthy",
        ("INFRA-HEALTH-04", *_CALLED_WELL),
    ),
    (
        "redis-loading",
        "Redis loads its data and serves nothing, and is called healthy",
        ("INFRA-HEALTH-05", *_CALLED_WELL),
    ),
    ("redis-without-password", "Redis answers anybody", ("SEC-SECRET-08",)),
    ("engine-on-testnet", "the engine reports the test net, the file does not", ("INFRA-ENV-07",)),
    ("engine-trades", "the engine trades, though the file says no", ("INFRA-ENV-08",)),
    (
        "rabbitmq-hangs-up",
        "RabbitMQ closes the connection at the handshake, and is called healthy",
        ("INFRA-HEALTH-06", *_CALLED_WELL),
    ),
)

CHANGES: dict[str, Change] = {
    **{name: change for name, _, _, change in (*_HOST, *_CONTAINERS, *ROWS)},
    "entered-past-the-bastion": put("system.came_from", "198.51.100.77"),
}
FAULTS: tuple[Fault, ...] = (
    *(Fault(name, "host", says, breaks) for name, says, breaks, _ in (*_HOST, *_CONTAINERS, *ROWS)),
    *(
        Fault(name, "host", says, breaks, ("health", "status_document") if "FUNC-API-02" in breaks else ())
        for name, says, breaks in _SERVICES
    ),
    Fault(
        "entered-past-the-bastion", "host", "the host lets the suite in from the internet, not by the bastion",
        ("INFRA-CLOUD-09",), seen_by=("ports",),
    ),
)  # fmt: skip
