"""How the deployed configuration and the entrances of the sandbox's host can be broken: one change each."""

from __future__ import annotations

from typing import Any

from acceptance.sandbox.host_changes import Answer, Change, both, container, put

ENV = "deployment.env"


def setting(name: str, value: str) -> Change:
    """Another value of an open setting in the .env."""
    return put(f"{ENV}.settings.{name}", value)


def secret(name: str, **verdict: Any) -> Change:
    """Another verdict on a secret."""

    def change(answer: Answer) -> None:
        next(s for s in answer["deployment"]["env"]["secrets"] if s["name"] == name).update(verdict)

    return change


def views(who: str, **words: Any) -> Change:
    """Another word of sshd's for one user from outside, as a Match block would make it."""

    def change(answer: Answer) -> None:
        for view in answer["access"]["sshd"]["views"]:
            if view["user"] == who and view["address"] != "127.0.0.1":
                view.update(words)

    return change


def config(kind: str, more: str) -> Change:
    """Another last line of a configuration file."""

    def change(answer: Answer) -> None:
        answer["deployment"]["configs"][kind]["text"] += f"\n{more}\n"

    return change


def planned(service: str, field: str, value: Any) -> Change:
    """Another word of the resolved compose file."""
    return put(f"engine.compose.services.name={service}.{field}", value)


def no_v6_rule(answer: Answer) -> None:
    """Port 443 is open for IPv4 alone."""
    rules = answer["access"]["ufw"]["rules"]
    rules[:] = [r for r in rules if not (r["v6"] and r["to"].startswith("443"))]


def closed_port(port: str) -> Change:
    """No rule opens a port."""

    def change(answer: Answer) -> None:
        rules = answer["access"]["ufw"]["rules"]
        rules[:] = [r for r in rules if not r["to"].startswith(port)]

    return change


def extra_user(**words: Any) -> Change:
    """Another interactive user."""

    def change(answer: Answer) -> None:
        user = {"name": "intern", "sudo": False, "all_without_password": False, "root_groups": []}
        answer["access"]["sudo"]["users"].append({**user, **words})

    return change


def tag_moved(answer: Answer) -> None:
    """The version's tag points at a newer image than the one that runs."""
    for tag in answer["engine"]["tags"]:
        if "rust-core-engine" in tag["tag"] and "-old" not in tag["image_id"]:
            tag["image_id"] += "-rebuilt"


def limit_elsewhere(answer: Answer) -> None:
    """The limit for log-in lies on a path that log-in does not use."""
    answer["access"]["edge"]["servers"][0]["locations"] = [
        {"kind": "", "path": "/", "limited": False},
        {"kind": "", "path": "/api/", "limited": True},
        {"kind": "", "path": "/api/auth/", "limited": False},
        {"kind": "=", "path": "/api/login", "limited": True},
    ]


def limit_of_another_name(answer: Answer) -> None:
    """The limits stand in the server of another name, that of the API has none."""
    (own, *others) = answer["access"]["edge"]["servers"]
    bare = [{**each, "limited": False} for each in own["locations"]]
    answer["access"]["edge"]["servers"] = [
        {**own, "names": ["staging.example.com"]},
        {**own, "locations": bare},
        *others,
    ]


BUILD_ENV = ("INFRA-ENV-01", "INFRA-BUILD-06")
NO_ENV = (
    *(f"INFRA-ENV-{n:02d}" for n in (1, 2, 3, 4, 5, 6, 7, 8, 9, 11, 12, 13, 14)),
    "INFRA-BUILD-04", "INFRA-BUILD-05", "INFRA-BUILD-06", "SEC-SECRET-07",
)  # fmt: skip
GONE = {"what": "the deployed .env", "why": "/opt/bot-core/.env: No such file or directory"}
NO_GIT = {"what": "the git work tree", "why": "git ended with 128: fatal: not a git repository"}
PAIR = {
    "certificate": "/etc/ssl/bot/cert.pem", "key": "/etc/ssl/bot/key.pem", "certificate_there": True, "key_there": True,
    "key_mode": "600", "key_owner": "root", "belong": True,
}  # fmt: skip
DATABASE = {
    "name": "DATABASE_URL", "parses": True, "database": "bot_core", "has_credentials": True, "local": False, "options": [],
}  # fmt: skip
OTHER = "0123456789abcdef0123456789abcdef01234567"

