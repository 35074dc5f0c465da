"""The table of probes: each way to look, by the name that tests ask for it. One entry a line, alphabetical."""

from __future__ import annotations

from acceptance.probes import cors, health, login, plain
from acceptance.probes.probe import Probe as Probe
from acceptance.probes.probe import When as When

<<<<<<< HEAD
from acceptance.facts import Looked
from acceptance.visit import Visit


class When(StrEnum):
    """Which company a probe bears: `quiet` ones run together, `alone` ones one by one, `last` after all."""

    QUIET = "quiet"
    ALONE = "alone"
    LAST = "last"


@dataclass(frozen=True)
class Probe:
    """One way to look. `access` is the table of the target that grants it ("" for `[urls]`, always there)."""

    name: str
    look: Callable[[Visit], Looked]
    facts: type[Looked]
    access: str = ""
    needs: tuple[str, ...] = ()  # probes whose facts it reads; they look first
    when: When = When.QUIET
    deadline_s: float = 30.0
    requests: int = 100  # budget for one look; one more is refused by the guard


# Probe modules import only the standard library, so the table costs nothing to read.
from acceptance.probes import headers, load  # noqa: E402  # they need Probe and When

PROBES: dict[str, Probe] = {
    "headers": Probe("headers", headers.look, headers.Headers, requests=60),
    "api_load": Probe(
        "api_load", load.look, load.ApiLoad, access="load", when=When.ALONE, deadline_s=260, requests=250_000
    ),
}
=======
_ALL = (
    Probe("cors", cors.look, cors.CorsAnswers),
    Probe("health", health.look, health.Health),
    Probe("login", login.look, login.Login),
    Probe("plain", plain.look, plain.Plain),
    Probe("status_document", health.look_status, health.StatusDocument),
)
PROBES: dict[str, Probe] = {probe.name: probe for probe in _ALL}
>>>>>>> b47e666 (Walking: looker, plugin, sandbox edge and engine, first ten items)
