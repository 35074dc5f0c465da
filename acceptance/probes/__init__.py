"""The table of probes: each way to look, by the name that tests ask for it. One entry a line, alphabetical."""

from __future__ import annotations

from acceptance.probes import cors, headers, health, load, login, plain
from acceptance.probes.probe import Probe as Probe
from acceptance.probes.probe import When as When

_ALL = (
    Probe("api_load", load.look, load.ApiLoad, access="load", when=When.ALONE, deadline_s=260, requests=250_000),
    Probe("cors", cors.look, cors.CorsAnswers),
    Probe("headers", headers.look, headers.Headers, requests=60),
    Probe("health", health.look, health.Health),
    Probe("login", login.look, login.Login),
    Probe("plain", plain.look, plain.Plain),
    Probe("status_document", health.look_status, health.StatusDocument),
)
PROBES: dict[str, Probe] = {probe.name: probe for probe in _ALL}
