"""What is configured on every host: the deployed directory, and who gets in. One connection a host."""

from __future__ import annotations

import json
import re
import secrets
from collections.abc import Callable, Iterable
from typing import Any, TypeVar

from acceptance.facts import ProbeError, Unseen, dump, facts
from acceptance.foreign import yaml_of
from acceptance.probes.access import Access
from acceptance.probes.deployment import Config, Deployment
from acceptance.probes.each_host import answer_of, by_part, held_against, of_each
from acceptance.visit import Visit

T = TypeVar("T")


@facts
class Configured:
    """One host. `deployment` is None where the target says that it runs no Docker."""

    name: str
    deploy_user: str
    sudo_for: tuple[str, ...]
    deployment: Deployment | Unseen | None
    access: Access | Unseen


@facts
class Configuration:
    """Every host of the target, and what the target says of the deployed configuration."""

    hosts: tuple[Configured, ...]
    tokens: tuple[str, ...]
    monitoring: tuple[str, ...]
    external: tuple[str, ...]
    domains: tuple[str, ...]
    paths: tuple[str, ...]  # of the API's operations
    api: tuple[str, int] = ("", 443)  # name and port at which they are asked for
    shielded: bool | Unseen = False  # whether the CDN's ranges own every public address

    def __repr__(self) -> str:
        return f"configuration of {', '.join(h.name for h in self.hosts)}"[:200]

    def looked(self) -> str:
        names = sum(
            len(h.deployment.env.names)
            for h in self.hosts
            if isinstance(h.deployment, Deployment) and not isinstance(h.deployment.env, Unseen)
        )
        return f"collector on {', '.join(h.name for h in self.hosts)}: {names} variables judged there, and access"

    def judged(self, part: str, find: Callable[[Configured, T], Iterable[str | Unseen]]) -> tuple[str, ...]:
        """What `find` holds against that part of each host, each named by its host; wrong beats unseen."""
        return held_against(self.hosts, part, find)


def look(visit: Visit) -> Configuration:
    """Ask all hosts at once."""
    from urllib.parse import urlsplit

    from acceptance.tables.hosts import Compose

    key = print_key(visit)
    found = tuple(of_each(visit.target.hosts, lambda name: look_at(visit, name, key)).values())
    compose, urls = visit.target.compose or Compose(), visit.target.urls
    domains = {urlsplit(url).netloc for url in (urls.base, urls.api, urls.dashboard)}
    prefix = urlsplit(urls.api).path.rstrip("/")
    paths = {prefix + re.sub(r"\{[^}]*\}", "x", operation.path) for operation in visit.target.operations.values()}
    return Configuration(
        found, compose.tokens, compose.monitoring, compose.external, tuple(sorted(domains)), tuple(sorted(paths)),
        (urlsplit(urls.api).hostname or "", urlsplit(urls.api).port or 443), is_shielded(visit),
    )  # fmt: skip


def is_shielded(visit: Visit) -> bool | Unseen:
    """Whether every public address lies in the ranges of the shield that the target names in [cdn]."""
    import ipaddress
    from urllib.parse import urlsplit

    from acceptance import web

    ranges = [
        ipaddress.ip_network(each, strict=False) for each in (visit.target.cdn.ranges if visit.target.cdn else ())
    ]
    if not ranges:
        return False
    names = {urlsplit(url).hostname or "" for url in (visit.target.urls.base, visit.target.urls.api)}
    try:
        held = [ipaddress.ip_address(address) for name in names for address in web.addresses(visit, name)]
    except (ProbeError, OSError) as problem:
        return Unseen("the public addresses", str(problem)[:200])
    return bool(held) and all(any(address in each for each in ranges) for address in held)


def look_at(visit: Visit, name: str, key: str) -> Configured:
    """One host; a host that can't be asked is Unseen in every part."""
    host = visit.target.hosts[name]
    sections = ("deployment", "access") if host.docker else ("access",)

    def read(text: str) -> Answer:
        raw = json.loads(text)
        deployment = raw.get("deployment")
        if host.docker and isinstance(deployment, dict) and "why" not in deployment:
            compare_prints(visit, name, deployment.get("env"))
            deployment["configs"] = {k: parsed(v) for k, v in deployment.get("configs", {}).items()}
        return by_part(Answer, json.dumps(raw))

    asked = answer_of(visit, name, sections, read, print_key=key)
    answer = Answer(asked, asked if host.docker else None) if isinstance(asked, Unseen) else asked
    return Configured(name, host.deploy_user, host.sudo_for, answer.deployment, answer.access)


@facts
class Answer:
    """What the collector prints for the sections of this probe, its configuration files parsed here."""

    access: Access | Unseen
    deployment: Deployment | Unseen | None = None


def parsed(raw: dict[str, Any]) -> dict[str, Any]:
    """A masked configuration file judged by its parser, and by the keys of its template."""
    if "text" not in raw:
        return raw
    kind = "yaml" if raw["path"].endswith((".yaml", ".yml")) else "toml"
    problem, keys = keys_of(raw["text"], kind)
    _, wanted = keys_of(raw["template"], kind)
    made = Config(
        raw["path"], problem, tuple(sorted(wanted - keys)), tuple(sorted(keys - wanted)) if wanted else (), bool(wanted),
        tuple(raw["placeholders"]), tuple(raw["clear_secrets"]),
    )  # fmt: skip
    result: dict[str, Any] = json.loads(dump(made))
    return result


def keys_of(text: str, kind: str) -> tuple[str, set[str]]:
    """The parser's complaint ("" for none), and every key by its dotted place."""
    import tomllib

    try:
        document = tomllib.loads(text) if kind == "toml" else yaml_of(text)
    except (ValueError, RecursionError) as problem:
        return " ".join(str(problem).split())[:200], set()
    found: set[str] = set()

    def walk(node: Any, place: str) -> None:
        for key, value in node.items() if isinstance(node, dict) else ():
            found.add(f"{place}{key}")
            walk(value, f"{place}{key}.")

    walk(document, "")
    return "", found


def print_key(visit: Visit) -> str:
    """The key under which secrets are compared between targets; it stays in the state folder."""
    path = visit.state.parent / "secret-prints.key"
    try:
        with path.open("x", encoding="ascii") as out:
            path.chmod(0o600)
            out.write(secrets.token_hex(32))
    except FileExistsError:
        pass
    return path.read_text(encoding="ascii")


def compare_prints(visit: Visit, host: str, env: Any) -> None:
    """Take the keyed prints out of the answer, name equal ones of other targets, and keep ours for their runs."""
    if not isinstance(env, dict) or "secrets" not in env:
        return
    known: dict[str, list[str]] = {}
    for path in visit.state.parent.glob("*/secret-prints-*.json"):
        if path.parent != visit.state:
            for name, value in json.loads(path.read_text(encoding="ascii")).items():
                known.setdefault(value, []).append(f"{path.parent.name}'s {name}")
    own: dict[str, str] = {}
    for secret in env["secrets"]:
        value = str(secret.pop("print", ""))
        secret["elsewhere"] = sorted(known.get(value, []))[:5] if value else []
        if value:
            own[str(secret["name"])] = value
    (visit.state / f"secret-prints-{host}.json").write_text(json.dumps(own), encoding="ascii")