ROWS: tuple[tuple[str, str, tuple[str, ...], Change], ...] = (
    ("env-name-missing", "JWT_SECRET is missing from .env", BUILD_ENV, put(f"{ENV}.missing", ["JWT_EXPIRY"])),
    ("env-mode-644", ".env is readable by all", ("INFRA-ENV-01",), put(f"{ENV}.mode", "644")),
    ("env-placeholder", "change-me was left in .env", ("INFRA-ENV-01",), put(f"{ENV}.placeholders", ["MAIL_PASSWORD"])),
    ("env-of-root", ".env belongs to root", ("INFRA-ENV-01",), put(f"{ENV}.owner", "root")),
    ("env-crlf", ".env has CRLF line ends", ("INFRA-ENV-01",), put(f"{ENV}.carriage_returns", True)),
    ("env-gone", "there is no .env", NO_ENV, put(ENV, GONE)),
    ("node-env-development", "NODE_ENV is development in .env", ("INFRA-ENV-02",), setting("NODE_ENV", "development")),
    ("node-env-development-inside", "the dashboard's container runs in development", ("INFRA-ENV-02",),
     container("nextjs-ui-dashboard", "settings", {"NODE_ENV": "development"})),
    ("log-level-debug", "LOG_LEVEL is debug", ("INFRA-ENV-03",), setting("LOG_LEVEL", "debug")),
    ("rust-log-trace", "a module logs at trace", ("INFRA-ENV-04",), setting("RUST_LOG", "info,hyper=trace")),
    ("log-level-debug-inside", "compose gives the AI service another level than .env", ("INFRA-ENV-03",),
     container("python-ai-service", "settings", {"NODE_ENV": "production", "LOG_LEVEL": "debug"})),
    ("rust-log-trace-inside", "compose gives the engine other directives than .env", ("INFRA-ENV-04",),
     container("rust-core-engine", "settings", {"NODE_ENV": "production", "RUST_LOG": "info,hyper=trace"})),
    ("binance-key-empty", "the Binance key is empty", ("INFRA-ENV-05",),
     secret("BINANCE_API_KEY", length="empty", right_shape=False)),
    ("openai-key-placeholder", "the OpenAI key is your_api_key", ("INFRA-ENV-05",),
     secret("OPENAI_API_KEY", placeholder=True)),
    ("database-url-without-credentials", "the connection string has no user", ("INFRA-ENV-06",),
     put(f"{ENV}.databases", [{**DATABASE, "has_credentials": False}])),
    ("database-url-elsewhere", "the connection string names trading_bot", ("INFRA-ENV-06",),
     put(f"{ENV}.databases", [{**DATABASE, "database": "trading_bot"}])),
    ("database-url-localhost", "the connection string points at localhost", ("INFRA-ENV-06",),
     put(f"{ENV}.databases", [{**DATABASE, "local": True}])),
    ("testnet-in-env", "BINANCE_TESTNET is true", ("INFRA-ENV-07",), setting("BINANCE_TESTNET", "true")),
    ("trading-in-env", "TRADING_ENABLED is true", ("INFRA-ENV-08",), setting("TRADING_ENABLED", "true")),
    ("token-short", "a token has 12 random bytes", ("INFRA-ENV-09",), secret("JWT_SECRET", random_bytes=12)),
    ("token-repeated", "two tokens are the same", ("INFRA-ENV-09",),
     secret("RUST_API_KEY", same_as=["PYTHON_API_KEY"])),
    ("token-committed", "a token is in the repository's history", ("INFRA-ENV-09",),
     put(f"{ENV}.committed", ["INTER_SERVICE_TOKEN"])),
    ("no-memory-limit", "redis has no memory limit", ("INFRA-ENV-10",), container("redis", "memory_limit_bytes", 0)),
    ("limits-beyond-ram", "the limits add up to more than there is", ("INFRA-ENV-10",),
     container("python-ai-service", "memory_limit_bytes", 64 * 1024**3)),
    ("cors-localhost", "localhost is an allowed origin", ("INFRA-ENV-11",),
     setting("CORS_ALLOWED_ORIGINS", "http://localhost:3000")),
    ("cors-any", "any origin is allowed", ("INFRA-ENV-11",), setting("CORS_ALLOWED_ORIGINS", "*")),
    ("key-of-another-certificate", "key and certificate don't belong together", ("INFRA-ENV-12",),
     put(f"{ENV}.pair", {**PAIR, "belong": False})),
    ("key-readable", "the key is readable by all", ("INFRA-ENV-12",), put(f"{ENV}.pair", {**PAIR, "key_mode": "644"})),
    ("monitoring-key-placeholder", "the monitoring key was never filled in", ("INFRA-ENV-13",),
     secret("MONITORING_API_KEY", placeholder=True)),
    ("sentry-dsn-malformed", "the Sentry DSN is none", ("INFRA-ENV-14",), secret("SENTRY_DSN", right_shape=False)),
    ("config-toml-broken", "config.toml has a syntax error", ("INFRA-CONF-01",), config("engine", "leverage = = 3")),
    ("config-toml-stray-key", "config.toml has a key that the template lacks", ("INFRA-CONF-01",),
     config("engine", "[tradng]\nenabled = true")),
    ("config-toml-clear-secret", "config.toml has a key in clear", ("INFRA-CONF-01",),
     put("deployment.configs.engine.clear_secrets", ["secret_key"])),
    ("config-yaml-broken", "config.yaml has a syntax error", ("INFRA-CONF-02",), config("ai", "server: [")),
    ("config-yaml-stray-key", "config.yaml has a key that the template lacks", ("INFRA-CONF-02",),
     config("ai", "debug: true")),
    ("config-yaml-placeholder", "config.yaml has a placeholder", ("INFRA-CONF-02",),
     put("deployment.configs.ai.placeholders", ["key"])),
    ("variable-unset", "compose needs a variable that is not set", ("INFRA-CONF-03", "INFRA-BUILD-06"),
     put("engine.compose.unset", ["RABBITMQ_PASSWORD"])),
    ("compose-latest", "the AI service is planned by its latest tag", ("INFRA-CONF-03",),
     planned("python-ai-service", "image", "registry.example.com/bot-core/python-ai-service:latest")),
    ("compose-publishes-mongodb", "compose publishes 27017", ("INFRA-CONF-03",),
     planned("mongodb", "published_databases", [":27017"])),
    ("compose-mounts-source", "the engine's source code is mounted", ("INFRA-CONF-03",),
     planned("rust-core-engine", "source_mounts", ["/opt/bot-core/rust-core-engine"])),
    ("depends-without-health", "the AI service waits for the engine's start only", ("INFRA-CONF-04",),
     planned("python-ai-service", "depends_on", {"rust-core-engine": "service_started"})),
    ("planned-without-healthcheck", "redis is waited for and has no health check", ("INFRA-CONF-04", "INFRA-HEALTH-05", "INFRA-GATE-01"),
     both(planned("redis", "has_healthcheck", False), container("redis", "healthcheck", "there is no health check"))),
    ("depends-in-a-circle", "engine and AI service wait for each other", ("INFRA-CONF-04",),
     planned("rust-core-engine", "depends_on", {"python-ai-service": "service_healthy"})),
    ("not-a-work-tree", "the deployed directory was copied, not cloned",
     ("INFRA-BUILD-01", "INFRA-BUILD-02", "INFRA-BUILD-03"), put("deployment.git", NO_GIT)),
    ("work-tree-dirty", "a file was edited on the server", ("INFRA-BUILD-02",),
     put("deployment.git.changed", ["docker-compose.yml"])),
    ("work-tree-elsewhere", "another commit is checked out", ("INFRA-BUILD-02", "INFRA-BUILD-03"),
     both(put("deployment.git.commit", OTHER), put("deployment.git.tags", []))),
    ("secret-of-the-example", "a secret has the example's value", ("INFRA-BUILD-05",),
     secret("DASHBOARD_SESSION_SECRET", as_example=True)),
    ("image-of-another-commit", "the dashboard's image is of another commit", ("INFRA-BUILD-07",),
     container("nextjs-ui-dashboard", "revision", OTHER)),
    ("image-doubled", "the AI service's image is twice the last release's", ("INFRA-BUILD-09",),
     container("python-ai-service", "image_bytes", 700_000_000)),
    ("image-2-gib", "an image is 2 GiB", ("INFRA-BUILD-09",),
     container("python-ai-service", "image_bytes", 2 * 1024**3)),
    ("runs-older-image", "the tag was built anew, the container was not recreated", ("INFRA-BUILD-10",), tag_moved),
    ("runs-latest", "a container runs latest", ("INFRA-BUILD-10",),
     container("rabbitmq", "image", "registry.example.com/bot-core/rabbitmq:latest")),
    ("password-short", "the database password has 15 characters", ("SEC-SECRET-07",),
     secret("the password in DATABASE_URL", length="1 to 15", classes=3)),
    ("password-common", "Redis' password is in the common list", ("SEC-SECRET-07",),
     secret("REDIS_PASSWORD", common=True)),
    ("ssh-keys-refused", "a Match block turns keys off", ("SEC-ACCESS-01",), views("deploy", public_key=False)),
    ("ssh-match-passwords", "a Match block allows passwords", ("SEC-ACCESS-02",), views("deploy", password=True)),
    ("ssh-keyboard-alone", "keyboard-interactive is enough", ("SEC-ACCESS-02",),
     views("nobody-of-that-name", keyboard=True, methods="any")),
    ("ssh-root-prohibit-password", "root may log in by key", ("SEC-ACCESS-03",),
     views("root", root="prohibit-password")),
    ("sudo-intern", "an extra user in sudoers.d", ("SEC-ACCESS-04",), extra_user(sudo=True, all_without_password=True)),
    ("docker-group-intern", "an extra member of group docker", ("SEC-ACCESS-04",), extra_user(root_groups=["docker"])),
    ("sudoers-broken", "sudoers does not parse", ("SEC-ACCESS-04",), put("access.sudo.valid", False)),
    ("ssh-on-22-too", "sshd listens on port 22 too", ("SEC-ACCESS-05",), put("access.sshd.ports", [22, 2222])),
    ("second-factor-optional", "PAM's second factor is optional", ("SEC-ACCESS-06",),
     put("access.sshd.second_factor", False)),
    ("one-factor", "a key alone is enough", ("SEC-ACCESS-06",), views("deploy", methods="publickey")),
    ("ufw-inactive", "ufw is inactive", ("SEC-FIREWALL-01",), put("access.ufw.active", False)),
    ("ufw-allows-by-default", "ufw allows by default", ("SEC-FIREWALL-01",), put("access.ufw.incoming", "allow")),
    ("ufw-blind-for-ipv6", "ufw leaves IPv6 open", ("SEC-FIREWALL-01",), put("access.ufw.guards_v6", False)),
    ("ufw-443-ipv4-only", "443 is opened for IPv4 only", ("SEC-FIREWALL-04",), no_v6_rule),
    ("ufw-ssh-closed", "no rule opens sshd's port", ("SEC-FIREWALL-02",), closed_port("2222")),
    ("ufw-80-closed", "no rule opens port 80", ("SEC-FIREWALL-03",), closed_port("80")),
    ("limit-on-another-path", "the limit lies on /api/login, log-in on /api/auth/login", ("SEC-FIREWALL-06",),
     limit_elsewhere),
    ("limit-of-another-name", "only the staging name's server has the limits", ("SEC-FIREWALL-06",), limit_of_another_name),
    ("no-limit-zone", "the edge has no limit zone", ("SEC-FIREWALL-06",), put("access.edge.zones", [])),
    ("no-syn-cookies", "SYN cookies are off", ("SEC-FIREWALL-07",), put("access.syn_cookies", False)),
    ("no-connection-limit", "the edge limits no connections", ("SEC-FIREWALL-07",),
     put("access.edge.connection_limits", False)),
    ("ban-10-s", "a ban lasts 10 s", ("SEC-FIREWALL-08",), put("access.jail.ban_time_s", 10.0)),
    ("ban-after-20", "20 tries are borne", ("SEC-FIREWALL-08",), put("access.jail.max_retry", 20)),
    ("ban-action-missing", "the ban's action is not installed", ("SEC-FIREWALL-08",), put("access.jail.ready", False)),
)  # fmt: skip
