"""The sandbox's maintenance page."""

from __future__ import annotations

from typing import Any

from acceptance.sandbox.double import Reply, Request, serve
from acceptance.sandbox.fault import Fault
from acceptance.sandbox.world import World

PROBES = ("maintenance",)
FAULTS: tuple[Fault, ...] = (
    Fault("maintenance-page-200", "maintenance", "the maintenance page answers 200", ("INFRA-READY-06",)),
    Fault("maintenance-without-retry-after", "maintenance", "it does not say when to come back", ("INFRA-READY-06",)),
)


def start(world: World) -> dict[str, Any]:
    """Serve the page."""

    def page(_: Request) -> Reply:
        status = 200 if world.on("maintenance-page-200") else 503
        headers = () if world.on("maintenance-without-retry-after") else (("Retry-After", "1800"),)
        return Reply(b"<!doctype html><title>Back soon</title><h1>Back soon</h1>", status, headers)

    return {"doubles": ["maintenance page"], "maintenance": {"url": f"{serve(page)}/maintenance"}}
