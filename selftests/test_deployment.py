"""The deployed .env and configuration: verdicts without values, masks that keep form, prints that tell targets apart."""

import json
import time
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
import yaml

from acceptance.collector import deployment, env
from acceptance.probes import configuration
from acceptance.probes.access import Edge, Location, Rule
from acceptance.probes.rollout import circles
from acceptance.target import Target
from acceptance.visit import Visit

RANDOM = "q8Zt4vYk1LrXw7Nc0Jd5Hs2Gf9Bm3PaEuTiOoQy6RVxK"
HEX = "9f3b7c1de5a8024697b8cfd3e1a2405876cbe9d4f1a30b527d86e9c4f0a1b2d3"


@pytest.mark.parametrize(
    ("value", "random_bytes"),
    [
        ("", 0),
        ("hunter2", 2),
        ("a" * 64, 0),
        ("abcabcabc" * 8, 14),
        (HEX, 32),
        (HEX[:32], 16),
        (RANDOM, 32),
        (RANDOM[:24], 18),
    ],
)
def test_random_bytes_of_a_value(value: str, random_bytes: int) -> None:
    assert env.random_bytes(value) == random_bytes


@pytest.mark.parametrize("value", ["", "your-api-key", "change-me-now", "CHANGE_THIS_PASSWORD", "generate-a-secure-one", "<secret>", "xxxx",
                                   "secure_mongo_password_change_me", "REPLACE_WITH_GENERATED_TOKEN", "admin", "default_token"])  # fmt: skip
def test_placeholders_are_told(value: str) -> None:
    assert env.is_placeholder(value)


@pytest.mark.parametrize(
    "value", [RANDOM, HEX, "https://a1b2@sentry.example.com/4", "mongodb://bot:x@db/bot_core", "production"]
)
def test_real_values_are_no_placeholders(value: str) -> None:
    assert not env.is_placeholder(value)


def verdict(name: str, value: str, **others: str) -> dict[str, Any]:
    return env.look_at_secret(name, value, {name: value, **others}, {}, {"print_key": "k" * 32})


def test_a_verdict_holds_no_value() -> None:
    assert RANDOM[:12] not in json.dumps(verdict("JWT_SECRET", RANDOM))
    assert verdict("A_TOKEN", RANDOM, B_TOKEN=RANDOM)["same_as"] == ["B_TOKEN"]
    assert verdict("REDIS_PASSWORD", "Password123456!!")["common"]
    assert verdict("OPENAI_API_KEY", "sk-" + HEX)["right_shape"]
    assert not verdict("BINANCE_API_KEY", "abc")["right_shape"]


def test_the_password_in_the_url_may_be_the_one_beside_it() -> None:
    assert not verdict("MONGO_ROOT_PASSWORD", RANDOM, **{"the password in DATABASE_URL": RANDOM})["same_as"]
    assert verdict("REDIS_PASSWORD", RANDOM, **{"the password in DATABASE_URL": RANDOM})["same_as"]


TOML = """
[binance]
api_key = "Sup3rS3cretValue"
base_url = 'https://api.binance.com/x?y=1'
escaped = "a\\nb \\u00e9"
[trading]  # note with Sup3rS3cretValue
enabled = false
leverage = 1_000
factor = -0.25
since = 2024-01-31
levels = [{ price = 1.5, note = "Sup3rS3cretValue" }, { price = 2.5, note = "b" }]
names = [
  "Sup3rS3cretValue",
  "two",
]
"""
YAML = """
server:
  host: 0.0.0.0
  port: 8000
  password: Sup3rS3cretValue  # Sup3rS3cretValue
model:
  - name: gpt-4o
    key: "Sup3rS3cretValue"
  - {name: other, key: Sup3rS3cretValue}
motd: |
  Sup3rS3cretValue in a block
  of text
"""


@pytest.mark.parametrize(("text", "kind"), [(TOML, "toml"), (YAML, "yaml")])
def test_a_masked_file_has_the_form_of_the_file_and_none_of_its_values(text: str, kind: str) -> None:
    masked = "\n".join(deployment.masked_line(line) for line in text.splitlines())
    assert "Sup3r" not in masked
    assert configuration.keys_of(masked, kind) == configuration.keys_of(text, kind)
    assert configuration.keys_of(masked, kind)[0] == ""


@pytest.mark.parametrize(
    ("line", "kind"), [("leverage = = 3", "toml"), ('x = "open', "toml"), ("[a\nb = 1", "toml"), ("server: [", "yaml")]
)
def test_a_masked_file_keeps_its_syntax_errors(line: str, kind: str) -> None:
    masked = "\n".join(deployment.masked_line(each) for each in line.splitlines())
    assert configuration.keys_of(masked, kind)[0]


def test_yaml_is_read_without_building_objects() -> None:
    with pytest.raises(yaml.YAMLError):
        yaml.safe_load("!!python/object/apply:os.system [true]")
    assert configuration.keys_of("!!python/object/apply:os.system [true]", "yaml")[0]


def visit(state: Path) -> Visit:
    urls = {
        "base": "https://a.test",
        "plain": "http://a.test",
        "api": "https://a.test",
        "ws": "wss://a.test",
        "dashboard": "https://a.test",
    }
    state.mkdir(parents=True, exist_ok=True)
    target = Target.model_validate_json(json.dumps({"name": "t", "urls": urls}))
    return Visit(target, datetime.now(UTC), state, state, state, "m", time.monotonic() + 5)


def test_a_secret_of_another_target_is_named(tmp_path: Path) -> None:
    staging, prod = visit(tmp_path / "staging"), visit(tmp_path / "prod")
    key = configuration.print_key(staging)
    assert configuration.print_key(prod) == key
    for where in (staging, prod, prod):
        answer = {"secrets": [env.look_at_secret("JWT_SECRET", RANDOM, {}, {}, {"print_key": key})]}
        configuration.compare_prints(where, "app", answer)
    assert answer["secrets"][0]["elsewhere"] == ["staging's JWT_SECRET"]
    assert "print" not in answer["secrets"][0]


def test_nginx_takes_exact_then_regex_then_longest() -> None:
    edge = Edge(
        ("api 10r/s",), True,
        (Location("", "/", False), Location("", "/api/", True), Location("=", "/api/auth/login", False), Location("~", r"\.php$", False)),
    )  # fmt: skip
    limited = {
        path: found.limited
        for path in ("/api/x", "/api/auth/login", "/api/x.php", "/")
        if (found := edge.location_of(path))
    }
    assert limited == {"/api/x": True, "/api/auth/login": False, "/api/x.php": False, "/": False}


def test_ports_of_a_rule() -> None:
    assert Rule("443/tcp", "ALLOW", "Anywhere", False).lets_in(443)
    assert Rule("80,443/tcp", "LIMIT", "Anywhere", False).lets_in(80)
    assert not Rule("8443/tcp", "ALLOW", "Anywhere", False).lets_in(443)
    assert not Rule("443/tcp", "DENY", "Anywhere", False).lets_in(443)


def test_circles_are_named() -> None:
    assert circles({"a": ("b",), "b": ()}) == ()
    assert (
        "a → b → a" in circles({"a": ("b",), "b": ("a",)})[0] or "b → a → b" in circles({"a": ("b",), "b": ("a",)})[0]
    )
