"""All that a sandbox holds, flattened: what lies in its parts' memory, in its AWS, in its files. Two of them show a change."""

from __future__ import annotations

import hashlib
import re
from collections import deque
from collections.abc import Iterator, Mapping
from typing import Any

from acceptance.sandbox.aws import ACCOUNT
from acceptance.sandbox.world import World

# what a look alone may change: no state of the target's
COMES_AND_GOES = re.compile(
    r"^file (access|requests)\.log|^file state/"  # logs; what the suite itself keeps
    r"|\.load_balancers\..*\.state|\._tick:?$|\._app\.app_instances"  # moto lets its things grow up when they are read
    r"|^shared\.(cdn\.seen|net\.asked|slowness\.|ws\.open)"  # what was asked and answered when
    r"|\.accounts\.(failures|tokens\.(revoked|_checked))"  # log-ins that were wrong, log-outs, what is known of a token
    r"|\.engine\.ledger\._next"  # the number of the next order
    r"|^shared\.mongo\.(_ids|admin\.clients)"  # numbers of answers, and who is connected
)
CATALOGUES = {"amis", "instance_types", "ami_ids"}  # what AWS itself has on offer, tens of thousands of values


def taken(world: World) -> dict[str, str]:
    """Each value by its place, without what comes and goes."""
    roots = {"shared": world.shared}
    if "aws" in world.shared:
        roots["aws"] = _aws(world)
    seen: dict[int, Any] = {}
    found = {place: value for name, root in roots.items() for place, value in _flat(name, root, seen)}
    found |= {f"file {path.relative_to(world.folder)}": hashlib.sha256(path.read_bytes()).hexdigest()
              for path in world.folder.rglob("*") if path.is_file()}  # fmt: skip
    return {place: value for place, value in found.items() if not COMES_AND_GOES.search(place)}


def changed(before: dict[str, str], after: dict[str, str]) -> list[str]:
    """What came, went or became something else."""
    places = sorted(place for place in before.keys() | after.keys() if before.get(place) != after.get(place))
    return [
        f"{place}: {before.get(place, 'nothing')[:80]} became {after.get(place, 'nothing')[:80]}" for place in places
    ]


def _aws(world: World) -> dict[str, Any]:
    """The services that the sandbox fills, filled."""
    aws = world.shared["aws"]
    with aws._lock:
        aws._fill("")  # all of it
    from moto import backends

    get_backend: Any = backends.get_backend
    services = sorted({service for several, _ in aws.seeds.values() for service in several})
    return {service: dict(get_backend(service)[ACCOUNT].items()) for service in services}


def _flat(place: str, value: Any, seen: dict[int, Any]) -> Iterator[tuple[str, str]]:
    inner: Iterator[tuple[Any, Any]]
    if isinstance(value, Mapping):
        inner = iter(list(value.items()))
    elif isinstance(value, list | tuple | deque):
        inner = enumerate(list(value))
    elif isinstance(value, set | frozenset):
        inner = enumerate(sorted(map(repr, value)))
    elif type(value).__module__.startswith(("acceptance.", "moto.")) and hasattr(value, "__dict__"):
        inner = iter(vars(value).items())
    else:
        yield place, re.sub(r" at 0x[0-9a-f]+", "", repr(value))
        return
    if id(value) in seen or isinstance(value, World):
        return
    seen[id(value)] = value
    if hasattr(value, "__dict__"):  # a container is what is in it
        yield place, type(value).__name__
    for name, each in inner:
        if name not in CATALOGUES:
            yield from _flat(f"{place}.{name}", each, seen)
