"""The server's side of SCRAM-SHA-256 (RFC 7677), as drivers speak it in saslStart and saslContinue."""

from __future__ import annotations

import base64
import hashlib
import hmac
import secrets
from dataclasses import dataclass

ITERATIONS = 4096  # MongoDB's own default is 15000; logins of the double are many and its passwords worth nothing


@dataclass(frozen=True)
class Stored:
    """What a server keeps of a password."""

    salt: bytes
    stored_key: bytes
    server_key: bytes

    @classmethod
    def of(cls, password: str) -> Stored:
        """Derive the keys; the password itself is not kept."""
        salt = secrets.token_bytes(28)
        salted = hashlib.pbkdf2_hmac("sha256", password.encode(), salt, ITERATIONS)
        client = hmac.digest(salted, b"Client Key", "sha256")
        return cls(salt, hashlib.sha256(client).digest(), hmac.digest(salted, b"Server Key", "sha256"))


class Refused(Exception):
    """The proof is wrong, the user unknown or the message malformed: the client learns no more than that."""


class Conversation:
    """One log-in: `first` answers the client's nonce, `final` its proof."""

    def __init__(self, users: dict[str, Stored]) -> None:
        self._users = users
        self.user = ""
        self._known: Stored | None = None
        self._spoken = ""
        self._nonce = ""

    def first(self, payload: bytes) -> bytes:
        """Salt, rounds and nonce; an unknown user gets a salt of his own too."""
        bare = payload.decode().removeprefix("n,,")
        fields = _fields(bare)
        self.user = fields.get("n", "").replace("=2C", ",").replace("=3D", "=")
        self._known = self._users.get(self.user)
        salt = self._known.salt if self._known else hashlib.sha256(self.user.encode()).digest()[:28]
        self._nonce = fields.get("r", "") + base64.b64encode(secrets.token_bytes(18)).decode()
        answer = f"r={self._nonce},s={base64.b64encode(salt).decode()},i={ITERATIONS}"
        self._spoken = f"{bare},{answer}"
        return answer.encode()

    def final(self, payload: bytes) -> bytes:
        """The server's signature; Refused unless the proof is right."""
        without_proof, _, proof = payload.decode().rpartition(",p=")
        if not self._known or _fields(without_proof).get("r") != self._nonce:
            raise Refused
        spoken = f"{self._spoken},{without_proof}".encode()
        signature = hmac.digest(self._known.stored_key, spoken, "sha256")
        client = bytes(a ^ b for a, b in zip(base64.b64decode(proof), signature, strict=True))
        if not hmac.compare_digest(hashlib.sha256(client).digest(), self._known.stored_key):
            raise Refused
        return b"v=" + base64.b64encode(hmac.digest(self._known.server_key, spoken, "sha256"))


def _fields(message: str) -> dict[str, str]:
    return dict(part.split("=", 1) for part in message.split(",") if "=" in part)
