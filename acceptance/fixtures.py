"""Fixtures that tests ask for by name: one for each probe, one for each join."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from acceptance.judge import JOINS, resolve
from acceptance.probes import PROBES
from acceptance.run import Run


@pytest.fixture(scope="session")
def run(pytestconfig: pytest.Config) -> Run:
    """The run that is on; its facts are waited for."""
    from acceptance.plugin import RUN

    return pytestconfig.stash[RUN]


@pytest.fixture
def signed(run: Run, request: pytest.FixtureRequest) -> Any:
    """A person's word on the item that is judged."""
    from acceptance.plugin import CASE

    return run.ask("signed", request.node.stash[CASE])


@pytest.fixture
def nothing_runs(run: Run, request: pytest.FixtureRequest) -> Any:
    """Whether it is before the first start, when the running half of an item can't be judged."""
    from acceptance.plugin import CASE

    return run.ask("nothing_runs", request.node.stash[CASE])


@pytest.fixture
def judged(run: Run, request: pytest.FixtureRequest) -> Any:
    """The items that a roll-up adds up."""
    from acceptance.plugin import CASE

    return run.ask("judged", request.node.stash[CASE])


def _fixture(name: str) -> Any:
    def facts(run: Run) -> Any:
        return resolve(name, run.facts)

    facts.__doc__ = f"What {name} saw."
    make: Callable[[Any], Any] = pytest.fixture(scope="session", name=name)
    return make(facts)


for _name in (*PROBES, *JOINS):
    globals()[f"fixture_{_name}"] = _fixture(_name)
