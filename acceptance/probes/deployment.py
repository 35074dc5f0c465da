"""What is deployed: the .env by verdicts, the git work tree, the services' own configuration. No value of a secret."""

from __future__ import annotations

from acceptance.facts import Unseen, facts


@facts
class DatabaseUrl:
    """A connection string, as much of it as may be told."""

    name: str
    parses: bool
    database: str
    has_credentials: bool
    local: bool
    options: tuple[str, ...]


@facts
class Secret:
    """A verdict on one secret. `same_as` are other names with its value here, `elsewhere` those of other targets."""

    name: str
    length: str
    classes: int
    random_bytes: int
    placeholder: bool
    common: bool
    as_example: bool
    same_as: tuple[str, ...]
    right_shape: bool
    elsewhere: tuple[str, ...] = ()


@facts
class Pair:
    """The certificate and the key that the .env names."""

    certificate: str
    key: str
    certificate_there: bool
    key_there: bool
    key_mode: str
    key_owner: str
    belong: bool


@facts
class EnvFile:
    """The deployed .env. `settings` are open ones; `committed` are names whose values the repository's history holds."""

    path: str
    mode: str
    owner: str
    carriage_returns: bool
    names: tuple[str, ...]
    missing: tuple[str, ...] | Unseen
    placeholders: tuple[str, ...]
    settings: dict[str, str]
    databases: tuple[DatabaseUrl, ...]
    secrets: tuple[Secret, ...]
    committed: tuple[str, ...] | Unseen
    pair: Pair | Unseen

    def secret(self, name: str) -> Secret | None:
        """The verdict on a secret; None where the file does not have it."""
        return next((s for s in self.secrets if s.name == name), None)


@facts
class Git:
    """The work tree."""

    commit: str
    tags: tuple[str, ...]
    changed: tuple[str, ...]


@facts
class Config:
    """A service's own file. `problem` is the parser's word; "" when it parses."""

    path: str
    problem: str
    missing: tuple[str, ...]
    stray: tuple[str, ...]
    has_template: bool
    placeholders: tuple[str, ...]
    clear_secrets: tuple[str, ...]


@facts
class Deployment:
    """The deployed directory of one host."""

    env: EnvFile | Unseen
    git: Git | Unseen
    configs: dict[str, Config | Unseen]
