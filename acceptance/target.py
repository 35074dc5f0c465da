"""The target: what is looked at, what is granted, what is allowed. Read strictly from target.toml."""

from __future__ import annotations

import json
import os
import tomllib
from pathlib import Path
from typing import Any

from pydantic import PrivateAttr, ValidationError, field_validator

from acceptance.facts import ProbeError
from acceptance.tables import Table
from acceptance.tables.backup import Backup
from acceptance.tables.browser import Browser
from acceptance.tables.ci import Ci
from acceptance.tables.cloud import Balancer, Cdn, Cloud
from acceptance.tables.edge import Edge
from acceptance.tables.hosts import Compose, Host, Service
from acceptance.tables.load import Load
from acceptance.tables.maintenance import Maintenance
from acceptance.tables.mongo import Mongo
from acceptance.tables.monitoring import AccessLog, Alertmanager, Grafana, Prometheus
from acceptance.tables.net import Dns, Ports
from acceptance.tables.records import Records
from acceptance.tables.registry import Registry
from acceptance.tables.repo import Repo
from acceptance.tables.rollback import Rollback
from acceptance.tables.upstream import DefaultLogin, Upstream
from acceptance.tables.vault import Vault
from acceptance.tables.web import Allow, Credential, Limits, Operation, Trust, Urls
from acceptance.tables.websocket import Websocket
from acceptance.tables.witnesses import Witnesses
from acceptance.words import line_of

FOLDER = Path("targets")
FEATURES = (
    "cloud", "loadbalancer", "autoscaling", "reverse_dns", "letsencrypt", "external_monitoring", "live_exchange",
    "external_services", "custom_ssh_port", "mfa", "encryption_at_rest", "audit", "maintenance_page", "mongo_container",
    "redis", "rabbitmq", "migrations", "seed_data", "registration", "uploads",
)  # fmt: skip
RELEASE_FEATURES = ("first_start", "deployed", "rolled_back")  # the release file answers these


class TargetError(ValueError):
    """A target that can't be used. One sentence: file, line, key, and what to do."""


class Feature(Table):
    """An absent feature carries the reason why its items don't apply."""

    present: bool
    reason: str = ""


class Target(Table):
    """A table that is absent is no grant: the items whose probes need it are PENDING."""

    name: str
    doubles: tuple[str, ...] = ()  # parts that stand in for real ones; the record says so
    urls: Urls
    resolve: dict[str, tuple[str, ...]] = {}
    trust: Trust = Trust()
    operations: dict[str, Operation] = {}
    credentials: dict[str, Credential] = {}
    features: dict[str, bool | str] = {}
    allow: Allow = Allow()
    limits: Limits = Limits()
    websocket: Websocket = Websocket()
    edge: Edge | None = None
    upstreams: dict[str, Upstream] | None = None
    defaults: dict[str, DefaultLogin] | None = None
    hosts: dict[str, Host] = {}
    compose: Compose | None = None
    services: dict[str, Service] = {}
    ports: Ports | None = None
    dns: Dns | None = None
    load: Load | None = None
    rollback: Rollback | None = None
    prometheus: Prometheus | None = None
    grafana: Grafana | None = None
    alertmanager: Alertmanager | None = None
    access_log: AccessLog | None = None
    browser: Browser | None = None
    registry: Registry | None = None
    vault: Vault | None = None
    ci: Ci | None = None
    cloud: Cloud | None = None
    cdn: Cdn | None = None
    balancer: Balancer | None = None
    mongo: Mongo | None = None
    witnesses: Witnesses | None = None
    repo: Repo | None = None
    maintenance: Maintenance | None = None
    backup: Backup | None = None
    records: Records | None = None

    _folder: Path = PrivateAttr(default=Path())

    @field_validator("features")
    @classmethod
    def _known(cls, value: dict[str, bool | str]) -> dict[str, bool | str]:
        for name, answer in value.items():
            if name in RELEASE_FEATURES:
                raise ValueError(f"{name} is answered by the release file, not by the target")
            if name not in FEATURES:
                raise ValueError(f"unknown feature {name}; valid: {', '.join(FEATURES)}")
            if answer is False or answer == "":
                raise ValueError(f'{name}: an absent feature is written as its reason: {name} = "why it is absent"')
        return value

    @property
    def public(self) -> str:
        """All that the target says of itself: its secrets stand in it by name only."""
        return self.model_dump_json()

    def feature(self, name: str) -> Feature:
        """Whether a feature is there; one that the target leaves out is taken to be there."""
        answer = self.features.get(name, True)
        return Feature(present=answer is True, reason="" if answer is True else str(answer))

    def grants(self, access: str) -> bool:
        """Whether the table that a probe needs is there ("" is always granted)."""
        return not access or bool(getattr(self, access))

    def secret(self, name: str) -> str:
        """The secret of `[credentials.NAME]`; ProbeError names what is missing, never a value."""
        if name not in self.credentials:
            raise ProbeError(f"credential {name}", f"targets/{self.name} has no [credentials.{name}]")
        reference = self.credentials[name].secret
        if reference.startswith("vault:"):
            from acceptance import vault

            return vault.read(self, reference)
        return resolve_secret(reference, self._folder)


