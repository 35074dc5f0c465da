"""Whether a known default log-in works. Each pair of words is tried once, at most three a service."""

from __future__ import annotations

from acceptance.facts import ProbeError, Unseen, facts, offenders
from acceptance.visit import Visit

MOST = 3
REFUSALS = (400, 401, 403, 422, 423)  # any other 4xx is no word on the log-in: no such page, too many requests


@facts
class Default:
    """One default log-in and how it was answered."""

    name: str
    url: str
    user: str
    status: int
    let_in: bool

    def __repr__(self) -> str:
        return f"{self.name}: {self.user} with the default password got {self.status} at {self.url}, 401 expected"


@facts
class Defaults:
    """All that were tried."""

    tried: tuple[Default | Unseen, ...]

    def looked(self) -> str:
        return f"{len(self.tried)} known default log-ins, each once"

    def that_work(self, name: str = "") -> tuple[str, ...]:
        """Defaults that let somebody in (of those whose name begins so)."""
        seen = [t for t in self.tried if isinstance(t, Default) and t.name.startswith(name)]
        blind = [t for t in self.tried if isinstance(t, Unseen)]
        if not seen and not blind:
            raise ProbeError(f"the defaults of {name}" if name else "default log-ins", "the target names none")
        return offenders([repr(t) for t in seen if t.let_in], blind)


def look(visit: Visit) -> Defaults:
    """Try each default of the target once."""
    from collections import Counter
    from urllib.parse import urlsplit

    from acceptance import ban, web

    tried: list[Default | Unseen] = []
    count: Counter[str] = Counter()
    for name, table in (visit.target.defaults or {}).items():
        where = urlsplit(table.url).netloc
        count[where] += 1
        if count[where] > MOST:
            tried.append(Unseen(f"the default {name}", f"{MOST} were tried at {where} already"))
            continue
        if table.kind == "mongo":
            tried.append(_at_mongodb(visit, name, where, table.user, table.word))
            continue
        with web.client(visit) as client:
            try:
                if table.kind == "basic":
                    answer = ban.attempt(visit, client, "GET", table.url, auth=(table.user, table.word))
                else:
                    body = {"user": table.user, "email": table.user, "password": table.word}
                    answer = ban.attempt(visit, client, "POST", table.url, json=body, extensions={"harmless": "log-in"})
            except ProbeError as problem:
                tried.append(Unseen(f"the default {name}", problem.why))
                continue
        said = web.as_json(answer)
        page = answer.is_success and table.kind == "json" and said is None and "set-cookie" not in answer.headers
        if page or not (answer.is_success or answer.status_code in REFUSALS):
            why = f"{web.path_of(table.url)} answered {answer.status_code}{' with a page' if page else ''}, as no log-in does"
            tried.append(Unseen(f"the default {name}", why))
            continue
        failed = web.denies(said)
        tried.append(
            Default(
                name, web.path_of(table.url), table.user, answer.status_code, answer.status_code < 400 and not failed
            )
        )
    if not tried:
        raise ProbeError("default log-ins", "the target names none in [defaults]")
    return Defaults(tuple(tried))


def _at_mongodb(visit: Visit, name: str, member: str, user: str, word: str) -> Default | Unseen:
    """Log in to a member of the set; the server's own code stands as status."""
    from pymongo.errors import OperationFailure, PyMongoError

    from acceptance.probes.mongo_client import REFUSED, connect, why

    client = connect(visit, member, username=user, password=word, authSource="admin")
    try:
        client.admin.command("ping")
    except OperationFailure as refusal:
        if refusal.code not in REFUSED:
            return Unseen(f"the default {name}", why(refusal))
        return Default(name, member, user, int(refusal.code or 0), let_in=False)
    except PyMongoError as problem:
        return Unseen(f"the default {name}", why(problem))
    finally:
        client.close()
    return Default(name, member, user, 0, let_in=True)
