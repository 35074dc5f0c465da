"""What a probe may do to the target: scope by address, writes by declaration, requests by budget; all counted.

It is installed in each of the looker's children. Refusals are BaseExceptions: a library that swallows
ordinary exceptions would otherwise send what was refused.
"""

from __future__ import annotations

import ipaddress
import os
import re
import sys
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

from acceptance.target import Target

if TYPE_CHECKING:
    import httpx

    from acceptance.visit import Visit

READS = ("GET", "HEAD", "OPTIONS")


class Refused(BaseException):
    """Something that the target does not allow was about to be sent; nothing went out."""


class _State:
    """What is allowed in this process, and what was sent."""

    allowed: frozenset[str] | None = None  # None: no guard installed (self-tests of one probe)
    writes_allowed = True
    budget = 0
    sent = 0
    writes = 0


def install(visit: Visit, budget: int) -> None:
    """Bind this process to the target's addresses, its allowed impacts and a budget of requests."""
    _State.allowed = frozenset(addresses(visit.target))
    _State.writes_allowed = bool(visit.allow & {"writes", "disrupts"})
    _State.budget, _State.sent, _State.writes = budget, 0, 0
    sys.addaudithook(_on_audit)


def permit(host: str) -> None:
    """Allow a service that the target grants without an address (AWS): its addresses, as they are resolved."""
    import socket

    resolve: Any = socket.getaddrinfo

    def resolving(asked: Any, *args: Any, **options: Any) -> Any:
        found = resolve(asked, *args, **options)
        if asked == host and _State.allowed is not None:
            _State.allowed |= {str(each[4][0]) for each in found}
        return found

    socket.getaddrinfo = resolving  # type: ignore[assignment]  # same shape, any types


def counts() -> dict[str, int]:
    """Requests and writes of this process so far."""
    return {"requests": _State.sent, "writes": _State.writes}


def on_http_request(request: httpx.Request) -> None:
    """httpx event hook: count, and refuse a write that was not declared.

    A probe declares a request that can't change anything (log-in, a body that no parser accepts) by the
    extension `harmless`, with its reason.
    """
    count(write=request.method not in READS and not request.extensions.get("harmless"), what=f"{request.method}")


def count(*, write: bool, what: str) -> None:
    """One request is about to be sent; Refused when it is a write without `--allow`, or over the budget."""
    if write and not _State.writes_allowed:
        raise Refused(f"{what} changes the target and needs --allow writes")
    _State.sent += 1
    _State.writes += write
    if _State.budget and _State.sent > _State.budget:
        raise Refused(f"the budget of {_State.budget} requests is used up")


def addresses(target: Target) -> set[str]:
    """Every address that the target names: in `[resolve]`, in URLs, as hosts, resolved where they are names."""
    import socket

    found = {a for several in target.resolve.values() for a in several}
    for text in set(_texts(target.model_dump(mode="json"))):
        for host in _hosts(text):
            if host in target.resolve:
                continue
            try:
                found.add(str(ipaddress.ip_address(host)))
            except ValueError:
                try:
                    found |= {str(each[4][0]) for each in socket.getaddrinfo(host, None, type=socket.SOCK_STREAM)}
                except OSError:
                    continue
    return found


def _hosts(text: str) -> list[str]:
    if "://" in text:
        netloc = urlsplit(text).netloc.rpartition("@")[2]
        return [h for part in netloc.split(",") if (h := re.sub(r":\d+$", "", part).strip("[]"))]
    if match := re.fullmatch(r"\[?([0-9a-fA-F.:]+|[\w.-]+)\]?:\d{1,5}", text):
        return [match[1]]
    try:
        return [str(ipaddress.ip_address(text))]
    except ValueError:
        return []


def _texts(value: Any) -> list[str]:
    if isinstance(value, str):
        return [value]
    if isinstance(value, dict):
        return [t for each in value.values() for t in _texts(each)]
    if isinstance(value, list):
        return [t for each in value for t in _texts(each)]
    return []


def _on_audit(event: str, args: tuple[Any, ...]) -> None:
    if event not in ("socket.connect", "socket.sendto", "socket.sendmsg") or _State.allowed is None:
        return
    address = args[1] if event != "socket.sendmsg" else (args[1] if len(args) > 1 else None)
    if not isinstance(address, tuple) or not address:
        return  # AF_UNIX, or a connected socket whose connect was judged
    host = str(address[0]).partition("%")[0].removeprefix("::ffff:")
    if host not in _State.allowed and host not in ("", "0.0.0.0", "::") and not _is_resolver(host, address[1]):  # noqa: S104
        sys.stderr.write(f"guard: process {os.getpid()} refused {host}\n")
        raise Refused(f"{host}:{address[1]} is no address of the target")


def _is_resolver(host: str, port: int) -> bool:
    """The system's own resolver, which a client library may ask for a name that the target gives."""
    if port != 53:
        return False
    try:
        with open("/etc/resolv.conf", encoding="utf-8") as conf:
            return any(line.split()[1:2] == [host] for line in conf if line.startswith("nameserver"))
    except OSError:
        return False
