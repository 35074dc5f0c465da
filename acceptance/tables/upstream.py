"""The foreign APIs that the services live on, asked from inside their own network with their own keys."""

from __future__ import annotations

from typing import Literal

from acceptance.tables import Table


class Upstream(Table):
    """One foreign API. `key` and `secret` are names of variables in the container's environment, never values."""

    kind: Literal["binance", "openai"]
    host: str  # of [hosts]
    service: str  # whose network and keys are used
    url: str
    key: str = ""
    secret: str = ""
    symbol: str = "BTCUSDT"
    account: str = ""  # URL of the exchange's signed account read; FUNC-EXT-07 needs it in live mode
    account_balance: str = "totalWalletBalance"  # place of the number in its answer
    model: str = ""  # of one completion of one token, with --allow writes, where nothing shows that one succeeded


class DefaultLogin(Table):
    """A known default that must be refused. The words are public, so they stand here as they are."""

    url: str
    kind: Literal["basic", "json", "mongo"] = "basic"  # mongo: a member of [mongo], mongodb://host:port
    user: str
    word: str
