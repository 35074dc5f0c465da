"""Whether the listed secrets live in the vault, are young enough, and are what was deployed. No value is kept."""

from __future__ import annotations

import hashlib
import hmac
from dataclasses import field
from datetime import timedelta
from io import StringIO

from acceptance.facts import ProbeError, Unseen, facts, offenders
from acceptance.probes.api import AHEAD_S
from acceptance.visit import Visit

REFERENCES = ("vault:", "arn:aws:secretsmanager:", "{{resolve:secretsmanager:", "aws-sm://", "ref+vault://")


@facts
class Kept:
    """One secret. `deployed` is reference, same, other or absent."""

    name: str
    place: str
    days_old: float | None  # None: it is not in the vault
    deployed: str | Unseen

    def __repr__(self) -> str:
        age = "not in the vault" if self.days_old is None else f"{self.days_old:.0f} days old"
        return f"{self.name}: {age}, deployed: {self.deployed}"


@facts
class Vault:
    """The listed secrets."""

    source: str
    rotation_days: int
    secrets: tuple[Kept | Unseen, ...]
    repeated: tuple[str, ...] = field(default=())

    def __repr__(self) -> str:
        return f"{self.source} with {len(self.secrets)} listed secrets"

    def looked(self) -> str:
        """How many were looked for."""
        names = ", ".join(each.name for each in self.secrets if isinstance(each, Kept))
        again = f"; asked again: {', '.join(self.repeated)}" if self.repeated else ""
        return f"{self.source}: {names}; to be changed every {self.rotation_days} days{again}"[:300]

    def secrets_missing(self) -> tuple[Kept, ...]:
        """Secrets that are not in the vault."""
        return self._wrong([each for each in self._seen if each.days_old is None])

    def secrets_overdue(self) -> tuple[Kept, ...]:
        """Secrets older than the rotation period."""
        return self._wrong([each for each in self._seen if (each.days_old or 0) > self.rotation_days])

    def values_from_elsewhere(self) -> tuple[Kept, ...]:
        """Secrets whose deployed value is neither a reference nor the vault's."""
        unseen = [each.deployed for each in self._seen if isinstance(each.deployed, Unseen)]
        return self._wrong([each for each in self._seen if each.deployed in ("other", "absent")], unseen)

    @property
    def _seen(self) -> tuple[Kept, ...]:
        return tuple(each for each in self.secrets if isinstance(each, Kept))

    def _wrong(self, found: list[Kept], unseen: list[Unseen] | None = None) -> tuple[Kept, ...]:
        return offenders(found, [*(e for e in self.secrets if isinstance(e, Unseen)), *(unseen or ())])


def look(visit: Visit) -> Vault:
    """Read each listed secret, and compare it with what was deployed. ProbeError when none is listed."""
    from acceptance import vault

    table = visit.target.vault
    assert table
    if not table.secrets:
        raise ProbeError("secrets in the vault", "[vault] secrets names none")
    deployed = _deployed(visit, table.env_file)
    found: list[Kept | Unseen] = []
    repeated: list[str] = []
    known: dict[str, vault.Secret | Unseen | None] = {}
    for name, place in table.secrets.items():
        path, _, key = place.partition("#")
        if path not in known:
            try:
                known[path] = vault.fetch(visit, table, path, repeated)
            except ProbeError as problem:
                known[path] = Unseen(problem.what, problem.why)
        secret = known[path]
        if isinstance(secret, Unseen):
            found.append(secret)
        elif secret is None or not secret.values.get(key):
            found.append(Kept(name, place, None, _compared(name, None, deployed)))
        else:
            age = visit.now - secret.changed
            if age < -timedelta(seconds=AHEAD_S):
                found.append(Unseen(f"the age of {place}", "it was changed in the future: a clock is wrong"))
                continue
            found.append(Kept(name, place, age / timedelta(days=1), _compared(name, secret.values[key], deployed)))
    where = "HashiCorp Vault" if table.kind == "hashicorp" else f"AWS Secrets Manager {table.region}"
    return Vault(where, table.rotation_days, tuple(found), tuple(repeated[:20]))


def _deployed(visit: Visit, env_file: str) -> dict[str, str] | Unseen:
    if not env_file:
        return Unseen("the deployed .env", "[vault] env_file names none that can be read here")
    from dotenv import dotenv_values

    path = visit.target._folder / env_file
    if not path.is_file():
        return Unseen("the deployed .env", f"{path.name} can't be read here")
    try:
        source = path.read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError) as problem:
        return Unseen("the deployed .env", f"{path.name} can't be read here: {problem}"[:250])
    return {name: value or "" for name, value in dotenv_values(stream=StringIO(source), interpolate=False).items()}


def _compared(name: str, value: str | None, deployed: dict[str, str] | Unseen) -> str | Unseen:
    if isinstance(deployed, Unseen):
        return deployed
    there = deployed.get(name, "")
    if not there:
        return "absent"
    if there.startswith(REFERENCES):
        return "reference"
    return "same" if value is not None and hmac.compare_digest(_hash(there), _hash(value)) else "other"


def _hash(value: str) -> str:
    return hashlib.sha256(value.encode("utf-8", "surrogatepass")).hexdigest()
