"""Registration: a new user with the suite's marker, the same address twice, weak passwords; and its removal."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from acceptance.facts import ProbeError, facts
from acceptance.visit import Visit

if TYPE_CHECKING:
    import httpx

WEAK = ("password", "12345678", "aaaaaaaa")


@facts
class Registration:
    """Statuses of each step, and whom of its making the suite could not remove."""

    address: str
    status: int
    login_status: int
    twice_status: int
    weak_statuses: dict[str, int]
    left: tuple[str, ...]  # addresses that could not be removed
    login_token: bool = True
    place: str = "registration"  # the operation

    def looked(self) -> str:
        end = f"LEFT BEHIND, remove by hand: {', '.join(self.left)}" if self.left else "removed afterwards"
        return f"registered {self.address}, again, and with {len(self.weak_statuses)} weak passwords; {end}"

    def refused(self, *, registered: int, logged_in: int) -> tuple[str, ...]:
        """A new user who was not registered, or can't log in."""
        wrong = []
        if self.status != registered:
            wrong.append(f"{self.place} of a new address: {self.status}, {registered} expected")
        if self.login_status != logged_in or not self.login_token:
            got = f"{self.login_status} {'with' if self.login_token else 'without'} a token"
            wrong.append(f"log-in as the new user: {got}, {logged_in} with a token expected")
        return tuple(wrong)

    def taken_twice(self, *, refused: int) -> tuple[str, ...]:
        """The second registration of the address, where it was not refused as such."""
        told = f"{self.place} of the same address again: {self.twice_status}, {refused} expected"
        return () if self.twice_status == refused else (told,)

    def weak_passwords_taken(self) -> tuple[str, ...]:
        """Weak passwords that were not answered with 400 or 422."""
        return tuple(
            f"{self.place} with the password {name!r}: {status}, 400 or 422 expected"
            for name, status in self.weak_statuses.items()
            if status not in (400, 422)
        )


def look(visit: Visit) -> Registration:
    """Register, log in, register again; always try to remove what was made."""
    from acceptance import web

    operations = visit.target.operations
    if "register" not in operations or "login" not in operations:
        raise ProbeError("registration", "the target has no [operations.register] or no [operations.login]")
    url = f"{visit.target.urls.api}{operations['register'].path}"
    address = f"{visit.marker.lower()}@acceptance-check.example"
    password = f"Aa1!{visit.marker}"
    made = False
    with web.client(visit) as client:

        def register(mail: str, word: str) -> int:
            body = {**operations["register"].body, "email": mail, "password": word}
            return web.ask(client, "POST", url, json=body).status_code

        weak = {word: register(f"weak-{n}-{address}", word) for n, word in enumerate(WEAK)}
        try:
            status = register(address, password)
            made = status in (200, 201)
            token, login_status = _log_in(visit, client, address, password) if made else ("", 0)
            twice = register(address, password)
        finally:
            users = [(address, password)] if made else []
            users += [(f"weak-{n}-{address}", word) for n, (word, got) in enumerate(weak.items()) if got in (200, 201)]
            left = tuple(mail for mail, word in users if not _remove(visit, client, mail, word))
    named = f"POST {operations['register'].path}"
    return Registration(address, status, login_status, twice, weak, left, bool(token), named)


def _log_in(visit: Visit, client: httpx.Client, address: str, password: str) -> tuple[str, int]:
    from acceptance import web

    login = visit.target.operations["login"]
    body: dict[str, Any] = {**login.body, "email": address, "password": password}
    response = web.ask(
        client, "POST", f"{visit.target.urls.api}{login.path}", json=body, extensions={"harmless": "log-in"}
    )
    return str(web.pick(web.as_json(response), login.fields.get("token", "data.token")) or ""), response.status_code


def _remove(visit: Visit, client: httpx.Client, address: str, password: str) -> bool:
    """Whether the user is gone: the target names the operation, and log-in no longer works."""
    from acceptance import web

    operation = visit.target.operations.get("remove_user")
    if operation is None:
        return False
    token, _ = _log_in(visit, client, address, password)
    if token:
        web.ask(client, str(operation.method), f"{visit.target.urls.api}{operation.path}", headers=web.bearer(token))
    return _log_in(visit, client, address, password)[1] in (401, 403, 404)
