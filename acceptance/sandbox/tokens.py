"""Tokens of the sandbox: RS256, one day, revoked at log-out; and the ways in which they may be wrong."""

from __future__ import annotations

import secrets
import time
from typing import Any

from acceptance.sandbox.fault import Fault
from acceptance.sandbox.world import World

WELL_KNOWN = "change-me"  # a default secret that the target lists
FAULTS = (
    Fault("token-none-accepted", "engine", "a token with alg none is accepted", ("SEC-SECRET-05", "FUNC-API-05", "SEC-GATE-03")),
    Fault("token-default-secret", "engine", "HS256 with a known default secret is accepted", ("SEC-SECRET-05", "FUNC-API-05", "SEC-GATE-03")),
    Fault("token-public-key-hmac", "engine", "HS256 signed with the public key is accepted", ("SEC-SECRET-05", "FUNC-API-05", "SEC-GATE-03")),
    Fault("token-embedded-key", "engine", "a key embedded in the token's header is believed", ("SEC-SECRET-05", "FUNC-API-05", "SEC-GATE-03")),
    Fault("token-signature-unchecked", "engine", "neither signature nor exp is looked at", ("SEC-SECRET-05", "FUNC-API-05", "SEC-GATE-03", "SEC-WEB-06")),
    Fault("token-hs256", "engine", "tokens are signed with HS256", ("SEC-SECRET-05",)),
    Fault("token-without-exp", "engine", "tokens have no exp", ("FUNC-API-04", "SEC-WEB-06")),
    Fault("token-without-iat", "engine", "tokens have no iat", ("FUNC-API-04", "SEC-WEB-06")),
    Fault("token-lives-a-week", "engine", "tokens live for 7 days", ("SEC-WEB-06",)),
    Fault("token-expired-accepted", "engine", "expired tokens are accepted", ("SEC-WEB-06",)),
    Fault("token-survives-logout", "engine", "a token works after log-out", ("SEC-WEB-06", "FUNC-UI-10"), seen_by=("browser",)),
    Fault("token-holds-email", "engine", "the e-mail address is in the claims", ("FUNC-API-04",)),
    Fault("token-holds-password", "engine", "the password is in the claims", ("FUNC-API-04",)),
)  # fmt: skip


class Tokens:
    """Makes and checks tokens for one sandbox."""

    def __init__(self, world: World) -> None:
        from cryptography.hazmat.primitives import serialization
        from cryptography.hazmat.primitives.asymmetric import rsa

        self.world = world
        self.key = rsa.generate_private_key(65537, 2048)
        self.public_pem = self.key.public_key().public_bytes(
            serialization.Encoding.PEM, serialization.PublicFormat.SubjectPublicKeyInfo
        )
        self.revoked: set[str] = set()
        self._checked: dict[str, dict[str, Any]] = {}  # a signature is checked once, as a busy engine would

    def issue(self, user: dict[str, Any], *, ends_in_s: int | None = None) -> str:
        """A token for a user."""
        import jwt

        now = int(time.time())
        life_s = ends_in_s if ends_in_s is not None else 7 * 86400 if self.world.on("token-lives-a-week") else 86400
        claims: dict[str, Any] = {"sub": user["id"], "iat": now + min(0, life_s - 1), "exp": now + life_s}
        claims |= {"role": user["role"], "jti": secrets.token_hex(8)}
        for fault, claim in (("token-without-exp", "exp"), ("token-without-iat", "iat")):
            if self.world.on(fault):
                del claims[claim]
        if self.world.on("token-holds-password"):
            claims["password"] = user["password"]
        if self.world.on("token-holds-email"):
            claims["email"] = user["email"]
        if self.world.on("token-hs256"):
            return jwt.encode(claims, self._secret(), "HS256", headers={"kid": "1"})
        return jwt.encode(claims, self.key, "RS256", headers={"kid": "1"})

    def check(self, token: str) -> dict[str, Any] | None:
        """The claims of a good token, or None."""
        import jwt

        if token in self.revoked and not self.world.on("token-survives-logout"):
            return None
        if not self.world.faults and (known := self._checked.get(token)) and known["exp"] > time.time():
            return known
        try:
            claims = self._claims(token)
        except (jwt.PyJWTError, ValueError, TypeError):
            return None
        if not self.world.faults and len(self._checked) < 1000:
            self._checked[token] = claims
        return claims

    def _claims(self, token: str) -> dict[str, Any]:
        import jwt

        on = self.world.on
        options: Any = {"verify_exp": not on("token-expired-accepted")}
        header = jwt.get_unverified_header(token)
        if on("token-signature-unchecked") or (on("token-none-accepted") and header["alg"].lower() == "none"):
            return _unsigned(token)
        if header["alg"] == "HS256":
            if on("token-hs256"):
                return jwt.decode(token, self._secret(), ["HS256"], options=options)
            if on("token-default-secret"):
                return _hmac(token, WELL_KNOWN.encode())
            if on("token-public-key-hmac"):
                return _hmac(token, self.public_pem)
        if on("token-embedded-key") and "jwk" in header:
            return jwt.decode(token, jwt.PyJWK(header["jwk"]).key, ["RS256"], options=options)
        return jwt.decode(token, self.key.public_key(), ["RS256"], options=options, leeway=30)

    def _secret(self) -> str:
        """What HS256 signs with."""
        return WELL_KNOWN if self.world.on("token-default-secret") else "a secret of thirty-two bytes or more"

    def jwks(self) -> dict[str, Any]:
        """The public key as a JWKS document."""
        import jwt

        key = jwt.algorithms.RSAAlgorithm.to_jwk(self.key.public_key(), as_dict=True)
        return {"keys": [{**key, "kid": "1", "use": "sig", "alg": "RS256"}]}


def _unsigned(token: str) -> dict[str, Any]:
    import base64
    import json

    part = token.split(".")[1]
    claims: dict[str, Any] = json.loads(base64.urlsafe_b64decode(part + "=" * (-len(part) % 4)))
    return claims


def _hmac(token: str, key: bytes) -> dict[str, Any]:
    """Checked by hand: a careful library refuses a public key as an HMAC secret."""
    import base64
    import hashlib
    import hmac

    signed, _, signature = token.rpartition(".")
    mine = base64.urlsafe_b64encode(hmac.digest(key, signed.encode(), hashlib.sha256)).rstrip(b"=").decode()
    if not hmac.compare_digest(mine, signature):
        raise ValueError("signature")
    return _unsigned(token)
