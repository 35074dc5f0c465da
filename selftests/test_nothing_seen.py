"""Facts in which there is nothing to judge pass nothing: a list that the target left empty, a project without containers."""

from __future__ import annotations

import dataclasses
import types
import typing
from datetime import UTC, datetime
from enum import StrEnum
from typing import Any

import pytest

from acceptance import judge as judging
from acceptance.facts import Unseen
from acceptance.nothing_runs import ASKS
from acceptance.probes import PROBES
from acceptance.verdict import Status

# their probes end in words where there is nothing to ask, or a zero is what was measured
GUARDED_BY_THE_PROBE = (
    "INFRA-CLOUD-01", "INFRA-CLOUD-02", "INFRA-CLOUD-04", "INFRA-NET-03", "INFRA-DATA-02", "INFRA-DATA-06",
    "INFRA-DATA-07", "INFRA-HOST-10", "INFRA-NET-01", "INFRA-DOC-08", "INFRA-DOC-09", "INFRA-MONGO-04",
    "INFRA-MONGO-19", "INFRA-MON-01", "INFRA-MON-02", "INFRA-NET-05", "INFRA-NET-07", "INFRA-NET-10",
    "INFRA-CLOUD-09", "INFRA-NET-04", "INFRA-IMAGE-01", "INFRA-IMAGE-02", "INFRA-IMAGE-03", "INFRA-IMAGE-04",
    "INFRA-IMAGE-05", "INFRA-IMAGE-07", "INFRA-IMAGE-08", "INFRA-GATE-01", "SEC-FIREWALL-05", "SEC-WEB-08",
    "SEC-WEB-12", "SEC-WEB-15", "SEC-WEB-17", "SEC-WEB-16", "SEC-WEB-03", "SEC-TLS-07",
    "SEC-GATE-02", "SEC-SECRET-02", "SEC-TLS-01", "SEC-TLS-02", "SEC-TLS-03", "SEC-TLS-04",
    "SEC-TLS-05", "SEC-TLS-06", "SEC-WEB-01", "SEC-WEB-02", "SEC-SECRET-04", "FUNC-EXT-07",
    "FUNC-EXT-08", "FUNC-WS-03", "PERF-USE-03",
)  # fmt: skip


def nothing(kind: Any) -> Any:
    """A value of a kind of facts that holds nothing: no element, no text, zero."""
    parts = typing.get_args(kind)
    match typing.get_origin(kind):
        case typing.Union | types.UnionType:
            return None if type(None) in parts else nothing(next(part for part in parts if part is not Unseen))
        case builtin if builtin is tuple:
            return () if parts[-1] is Ellipsis else tuple(map(nothing, parts))
        case builtin if builtin is dict:
            return {}
    if dataclasses.is_dataclass(kind):
        hints = typing.get_type_hints(kind)
        return kind(**{field.name: nothing(hints[field.name]) for field in dataclasses.fields(kind)})  # type: ignore[operator]
    if kind is datetime:
        return datetime.now(UTC)
    return next(iter(kind)) if issubclass(kind, StrEnum) else kind()


ON_FACTS_ALONE = [
    id
    for id, case in judging.catalogue().items()
    if all(name in PROBES or name in judging.JOINS or name == ASKS for name in case.asks_for)
]


@pytest.mark.parametrize("nothing_runs", [True, False])
@pytest.mark.parametrize("id", sorted(set(ON_FACTS_ALONE) - set(GUARDED_BY_THE_PROBE)))
def test_nothing_is_no_pass(id: str, *, nothing_runs: bool) -> None:
    def fixture(name: str) -> Any:
        if name == ASKS:
            return nothing_runs
        return nothing(PROBES[name].facts) if name in PROBES else judging.resolve(name, fixture)

    assert judging.judge(judging.catalogue()[id], fixture)[0] is not Status.PASS
