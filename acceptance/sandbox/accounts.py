"""The sandbox's accounts: log-in, registration, profile, log-out; and how they go wrong."""

from __future__ import annotations

import secrets
import time
from typing import Any

from acceptance.sandbox.tokens import Tokens
from acceptance.sandbox.world import World

LOCKED_S = 1.0  # after five wrong passwords, which come within it
_HASH = "$2b$12$" + "Abcdefghij" * 5
Answer = tuple[int, dict[str, Any]]


def ok(data: Any, status: int = 200) -> Answer:
    """The envelope of a success."""
    return status, {"success": True, "data": data, "error": None}


def no(status: int, error: str) -> Answer:
    """The envelope of a refusal."""
    return status, {"success": False, "data": None, "error": error}


class Accounts:
    """Users and their tokens; one method a route, named for its method and path."""

    def __init__(self, world: World) -> None:
        self.world = world
        self.tokens = Tokens(world)
        roles = {"admin": "admin", "user": "user", "other": "user", "probe": "user", "lockout": "user"}
        self.users = {
            name: {
                "id": f"u-{name}", "email": f"{name}@example.com", "role": role, "password": secrets.token_urlsafe(18),
            }
            for name, role in roles.items()
        }  # fmt: skip
        self.failures: dict[str, list[float]] = {}

    def by_email(self, email: object) -> dict[str, Any] | None:
        """The user of an address."""
        return next((user for user in self.users.values() if user["email"] == email), None)

    async def post_auth_login(self, *, wish: Any, **_: Any) -> Answer:
        on = self.world.on
        if not isinstance(wish, dict) or not all(
            isinstance(wish.get(k), str) and wish[k] for k in ("email", "password")
        ):
            if on("login-breaks-on-missing-field"):
                return no(500, "internal error")
            if on("login-operator-injection") and isinstance(wish, dict) and isinstance(wish.get("password"), dict):
                return self._logged_in(self.users["user"])
            return no(400, "email and password are needed")
        if len(wish["email"]) > 254 or len(wish["password"]) > 128:
            return no(400, "too long")
        user = self.by_email(wish["email"])
        if user and user["email"].startswith("lockout") and self._locked(user["email"]):
            return no(429, "too many attempts; try again later")
        if user is None:
            if on("login-tells-unknown-user"):
                return no(404, "there is no such user")
            return no(401, "e-mail or password is wrong")
        if not secrets.compare_digest(user["password"].encode(), wish["password"].encode()):
            self.failures.setdefault(user["email"], []).append(time.monotonic())
            if on("login-failure-in-a-200"):
                return no(200, "e-mail or password is wrong")
            return no(401, "e-mail or password is wrong")
        if on("login-success-false"):
            return no(200, "database is not connected")
        return self._logged_in(user)

    def _logged_in(self, user: dict[str, Any]) -> Answer:
        shown = public(user)
        if self.world.on("login-shows-hash"):
            shown["hash"] = _HASH
        return ok({"token": self.tokens.issue(user), "user": shown})

    def old_log_in(self) -> Answer:
        """A path that nobody logs in at any more, and the only one with a limit."""
        tried = self.failures.setdefault("/api/login", [])
        tried.append(time.monotonic())
        return (
            no(429, "too many attempts; try again later") if len(tried) > 5 else no(401, "e-mail or password is wrong")
        )

    def _locked(self, email: str) -> bool:
        if self.world.on("login-never-limited") or self.world.on("login-limited-elsewhere"):
            return False
        if self.world.on("login-locked-forever") and len(self.failures.get(email, [])) >= 5:
            return True
        recent = [at for at in self.failures.get(email, []) if time.monotonic() - at < LOCKED_S]
        self.failures[email] = recent
        return len(recent) >= 5

    def post_auth_register(self, *, wish: Any, **_: Any) -> Answer:
        if not isinstance(wish, dict) or not all(isinstance(wish.get(k), str) for k in ("email", "password")):
            return no(400, "email and password are needed")
        if "@" not in wish["email"] or not 3 < len(wish["email"]) < 255 or len(wish["password"]) > 128:
            return no(400, "the e-mail address is not valid")
        if len(wish["password"]) < 12 and not self.world.on("register-takes-weak-passwords"):
            return no(400, "the password is too weak")
        if self.by_email(wish["email"]) and not self.world.on("register-twice"):
            return no(409, "the address is taken")
        name = f"new-{secrets.token_hex(4)}"
        self.users[name] = {"id": f"u-{name}", "email": wish["email"], "role": "user", "password": wish["password"]}
        return ok({"user": public(self.users[name])}, 201)

    def post_auth_refresh(self, *, user: dict[str, Any], headers: dict[str, str], **_: Any) -> Answer:
        if not self.world.on("refresh-keeps-old-token"):
            self.tokens.revoked.add(headers.get("authorization", "")[7:])
        return ok({"token": self.tokens.issue(user)})

    def post_auth_logout(self, *, headers: dict[str, str], **_: Any) -> Answer:
        self.tokens.revoked.add(headers.get("authorization", "")[7:])
        return ok({})

    def get_auth_profile(self, *, user: dict[str, Any], **_: Any) -> Answer:
        shown = public(self.users["admin"] if self.world.on("profile-of-another") else user)
        if self.world.on("profile-shows-hash"):
            shown["hash"] = _HASH
        return ok(shown)

    def delete_auth_profile(self, *, user: dict[str, Any], **_: Any) -> Answer:
        if not user["id"].startswith("u-new-"):
            return no(403, "this account stays")
        self.users = {name: each for name, each in self.users.items() if each is not user}
        return ok({})


def public(user: dict[str, Any]) -> dict[str, Any]:
    """What of a user may be shown."""
    return {key: user[key] for key in ("id", "email", "role")}
