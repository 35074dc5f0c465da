"""Before the first start: judged on the configuration alone, or not at all yet; and as ever once the release has begun."""

from __future__ import annotations

import json
import shutil
from pathlib import Path
from typing import Any

import pytest

from acceptance.children import Sandbox
from acceptance.nothing_runs import WHY
from selftests.before_start import before_start
from selftests.running import Ended, run

ON_CONFIGURATION = (
    "INFRA-HOST-07", "INFRA-SOFT-07", "INFRA-ENV-02", "INFRA-ENV-03", "INFRA-ENV-04", "INFRA-ENV-07", "INFRA-ENV-08", "INFRA-ENV-10", "INFRA-ENV-13",
    "SEC-SECRET-01", "SEC-FIREWALL-03", "SEC-FIREWALL-04",
)  # fmt: skip
NOT_YET = (
    "INFRA-DOC-03", "INFRA-CLOUD-08", "INFRA-MONGO-04", "INFRA-MONGO-16", "SEC-SECRET-05", "SEC-SECRET-06",
    "SEC-SECRET-08", "SEC-TLS-01", "SEC-TLS-04", "SEC-TLS-06", "SEC-TLS-07",
)  # fmt: skip


@pytest.fixture(scope="module")
def early(sandbox: Sandbox, tmp_path_factory: pytest.TempPathFactory) -> Ended:
    """A run of the items before deployment, before anything was started."""
    folder = tmp_path_factory.mktemp("early")
    return run(folder, f"--target={before_start(sandbox.target_file, folder / 'target')}", "-m", "before", "-n", "2")


def items(ended: Ended) -> dict[str, dict[str, Any]]:
    return {each["id"]: each for each in ended.record["items"]}


def again(early: Ended, where: Path, change: str) -> dict[str, dict[str, Any]]:
    """The same facts judged again, with one thing changed in the inputs or facts."""
    kept = where / "kept"
    shutil.copytree(early.folder, kept)
    release, hosts, facts = kept / "inputs/releases/2.4.0.toml", kept / "facts/hosts.json", kept / "facts"
    answer = json.loads(hosts.read_text(encoding="utf-8"))
    engine = answer["value"]["hosts"][0]["engine"]
    match change:
        case "started":
            text = release.read_text(encoding="utf-8")
            release.write_text(
                text.replace("announced =", "started = 2026-01-02T03:04:05Z\nannounced ="), encoding="utf-8"
            )
        case "unseen":
            answer["value"]["hosts"][0]["engine"] = {"what": "Docker", "why": "no socket"}
        case "unlimited":
            engine["compose"]["services"][0]["memory_limit_bytes"] = 0
        case "secret":
            engine["compose"]["services"][0]["image_secrets"] = ["ENV TOKEN (JSON web token)"]
        case "endless":
            engine["compose"]["services"][0]["log_rotates"] = False
        case "testnet":
            configured = json.loads((facts / "configuration.json").read_text(encoding="utf-8"))
            text = json.dumps(configured).replace('"BINANCE_TESTNET": "false"', '"BINANCE_TESTNET": "true"')
            (facts / "configuration.json").write_text(text, encoding="utf-8")
    hosts.write_text(json.dumps(answer), encoding="utf-8")
    return items(run(where, f"--replay={kept}", "-m", "before"))


def test_what_has_a_configuration_is_judged_on_it(early: Ended) -> None:
    found = items(early)
    assert {id: (found[id]["status"], found[id]["note"]) for id in ON_CONFIGURATION} == dict.fromkeys(
        ON_CONFIGURATION, ("PASS", f"{WHY}: judged on the configuration alone")
    )


def test_what_only_runs_does_not_apply_yet(early: Ended) -> None:
    found = items(early)
    assert {id: found[id]["status"] for id in NOT_YET} == dict.fromkeys(NOT_YET, "NA")
    assert all(found[id]["note"].startswith(f"{WHY} (could not look: ") for id in NOT_YET)


def test_nothing_stands_in_the_way_of_a_first_deployment(early: Ended) -> None:
    found = items(early)
    odd = {id: (each["status"], each["note"]) for id, each in found.items() if each["phase"] == "before"}
    assert {id for id, (status, _) in odd.items() if status not in ("PASS", "NA")} == {"INFRA-MONGO-12"}, odd


@pytest.mark.parametrize(("change", "id"), [
    ("unlimited", "INFRA-ENV-10"), ("secret", "SEC-SECRET-01"), ("endless", "INFRA-SOFT-07"), ("testnet", "INFRA-ENV-07"),
])  # fmt: skip
def test_a_wrong_configuration_is_red_before_the_start(early: Ended, tmp_path: Path, change: str, id: str) -> None:
    assert again(early, tmp_path, change)[id]["status"] == "FAIL"


@pytest.mark.parametrize("change", ["started", "unseen"])
def test_once_begun_or_where_docker_was_not_seen_nothing_is_left_out(early: Ended, tmp_path: Path, change: str) -> None:
    found = again(early, tmp_path, change)
    assert {id: found[id]["status"] for id in (*ON_CONFIGURATION, *NOT_YET) if found[id]["status"] != "BLOCKED"} == (
        {"SEC-FIREWALL-03": "PASS", "SEC-FIREWALL-04": "PASS"}  # their ports answer here
    )
