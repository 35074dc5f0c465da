"""Which operations let a stranger, or the wrong user, in. Sent so that nothing happens should the guard be missing.

GET and HEAD go as they are, save acting or paid ones. Others carry a body that no parser accepts, or an id
that cannot exist; an operation with neither is not sent.
"""

from __future__ import annotations

import re
from concurrent.futures import ThreadPoolExecutor
from typing import TYPE_CHECKING, Any

from acceptance.facts import ProbeError, Unseen, facts, offenders, seen
from acceptance.visit import Visit

if TYPE_CHECKING:
    import httpx

AT_ONCE = 6
MOST = 200  # operations that are asked; the others are unseen
METHODS = ("GET", "HEAD", "POST", "PUT", "PATCH", "DELETE")


@facts
class Guard:
    """How one operation answered somebody who must not get in."""

    operation: str
    who: str
    status: int

    def __repr__(self) -> str:
        return f"{self.operation} as {self.who}: {self.status}, expected 401 or 403"


@facts
class Guards:
    """Answers of every protected operation, the operations that were not sent, and foreign objects by id."""

    strangers: tuple[Guard | Unseen, ...]
    foreign: Guard | Unseen  # a second user at the first one's portfolio; 404 is fine too
    admin: tuple[Guard, ...]  # a user who is no admin, at an admin's operations
    not_sent: tuple[str, ...]
    public: tuple[str, ...]

    def looked(self) -> str:
        asked, left = len(self.strangers), len(self.not_sent)
        return f"{asked} protected operations as a stranger, {left} not sent, {len(self.public)} public"

    def open_to_strangers(self) -> tuple[str, ...]:
        """Protected operations that answered a stranger with anything but 401 or 403."""
        wrong = [repr(g) for g in self.strangers if isinstance(g, Guard) and g.status not in (401, 403)]
        return offenders(wrong, [g for g in self.strangers if isinstance(g, Unseen)])

    def writes_open_to_strangers(self) -> tuple[str, ...]:
        """The same for operations that change something; ProbeError when none was asked."""
        writes = [g for g in self.strangers if isinstance(g, Guard) and not g.operation.startswith(("GET ", "HEAD "))]
        if not writes:
            raise ProbeError("operations that change something", "none could be asked without harm")
        return tuple(repr(g) for g in writes if g.status not in (401, 403))

    def open_to_others(self) -> tuple[str, ...]:
        """Objects of one user, or operations of an admin, that another user got."""
        admins = [repr(g) for g in self.admin if g.status not in (401, 403, 404)]
        if admins and isinstance(self.foreign, Unseen):  # wrong beats unseen
            return tuple(admins)
        return (*self.objects_of_others(), *admins)

    def objects_of_others(self) -> tuple[str, ...]:
        """Objects of one user that another one got."""
        foreign = seen(self.foreign)
        return () if foreign.status in (401, 403, 404) else (repr(foreign),)


def operations(visit: Visit, document: Any) -> list[tuple[str, str, bool, bool]]:
    """(method, path, public, acting) of the OpenAPI document and the target, each once, the target's word first."""
    named = {(str(o.method), o.path): o for o in visit.target.operations.values()}
    found = {key: (o.public, o.acting or o.kind == "paid") for key, o in named.items()}
    paths = document.get("paths") if isinstance(document, dict) else None
    for path, entry in paths.items() if isinstance(paths, dict) else ():
        for method, operation in entry.items() if isinstance(entry, dict) else ():
            key = (method.upper(), str(path))
            if key[0] in METHODS and key not in found and isinstance(operation, dict):
                found[key] = (
                    False,
                    key[0] not in ("GET", "HEAD") and not operation.get("requestBody") and "{" not in path,
                )
    return [(method, path, public, acting) for (method, path), (public, acting) in sorted(found.items())]


