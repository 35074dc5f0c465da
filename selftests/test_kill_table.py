"""The kill table's page: the lab's rows stand in it, and what they kill counts."""

from typing import Any

from selftests.kill_table import kill_table


def row(fault: str, change: str, killed: dict[str, str]) -> dict[str, Any]:
    return {
        "fault": fault, "change": change, "killed": killed, "survived": [], "collateral": {}, "verdict": "killed",
        "commit": "abc1234", "on": "2026-03-02T08:10Z",
    }  # fmt: skip


def test_what_the_lab_kills_stands_in_the_table_and_is_no_longer_open() -> None:
    report = {"healthy": [], "faults": [row("git-missing", "git is not installed", {"INFRA-SOFT-03": "FAIL"})]}
    alone = kill_table(report, [])
    page = kill_table(report, [row("a log that grows", "yes | head -n 9 > log", {"INFRA-LOG-04": "FAIL"})])
    assert "\n1 of " in alone
    assert "- `INFRA-LOG-04`" in alone
    assert "\n2 of " in page
    assert "- `INFRA-LOG-04`" not in page
    assert "| `a log that grows` | `yes \\| head -n 9 > log` | INFRA-LOG-04 |  |  | 2026-03-02T08:10Z abc1234 |" in page
