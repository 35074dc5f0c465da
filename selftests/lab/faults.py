"""How the lab's real software is broken and mended: shell on its host, and the items that each change turns red."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class Fault:
    """The first of `breaks` is FAIL, the others are red or can't be seen; `probes` look again."""

    breaks: tuple[str, ...]
    probes: tuple[str, ...]
    change: str
    mend: str


HOSTS, CONFIGURATION, USAGE, HEALTH = ("hosts",), ("configuration",), ("usage",), ("services", "hosts")
ENTRANCE = ("configuration", "ssh_wire")
MATCH = "/etc/ssh/sshd_config.d/99-fault.conf"
APP = "cd /opt/bot-core && "
UP = "docker compose --progress quiet --profile full up -d --wait"
OUTSIDE = "Match User deploy Address 198.51.100.0/24"
# what a container that is run by hand, and writes nothing, breaks in any case
STRAY = ("INFRA-START-01", "INFRA-LOG-01", "INFRA-LOG-03", "SEC-WEB-11")
LABEL = "--label com.docker.compose.project=bot-core"


def edited(service: str, sed: str) -> tuple[str, str]:
    """Start a service from a compose file that was edited, and from the old one again."""
    return (
        f"{APP}cp compose.yaml /root/kept && sed -i '{sed}' compose.yaml && {UP} {service}",
        f"{APP}cp /root/kept compose.yaml && {UP} {service}",
    )


def logs(command: str) -> tuple[str, str]:
    """Let a service log what a command prints; a container made anew has an empty log."""
    stdout = "/proc/$(docker inspect -f '{{.State.Pid}}' bot-core-nextjs-ui-dashboard-1)/fd/1"
    return f"{command} > {stdout} && sleep 0.5", f"{APP}{UP} --force-recreate nextjs-ui-dashboard"


