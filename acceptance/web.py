"""HTTP clients for the probes: names from `[resolve]`, trust from `[trust]`, time-outs, bounded bodies."""

from __future__ import annotations

import ipaddress
import ssl
import time
from collections.abc import Iterable
from functools import cache
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

from acceptance.facts import ProbeError, text
from acceptance.foreign import NoDocument, json_of
from acceptance.visit import Visit

if TYPE_CHECKING:
    import httpx

TURNED_AWAY = (401, 429)  # statuses of a request whose content nobody read
BODY_LIMIT = 2_000_000  # bytes of one answer that are read; more is a finding of its own


def ssl_context(visit: Visit) -> ssl.SSLContext:
    """System roots, and the private CA where the target names one."""
    context = ssl.create_default_context()
    if visit.target.trust.ca_file:
        try:
            context.load_verify_locations(visit.target.trust.ca_file)
        except (OSError, ssl.SSLError) as problem:
            raise ProbeError("the private CA", f"[trust] ca_file {visit.target.trust.ca_file}: {problem}") from None
    return context


def addresses(visit: Visit, host: str) -> tuple[str, ...]:
    """Addresses of a host: `[resolve]` first, as curl's --resolve, else the system's resolver."""
    import socket

    if host in visit.target.resolve:
        return visit.target.resolve[host]
    try:
        found = socket.getaddrinfo(host, None, type=socket.SOCK_STREAM)
    except OSError as problem:
        raise ProbeError(f"addresses of {host}", str(problem)) from None
    return tuple(dict.fromkeys(str(each[4][0]) for each in found))


def _is_address(host: str) -> bool:
    try:
        ipaddress.ip_address(host.strip("[]"))
    except ValueError:
        return False
    return True


def client(visit: Visit, *, http2: bool = False, verify: bool = True, source: str = "", **options: Any) -> httpx.Client:
    """A client for one probe. Redirects are not followed and cookies stay in it; close it with `with`.

    `source` is the local address to send from, "" for the system's choice. No request starts after the visit's end, none
    waits beyond it: what was seen until then is kept.

    Every request carries the suite's marker as User-Agent, so that logs can show it. `verify=False` looks past an
    untrusted certificate: only for a probe that says so in its facts.
    """
    import httpx

    class Resolving(httpx.HTTPTransport):
        """Connects to the address that `[resolve]` names; Host and SNI stay the name."""

        def handle_request(self, request: httpx.Request) -> httpx.Response:
            host = request.url.host
            if host in visit.target.resolve:
                request = httpx.Request(
                    request.method,
                    request.url.copy_with(host=visit.target.resolve[host][0]),
                    headers=request.headers,
                    stream=request.stream,
                    extensions={**request.extensions, "sni_hostname": host},
                )
            elif not in_scope(host):  # before its name is asked for: that too is a packet out of scope
                raise httpx.ConnectError(f"{host} is no host of the target")
            return super().handle_request(request)

    from acceptance import ban, guard

    @cache
    def in_scope(host: str) -> bool:
        """Names are the target's, or nobody asks for them; an address is the guard's to judge."""
        return host == "localhost" or _is_address(host) or host in guard.named(visit.target)[1]

    def in_time(request: httpx.Request) -> None:
        left_s = visit.ends - time.monotonic()
        if left_s <= 0:
            raise ProbeError(f"{request.method} {path_of(str(request.url))}", "the time for the look was over")
        patience = request.extensions["timeout"]
        request.extensions["timeout"] = {k: left_s if v is None else min(v, left_s) for k, v in patience.items()}

    headers = {"User-Agent": visit.marker, "Accept": "*/*", **options.pop("headers", {})}
    return httpx.Client(
        transport=Resolving(
            verify=ssl_context(visit) if verify else False, http2=http2, retries=0, local_address=source or None
        ),
        timeout=visit.time_left_s(visit.target.limits.timeout_s),
        headers=headers,
        trust_env=False,
        event_hooks={"request": [in_time, ban.refusing(visit), guard.on_http_request]},
        **options,
    )


def ask(using: httpx.Client, method: str, url: str, **options: Any) -> httpx.Response:
    """One request, its body read up to BODY_LIMIT; ProbeError for whatever the network does."""
    import httpx

    try:
        with using.stream(method, url, **options) as response:
            body = b""
            for chunk in response.iter_bytes(65536):
                body += chunk
                if len(body) > BODY_LIMIT:
                    raise ProbeError(f"{method} {path_of(url)}", f"the body is larger than {BODY_LIMIT} bytes")
            response._content = body
            return response
    except (httpx.HTTPError, httpx.InvalidURL, ssl.SSLError, OSError, ValueError) as problem:
        reason = text(problem, 200) or type(problem).__name__
        raise ProbeError(f"{method} {path_of(url)}", f"{type(problem).__name__}: {reason}") from problem


def path_of(url: str) -> str:
    """A URL as evidence shows it: host and path, no query."""
    parts = urlsplit(str(url))
    return f"{parts.hostname or ''}{parts.path}"


def as_json(response: httpx.Response) -> Any:
    """The body as JSON, or None when it is none (that is a finding, not a failure of the probe)."""
    try:
        return json_of(response.content)
    except NoDocument:
        return None


def pick(document: Any, place: str) -> Any:
    """The value at a dotted place such as `data.token` or `data.0.price`; None where there is nothing."""
    for part in filter(None, place.split(".")):
        if isinstance(document, dict):
            document = document.get(part)
        elif isinstance(document, list) and part.isdecimal() and int(part) < len(document):
            document = document[int(part)]
        else:
            return None
    return document


def denies(document: Any) -> bool:
    """Whether an answer says of itself that it is a failure, whatever its status: `success: false`."""
    return pick(document, "success") is False


def bearer(token: str) -> dict[str, str]:
    """The header of a logged-in user."""
    return {"Authorization": f"Bearer {token}"}


def joined(values: Iterable[object], limit: int = 200) -> str:
    """Values as one short line of evidence."""
    return text(", ".join(str(value) for value in values), limit)
