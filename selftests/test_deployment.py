"""The deployed .env and configuration: verdicts without values, masks that keep form, prints that tell targets apart."""

import json
import subprocess
import time
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
import yaml

from acceptance.collector import deployment, env
from acceptance.collector.base import Blind
from acceptance.facts import Unseen, load
from acceptance.probes import configuration
from acceptance.probes.access import Rule
from acceptance.probes.deployment import Deployment
from acceptance.probes.rollout import circles
from acceptance.sandbox.host import RECORDING
from acceptance.target import Target
from acceptance.visit import Visit
from selftests.hosts_facts import host
from selftests.judging import BLOCKED, FAIL, PASS, judge

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
    return env.look_at_secret(name, value, {name: value, **others}, {}, {"print_key": "k" * 32}, {})


def test_a_verdict_holds_no_value() -> None:
    assert RANDOM[:12] not in json.dumps(verdict("JWT_SECRET", RANDOM))
    assert verdict("A_TOKEN", RANDOM, B_TOKEN=RANDOM)["same_as"] == ["B_TOKEN"]
    assert verdict("REDIS_PASSWORD", "Password123456!!")["common"]
    assert verdict("OPENAI_API_KEY", "sk-" + HEX)["right_shape"]
    assert not verdict("BINANCE_API_KEY", "abc")["right_shape"]


def judged_env(tmp_path: Path, text: str, example: str = "A=\n") -> dict[str, Any]:
    (tmp_path / ".env").write_text(text, encoding="utf-8")
    (tmp_path / ".env.example").write_text(example, encoding="utf-8")
    place = {"deploy_dir": str(tmp_path), "env_file": ".env", "env_example": ".env.example", "print_key": "k" * 32}
    seen: dict[str, Any] = env.look_at_env(place)
    return seen


@pytest.mark.parametrize(
    ("lines", "shared"),
    [
        ("DATABASE_URL=mongodb://bot:{0}@db/bot_core\nMONGO_ROOT_PASSWORD={0}", False),
        ("DATABASE_URL=mongodb://bot:{0}@db/bot_core\nMONGODB_URI=mongodb+srv://bot:{0}@db/bot_core", False),
        ("DATABASE_URL=mongodb://bot:{0}@db/bot_core\nMONGODB_URI=mongodb://root:{0}@db/bot_core", True),
        ("DATABASE_URL=mongodb://bot:{0}@db/bot_core\nREDIS_PASSWORD={0}", True),
        ("DATABASE_URL=postgresql://bot:{0}@db/bot_core\nDB_PASSWORD={0}", False),
        ("DATABASE_URL=mongodb://bot:{0}@db/bot_core\nREDIS_URL=redis://:{0}@cache:6379/0", True),
        ("REDIS_URL=rediss://default:{0}@cache:6379/0\nCACHE_URL=redis://:{0}@cache:6379/1\nREDIS_PASSWORD={0}", False),
        ("CELERY_BROKER_URL=amqp://bot:{0}@mq:5672//\nRABBITMQ_DEFAULT_PASS={0}", False),
        ("AMQP_URL=amqps://bot:{0}@mq:5671\nREDIS_PASSWORD={0}", True),
        ("MONGO_ROOT_PASSWORD={0}\nMONGO_APP_PASSWORD={0}", True),
        ("REDIS_URL=redis://cache:6379/0\nREDIS_PASSWORD={0}", False),
    ],
)
def test_two_accounts_share_no_password_in_a_url_either(lines: str, shared: bool, tmp_path: Path) -> None:
    secrets = judged_env(tmp_path, lines.format(RANDOM) + "\n")["secrets"]
    assert any(each["same_as"] for each in secrets) is shared


