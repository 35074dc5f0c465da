"""Tokens that must be refused: every known way to forge a JSON web token, tried on one harmless guarded read.

Rules: RFC 8725 (JSON Web Token best current practices), section 2 and 3.
"""

from __future__ import annotations

import base64
import hashlib
import hmac
import json
import time
from typing import TYPE_CHECKING, Any

from acceptance.facts import ProbeError, Unseen, facts, offenders, text
from acceptance.foreign import json_of
from acceptance.visit import Visit

if TYPE_CHECKING:
    import httpx

ASYMMETRIC = ("RS256", "RS384", "RS512", "PS256", "PS384", "PS512", "ES256", "ES384", "ES512", "EdDSA")
WELL_KNOWN = ("secret", "change-me", "changeme", "your-256-bit-secret", "jwt_secret", "password", "")


@facts
class Try:
    """One call with one token; `data` tells whether anything came back that a stranger must not see."""

    kind: str
    status: int
    data: bool

    def __repr__(self) -> str:
        return f"{self.kind}: {self.status}{', with data' if self.data else ''}"


@facts
class Tokens:
    """The form of a real token (claims by name only), and how real, missing and forged ones fared."""

    operation: str
    parts: int
    header_alg: str
    claims: tuple[str, ...]
    sensitive_claims: tuple[str, ...]
    life_s: float  # exp - iat; -1 where one of them is missing
    key_bits: int | None  # of the published RSA key; None where no key is published
    valid: Try
    without: Try
    forged: tuple[Try | Unseen, ...]

    def looked(self) -> str:
        return f"GET {self.operation} with a real token, without one, and with {len(self.forged)} forged ones"

    def weak_signature(self) -> tuple[str, ...]:
        """An algorithm that is not asymmetric, or a published RSA key below 2048 bits."""
        wrong = [] if self.header_alg in ASYMMETRIC else [f"tokens are signed with {self.header_alg}, expected RS256"]
        if self.key_bits is not None and self.key_bits < 2048:
            wrong.append(f"the signing key has {self.key_bits} bits, expected 2048 or more")
        return tuple(wrong)

    def not_refused(self) -> tuple[str, ...]:
        """Forged or missing tokens that were not answered with a 4xx without data."""
        tried = [t for t in (self.without, *self.forged) if isinstance(t, Try)]
        wrong = [
            f"GET {self.operation} with {t!r}, 401 or 403 expected"
            for t in tried
            if t.data or not 400 <= t.status < 500
        ]
        return offenders(wrong, [t for t in self.forged if isinstance(t, Unseen)])

    def refused_oddly(self) -> tuple[str, ...]:
        """Refusals with another status than 401 or 403: allowed, but a deviation."""
        tried = [t for t in (self.without, *self.forged) if isinstance(t, Try)]
        return tuple(repr(t) for t in tried if 400 <= t.status < 500 and t.status not in (401, 403))

    def missing_claims(self) -> tuple[str, ...]:
        """Claims that every token must have and this one lacks."""
        return tuple(name for name in ("sub", "iat", "exp") if name not in self.claims)

    def valid_refused(self) -> tuple[str, ...]:
        """The real token, where it is not answered with 200 and data."""
        return (
            ()
            if self.valid.status == 200 and self.valid.data
            else (f"GET {self.operation} with {self.valid!r}, 200 with data expected",)
        )


def look(visit: Visit) -> Tokens:
    """Take a real token apart, then try the forgeries on the profile operation."""
    from acceptance import ban, web

    operation = visit.target.operations.get("profile")
    if operation is None or operation.method != "GET":
        raise ProbeError("tokens", "the target has no [operations.profile] with GET")
    token = visit.token()
    pieces = token.split(".")
    header, claims = _open(pieces[0]), _open(pieces[1]) if len(pieces) > 1 else {}
    url = f"{visit.target.urls.api}{operation.path}"
    place = operation.fields.get("id", "data.id")
    password = visit.secret("user")
    with web.client(visit) as client:
        key, key_bits = _published_key(visit, client)

        def attempt(kind: str, value: str | None) -> Try:
            response = ban.attempt(visit, client, "GET", url, headers={} if value is None else web.bearer(value))
            return Try(kind, response.status_code, web.pick(web.as_json(response), place) not in (None, ""))

        valid, without = attempt("the real token", token), attempt("no token", None)
        forged: list[Try | Unseen] = []
        for kind, value in forge(token, header, claims, key):
            try:
                forged.append(attempt(kind, value))
            except ProbeError as problem:
                forged.append(Unseen(kind, problem.why))
        if key is None and visit.target.urls.jwks:
            forged.append(Unseen("HS256 with the public key", "no key could be read from [urls] jwks"))
    exp, iat = claims.get("exp"), claims.get("iat")
    life_s = float(exp - iat) if isinstance(exp, int | float) and isinstance(iat, int | float) else -1.0
    sensitive = [
        str(name)
        for name, value in claims.items()
        if any(word in str(name).lower() for word in ("password", "secret", "mail"))
        or (value and str(value) == password)
    ]
    names = tuple(sorted(text(name, 60) for name in claims))
    return Tokens(
        web.path_of(url), len(pieces), text(header.get("alg", ""), 20), names, tuple(sensitive), life_s, key_bits, valid,
        without, tuple(forged),
    )  # fmt: skip


