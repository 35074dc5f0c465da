"""Looks at the set as its members see it: who is in it, how far behind, and whom it contradicts."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from acceptance.facts import Unseen, text
from acceptance.probes.mongo_client import Client, ask
from acceptance.probes.mongo_members import InSet, Replication


def kind_of(hello: dict[str, Any]) -> str:
    """What a member says that it is."""
    if hello.get("isWritablePrimary") or hello.get("ismaster"):
        return "primary"
    if hello.get("secondary"):
        return "secondary"
    return "arbiter" if hello.get("arbiterOnly") else "other"


def unlisted(names: tuple[str, ...], hellos: dict[str, dict[str, Any]], in_set: tuple[InSet, ...]) -> tuple[str, ...]:
    """Members of the set that the target does not name, by either name; arbiters hold nothing that could be asked."""
    there = {m.name for m in in_set if not m.arbiter}
    for hello in hellos.values():
        there |= {text(each, 200) for key in ("hosts", "passives") for each in hello.get(key, ())}
    return tuple(sorted(there - {*names, *(text(hello.get("me"), 200) for hello in hellos.values())}))[:50]


def replication_of(clients: dict[str, Client], greetings: dict[str, dict[str, Any]]) -> Replication:
    """The set as its primary sees it, or else the first member that answers."""
    if not any(hello.get("setName") or hello.get("msg") == "isdbgrid" for hello in greetings.values()):
        return Replication("", (), ())  # standalone
    order = sorted(clients, key=lambda name: kind_of(greetings[name]) != "primary")
    answer: dict[str, Any] | Unseen = Unseen("the replica set", "no member answered")
    for name in order:
        answer = ask(clients[name], {"replSetGetStatus": 1}, "replSetGetStatus (clusterMonitor)")
        config = ask(clients[name], {"replSetGetConfig": 1}, "replSetGetConfig (clusterMonitor)")
        if not isinstance(answer, Unseen):
            in_set = config if isinstance(config, Unseen) else _in_set(answer, config)
            return Replication(text(answer.get("set", ""), 80), in_set, _contradictions(answer, greetings))
    return Replication("", answer if isinstance(answer, Unseen) else (), ())


def _in_set(status: dict[str, Any], config: dict[str, Any]) -> tuple[InSet, ...]:
    configured = {c.get("host"): c for c in config.get("config", {}).get("members", ())}
    now = max(
        (m["optimeDate"] for m in status.get("members", ()) if isinstance(m.get("optimeDate"), datetime)), default=None
    )
    shown = []
    for member in status.get("members", ()):
        own = configured.get(member.get("name"), {})
        at = member.get("optimeDate")
        delay_s = float(own.get("secondaryDelaySecs", own.get("slaveDelay", 0)))  # the latter before 5.0
        shown.append(
            InSet(
                name=text(member.get("name", ""), 200),
                state=text(member.get("stateStr", ""), 40),
                healthy=member.get("health") == 1,
                votes=int(own.get("votes", 0)),
                arbiter=bool(own.get("arbiterOnly")),
                hidden=bool(own.get("hidden")),
                lag_s=max(0.0, (now - at).total_seconds() - delay_s) if now and isinstance(at, datetime) else None,
                delay_s=delay_s,
            )
        )
    return tuple(shown)


def _contradictions(status: dict[str, Any], greetings: dict[str, dict[str, Any]]) -> tuple[str, ...]:
    """Members that say one thing of themselves while the set says another, or that are in no or another set."""
    said = {m.get("name"): m.get("stateStr") for m in status.get("members", ())}
    found = []
    for name, hello in greetings.items():
        kind, known = kind_of(hello), name if name in said else hello.get("me")
        if hello.get("setName") != status.get("set"):
            found.append(f"{name} says that its set is {text(hello.get('setName'), 40)}")
        elif known not in said:
            found.append(f"{name} is not in the set")
        elif kind.upper() != said[known] and {kind.upper(), said[known]} & {"PRIMARY", "SECONDARY"}:
            found.append(f"{name} says {kind.upper()}, the set says {said[known]}")
    return tuple(found)
