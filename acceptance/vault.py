"""Reads secrets out of the target's vault. Values stay in memory, and never go into facts or onto disk."""

from __future__ import annotations

import json
import time
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING

from acceptance.facts import ProbeError
from acceptance.tables.vault import Vault as Table
from acceptance.visit import Visit

if TYPE_CHECKING:
    from acceptance.target import Target

PATIENCE_S = 10.0  # for a secret of the suite's own


@dataclass(frozen=True)
class Secret:
    """What lies under a path; `changed` is when its current version was made."""

    values: dict[str, str]
    changed: datetime

    def __repr__(self) -> str:
        return f"secret with {len(self.values)} keys of {self.changed:%Y-%m-%d}"


def read(target: Target, reference: str) -> str:
    """The value behind `vault:PATH#KEY` of the suite's own credentials. ProbeError names what is missing."""
    table = target.vault
    if table is None:
        raise ProbeError(f"secret {reference}", "the target grants no [vault] to read it from")
    if table.credential and target.credentials[table.credential].secret.startswith("vault:"):
        raise ProbeError(f"secret {reference}", f"the vault's own credential {table.credential} can't lie in the vault")
    path, _, key = reference.removeprefix("vault:").partition("#")
    found = _kept(_ByIdentity(target, table), path)
    if found is None:
        raise ProbeError(f"secret {reference}", "the vault has nothing at this path")
    if key not in found.values:
        raise ProbeError(f"secret {reference}", f"no such key there; there are {len(found.values)}")
    return found.values[key]


def fetch(visit: Visit, table: Table, path: str, repeated: list[str]) -> Secret | None:
    """The secret under a path, None when there is none. ProbeError when that can't be seen.

    `repeated` is added what had to be asked again.
    """
    ask = _hashicorp if table.kind == "hashicorp" else _aws
    return ask(visit, table, path, repeated)


@dataclass(frozen=True, eq=False)
class _ByIdentity:
    """A target as a key of the cache: one process has one."""

    target: Target
    table: Table

    def __hash__(self) -> int:
        return hash((self.target.name, self.table.url))

    def __eq__(self, other: object) -> bool:
        return isinstance(other, _ByIdentity) and self.table == other.table and self.target.name == other.target.name


@cache
def _kept(where: _ByIdentity, path: str) -> Secret | None:
    nowhere = Path()
    ends = time.monotonic() + PATIENCE_S
    visit = Visit(where.target, datetime.now(UTC), nowhere, nowhere, nowhere, "acceptance", ends)
    return fetch(visit, where.table, path, [])


def _hashicorp(visit: Visit, table: Table, path: str, repeated: list[str]) -> Secret | None:
    from acceptance import asking, web

    with web.client(visit) as using:
        token = {"X-Vault-Token": visit.secret(table.credential)}
        api = asking.Api("Vault", visit, using, table.url.rstrip("/"), token)
        response = api.ask("GET", f"/v1/{table.mount}/data/{path}")
        repeated += api.evidence()
    what = f"Vault {table.mount}/{path}"
    document = web.as_json(response)
    # a deleted version answers 404 with metadata; both mean that nothing can be read there
    if response.status_code == 404:
        return None
    if not response.is_success:
        sealed = " (sealed or standby)" if response.status_code == 503 else ""
        raise ProbeError(what, asking.refusal(response) + sealed)
    try:
        data = document["data"]
        values = {str(key): str(value) for key, value in data["data"].items()}
        return Secret(values, datetime.fromisoformat(data["metadata"]["created_time"]))
    except (KeyError, TypeError, ValueError, AttributeError):
        raise ProbeError(what, f"no KV version 2 answer; is {table.mount} the mount?") from None


def _aws(visit: Visit, table: Table, path: str, repeated: list[str]) -> Secret | None:
    from acceptance import asking
    from acceptance.aws import Aws, Refusal

    aws = Aws(visit, region=table.region, endpoint=table.url, access_key=table.credential)
    try:
        found = aws.ask("secretsmanager", "get_secret_value", SecretId=path)
    except Refusal as problem:
        if problem.code.startswith(("ResourceNotFound", "InvalidRequest")):  # the latter: marked for deletion
            return None
        raise
    finally:
        repeated += aws.evidence()
    value = found.get("SecretString", "")
    try:
        values = json.loads(value)
    except (ValueError, RecursionError):
        values = None
    if not isinstance(values, dict):
        values = {"": value}
    # the version's own date: the secret's LastChangedDate moves with its description and tags, too
    with asking.reading(f"secret {path}"):
        return Secret({str(key): str(each) for key, each in values.items()}, found["CreatedDate"])
