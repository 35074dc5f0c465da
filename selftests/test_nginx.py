"""nginx as it prints its own configuration: included files, several servers, and which of them limits the API."""

from __future__ import annotations

import json
from dataclasses import replace
from typing import Any

import pytest

from acceptance.collector import nginx
from acceptance.facts import load
from acceptance.probes.configuration import Configuration
from acceptance.probes.nginx import Edge, Location, Server
from selftests.judging import BLOCKED, FAIL, PASS, judge
from selftests.test_firewall import entered

PRINTED = r"""# configuration file /etc/nginx/nginx.conf:
http {
  limit_req_zone $binary_remote_addr zone=api-limit:10m rate=10r/s; # a comment; with a brace {
  limit_conn_zone $binary_remote_addr zone=per-ip:1m;
  include /etc/nginx/mime.types;
  include conf.d/*.conf;
}
stream { server { listen 5432; proxy_pass db; limit_req zone=api-limit; } }

# configuration file /etc/nginx/mime.types:
types { text/html html; }

# configuration file /etc/nginx/conf.d/app.conf:
server { listen 80 default_server; listen [::]:80; server_name _; return 301 https://$host$request_uri; }
server {
  listen 443 ssl http2; listen [::]:443 ssl;
  server_name api.example.com *.bot.example.com;
  location /before/ { proxy_pass http://api; }
  location /own/ { limit_req zone=api-limit burst=5; limit_conn per-ip 50; location /own/inner/ { return 204; } }
  location /dry/ { limit_req_dry_run on; location /dry/inner { return 204; } }
  location ~* "^/v\d{1,2}/" { return 302 /#/login; }
  include /etc/nginx/snippets/limits.conf;
}
server {
  listen 127.0.0.1:8443; server_name free.example.com;
  if ($host = x) { return 404; }
  # limit_req zone=api-limit;
  location = /free { return 204; }
}

# configuration file /etc/nginx/snippets/limits.conf:
limit_req zone=api-limit;
# configuration file /etc/nginx/conf.d/old/app.conf:
server { listen 443; }
"""


def seen(monkeypatch: pytest.MonkeyPatch, said: str) -> Edge:
    monkeypatch.setattr(nginx, "run", lambda *words, **_: said)
    return load(Edge, json.dumps(nginx.look_at_edge({"edge_container": ""})))


def test_an_included_limit_holds_where_it_is_included_and_a_dry_run_is_none(monkeypatch: pytest.MonkeyPatch) -> None:
    edge = seen(monkeypatch, PRINTED)
    assert (edge.zones, edge.connection_limits) == (("api-limit 10r/s",), True)
    away, api, free = edge.servers
    assert (away.ports, away.default_at, away.sends_away) == ((80,), (80,), True)
    assert (api.names, api.ports, api.sends_away) == (("api.example.com", "*.bot.example.com"), (443,), False)
    assert {each.path: each.limited for each in api.locations} == {
        "/before/": True, "/own/": True, "/own/inner/": True, "/dry/": False, "/dry/inner": False, r"^/v\d{1,2}/": True,
    }  # fmt: skip
    assert (free.ports, free.sends_away, free.locations) == ((8443,), False, (Location("=", "/free", False),))
    assert api.location_of("/V2/x") == Location("~*", r"^/v\d{1,2}/", True)


def test_a_file_that_includes_itself_ends(monkeypatch: pytest.MonkeyPatch) -> None:
    said = "# configuration file /etc/nginx/nginx.conf:\ninclude nginx.conf; http { server { } }\n"
    assert seen(monkeypatch, said).servers[0].ports == (80,)


def server(*names: str, ports: tuple[int, ...] = (443,), limited: bool = True, **changes: Any) -> Server:
    locations = (Location("", "/", False), Location("", "/api/", limited))
    made = Server(names, ports, (), sends_away=False, limited=False, locations=locations)
    return replace(made, **changes)


AWAY = server("api.example.com", ports=(80,), sends_away=True, locations=())
BARE = server("staging.example.com", limited=False)


@pytest.mark.parametrize(
    ("servers", "status"),
    [
        ((server("api.example.com"),), PASS),
        ((AWAY, server("api.example.com")), PASS),
        ((server("api.example.com"), BARE), PASS),  # another name's server limits nothing, and need not
        ((server("staging.example.com"), server("api.example.com", limited=False)), FAIL),
        ((server("*.example.com", limited=False), server("api.example.com")), PASS),
        ((server(".example.com"), BARE), PASS),
        ((server("*.com", limited=False), server("*.example.com")), PASS),
        ((server("api.example.*"), server(r"~^api\.", limited=False)), PASS),
        ((server(r"~^api\.example"), BARE), PASS),
        ((BARE, server("API.example.com")), PASS),
        ((BARE, server("_", default_at=(443,))), PASS),  # nobody has the name: the default takes it
        ((BARE, server("_")), FAIL),  # the first one does
        ((server("api.example.com", ports=(8080,)),), PASS),  # behind a balancer
        ((server("api.example.com", ports=(8080,)), server("_", ports=(80,), limited=False)), PASS),
        ((server("_", ports=(8080,), limited=False),), FAIL),
        ((server("api.example.com", ports=(8080,)), server("api.example.com", ports=(8081,), limited=False)), FAIL),
        ((server("api.example.com"), server("api.example.com", ports=(8081,), limited=False)), PASS),
        ((replace(server("api.example.com", locations=()), limited=True),), PASS),
        ((server("api.example.com", limited=False, locations=()),), FAIL),
        ((AWAY,), BLOCKED),
        ((), BLOCKED),
    ],
)
def test_the_limit_must_hold_in_the_server_that_takes_the_api(servers: tuple[Server, ...], status: object) -> None:
    configuration = entered(edge=Edge(("api 10r/s",), True, servers))
    asked = replace(configuration, paths=("/api/auth/login", "/api/orders"), api=("api.example.com", 443))
    assert isinstance(asked, Configuration)
    assert judge("SEC-FIREWALL-06", configuration=asked) is status


def test_nginx_takes_exact_then_regex_then_longest() -> None:
    locations = (
        Location("", "/", False), Location("", "/api/", True), Location("=", "/api/auth/login", False),
        Location("~", r"\.php$", False), Location("^~", "/static/", True), Location("~", "(", True),
    )  # fmt: skip
    own = server(locations=locations)
    limited = {path: own.limits(path) for path in ("/api/x", "/api/auth/login", "/api/x.php", "/", "/static/x.php")}
    assert limited == {
        "/api/x": True, "/api/auth/login": False, "/api/x.php": False, "/": False, "/static/x.php": True,
    }  # fmt: skip
