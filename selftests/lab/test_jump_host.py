"""A host behind a jump host, by real OpenSSH over two sshd: it says itself which way the suite came in."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import Any

import pytest

from acceptance.probes import PROBES, ports
from acceptance.visit import Visit
from selftests.lab.lab_host import status

pytestmark = pytest.mark.lab
JUMP = ["172.30.77.5/32"]


def test_the_host_tells_the_way_by_the_jump_host_from_the_direct_one(visit: Callable[..., Visit]) -> None:
    def ways(ssh: str, **table: Any) -> tuple[ports.Way, ...]:
        there = visit(
            **({"ssh": ssh, "ssh_config": visit().target.hosts["app"].ssh_config} if ssh else table), jump=JUMP
        )
        return ports.ways(replace(there, needs={"hosts": PROBES["hosts"].look(there)}))

    scan = ports.look(visit())
    behind, direct, exec_ = ways("lab-host-behind"), ways("lab-host"), ways("", container="lab-host")
    assert behind[0].came_from == "172.30.77.5"
    assert status("INFRA-CLOUD-09", {"ports": replace(scan, ways=behind)}) == "PASS"
    assert status("INFRA-CLOUD-09", {"ports": replace(scan, ways=direct)}) == "FAIL"
    assert status("INFRA-CLOUD-09", {"ports": replace(scan, ways=exec_)}) == "BLOCKED"
