"""A backup's counts beside the live ones, at their bounds."""

from __future__ import annotations

from types import SimpleNamespace
from typing import Any

import pytest

from acceptance.facts import ProbeError
from acceptance.grading.backups import AgainstLive


def against(dumped: dict[str, int], live: dict[str, Any], *, encrypted: bool = False) -> AgainstLive:
    named = {f"bot.{name}": count for name, count in dumped.items()}
    held: Any = SimpleNamespace(name="full", collections=named, encrypted=encrypted)
    return AgainstLive("bot", held, live)


@pytest.mark.parametrize(
    "dumped, live, off",
    [
        (1_000, 1_000, False), (950, 1_000, False), (949, 1_000, True), (1_050, 1_000, False), (1_051, 1_000, True),
        (7, 10, False), (6, 10, True), (13, 10, False), (14, 10, True),  # three may differ in any collection
        (0, 3, True), (1, 3, False), (0, 0, False), (3, 0, False), (4, 0, True),
    ],
)  # fmt: skip
def test_counts_may_differ_by_5_percent_or_by_three(dumped: int, live: int, off: bool) -> None:
    wrong = (f"users: {dumped} documents in the backup, {live} live",)
    assert against({"users": dumped}, {"users": live}).counts_off(percent=5) == (wrong if off else ())


def test_the_buckets_of_one_collection_excuse_no_other() -> None:
    found = against({"system.buckets.ticks": 9, "users": 1}, {"ticks": 90_000, "users": 100, "orders": 5})
    assert [each.partition(":")[0] for each in found.counts_off(percent=5)] == ["users", "orders"]
    assert found.missing() == ("orders",)


@pytest.mark.parametrize("live, encrypted", [({"users": 3}, True), ({}, False)])
def test_what_can_not_be_compared_blocks(live: dict[str, Any], encrypted: bool) -> None:
    for ask in (AgainstLive.missing, lambda held: held.counts_off(percent=5)):
        with pytest.raises(ProbeError):
            ask(against({"users": 3}, live, encrypted=encrypted))
