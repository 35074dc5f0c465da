"""Judges one item on facts made by hand: `judge("SEC-TLS-03", tls=Tls(...)) is FAIL`."""

from __future__ import annotations

from typing import Any

from acceptance import judge as judging
from acceptance.facts import dump, load
from acceptance.probes import PROBES
from acceptance.verdict import Status

PASS, FAIL, BLOCKED, PENDING = Status.PASS, Status.FAIL, Status.BLOCKED, Status.PENDING


class Unsigned:
    """The word of a person that nobody has given yet."""

    def require(self) -> None:
        raise judging.Settled(Status.PENDING, "nobody signed")


def judge(id: str, **facts: Any) -> Status:
    """The status of an item on these facts, which go through their JSON as in a run."""
    read: dict[str, Any] = {
        "nothing_runs": False,
    } | {
        name: load(type(value), dump(value)) if name in PROBES else value  # joins and people's word stay as they are
        for name, value in facts.items()
    }
    case = judging.catalogue()[id]
    return judging.judge(case, lambda name: read[name] if name in read else judging.resolve(name, read.__getitem__))[0]
