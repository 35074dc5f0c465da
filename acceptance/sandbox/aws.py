"""Double of AWS: moto behind one address, loaded at the first request. Parts add what they need to `seeds`; each is
filled when one of its services is first asked for.

A part whose fault changes what lies in AWS calls `refill`; answers wait until that is done.
"""

from __future__ import annotations

import re
import threading
from collections.abc import Callable, Iterable
from typing import Any

from acceptance.sandbox.world import World

ACCOUNT, REGION = "123456789012", "eu-central-1"
KEY_ID, KEY = "sandbox-suite", "sandbox-suite-key-4Tq"
_SEED = "sandbox-seed"
Seed = Callable[[Callable[[str], Any]], None]  # is given a maker of boto3 clients by service name
Answer = Callable[[Any, Any], Iterable[bytes] | None]


class Aws:
    """One address for every service. `before` may answer a request itself, or change it."""

    def __init__(self, world: World) -> None:
        self.world = world
        self.seeds: dict[str, tuple[tuple[str, ...], Seed]] = {}  # by part: services that it fills, and how
        self.before: list[Answer] = []
        self._todo: set[str] = set()
        self._lock = threading.Lock()
        self._app: Any = None
        from werkzeug.serving import WSGIRequestHandler, make_server

        class Quiet(WSGIRequestHandler):
            def log_request(self, *_: object) -> None:
                """Nothing."""

        server: Any = make_server("127.0.0.1", 0, self._answer, threaded=True, request_handler=Quiet)
        server.daemon_threads = True
        self.url = f"http://127.0.0.1:{server.server_port}"
        threading.Thread(target=server.serve_forever, args=(30,), daemon=True).start()

    def seed(self, part: str, services: tuple[str, ...], fill: Seed) -> None:
        """Let a part fill services, at the first request and whenever it asks for it."""
        self.seeds[part] = (services, fill)
        self._todo.add(part)

    def refill(self, part: str) -> None:
        """What a part filled is made anew before the next answer."""
        self._todo.add(part)

    def _answer(self, environ: Any, start_response: Any) -> Iterable[bytes]:
        if _SEED not in environ.get("HTTP_AUTHORIZATION", ""):
            with self._lock:
                self._fill(_service(environ.get("HTTP_AUTHORIZATION", "")))
            for before in self.before:
                if (answer := before(environ, start_response)) is not None:
                    return answer
        found: Iterable[bytes] = self._app(environ, start_response)
        return found

    def _fill(self, asked: str) -> None:
        if self._app is None:
            from moto.moto_server.werkzeug_app import DomainDispatcherApplication, create_backend_app

            self._app = DomainDispatcherApplication(create_backend_app)
        wanted = {part for part in self._todo if asked in self.seeds[part][0]}
        if not any(asked in services for services, _ in self.seeds.values()):
            wanted = set(self._todo)  # nobody's own, such as sts: what is asked next may be anybody's
        self._todo -= wanted
        for part in wanted:
            from moto import backends

            get_backend: Any = backends.get_backend
            services, fill = self.seeds[part]
            for service in services:
                for account in get_backend(service).values():  # its own reset() empties every service
                    account.reset()
            fill(self._client)

    def _client(self, service: str) -> Any:
        import boto3

        session: Any = boto3.Session(aws_access_key_id=_SEED, aws_secret_access_key=_SEED, region_name=REGION)
        return session.client(service, endpoint_url=self.url)


def _service(authorization: str) -> str:
    """The service that a signature is for, by boto3's name."""
    found = re.search(r"Credential=[^/]*/\d+/[^/]*/([\w-]+)/", authorization)
    name = found[1] if found else ""
    return {"elasticloadbalancing": "elbv2"}.get(name, name)


def aws(world: World) -> Aws:
    """The world's AWS; the first part that asks starts it."""
    if "aws" not in world.shared:
        world.shared["aws"] = Aws(world)
    found: Aws = world.shared["aws"]
    return found


def credentials(world: World) -> dict[str, Any]:
    """The suite's own key, for `[credentials]`."""
    return {"aws": {"user": KEY_ID, "secret": world.secret("aws", KEY)}}
