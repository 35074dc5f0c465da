"""Reads at the API that reach the database, for as long as the database is watched: a burst, or a steady trickle."""

from __future__ import annotations

import threading
import time
from concurrent.futures import ThreadPoolExecutor
from itertools import repeat
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

from acceptance import web
from acceptance.facts import ProbeError, text
from acceptance.probes.mongo_client import table
from acceptance.visit import Visit

if TYPE_CHECKING:
    import httpx


class Traffic:
    """One local operation that reads, asked again and again with the user's token."""

    def __init__(self, visit: Visit) -> None:
        self._visit = visit
        self.name = table(visit).burst
        operation = visit.target.operations.get(self.name)
        if operation is None or operation.method != "GET" or operation.kind != "local" or operation.acting:
            raise ProbeError(
                "traffic for the database", f"[mongo] burst = {self.name!r} is no local operation that reads"
            )
        self._url = f"{visit.target.urls.api}{operation.path}"
        self._headers = {} if operation.public else web.bearer(visit.token())
        self.last_failure = ""
        self.sent = self.failed = 0
        self._counting = threading.Lock()

    def burst(self, requests: int, at_once: int) -> int:
        """Send so many, so many at a time; returns how many failed."""
        with ThreadPoolExecutor(at_once) as threads:
            list(threads.map(self._several, repeat(requests // at_once, at_once)))
        return self.failed

    def trickle(self, every_s: float, ended: threading.Event) -> None:
        """Send one every so often until told to end; while one waits, those that were due fare as it does."""
        with web.client(self._visit) as client:
            due = time.monotonic()
            while not ended.wait(max(0.0, due - time.monotonic())):
                failure = self._one(client)
                due += every_s
                late = max(0, int((time.monotonic() - due) / every_s))
                due += late * every_s
                self._count(late, failure)

    def _several(self, requests: int) -> None:
        with web.client(self._visit) as client:
            for _ in range(requests):
                self._one(client)

    def _one(self, client: httpx.Client) -> str:
        failure = ""
        try:
            answer = web.ask(client, "GET", self._url, headers=self._headers)
            document = web.as_json(answer)
            if answer.status_code != 200:
                failure = f"status {answer.status_code}"
            elif web.denies(document):
                failure = "success: false"
        except ProbeError as lost:
            failure = text(lost.why, 120)
        self._count(1, failure)
        return failure

    def _count(self, requests: int, failure: str) -> None:
        with self._counting:
            self.sent += requests
            if failure:
                self.failed += requests
                self.last_failure = f"{urlsplit(self._url).path}: {failure}"