@pytest.mark.parametrize(
    ("line", "status"),
    [
        ("REDIS_URL=redis://:{}@cache:6379/0", PASS),
        ("REDIS_URL=redis://:redis@cache:6379/0", FAIL),
        ("AMQP_URL=amqp://guest:guest@mq:5672//", FAIL),
        ("AMQP_URL=amqp://bot:Abcdef-1234567@mq:5672//", FAIL),
        ("MONGODB_URI=mongodb://bot:change-me-please-2024@db/bot_core", FAIL),
        ("RABBITMQ_DEFAULT_PASS=guest", FAIL),
        ("HTTP_PROXY=http://office:short@proxy:3128", BLOCKED),  # no password of a store is here
    ],
)
def test_a_weak_password_in_any_stores_url_counts(line: str, status: object, tmp_path: Path) -> None:
    seen = judged_env(tmp_path, line.format(RANDOM) + "\n")
    secrets = [{k: v for k, v in each.items() if k != "print"} | {"elsewhere": []} for each in seen["secrets"]]
    assert judge("SEC-SECRET-07", configuration=env_facts(secrets=secrets)) is status


def test_what_is_empty_in_the_example_too_may_stay_empty(tmp_path: Path) -> None:
    example = "HTTP_PROXY=\nSENTRY_DSN=\nJWT_SECRET=change-me\nMODE=your_mode\n"
    seen = judged_env(tmp_path, "HTTP_PROXY=\nSENTRY_DSN=\nJWT_SECRET=\nMODE=your_mode\n", example)
    assert seen["placeholders"] == ["JWT_SECRET", "MODE"]


@pytest.mark.parametrize("url", ["mongodb://bot:hunter\u21002@db/bot_core", "mongodb://bot:hunter2[@db/bot_core"])
def test_a_connection_string_that_cannot_be_read_is_not_quoted(url: str, tmp_path: Path) -> None:
    seen = judged_env(tmp_path, f"DATABASE_URL={url}\n")
    assert not seen["databases"][0]["parses"]
    assert "hunter" not in json.dumps(seen)


@pytest.mark.parametrize("host", ["localhost", "LOCALHOST:27017", "127.0.1.1:27017", "[::1]:27017"])
def test_every_name_of_this_machine_is_local(host: str) -> None:
    assert env.look_at_database("DATABASE_URL", f"mongodb://u:p@{host}/bot_core")["local"]
    assert not env.look_at_database("DATABASE_URL", "mongodb://u:p@mongodb:27017/bot_core")["local"]


def test_a_history_that_git_does_not_read_to_its_end_is_unseen(tmp_path: Path) -> None:
    for words in (
        ("init", "-q"),
        ("-c", "user.name=x", "-c", "user.email=x@example.com", "commit", "-q", "--allow-empty", "-m", "x"),
    ):
        subprocess.run(["git", "-C", str(tmp_path), *words], check=True)
    assert env.find_in_history(str(tmp_path), {"A_TOKEN": RANDOM}) == set()
    for damaged in (tmp_path / ".git/objects").glob("??/*"):
        damaged.chmod(0o644)
        damaged.write_bytes(b"junk")
    with pytest.raises(Blind, match="git can't read all"):
        env.find_in_history(str(tmp_path), {"A_TOKEN": RANDOM})


