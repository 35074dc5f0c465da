"""Where secrets live: HashiCorp Vault (KV version 2) or AWS Secrets Manager, and which names must be there."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import Field

from acceptance.tables import Table


class Vault(Table):
    """`credential` is a name of `[credentials]`: a token for HashiCorp, a key (user its id) for AWS, "" the machine's.

    `secrets` maps each variable of the deployed .env to where it lives: PATH#KEY. With `env_file` the deployed
    values are compared by hash; they stay on this machine.
    """

    kind: Literal["hashicorp", "aws"]
    url: str = ""  # for aws an endpoint that speaks its API, "" AWS itself
    credential: str = ""
    mount: str = "secret"
    region: str = ""
    secrets: dict[str, str]
    rotation_days: Annotated[int, Field(gt=0, le=365)] = 90
    env_file: str = ""