def look(visit: Visit) -> Guards:
    """Ask every operation that is not listed public, as a stranger; then foreign objects as a second user."""
    from acceptance import web

    urls = visit.target.urls
    not_sent, public, admin = [], [], []
    foreign: Guard | Unseen = Unseen("another user's portfolio", "no second user logged in")
    with web.client(visit) as client:
        docs = urls.docs if urls.docs.startswith("https://") else f"{urls.api}{urls.docs}"
        document = web.as_json(web.ask(client, "GET", docs))
        known = operations(visit, document)
        ask: list[tuple[str, str]] = []
        for method, path, is_public, acting in known:
            name = f"{method} {path}"
            if is_public:
                public.append(name)
            elif acting and "disrupts" not in visit.allow:
                not_sent.append(name)
            else:
                ask.append((method, path))

        def stranger(operation: tuple[str, str]) -> Guard | Unseen:
            try:
                return Guard(" ".join(operation), "a stranger", _send(client, urls.api, *operation, {}))
            except ProbeError as problem:
                return Unseen(" ".join(operation), problem.why)

        with ThreadPoolExecutor(AT_ONCE) as pool:  # one after the other, a slow target would take minutes
            strangers = list(pool.map(stranger, ask[:MOST]))
        if more := ask[MOST:]:
            why = f"{len(ask)} operations are more than the {MOST} that are asked"
            strangers.append(Unseen(f"{' '.join(more[0])} and what follows it", why))
        tokens = visit.live_secret("tokens")
        if tokens.get("other") and tokens.get("user"):
            foreign = _foreign(visit, client, tokens)
            admin = _admin(visit, client, tokens)
    if not strangers:
        raise ProbeError("protected operations", "neither the OpenAPI document nor the target names one")
    return Guards(tuple(strangers), foreign, tuple(admin), tuple(not_sent), tuple(public))


def _send(client: httpx.Client, base: str, method: str, path: str, headers: dict[str, str]) -> int:
    from acceptance import web

    url = base + re.sub(r"\{[^}]*\}", "acceptance-no-such-id", path)
    options: dict[str, Any] = {"headers": headers}
    if method not in ("GET", "HEAD"):
        options["extensions"] = {"harmless": "no parser takes the body, no object has the id"}
        if method != "DELETE":
            options |= {"content": b"{", "headers": {**headers, "Content-Type": "application/json"}}
    return web.ask(client, method, url, **options).status_code


def _foreign(visit: Visit, client: httpx.Client, tokens: dict[str, str]) -> Guard | Unseen:
    """Whether the second user gets the first one's portfolio by its owner's id. Their own instead is as good as a refusal."""
    from acceptance import web

    what = "another user's portfolio"
    operation, profile = visit.target.operations.get("portfolio"), visit.target.operations.get("profile")
    if not operation or not profile:
        return Unseen(what, "the target has no [operations.portfolio] or no [operations.profile]")
    base, as_other = visit.target.urls.api, web.bearer(tokens["other"])
    try:
        mine = web.ask(client, "GET", f"{base}{profile.path}", headers=web.bearer(tokens["user"]))
        my_id = web.pick(web.as_json(mine), profile.fields.get("id", "data.id"))
        if my_id in (None, ""):
            return Unseen(what, f"{profile.path} names no id at {profile.fields.get('id', 'data.id')}")
        theirs = web.as_json(web.ask(client, "GET", f"{base}{operation.path}", headers=as_other))
        answer = web.ask(client, "GET", f"{base}{operation.path}?user_id={my_id}", headers=as_other)
    except ProbeError as problem:
        return Unseen(problem.what, problem.why)
    place, body = operation.fields.get("owner", "data.user_id"), web.as_json(answer)
    owner = web.pick(body, place)
    status = answer.status_code
    if 200 <= status < 300 and owner != my_id:
        if owner in (None, "") and body != theirs:
            return Unseen(what, f"{operation.path} names no owner at {place}, and what it shows differs by user_id")
        status = 403
    return Guard(f"GET {operation.path} of another user", "a second user", status)


def _admin(visit: Visit, client: httpx.Client, tokens: dict[str, str]) -> list[Guard]:
    """Whether the second user, who is no admin, gets into operations that are named for admins."""
    from acceptance import web

    found = []
    for name, each in visit.target.operations.items():
        if name.startswith("admin") and each.method == "GET":
            status = _send(client, visit.target.urls.api, "GET", each.path, web.bearer(tokens["other"]))
            found.append(Guard(f"GET {each.path}", "a user who is no admin", status))
    return found