FAULTS: dict[str, Fault] = {
    "ufw disable": Fault(("SEC-FIREWALL-01", "SEC-FIREWALL-02", "SEC-FIREWALL-03", "SEC-FIREWALL-04", "SEC-FIREWALL-08"), CONFIGURATION, "ufw disable", "ufw --force enable"),
    "a Match block with passwords": Fault(
        ("SEC-ACCESS-02",), ENTRANCE,
        f"printf 'Match User deploy Address 198.51.100.0/24\\n PasswordAuthentication yes\\n' > {MATCH}", f"rm {MATCH}",
    ),
    "a daemon that was not reloaded": Fault(
        ("SEC-ACCESS-02",), ENTRANCE,
        "sed -i 's/^PasswordAuthentication no/PasswordAuthentication yes/' /etc/ssh/sshd_config.d/10-lab.conf"
        " && systemctl reload ssh && sleep 0.5"
        " && sed -i 's/^PasswordAuthentication yes/PasswordAuthentication no/' /etc/ssh/sshd_config.d/10-lab.conf",
        "systemctl reload ssh; sleep 0.5",
    ),
    "root by key": Fault(
        ("SEC-ACCESS-03",), CONFIGURATION,
        "sed -i 's/^PermitRootLogin no/PermitRootLogin prohibit-password/' /etc/ssh/sshd_config.d/10-lab.conf",
        "sed -i 's/^PermitRootLogin .*/PermitRootLogin no/' /etc/ssh/sshd_config.d/10-lab.conf",
    ),
    "another sudoer": Fault(
        ("SEC-ACCESS-04",), CONFIGURATION,
        "useradd -m -s /bin/bash intern && echo 'intern ALL=(ALL) NOPASSWD: ALL' > /etc/sudoers.d/intern",
        "rm /etc/sudoers.d/intern && userdel -r intern 2>/dev/null",
    ),
    "a short ban": Fault(
        ("SEC-FIREWALL-08",), CONFIGURATION, "fail2ban-client set sshd bantime 10", "fail2ban-client set sshd bantime 3600",
    ),
    "SYN cookies off": Fault(
        ("SEC-FIREWALL-07",), CONFIGURATION, "sysctl -qw net.ipv4.tcp_syncookies=0", "sysctl -qw net.ipv4.tcp_syncookies=1",
    ),
    "a limit on another path": Fault(
        ("SEC-FIREWALL-06",), CONFIGURATION,
        "sed -i 's#location /api/ #location /apis/ #' /etc/nginx/conf.d/bot.conf",
        "sed -i 's#location /apis/ #location /api/ #' /etc/nginx/conf.d/bot.conf",
    ),
    "a limit of another name": Fault(
        ("SEC-FIREWALL-06",), CONFIGURATION,
        "cp /etc/nginx/conf.d/bot.conf /root/bot.kept && sed 's/app[.]lab[.]test/other.lab.test/; /^limit_/d' /root/bot.kept > /etc/nginx/conf.d/other.conf"
        " && sed -i 's/limit_req zone[^;]*;//' /etc/nginx/conf.d/bot.conf && nginx -t",
        "mv /root/bot.kept /etc/nginx/conf.d/bot.conf && rm /etc/nginx/conf.d/other.conf",
    ),
    "CRLF in .env": Fault(("INFRA-ENV-01",), CONFIGURATION, "sed -i 's/$/\\r/' /opt/bot-core/.env", "sed -i 's/\\r$//' /opt/bot-core/.env"),
    "an open .env": Fault(("INFRA-ENV-01",), CONFIGURATION, "chmod 644 /opt/bot-core/.env", "chmod 600 /opt/bot-core/.env"),
    "RUST_LOG=trace": Fault(
        ("INFRA-ENV-04",), CONFIGURATION,
        "sed -i 's/hyper=warn/hyper=trace/' /opt/bot-core/.env", "sed -i 's/hyper=trace/hyper=warn/' /opt/bot-core/.env",
    ),
    "a committed token": Fault(
        ("INFRA-ENV-09",), CONFIGURATION,
        "cd /opt/bot-core && grep JWT_SECRET= .env > leak && git -c safe.directory=* add leak"
        " && git -c safe.directory=* -c user.name=x -c user.email=x@example.com stash -q",
        "cd /opt/bot-core && git -c safe.directory=* stash drop -q; git -c safe.directory=* gc -q --prune=now; chown -R deploy .",
    ),
    "the key of another certificate": Fault(
        ("INFRA-ENV-12",), CONFIGURATION,
        "sed -i 's#bot/bot.key#bot/other.key#' /opt/bot-core/.env", "sed -i 's#bot/other.key#bot/bot.key#' /opt/bot-core/.env",
    ),
    "a broken config.toml": Fault(
        ("INFRA-CONF-01",), CONFIGURATION,
        "echo 'x = = 1' >> /opt/bot-core/rust-core-engine/config.toml",
        "sed -i '$d' /opt/bot-core/rust-core-engine/config.toml",
    ),
    "a short password": Fault(
        ("SEC-SECRET-07",), CONFIGURATION,
        "sed -i.bak 's/^REDIS_PASSWORD=.*/REDIS_PASSWORD=Abcdefgh1234567/' /opt/bot-core/.env",
        "mv /opt/bot-core/.env.bak /opt/bot-core/.env",
    ),
    "the copied directory": Fault(("INFRA-BUILD-01", "INFRA-ENV-09"), CONFIGURATION, "mv /opt/bot-core/.git /opt/git", "mv /opt/git /opt/bot-core/.git"),
    "nobody keeps the clock": Fault(("INFRA-HOST-08",), HOSTS, "systemctl stop chrony", "systemctl start chrony && chronyc waitsync 30 0.1 0 1"),
    "a clock that follows itself": Fault(
        ("INFRA-HOST-08",), HOSTS,
        "cp /etc/chrony/chrony.conf /root/chrony.kept && printf 'local stratum 10\\n' > /etc/chrony/chrony.conf"
        " && systemctl restart chrony && for i in $(seq 50); do chronyc -c tracking | grep ^7F7F0101 && break; sleep 0.1; done",
        "mv /root/chrony.kept /etc/chrony/chrony.conf && systemctl restart chrony && chronyc waitsync 30 0.1 0 1",
    ),
    "another zone": Fault(
        ("INFRA-HOST-07",), HOSTS,
        "ln -sfn /usr/share/zoneinfo/Asia/Ho_Chi_Minh /etc/localtime", "ln -sfn /usr/share/zoneinfo/Etc/UTC /etc/localtime",
    ),
    "jq gone": Fault(("INFRA-SOFT-06",), HOSTS, "mv /usr/bin/jq /usr/bin/jq.away", "mv /usr/bin/jq.away /usr/bin/jq"),
    "fail2ban stopped": Fault(
        ("INFRA-SOFT-11",), HOSTS, "systemctl stop fail2ban",
        "systemctl start fail2ban; for i in $(seq 50); do fail2ban-client status sshd && break; sleep 0.1; done",
    ),
    "a stopped service": Fault(
        ("INFRA-START-03", "INFRA-HEALTH-03"), HOSTS, "docker stop -t 1 bot-core-nextjs-ui-dashboard-1", f"{APP}{UP} nextjs-ui-dashboard",
    ),
    "a stray container": Fault(
        ("INFRA-START-02", "INFRA-SOFT-09", *STRAY), HOSTS,
        f"docker run -d --name stray {LABEL} lab/app:1 sleep 300", "docker rm -f stray",
    ),
    "an edited compose file": Fault(
        ("INFRA-START-01",), HOSTS,
        "sed -i 's/memory: 128M/memory: 129M/' /opt/bot-core/compose.yaml", "sed -i 's/memory: 129M/memory: 128M/' /opt/bot-core/compose.yaml",
    ),
    "git gone": Fault(("INFRA-SOFT-03",), HOSTS, "mv /usr/bin/git /usr/bin/git.away", "mv /usr/bin/git.away /usr/bin/git"),
    "openssl gone": Fault(("INFRA-SOFT-04",), HOSTS, "mv /usr/bin/openssl /usr/bin/ossl.away", "mv /usr/bin/ossl.away /usr/bin/openssl"),
    "curl gone": Fault(("INFRA-SOFT-05",), HOSTS, "mv /usr/bin/curl /usr/bin/curl.away", "mv /usr/bin/curl.away /usr/bin/curl"),
    "ufw gone": Fault(("INFRA-SOFT-10",), HOSTS, "mv /usr/sbin/ufw /usr/sbin/ufw.away", "mv /usr/sbin/ufw.away /usr/sbin/ufw"),
    "certbot gone": Fault(("INFRA-SOFT-12",), HOSTS, "mv /usr/bin/certbot /usr/bin/cb.away", "mv /usr/bin/cb.away /usr/bin/certbot"),
    "the compose plugin gone": Fault(
        ("INFRA-SOFT-02", "INFRA-BUILD-06", "INFRA-CONF-03", "INFRA-CONF-04", "INFRA-START-01", "INFRA-START-02", "INFRA-START-03"), HOSTS,
        "mv /usr/local/lib/docker/cli-plugins/docker-compose /opt/dc.away",
        "mv /opt/dc.away /usr/local/lib/docker/cli-plugins/docker-compose",
    ),
    "the host is called localhost": Fault(("INFRA-HOST-09",), HOSTS, "echo localhost > /etc/hostname", "echo lab-host > /etc/hostname"),
    "a container whose log is kept nowhere": Fault(
        ("INFRA-SOFT-07", "INFRA-LOG-02", "INFRA-LOG-04", "INFRA-START-02", "INFRA-START-05", "INFRA-SOFT-09", *STRAY), HOSTS,
        f"docker run -d --name stray --log-driver none {LABEL} lab/app:1 sleep 300",
        "docker rm -f stray",
    ),
    "a container that ran out of memory": Fault(
        ("INFRA-START-04", "INFRA-HEALTH-05", *STRAY), HOSTS,
        f"docker run -d --name stray -m 24m --memory-swap 24m {LABEL}"
        " --label com.docker.compose.service=redis lab/app:1 python3 -c 'x = bytearray(300000000)'; docker wait stray",
        "docker rm -f stray",
    ),
    "the ban's action gone": Fault(
        ("SEC-FIREWALL-08",), CONFIGURATION,
        "mv /etc/fail2ban/action.d/ufw.conf /opt/ufw.away", "mv /opt/ufw.away /etc/fail2ban/action.d/ufw.conf",
    ),
    "LOG_LEVEL=debug": Fault(
        ("INFRA-ENV-03",), CONFIGURATION,
        "sed -i 's/^LOG_LEVEL=info/LOG_LEVEL=debug/' /opt/bot-core/.env", "sed -i 's/^LOG_LEVEL=debug/LOG_LEVEL=info/' /opt/bot-core/.env",
    ),
    "no key of the exchange": Fault(
        ("INFRA-ENV-05", "INFRA-ENV-01", "INFRA-BUILD-05"), CONFIGURATION,
        "sed -i.bak 's/^BINANCE_API_KEY=.*/BINANCE_API_KEY=your-key/' /opt/bot-core/.env", "mv /opt/bot-core/.env.bak /opt/bot-core/.env",
    ),
    "a database on localhost": Fault(
        ("INFRA-ENV-06",), CONFIGURATION,
        "sed -i.bak 's/@mongodb:/@localhost:/' /opt/bot-core/.env", "mv /opt/bot-core/.env.bak /opt/bot-core/.env",
    ),
    "any origin": Fault(
        ("INFRA-ENV-11",), CONFIGURATION,
        "sed -i.bak 's/^CORS_ALLOWED_ORIGINS=.*/CORS_ALLOWED_ORIGINS=*/' /opt/bot-core/.env", "mv /opt/bot-core/.env.bak /opt/bot-core/.env",
    ),
    "a malformed DSN": Fault(
        ("INFRA-ENV-14",), CONFIGURATION,
        "sed -i.bak 's/^SENTRY_DSN=.*/SENTRY_DSN=sentry/' /opt/bot-core/.env", "mv /opt/bot-core/.env.bak /opt/bot-core/.env",
    ),
    "a broken config.yaml": Fault(
        ("INFRA-CONF-02",), CONFIGURATION,
        "echo '  : [' >> /opt/bot-core/python-ai-service/config.yaml", "sed -i '$d' /opt/bot-core/python-ai-service/config.yaml",
    ),
    "no keys for some": Fault(
        ("SEC-ACCESS-01",), ENTRANCE, f"printf '{OUTSIDE}\\n PubkeyAuthentication no\\n' > {MATCH}", f"rm {MATCH}",
    ),
    "a Match block for root": Fault(
        ("SEC-ACCESS-03",), CONFIGURATION, f"printf 'Match Address 198.51.100.0/24\\n PermitRootLogin yes\\n' > {MATCH}", f"rm {MATCH}",
    ),
    "a member of group docker": Fault(
        ("SEC-ACCESS-04",), CONFIGURATION, "useradd -m -s /bin/bash -G docker intern", "userdel -r intern 2>/dev/null",
    ),
    "port 22 too": Fault(
        ("SEC-ACCESS-05",), ENTRANCE, f"echo 'Port 22' > {MATCH} && systemctl reload ssh && sleep 0.5",
        f"rm {MATCH} && systemctl reload ssh && sleep 0.5",
    ),
    "ufw lets in by default": Fault(
        ("SEC-FIREWALL-01",), CONFIGURATION, "ufw default allow incoming", "ufw default deny incoming",
    ),
    "no rule for ssh": Fault(  # the suite itself is still let in
        ("SEC-FIREWALL-02",), ENTRANCE, "iptables -I INPUT -s 172.30.77.1 -j ACCEPT && ufw delete allow 2222/tcp",
        "ufw allow 2222/tcp && iptables -D INPUT -s 172.30.77.1 -j ACCEPT",
    ),
    "no rule for port 80": Fault(("SEC-FIREWALL-03",), CONFIGURATION, "ufw delete allow 80/tcp", "ufw allow 80/tcp"),
    "no rule for port 443": Fault(("SEC-FIREWALL-04",), CONFIGURATION, "ufw delete allow 443/tcp", "ufw allow 443/tcp"),
    "a port that Docker publishes past ufw": Fault(
        ("SEC-FIREWALL-05", "INFRA-CLOUD-09"), ("ports",),
        "docker run -d --name published -p 6379:6379 lab/app:1 python3 -m http.server 6379 && sleep 1", "docker rm -f published",
    ),
    "no connection limit": Fault(
        ("SEC-FIREWALL-07",), CONFIGURATION, "sed -i.bak 's/limit_conn perip 50;//' /etc/nginx/conf.d/bot.conf",
        "mv /etc/nginx/conf.d/bot.conf.bak /etc/nginx/conf.d/bot.conf",
    ),
    "a disk nearly full": Fault(("INFRA-HOST-03",), HOSTS, "fallocate -l 100G /srv/data/full", "rm /srv/data/full"),
    "hardly an inode left": Fault(
        ("INFRA-HOST-03",), HOSTS, "mkdir /srv/data/many && cd /srv/data/many && seq 14000 | xargs touch", "rm -r /srv/data/many",
    ),
    "Ubuntu 20.04": Fault(
        ("INFRA-HOST-05",), HOSTS, "sed -i 's/22[.]04/20.04/' /etc/os-release", "sed -i 's/20[.]04/22.04/' /etc/os-release",
    ),
    "a security update": Fault(
        ("INFRA-HOST-06",), HOSTS,
        "printf 'Package: jq\\nVersion: 99\\nArchitecture: amd64\\nFilename: ./jq.deb\\nSize: 1\\nDescription: jq\\nSHA256: %064d\\n' 0"
        " > /srv/apt/Packages && lab-index", ": > /srv/apt/Packages && lab-index",
    ),
    "a security update that is held back": Fault(
        ("INFRA-HOST-06",), HOSTS,
        "printf 'Package: jq\\nVersion: 99\\nArchitecture: amd64\\nFilename: ./jq.deb\\nSize: 1\\nDescription: jq\\nSHA256: %064d\\n' 0"
        " > /srv/apt/Packages && lab-index && apt-mark hold jq", "apt-mark unhold jq && : > /srv/apt/Packages && lab-index",
    ),
    "a reboot that is due": Fault(("INFRA-HOST-06",), HOSTS, "touch /run/reboot-required", "rm /run/reboot-required"),
    "an old package index": Fault(
        ("INFRA-HOST-06",), HOSTS, "find /var/lib/apt | xargs touch -d '20 days ago'", "find /var/lib/apt | xargs touch",
    ),
    "docker.service disabled at boot": Fault(
        ("INFRA-SOFT-09",), HOSTS, "systemctl disable -q docker", "systemctl enable -q docker",
    ),
    "no restart policy": Fault(
        ("INFRA-SOFT-09",), HOSTS, "docker update --restart no bot-core-redis-1", "docker update --restart unless-stopped bot-core-redis-1",
    ),
    "an agent stopped": Fault(
        ("INFRA-SOFT-14",), HOSTS, "systemctl stop -q syslog.socket rsyslog", "systemctl start syslog.socket rsyslog",
    ),
    "no schedule for the backup": Fault(
        ("INFRA-SOFT-15",), HOSTS, "sed -i 's/^/#/' /etc/cron.d/backup", "sed -i 's/^#//' /etc/cron.d/backup",
    ),
    "a cron file with a dot in its name": Fault(
        ("INFRA-SOFT-15",), HOSTS, "mv /etc/cron.d/backup /etc/cron.d/backup.disabled", "mv /etc/cron.d/backup.disabled /etc/cron.d/backup",
    ),
    "cron stopped": Fault(("INFRA-SOFT-15",), HOSTS, "systemctl stop cron", "systemctl start cron"),
    "a health check that ends with 0 on NOAUTH": Fault(
        ("INFRA-HEALTH-05",), HEALTH, *edited("redis", 's/"-a", "[^"]*", "--no-auth-warning", "ping"/"ping"/'),
    ),
    "a health check that is true": Fault(
        ("INFRA-HEALTH-02",), HEALTH, *edited("python-ai-service", 's/"curl", "-fsS", "[^"]*:8000.health"/"true"/'),
    ),
    "no health check": Fault(
        ("INFRA-HEALTH-03",), HEALTH,
        *edited("nextjs-ui-dashboard", 's/healthcheck: {test: [^}]*:3000.*/healthcheck: {disable: true}/'),
    ),
    "a healthy flag with a dead port": Fault(  # the check runs in the container, where all is well
        ("INFRA-HEALTH-01",), HEALTH, "iptables -I OUTPUT -o lo -p tcp --dport 8080 -j REJECT",
        "iptables -D OUTPUT -o lo -p tcp --dport 8080 -j REJECT",
    ),
    "a broker that is stopped": Fault(
        ("INFRA-HEALTH-06",), HEALTH, "docker exec bot-core-rabbitmq-1 rabbitmqctl -q stop_app",
        f"docker exec bot-core-rabbitmq-1 rabbitmqctl -q start_app && {APP}{UP}",
    ),
    "a debug line": Fault(("INFRA-LOG-03",), HOSTS, *logs("echo DEBUG tick")),
    "a panic": Fault(("INFRA-START-05",), HOSTS, *logs("echo thread main panicked at src/main.rs:42")),
    "a password in a log": Fault(("SEC-WEB-11",), HOSTS, *logs("echo mongodb://bot:hunter2hunter2@mongodb:27017")),
    "a log that grows fast": Fault(("INFRA-LOG-04",), HOSTS, *logs("yes $(printf %0190d 0) | head -n 12000")),
    "a container that is nearly out of memory": Fault(
        ("PERF-USE-02",), USAGE,
        f"docker run -d --name stray -m 64m {LABEL} lab/app:1 python3 -c 'import time; x = bytearray(54000000); time.sleep(300)' && sleep 1",
        "docker rm -f stray",
    ),
    "a network that is cut": Fault(
        ("PERF-USE-04",), USAGE, "docker network disconnect bot-core_appnet bot-core-redis-1",
        "docker network connect --alias redis bot-core_appnet bot-core-redis-1",
    ),
}  # fmt: skip