def test_a_key_that_sudo_hides_is_not_missing(monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(*words: str, **_: Any) -> str:
        raise Blind(f"{words[0]} ended with 1: {said}")

    monkeypatch.setattr(env, "run", refuse)
    said = "no word"
    assert not env.exists("/nonexistent/key.pem")
    said = "sudo: a password is required"
    with pytest.raises(Blind, match="password is required"):
        env.exists("/nonexistent/key.pem")


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


KEY = "sk-" + RANDOM


@pytest.mark.parametrize(
    ("line", "clear"),
    [
        (f'api_key = "{KEY}"', True),
        ("password: hunter22", True),
        ("password: $ecret-of-2024", True),  # no variable
        ('password: "!xK9mutton"', True),
        (f"api_key_env: {KEY}", True),  # its name says that it is none, its value that it is
        ("client_secret_name: " + RANDOM, True),
        ("broker: amqp://bot:hunter22@mq:5672", True),
        ('api_key_env = "BINANCE_API_KEY"', False),
        ("api_key_env_var: BINANCE_TESTNET_API_SECRET_KEY_2", False),
        ("secret_name: prod/bot-core/binance-q8Zt4vYk1LrXw7Nc0J", False),
        ("token_type: Bearer", False),
        ("api_key_header: X-API-Key", False),
        ("private_key_path: /etc/bot-core/keys/q8Zt4vYk1LrXw7Nc0J.pem", False),
        ("jwt_secret_file: ./secrets/jwt-secret", False),
        ("tokenizer: cl100k_base", False),
        ("max_tokens: 128000", False),
        ("api_key: ${BINANCE_API_KEY}", False),
        ("api_key: $BINANCE_API_KEY", False),
        ("api_key: !ENV BINANCE_API_KEY", False),
        ("api_key: os.environ/OPENAI_API_KEY", False),
        ("api_key: arn:aws:secretsmanager:eu-west-1:1:secret:bot", False),
        ('api_key: "{{ env.BINANCE_API_KEY }}"', False),
        ("api_key: ENC[AES256_GCM,data:q8Zt4vYk1LrXw7Nc0J]", False),
        ("password_hash: $2b$12$q8Zt4vYk1LrXw7Nc0Jd5Hs2Gf9Bm3PaEuTiO", False),
        ("api_key: ''", False),
    ],
)
def test_a_secret_in_clear_is_told_from_what_is_said_about_one(line: str, clear: bool, tmp_path: Path) -> None:
    (tmp_path / "config").write_text(line + "\n", encoding="utf-8")
    seen = deployment.look_at_config(str(tmp_path), "config", "")
    assert bool(seen["clear_secrets"]) is clear
    assert not seen["placeholders"]


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
        answer = {"secrets": [env.look_at_secret("JWT_SECRET", RANDOM, {}, {}, {"print_key": key}, {})]}
        configuration.compare_prints(where, "app", answer)
    assert answer["secrets"][0]["elsewhere"] == ["staging's JWT_SECRET"]
    assert "print" not in answer["secrets"][0]


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


def env_facts(**changes: Any) -> configuration.Configuration:
    raw = json.loads(RECORDING.read_text(encoding="utf-8"))["answer"]["deployment"]
    raw["env"] |= {"owner": "deploy", "missing": [], "placeholders": [], **changes}
    raw["configs"] = {}
    for secret in raw["env"]["secrets"]:
        secret.pop("print", "")
    unseen = Unseen("it", "not asked")
    host = configuration.Configured("app", "deploy", (), load(Deployment, json.dumps(raw)), unseen)
    return configuration.Configuration((host,), (), (), (), ("app.test",), ())


@pytest.mark.parametrize(
    ("mode", "status"), [("600", PASS), ("640", PASS), ("400", PASS), ("440", PASS), ("644", FAIL), ("660", FAIL)]
)
def test_a_private_file_may_be_read_only(mode: str, status: object) -> None:
    assert judge("INFRA-ENV-01", configuration=env_facts(mode=mode)) is status


@pytest.mark.parametrize(
    ("level", "status"), [("info", PASS), ("INFO", PASS), ("debug", FAIL), ("warn", FAIL), ("", FAIL)]
)
def test_a_level_in_capitals_is_that_level(level: str, status: object) -> None:
    facts = env_facts(settings={"LOG_LEVEL": level})
    assert judge("INFRA-ENV-03", configuration=facts, hosts=host(settings={})) is status


@pytest.mark.parametrize(
    ("origins", "status"),
    [
        ("https://app.test", PASS),
        ('["https://app.test"]', PASS),
        ('["https://app.test", "https://evil.test"]', FAIL),
        ("[]", FAIL),
        ("*", FAIL),
    ],
)
def test_origins_may_be_a_list_of_json(origins: str, status: object) -> None:
    assert judge("INFRA-ENV-11", configuration=env_facts(settings={"CORS_ALLOWED_ORIGINS": origins})) is status
