"""The hosts, the compose project on them, and the services that are asked in their own protocols."""

from __future__ import annotations

from ipaddress import IPv4Network, IPv6Network
from typing import Literal

from pydantic import Field, model_validator

from acceptance.tables import Table


class Host(Table):
    """One host: how it is reached, and what is expected of it. Exactly one of ssh, container, command, local."""

    ssh: str = ""  # a name of the user's own OpenSSH configuration, or user@host
    ssh_config: str = ""  # another configuration file for the client
    container: str = ""  # `docker exec` on the machine that the suite runs on
    command: tuple[str, ...] = ()  # runs Python on the host: it is given the script on standard input
    local: bool = False
    jump: tuple[IPv4Network | IPv6Network, ...] = ()  # of the jump host or VPN by which alone the host is entered

    name: str = ""  # the expected static host name
    data_dir: str = "/var/lib/docker"
    volume_type: str = ""  # the provider's name of the volume, where the disk is virtual: gp3, pd-ssd …
    equivalents: tuple[str, ...] = ()  # "debian 12": taken for Ubuntu 22.04 LTS while in support
    agents: tuple[str, ...] = ()  # units of the monitoring agents
    backup_tool: str = ""
    acme_client: str = "certbot"
    docker: bool = True
    deploy_user: str = "deploy"
    sudo_for: tuple[str, ...] = ()  # other users who may sudo

    @model_validator(mode="after")
    def _one_way(self) -> Host:
        if sum(map(bool, (self.ssh, self.container, self.command, self.local))) != 1:
            raise ValueError(
                'name exactly one way to reach it: ssh = "…", container = "…", command = [ … ] or local = true'
            )
        if self.ssh.startswith("-"):
            raise ValueError("ssh must be a host, not an option")
        return self


class Compose(Table):
    """The deployed compose project, the same on every host that runs Docker."""

    project: str = ""
    deploy_dir: str = "/opt/bot-core"
    files: tuple[str, ...] = ("docker-compose.yml",)
    profile: str = "prod"
    env_file: str = ".env"
    env_example: str = ".env.example"
    tokens: tuple[str, ...] = (
        "INTER_SERVICE_TOKEN", "RUST_API_KEY", "PYTHON_API_KEY", "JWT_SECRET", "DASHBOARD_SESSION_SECRET",
    )  # fmt: skip
    monitoring: tuple[str, ...] = ("GRAFANA_PASSWORD", "MONITORING_API_KEY")
    external: tuple[str, ...] = ("SENTRY_DSN",)  # credentials of external services that the target uses
    engine_config: str = "rust-core-engine/config.toml"
    engine_template: str = "rust-core-engine/config.example.toml"
    ai_config: str = "python-ai-service/config.yaml"
    ai_template: str = "python-ai-service/config.example.yaml"
    edge_container: str = ""  # the container in which nginx is the edge; "" for nginx on the host
    log_allow: dict[str, str] = {}  # pattern of lines that are known -> the reason why they may be there
    audit: str = ""  # pattern of the lines that a log-in leaves
    reaches: dict[str, tuple[str, ...]] = {}  # service -> "name:port" that it must reach, inside and outside
    cache_mb: dict[str, float] = {}  # a store's container -> what its cache may fill before its growth counts as a leak
    window_s: float = Field(default=60.0, ge=0.5, le=300.0)  # resource usage is averaged over this


class Service(Table):
    """One service, asked in its own protocol: from a host, or by the suite itself where no host is named."""

    kind: Literal["http", "mongo", "redis", "amqp"]
    address: str  # "127.0.0.1:8080"; with a container the address is the container's own and only the port counts
    host: str = ""
    container: str = ""  # its container, where compose calls the service otherwise, or no port of it is published
    tls: bool = False
    path: str = "/health"
    password: str = ""  # a variable of the deployed .env; without a host the name of a credential
    report_path: str = ""
    reports: dict[str, str] = {}  # what it reports of its own mode: name -> dotted place in the answer at report_path
