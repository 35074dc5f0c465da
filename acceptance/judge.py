"""Which test judges which item, which facts it asks for, and its judgement on given facts, without pytest's loop."""

from __future__ import annotations

import importlib
import inspect
import sys
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from fnmatch import fnmatch
from functools import cache
from pathlib import Path
from typing import Any

from acceptance import joins
from acceptance.checklist import DIRECTORIES
from acceptance.facts import ProbeError
from acceptance.probes import PROBES
from acceptance.verdict import Status

ROOT = Path(__file__).parents[1]


class Settled(Exception):  # it settles an item, it is no error
    """An item whose status is known before its test runs, such as PENDING when nobody has signed."""

    def __init__(self, status: Status, why: str) -> None:
        super().__init__(why)
        self.status = status
        self.why = why


@dataclass(frozen=True)
class Case:
    """The test of one item; `given` are values of parametrisation, `of` the items that a roll-up adds up."""

    id: str
    function: Callable[..., None]
    given: Mapping[str, Any] = field(default_factory=dict)
    of: str = ""

    @property
    def asks_for(self) -> tuple[str, ...]:
        """Fixture names that it wants."""
        return tuple(name for name in inspect.signature(self.function).parameters if name not in self.given)

    @property
    def mend(self) -> str:
        """The one sentence on how to mend what is red."""
        return inspect.cleandoc(self.function.__doc__ or "").split("\n\n")[0].replace("\n", " ")


JOINS: dict[str, Callable[..., Any]] = {
    name: value
    for name, value in vars(joins).items()
    if inspect.isfunction(value) and value.__module__ == joins.__name__ and not name.startswith("_")
}


def probes_behind(names: tuple[str, ...]) -> frozenset[str]:
    """The probes whose facts stand behind fixture names."""
    found: set[str] = set()
    for name in names:
        if name in PROBES:
            found.add(name)
        elif name in JOINS:
            found |= probes_behind(tuple(inspect.signature(JOINS[name]).parameters))
    return frozenset(found)


def probes_of(case: Case) -> frozenset[str]:
    """The probes that an item's test wants, and those of the items that it adds up."""
    return probes_behind(case.asks_for).union(*(probes_behind(part.asks_for) for part in parts_of(case)))


def parts_of(case: Case) -> list[Case]:
    """The measured items that a roll-up adds up."""
    patterns = case.of.split()
    return [
        part
        for id, part in (catalogue().items() if patterns else ())
        if id != case.id and any(fnmatch(id, pattern) for pattern in patterns)
    ]


def resolve(name: str, facts: Callable[[str], Any]) -> Any:
    """What a fixture name stands for: a probe's facts, or a join of them."""
    if name in JOINS:
        join = JOINS[name]
        return join(**{each: resolve(each, facts) for each in inspect.signature(join).parameters})
    return facts(name)


def judge(case: Case, ask: Callable[[str], Any]) -> tuple[Status, str]:
    """Run one test; `ask` gives what a fixture name stands for. Its status, and what was wrong or could not be seen."""
    try:
        case.function(**{name: ask(name) for name in case.asks_for}, **case.given)
    except AssertionError as wrong:
        return Status.FAIL, str(wrong)
    except Settled as settled:
        return settled.status, settled.why
    except ProbeError as unseen:
        return Status.BLOCKED, str(unseen)
    except Exception as bug:  # noqa: BLE001  # a bug in a test or join must never tick or stop the others
        return Status.BLOCKED, f"the test itself broke: {type(bug).__name__}: {bug}"
    return Status.PASS, ""


@cache
def catalogue() -> dict[str, Case]:
    """Every item's test by its id. Raises ValueError where an id has two tests."""
    if str(ROOT) not in sys.path:
        sys.path.append(str(ROOT))  # the command `acceptance` starts without it
    cases: dict[str, Case] = {}
    for directory in DIRECTORIES.values():
        for path in sorted((ROOT / directory).glob("test_*.py")):
            module = importlib.import_module(f"{directory}.{path.stem}")
            for function in vars(module).values():
                for case in cases_of(function):
                    if case.id in cases:
                        raise ValueError(f"{case.id} has two tests: {case.function} and {cases[case.id].function}")
                    cases[case.id] = case
    return cases


def cases_of(function: Any) -> list[Case]:
    """The items that a test function judges: by its own mark, or one for each parameter set."""
    if not inspect.isfunction(function):
        return []
    cases: list[Case] = []
    for mark in getattr(function, "pytestmark", ()):
        if mark.name == "item":
            cases.append(Case(mark.args[0], function, of=mark.kwargs.get("of", "")))
        elif mark.name == "parametrize":
            names = [n.strip() for n in mark.args[0].split(",")] if isinstance(mark.args[0], str) else mark.args[0]
            for row in mark.args[1]:
                for own in getattr(row, "marks", ()):
                    if own.name == "item":
                        given = dict(zip(names, row.values, strict=True))
                        cases.append(Case(own.args[0], function, given, own.kwargs.get("of", "")))
    return cases
