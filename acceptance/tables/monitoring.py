"""Where the target is watched: Prometheus, Grafana, Alertmanager, and what each of them must know."""

from __future__ import annotations

from typing import Annotated

from pydantic import Field

from acceptance.tables import Table


class Prometheus(Table):
    """`credential` is a name of `[credentials]`: Basic where it has a user, Bearer where it has none."""

    url: str
    credential: str = ""
    jobs: dict[str, str]  # service -> the scrape job that watches it
    mongodb_job: str = "mongodb"
    mongodb_up: str = "mongodb_up"  # the exporter's own word on the database
    requests: str = ""  # query: number of requests served, such as sum(http_requests_total)
    requests_path: str = "/"  # a path whose requests are counted, and that costs nothing
    memory: dict[str, str] = {}  # container -> query for its memory in per cent of its limit
    cpu: dict[str, str] = {}  # container -> query for its CPU time in per cent of its limit
    business: dict[str, str] = {}  # metric as people call it -> query


class Grafana(Table):
    """`dashboards` are the uids of those that must show data."""

    url: str
    credential: str = ""
    dashboards: tuple[str, ...]


class Alertmanager(Table):
    """The test alert must end at `receiver`: the suite listens itself, or asks an inbox for what came.

    `labels` are what routes the test alert there. `patience_s` may be shorter than the minute of the checklist.
    """

    url: str
    credential: str = ""
    receiver: str
    labels: dict[str, str] = {}
    listen: str = ""  # address:port that the receiver's webhook posts to
    inbox: str = ""  # URL whose body names the alerts that came
    patience_s: Annotated[float, Field(gt=0, le=60)] = 60.0


class AccessLog(Table):
    """The edge's access log: a file here, or on a host of `[hosts]`."""

    path: str
    host: str = ""
