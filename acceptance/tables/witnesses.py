"""Third parties that may be asked about the target. Who is not named here is not asked."""

from __future__ import annotations

from pydantic import field_validator

from acceptance.tables import Table


class Witnesses(Table):
    """Hosts with ports that the certificates name: `revocation` of lists and OCSP responders, `issuers` of what a
    server left out of its chain. `market` is the URL of a public stream of the exchange with the first symbol of
    `[websocket]`, such as wss://stream.binance.com:9443/ws/btcusdt@trade.
    """

    revocation: tuple[str, ...] = ()
    issuers: tuple[str, ...] = ()
    market: str = ""

    @field_validator("market")
    @classmethod
    def _stream(cls, value: str) -> str:
        if value and not value.startswith(("wss://", "ws://")):
            raise ValueError("must start with wss:// or ws://")
        return value

    @field_validator("revocation", "issuers")
    @classmethod
    def _with_port(cls, value: tuple[str, ...]) -> tuple[str, ...]:
        for each in value:
            if not each.rpartition(":")[2].isdigit():
                raise ValueError(f'{each} must be "host:port", such as "crl.example.com:80"')
        return value
