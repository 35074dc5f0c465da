"""Double of HashiCorp Vault (KV version 2), the .env deployed from it, and the same in AWS Secrets Manager."""

from __future__ import annotations

import json
from datetime import timedelta
from typing import Any

from acceptance.sandbox.aws import aws
from acceptance.sandbox.double import Reply, Request, serve
from acceptance.sandbox.fault import Fault
from acceptance.sandbox.world import World

PROBES = ("vault",)
FAULTS: tuple[Fault, ...] = tuple(
    Fault(name, "vault", change, ("SEC-SECRET-04",))
    for name, change in (
        ("secret-not-in-vault", "the database's password is not in the vault"),
        ("secret-deleted-in-vault", "the current version of the secrets was deleted"),
        ("secret-overdue", "the secrets were last changed 91 days ago"),
        ("secret-deployed-from-elsewhere", "the deployed value is not the vault's"),
        ("vault-token-rejected", "the vault rejects the suite's token"),
        ("vault-sealed", "the vault is sealed"),
    )
)
TOKEN = "hvs.sandbox-suite-reads-only"  # noqa: S105  # a double's
VALUES = {
    "DATABASE_PASSWORD": "Qf7-plum-anchor-Rivet-203",
    "JWT_SECRET": "0f4e7c1d9b2a48f6a3d5e8c7b6a59481",
    "BINANCE_SECRET_KEY": "vB3nQ8sT1xZ6kL0pR5wY7uC2aE9dG4hJ",
}


class Double:
    """One mount, one path with all secrets, one with the suite's own."""

    def __init__(self, world: World) -> None:
        self.world = world

    def answer(self, request: Request) -> Reply:
        """One request."""
        on = self.world.on
        if on("vault-sealed"):
            return Reply({"errors": ["Vault is sealed"]}, 503)
        if request.headers.get("x-vault-token") != TOKEN or on("vault-token-rejected"):
            return Reply({"errors": ["permission denied"]}, 403)
        if request.path == "/v1/secret/data/suite":
            return self._secret({"grafana": "grafana-viewer-9Qx"}, 3)
        if request.path != "/v1/secret/data/bot-core":
            return Reply({"errors": []}, 404)
        if on("secret-deleted-in-vault"):
            gone = {"created_time": self._days_ago(9), "deletion_time": self._days_ago(1), "version": 4}
            return Reply({"data": {"data": None, "metadata": gone}}, 404)
        values = dict(VALUES)
        if on("secret-not-in-vault"):
            del values["DATABASE_PASSWORD"]
        return self._secret(values, 91 if on("secret-overdue") else 30)

    def _secret(self, values: dict[str, str], days: int) -> Reply:
        metadata = {"created_time": self._days_ago(days), "deletion_time": "", "destroyed": False, "version": 4}
        return Reply({"request_id": "1", "data": {"data": values, "metadata": metadata}})

    def _days_ago(self, days: int) -> str:
        return f"{self.world.now - timedelta(days=days):%Y-%m-%dT%H:%M:%S}.123456789Z"


def start(world: World) -> dict[str, Any]:
    """Serve the vault and write what was deployed."""
    refresh(world)
    aws(world).seed("vault", ("secretsmanager",), _fill)
    return {
        "doubles": ["vault"],
        "vault": {
            "kind": "hashicorp", "url": serve(Double(world).answer), "credential": "vault",
            "secrets": {name: f"bot-core#{name}" for name in VALUES}, "rotation_days": 90,
            "env_file": str(world.folder / "deployed.env"),
        },
        "credentials": {
            "vault": {"secret": world.secret("vault", TOKEN)},
        },
    }  # fmt: skip


def refresh(world: World) -> None:
    """The deployed .env: one value by reference, the others as the vault has them."""
    values = {**VALUES, "BINANCE_SECRET_KEY": "vault:bot-core#BINANCE_SECRET_KEY"}
    if world.on("secret-deployed-from-elsewhere"):
        values["JWT_SECRET"] = "something-that-somebody-typed"  # noqa: S105  # a double's
    path = world.folder / "deployed.env"
    path.touch(0o600)
    path.write_text("".join(f"{name}={value}\n" for name, value in values.items()), encoding="utf-8")


def _fill(client: Any) -> None:
    client("secretsmanager").create_secret(Name="bot-core", SecretString=json.dumps(VALUES))
