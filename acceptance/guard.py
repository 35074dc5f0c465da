"""What a probe may do to the target: scope by address, writes by declaration, requests by budget; all counted.

It is installed in each of the looker's children. Refusals are BaseExceptions: a library that swallows
ordinary exceptions would otherwise send what was refused.
"""

from __future__ import annotations

import ipaddress
import mmap
import os
import re
import struct
import sys
import threading
from collections import Counter
from collections.abc import Iterable
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

if TYPE_CHECKING:
    import httpx

    from acceptance.target import Target
    from acceptance.visit import Visit

_COUNTING = threading.Lock()  # some probes ask from several threads
READS = ("GET", "HEAD", "OPTIONS")
_LEDGER = struct.Struct("QQ")  # requests, writes
HELD_NAMES = 20  # different writes that are told by name; a page may invent any number


class Refused(BaseException):
    """Something that the target does not allow was about to be sent; nothing went out."""


class _State:
    """What is allowed in this process, and what was sent."""

    allowed: frozenset[str] | None = None  # None: no guard installed (self-tests of one probe)
    hosts: frozenset[str] = frozenset()  # where ssh may go, as the target spells it
    names: frozenset[str] = frozenset()  # names whose addresses are allowed too; asked when one is needed
    writes_allowed = True
    budget = 0
    sent = 0
    writes = 0
    held: Counter[str] = Counter()  # writes that a page was about to send, by operation; none went out
    refused = ""  # the first refusal: it counts even where a library turned it into something else
    ledger: mmap.mmap | None = None  # shared with the looker, who reads it when this process had to be killed


def install(visit: Visit, budget: int) -> None:
    """Bind this process to the target's addresses, its allowed impacts and a budget of requests."""
    literal, _State.names = named(visit.target)
    _State.allowed = literal
    _State.hosts = frozenset(host.ssh for host in visit.target.hosts.values())
    _State.writes_allowed = bool(visit.allow & {"writes", "disrupts"})
    _State.budget, _State.sent, _State.writes, _State.refused = budget, 0, 0, ""
    _State.held = Counter()
    sys.addaudithook(_on_audit)


def confine(addresses: Iterable[str]) -> None:
    """Bind a process that is no child of the looker (a load generator) to these addresses, whatever it was told before."""
    if _State.allowed is None:
        sys.addaudithook(_on_audit)
    _State.allowed, _State.names = frozenset(addresses), frozenset()


def heard(said: str) -> str:
    """The first refusal that a confined process told on its standard error; "" for none."""
    found = re.search(r"^guard: (process \d+ refused [^\s]{1,100})$", said, re.MULTILINE)
    return found[1] if found else ""


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


def ledger() -> mmap.mmap:
    """Room for the counts of a process that is about to be forked."""
    return mmap.mmap(-1, _LEDGER.size)


def keep(shared: mmap.mmap) -> None:
    """Count into this ledger from now on."""
    _State.ledger = shared


def kept(shared: mmap.mmap) -> dict[str, int]:
    """What a process had counted into its ledger when it ended."""
    sent, writes = _LEDGER.unpack_from(shared)
    return {"requests": sent, "writes": writes}


def counts() -> dict[str, Any]:
    """Requests and writes of this process so far, and what it held back, by name."""
    return {"requests": _State.sent, "writes": _State.writes, "held": dict(_State.held)}


def hold(what: str) -> None:
    """A write of a page is held back: the page goes on without it."""
    _State.held[what if what in _State.held or len(_State.held) < HELD_NAMES else "others"] += 1


def forget() -> None:
    """A confined process that outlives its work starts with a clean sheet."""
    _State.refused = ""


def refused() -> str:
    """What was refused in this process first, "" for nothing."""
    return _State.refused


def _refuse(why: str) -> None:
    _State.refused = _State.refused or why
    raise Refused(why)


def on_http_request(request: httpx.Request) -> None:
    """httpx event hook: count, and refuse a write that was not declared.

    A probe declares a request that can't change anything (log-in, a body that no parser accepts) by the
    extension `harmless`, with its reason.
    """
    count(write=request.method not in READS and not request.extensions.get("harmless"), what=f"{request.method}")


def count(*, write: bool, what: str) -> None:
    """One request is about to be sent; Refused when it is a write without `--allow`, or over the budget."""
    if write and not _State.writes_allowed:
        _refuse(f"{what} changes the target and needs --allow writes")
    with _COUNTING:
        _State.sent += 1
        _State.writes += write
        if _State.ledger:
            _LEDGER.pack_into(_State.ledger, 0, _State.sent, _State.writes)
    if _State.budget and _State.sent > _State.budget:
        _refuse(f"the budget of {_State.budget} requests is used up")


def named(target: Target) -> tuple[frozenset[str], frozenset[str]]:
    """What the target names: addresses (in `[resolve]`, in URLs, as hosts), and names that have yet to be resolved."""
    found = {a for several in target.resolve.values() for a in several}
    names: set[str] = set()
    for text in set(_texts(target.model_dump(mode="json"))):
        for host in _hosts(text):
            try:
                found.add(str(ipaddress.ip_address(host)))
            except ValueError:
                names.add(host)
    return frozenset(found), frozenset(names - set(target.resolve))


def _is_allowed(host: str) -> bool:
    """Whether an address is the target's; its names are resolved only when no address that it gives is meant."""
    import socket

    while host not in (_State.allowed or ()) and _State.names:
        name = min(_State.names)
        _State.names -= {name}
        try:
            found = {str(each[4][0]) for each in socket.getaddrinfo(name, None, type=socket.SOCK_STREAM)}
        except OSError:
            continue
        _State.allowed = (_State.allowed or frozenset()) | found
    return host in (_State.allowed or ())


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
    if _State.allowed is None:
        return
    if event == "subprocess.Popen":
        _on_program(args[1])
    if event not in ("socket.connect", "socket.sendto", "socket.sendmsg"):
        return
    address = args[1] if event != "socket.sendmsg" else (args[1] if len(args) > 1 else None)
    if not isinstance(address, tuple) or not address:
        return  # AF_UNIX, or a connected socket whose connect was judged
    host = str(address[0]).partition("%")[0].removeprefix("::ffff:")
    if host in ("", "0.0.0.0", "::") or _is_resolver(host, address[1]):  # noqa: S104
        return
    if not _is_allowed(host):
        sys.stderr.write(f"guard: process {os.getpid()} refused {host}\n")
        _refuse(f"{host}:{address[1]} is no address of the target")


def _on_program(argv: Any) -> None:
    """ssh goes to the target's hosts and addresses only; it is written `ssh … -- DESTINATION …`."""
    words = [os.fsdecode(word) for word in ([argv] if isinstance(argv, str | bytes | os.PathLike) else argv)]
    if not words or os.path.basename(words[0]) != "ssh":
        return
    where = words[words.index("--") + 1] if "--" in words[:-1] else " ".join(words[1:])
    if where not in _State.hosts and not _is_allowed(where):
        _refuse(f"ssh to {where[:100]}: no host of the target")


def _is_resolver(host: str, port: int) -> bool:
    """The system's own resolver, which a client library may ask for a name that the target gives."""
    if port != 53:
        return False
    try:
        with open("/etc/resolv.conf", encoding="utf-8") as conf:
            return any(line.split()[1:2] == [host] for line in conf if line.startswith("nameserver"))
    except OSError:
        return False
