"""Third parties that may be asked about the target. Who is not named here is not asked."""

from __future__ import annotations

from pydantic import field_validator

from acceptance.tables import Table


class Witnesses(Table):
    """Hosts with ports that the certificates name: `revocation` of lists and OCSP responders, `issuers` of what a
    server left out of its chain.
    """

    revocation: tuple[str, ...] = ()
    issuers: tuple[str, ...] = ()

    @field_validator("revocation", "issuers")
    @classmethod
    def _with_port(cls, value: tuple[str, ...]) -> tuple[str, ...]:
        for each in value:
            if not each.rpartition(":")[2].isdigit():
                raise ValueError(f'{each} must be "host:port", such as "crl.example.com:80"')
        return value
