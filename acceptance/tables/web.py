"""Where the target's public face is: names, addresses, trust, operations, and how much may be asked of it."""

from __future__ import annotations

from enum import StrEnum
from typing import Literal

from pydantic import field_validator

from acceptance.tables import Table


class Urls(Table):
    """Public addresses. `plain` is the http:// address that must redirect; `docs` the OpenAPI document."""

    base: str
    plain: str
    api: str
    ws: str
    dashboard: str
    docs: str = "/api/docs/openapi.json"
    jwks: str = ""

    @field_validator("base", "api", "dashboard")
    @classmethod
    def _https(cls, value: str) -> str:
        if not value.startswith("https://"):
            raise ValueError("must start with https://")
        return value.rstrip("/")

    @field_validator("ws")
    @classmethod
    def _wss(cls, value: str) -> str:
        if not value.startswith("wss://"):
            raise ValueError("must start with wss://")
        return value


class Trust(Table):
    """A private CA is trusted only where the target names it."""

    ca_file: str | None = None


class Kind(StrEnum):
    """What an operation costs: `local` nothing, `upstream` calls Binance, `paid` calls OpenAI."""

    LOCAL = "local"
    UPSTREAM = "upstream"
    PAID = "paid"


class Operation(Table):
    """One operation of the API: where it is, what it takes, and where the answer's fields are."""

    method: Literal["GET", "HEAD", "POST", "PUT", "PATCH", "DELETE"] = "GET"
    path: str
    kind: Kind = Kind.UPSTREAM
    public: bool = False
    acting: bool = False  # does something even with GET, or with neither body nor id
    body: dict[str, str | int | float | bool] = {}
    fields: dict[str, str] = {}  # name -> dotted place in the answer, such as data.token


class Credential(Table):
    """Who logs in: names of secrets (`env:`, `file:`, `vault:`), never values."""

    user: str = ""
    secret: str

    @field_validator("secret")
    @classmethod
    def _by_name(cls, value: str) -> str:
        if not value.startswith(("env:", "file:", "vault:")):
            raise ValueError('must be a name, "env:NAME", "file:PATH" or "vault:PATH#KEY", never the secret itself')
        return value


class Limits(Table):
    """What the target bears, and how fresh its data must be."""

    timeout_s: float = 10.0
    market_data_age_s: float = 60.0
    rate_limit_requests: int = 200  # INFRA-NET-08 stops here at the latest
    rate_limit_window_s: float = 60.0
    rate_limit_source: str = ""  # local address that no allow-list spares
    rate_limit_second_source: str = ""  # another one, which must be served meanwhile
    login_window_s: float = 60.0


class Allow(Table):
    """Impacts that the target allows; each also needs `--allow` on the command line."""

    load: bool = False
    writes: bool = False
    disrupts: bool = False
    while_trading: bool = False  # else the engine is asked first: no live trading, no open position
