"""How long a token lives and how it ends: expiry, refresh, log-out. RFC 7519 (exp, iat), RFC 8725."""

from __future__ import annotations

import base64
import os
import time
from typing import TYPE_CHECKING, Any

from acceptance.facts import ProbeError, Unseen, facts, seen, text
from acceptance.foreign import json_of
from acceptance.visit import Visit

if TYPE_CHECKING:
    import httpx

KEPT = "old-token"  # in the state folder, mode 600: a later run shows that it is refused once it has expired
LEEWAY_S = 60


@facts
class Sessions:
    """Statuses of the profile operation with a token at each stage of its life."""

    life_s: float | Unseen
    fresh_status: int
    expired_status: int | Unseen
    expired_by: str  # where the expired token came from
    refreshed_status: int | None  # of the new token; None where the target has no refresh
    before_refresh_status: int | None  # of the token that was refreshed
    after_logout_status: int | None  # None where the target has no log-out
    login: str = "log-in"  # the operations
    profile: str = "the profile"

    def looked(self) -> str:
        return f"a token of its own from log-in through refresh to log-out, and an expired one ({self.expired_by})"

    def lives_longer_than(self, *, hours: float) -> tuple[str, ...]:
        """The token of log-in, where its end is further away. ProbeError where it does not say."""
        life_h = seen(self.life_s) / 3600
        told = f"{self.login} as the suite's account: the token lives {life_h:.1f} h, {hours:g} h at most expected"
        return (told,) if life_h > hours else ()

    def accepted_after_the_end(self) -> tuple[str, ...]:
        """Tokens that still worked after they had expired, were refreshed, or logged out."""
        found = []
        if not isinstance(self.expired_status, Unseen) and self.expired_status not in (401, 403):
            found.append(f"{self.profile} with an expired token: {self.expired_status}, 401 expected")
        for stage, status in (("refresh", self.before_refresh_status), ("log-out", self.after_logout_status)):
            if status is not None and status not in (401, 403):
                found.append(f"{self.profile} with the old token after {stage}: {status}, 401 expected")
        return tuple(found)

    def refused_while_good(self) -> tuple[str, ...]:
        """Good tokens that did not work: such a look says nothing about the others."""
        stages = (("fresh", self.fresh_status), ("refreshed", self.refreshed_status))
        return tuple(
            f"{self.profile} with a {name} token: {status}, 200 expected"
            for name, status in stages
            if status not in (200, None)
        )

    def expired_was_tried(self) -> bool:
        """Whether an expired token was there to try."""
        return not isinstance(self.expired_status, Unseen)


def look(visit: Visit) -> Sessions:
    """Walk one token of the probe account through its life."""
    from acceptance import web

    target = visit.target
    profile, login = target.operations.get("profile"), target.operations.get("login")
    if profile is None or login is None:
        raise ProbeError("sessions", "the target has no [operations.login] and [operations.profile]")
    account = "probe" if "probe" in target.credentials else "user"
    words = {**login.body, "email": target.credentials[account].user, "password": visit.secret(account)}
    asked_at = time.time()
    with web.client(visit) as client:
        answer = web.ask(
            client, "POST", f"{target.urls.api}{login.path}", json=words, extensions={"harmless": "log-in"}
        )
        token = web.pick(web.as_json(answer), login.fields.get("token", "data.token"))
        if not isinstance(token, str) or not token:
            raise ProbeError("sessions", f"log-in as {account} gave no token ({answer.status_code})")
        visit.keep_live("session", token)
        claims = _claims(token)
        fresh = _status(visit, client, token)
        expired, by = _expired(visit, client)
        refreshed = before = after = None
        if refresh := target.operations.get("refresh"):
            reason = {"harmless": "refreshes the suite's own token"}
            reply = web.ask(
                client, "POST", f"{target.urls.api}{refresh.path}", headers=web.bearer(token), extensions=reason
            )
            new = web.pick(web.as_json(reply), refresh.fields.get("token", "data.token"))
            before = _status(visit, client, token)
            token = str(new) if new else token
            refreshed = _status(visit, client, token)
        if logout := target.operations.get("logout"):
            reason = {"harmless": "ends the suite's own session"}
            web.ask(
                client,
                str(logout.method),
                f"{target.urls.api}{logout.path}",
                headers=web.bearer(token),
                extensions=reason,
            )
            after = _status(visit, client, token)
        else:
            _keep(visit, token)
    exp, iat = claims.get("exp"), claims.get("iat")
    life: float | Unseen = Unseen("the life of a token", "it has no exp or no iat")
    if isinstance(exp, int | float) and isinstance(iat, int | float):
        life = life_s(exp, iat, asked_at)
    named = (f"{login.method} {login.path}", f"GET {profile.path}")
    return Sessions(life, fresh, expired, by, refreshed, before, after, *named)


def life_s(exp: float, iat: float, now: float) -> float:
    """How long a token lives; an iat that was written ahead of now (clocks differ a little) shortens nothing."""
    return float(max(exp - iat, exp - now - LEEWAY_S))


def _status(visit: Visit, client: httpx.Client, token: str) -> int:
    from acceptance import web

    profile = visit.target.operations["profile"]
    return web.ask(client, "GET", f"{visit.target.urls.api}{profile.path}", headers=web.bearer(token)).status_code


def _claims(token: str) -> dict[str, Any]:
    try:
        part = token.split(".")[1]
        found = json_of(base64.urlsafe_b64decode(part + "=" * (-len(part) % 4)))
    except (ValueError, IndexError):
        return {}
    return found if isinstance(found, dict) else {}


def _expired(visit: Visit, client: httpx.Client) -> tuple[int | Unseen, str]:
    """The status of a real token past its end by more than a minute: a named credential, or one of an earlier run."""
    kept = visit.state / KEPT
    token, by = "", ""
    if "expired_token" in visit.target.credentials:
        token, by = visit.secret("expired_token"), "[credentials.expired_token]"
    elif kept.is_file():
        token, by = text(kept.read_text(encoding="utf-8"), 8000), "an earlier run"
    exp = _claims(token).get("exp")
    if not isinstance(exp, int | float):
        why = "none is kept yet; a later run will try one, or name [credentials.expired_token]"
        return Unseen("an expired token", why), "none yet"
    if exp > time.time() - LEEWAY_S:
        return Unseen("an expired token", "the kept one has not expired yet"), by
    return _status(visit, client, token), by


def _keep(visit: Visit, token: str) -> None:
    path = visit.state / KEPT
    if not path.exists():
        handle = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
        with os.fdopen(handle, "w", encoding="utf-8") as out:
            out.write(token)
