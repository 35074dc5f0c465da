"""The API's own document: whether it is valid OpenAPI, and covers the operations that the target names."""

from __future__ import annotations

import re
from urllib.parse import urlsplit

from acceptance.facts import ProbeError, facts, text
from acceptance.visit import Visit


@facts
class ApiDocument:
    """The OpenAPI document as it is served."""

    url: str
    status: int
    version: str
    operations: int
    errors: tuple[str, ...]  # of its form
    undocumented: tuple[str, ...]  # operations of the target that it leaves out

    def looked(self) -> str:
        return f"{self.url}: OpenAPI {self.version or '?'}, {self.operations} operations"


def look(visit: Visit) -> ApiDocument:
    """Fetch and validate the document, then look for each operation in it."""
    from acceptance import web

    docs = visit.target.urls.docs
    url = docs if docs.startswith("https://") else f"{visit.target.urls.api}{docs}"
    with web.client(visit) as client:
        response = web.ask(client, "GET", url)
    document = web.as_json(response)
    shown = web.path_of(url)
    if not isinstance(document, dict):
        return ApiDocument(
            shown, response.status_code, "", 0, ("it is no JSON object",), tuple(map(" ".join, _named(visit)))
        )
    known = operations_of(document)
    missing = tuple(f"{method} {path}" for method, path in _named(visit) if (method, _shape(path)) not in known)
    version = text(document.get("openapi", ""), 20)
    return ApiDocument(shown, response.status_code, version, len(known), _errors(document), missing)


def _named(visit: Visit) -> list[tuple[str, str]]:
    found = [(str(o.method), o.path.partition("?")[0]) for o in visit.target.operations.values()]
    if not found:
        raise ProbeError("the API's document", "the target names no operation to compare it with")
    return found


def operations_of(document: dict[str, object]) -> set[tuple[str, str]]:
    """Method and shape of each operation's path, below the path of the first server, as OpenAPI has it."""
    from acceptance import web

    paths, base = document.get("paths"), urlsplit(str(web.pick(document, "servers.0.url") or "")).path.rstrip("/")
    return {
        (method.upper(), _shape(f"{base}{path}"))
        for path, entry in (paths.items() if isinstance(paths, dict) else ())
        for method in (entry if isinstance(entry, dict) else ())
    }


def _shape(path: str) -> str:
    """A path with its parameters' names taken out."""
    return re.sub(r"\{[^}]*\}", "{}", path.rstrip("/"))


def _errors(document: dict[str, object]) -> tuple[str, ...]:
    from openapi_spec_validator import OpenAPIV30SpecValidator, OpenAPIV31SpecValidator

    kind = OpenAPIV30SpecValidator if str(document.get("openapi", "")).startswith("3.0") else OpenAPIV31SpecValidator
    try:
        found = [e for _, e in zip(range(5), kind(document).iter_errors(), strict=False)]
    except Exception as problem:  # noqa: BLE001  # a foreign document may break its reader in many ways
        return (f"can't be read: {type(problem).__name__}",)
    return tuple(text(error, 200).splitlines()[0] for error in found)