def forge(
    token: str, header: dict[str, Any], claims: dict[str, Any], public_pem: bytes | None
) -> list[tuple[str, str]]:
    """Forged tokens by kind; each says what the real one says, with a right that it lacks where that is the point."""
    signature = token.rpartition(".")[2]
    later = {**claims, "exp": int(time.time()) + 86_400}
    made = [
        (f"alg {alg}", f"{_part({**header, 'alg': alg})}.{_part(later)}.") for alg in ("none", "None", "NONE", "nOnE")
    ]
    made += [(f"HS256 with the secret {name!r}", _hmac(header, later, name.encode())) for name in WELL_KNOWN]
    if public_pem:
        made += [
            ("HS256 with the public key", _hmac(header, later, public_pem)),
            ("HS256 with the public key, stripped", _hmac(header, later, public_pem.strip())),
        ]
    made += [
        ("a fresh RSA key", _rsa(header, later, {})),
        ("an embedded jwk", _rsa(header, later, {}, embed=True)),
        ("kid traversal", _hmac({**header, "kid": "../../../../dev/null"}, later, b"")),
        ("kid injection", _hmac({**header, "kid": "x' UNION SELECT 'k' -- "}, later, b"k")),
        ("signature cut", token.rpartition(".")[0] + "."),
        ("signature shortened", token[:-6]),
        (
            "payload changed",
            f"{token.partition('.')[0]}.{_part({**claims, 'role': 'admin', 'is_admin': True})}.{signature}",
        ),
        ("no token at all, only dots", ".."),
    ]
    return made


def _open(part: str) -> dict[str, Any]:
    try:
        found = json_of(base64.urlsafe_b64decode(part + "=" * (-len(part) % 4)))
    except ValueError:
        return {}
    return found if isinstance(found, dict) else {}


def _part(value: dict[str, Any]) -> str:
    return base64.urlsafe_b64encode(json.dumps(value).encode()).rstrip(b"=").decode()


def _hmac(header: dict[str, Any], claims: dict[str, Any], key: bytes) -> str:
    signed = f"{_part({**header, 'alg': 'HS256'})}.{_part(claims)}"
    signature = base64.urlsafe_b64encode(hmac.digest(key, signed.encode(), hashlib.sha256)).rstrip(b"=").decode()
    return f"{signed}.{signature}"


def _rsa(header: dict[str, Any], claims: dict[str, Any], extra: dict[str, Any], *, embed: bool = False) -> str:
    import jwt
    from cryptography.hazmat.primitives.asymmetric import rsa

    key = rsa.generate_private_key(65537, 2048)
    if embed:
        extra = {"jwk": jwt.algorithms.RSAAlgorithm.to_jwk(key.public_key(), as_dict=True)}
    kid = {"kid": header["kid"]} if isinstance(header.get("kid"), str) else {}
    return jwt.encode(claims, key, "RS256", headers={**kid, **extra})


def _published_key(visit: Visit, client: httpx.Client) -> tuple[bytes | None, int | None]:
    """The first RSA key of the JWKS document as PEM, and its size; (None, None) where none is published."""
    import jwt
    from cryptography.hazmat.primitives import serialization

    from acceptance import web

    if not visit.target.urls.jwks:
        return None, None
    document = web.as_json(web.ask(client, "GET", f"{visit.target.urls.api}{visit.target.urls.jwks}"))
    for entry in (web.pick(document, "keys") or [])[:10]:
        try:
            key: Any = jwt.PyJWK(entry).key
        except (jwt.PyJWTError, ValueError, TypeError, KeyError, AttributeError):
            continue
        if hasattr(key, "key_size"):
            pem = key.public_bytes(serialization.Encoding.PEM, serialization.PublicFormat.SubjectPublicKeyInfo)
            return pem, int(key.key_size)
    return None, None