def resolve_secret(reference: str, folder: Path = Path()) -> str:
    """The value behind `env:NAME` or `file:PATH` (relative to the target's folder)."""
    kind, _, name = reference.partition(":")
    if kind == "env":
        if not (value := os.environ.get(name, "")):
            raise ProbeError(f"secret {reference}", f"the environment variable {name} is not set")
        return value
    if kind == "file":
        try:
            return (folder / name).read_text(encoding="utf-8").rstrip("\n")
        except (OSError, UnicodeDecodeError) as problem:
            raise ProbeError(f"secret {reference}", f"the file can't be read: {type(problem).__name__}") from None
    raise ProbeError(f"secret {reference}", "a name is env:NAME or file:PATH; vault:PATH#KEY only in [credentials]")


def find(name: str) -> Path:
    """The target.toml of a name below `targets/` or of a path; TargetError lists what there is."""
    path = Path(name)
    for candidate in (path, path / "target.toml", FOLDER / name / "target.toml"):
        if candidate.is_file():
            return candidate
    raise TargetError(f"there is no target {name!r}; valid: {', '.join(names())}, or a path to a target.toml")


def names() -> list[str]:
    """Targets that can be named."""
    return sorted({path.parent.name for path in FOLDER.glob("*/target.toml")} | {"sandbox"})


def read(path: Path) -> Target:
    """The target in a file; TargetError in one sentence with file, line and key."""
    try:
        source = path.read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError) as problem:
        raise TargetError(f"{path}: can't be read: {problem}; it must be a UTF-8 text file") from None
    try:
        data = tomllib.loads(source)
    except (ValueError, RecursionError) as problem:  # tomllib lets a number that is too long or a nest too deep through
        raise TargetError(f"{path}: not valid TOML: {problem}") from None
    try:
        # JSON mode: strict, and yet a TOML array is a tuple, a date a date, a word an enum
        target = Target.model_validate_json(json.dumps({"name": path.parent.name, **data}, default=str))
    except ValidationError as problem:
        raise TargetError(f"{path}{explain(problem, source)}") from None
    target._folder = path.parent
    return target


def explain(problem: ValidationError, source: str) -> str:
    """The first fault of a TOML document as ":LINE: key: what is wrong"."""
    error = problem.errors()[0]
    keys = [str(part) for part in error["loc"]]
    message = error["msg"].removeprefix("Value error, ")
    if error["type"] == "extra_forbidden":
        message = f"unknown key; valid here: {', '.join(_valid_keys(keys[:-1]))}"
    return f":{line_of(source, keys)}: {'.'.join(keys)}: {message}"


def _valid_keys(keys: list[str]) -> list[str]:
    model: Any = Target
    for key in keys:
        field = model.model_fields.get(key) if hasattr(model, "model_fields") else None
        inner = field.annotation if field else model
        model = next((a for a in (*getattr(inner, "__args__", ()), inner) if hasattr(a, "model_fields")), model)
    return sorted(model.model_fields)
