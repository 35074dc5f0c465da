"""What the people of the sandbox's team have signed. They are roles at example.com, nobody real."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import tomlkit

from acceptance.checklist import checklist
from acceptance.sandbox.fault import Fault
from acceptance.sandbox.world import World
from acceptance.signoff import ROLE_OF, ROLES, fingerprint

PROBES = ()
TWO_HALVES = ("INFRA-READY-02", "INFRA-READY-03", "INFRA-GATE-04", "SEC-WEB-05")  # a person's word is their second half
READ_THE_ROUTER = "Read the router: the operations that have neither body nor id stand behind the guard."
FAULTS: tuple[Fault, ...] = (
    Fault("review-before-record", "people", "the team reviewed before the record was there", ("INFRA-READY-10",)),
)


def mail(role: str) -> str:
    """The address of a role."""
    return f"{role.lower().replace(' ', '-')}@example.com"


def start(world: World) -> dict[str, Any]:
    """Write people.toml and attestations.toml beside the target."""
    refresh(world)
    return {"doubles": ["people's word"]}


def refresh(world: World) -> None:
    """Write what they have signed with the faults that are on."""
    people = {"people": {mail(role): {"roles": [role]} for role in ROLES}}
    (world.folder / "people.toml").write_text(tomlkit.dumps(people), encoding="utf-8")
    signed: dict[str, Any] = {}
    for item in checklist().items:
        if (item.attested or item.id in TWO_HALVES) and item.feature != "rolled_back":
            role = ROLE_OF.get(item.id, "Tech Lead" if item.id == "SEC-WEB-05" else "Product Manager")
            early = item.id == "INFRA-READY-10" and world.on("review-before-record")
            signed[item.id] = {
                "outcome": "done", "by": mail(role), "role": role, "on": world.started - timedelta(minutes=180 if early else 10),
                "until": world.now + timedelta(days=7), "says": READ_THE_ROUTER if item.id == "SEC-WEB-05" else "Done; this is the sandbox's own team.",
                "evidence": "https://lists.example.com/482", "wording": fingerprint(item.sentence), "version": world.version,
            }  # fmt: skip
    (world.folder / "attestations.toml").write_text(tomlkit.dumps(signed), encoding="utf-8")
