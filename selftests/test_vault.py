"""Vaults: HashiCorp's over a double, AWS's over moto; the suite's own credentials; and that no value gets out."""

from __future__ import annotations

import socket
from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

import pytest

from acceptance import guard, redact
from acceptance import vault as reading
from acceptance.facts import ProbeError, Unseen, dump
from acceptance.probes import vault
from acceptance.probes.vault import Kept, Vault
from acceptance.sandbox import vault as part
from acceptance.sandbox.aws import aws, credentials
from acceptance.sandbox.double import Reply, serve
from acceptance.sandbox.world import World
from acceptance.visit import Visit
from selftests.judging import BLOCKED, FAIL, PASS, judge
from selftests.test_asking import Answers, visit


@pytest.fixture(autouse=True)
def _fresh() -> Iterator[None]:
    reading._kept.cache_clear()
    yield
    reading._kept.cache_clear()


@pytest.fixture
def world(tmp_path: Path) -> World:
    return World(tmp_path)


@pytest.fixture
def here(world: World, tmp_path: Path) -> Visit:
    tables = part.start(world)
    tables.pop("doubles")
    tables["credentials"] |= {"grafana": {"user": "viewer", "secret": "vault:suite#grafana"}} | credentials(world)
    return visit(tmp_path, **tables)


def test_healthy(here: Visit) -> None:
    found = vault.look(here)
    assert judge("SEC-SECRET-04", vault=found) is PASS
    assert [each.deployed for each in found.secrets if isinstance(each, Kept)] == ["same", "same", "reference"]


@pytest.mark.parametrize(
    ("fault", "status"),
    [
        ("secret-not-in-vault", FAIL),
        ("secret-deleted-in-vault", FAIL),
        ("secret-overdue", FAIL),
        ("secret-deployed-from-elsewhere", FAIL),
        ("vault-token-rejected", BLOCKED),
        ("vault-sealed", BLOCKED),
    ],
)
def test_broken(world: World, here: Visit, fault: str, status: str) -> None:
    world.faults.add(fault)
    part.refresh(world)
    assert judge("SEC-SECRET-04", vault=vault.look(here)) is status


@pytest.mark.parametrize(
    ("secret", "status"),
    [
        (Kept("A", "p#A", 90.0, "same"), PASS),
        (Kept("A", "p#A", 90.1, "same"), FAIL),
        (Kept("A", "p#A", 1.0, "absent"), FAIL),
        (Kept("A", "p#A", 1.0, Unseen("the deployed .env", "not here")), BLOCKED),
        (Unseen("Vault p", "time-out"), BLOCKED),
    ],
)
def test_boundaries(secret: Kept | Unseen, status: str) -> None:
    assert judge("SEC-SECRET-04", vault=Vault("v", 90, (secret,))) is status


def test_no_value_gets_into_facts(here: Visit) -> None:
    written = dump(vault.look(here))
    assert "DATABASE_PASSWORD" in written
    assert not [value for value in part.VALUES.values() if value in written]


def test_awss_secrets_manager_is_a_vault_too(world: World, here: Visit) -> None:
    table = here.target.vault
    assert table
    server = aws(world)
    change = {"kind": "aws", "url": server.url, "credential": "aws", "region": "eu-central-1"}
    there = replace(here, target=here.target.model_copy(update={"vault": table.model_copy(update=change)}))
    assert judge("SEC-SECRET-04", vault=vault.look(there)) is PASS
    server.seed("vault", ("secretsmanager",), lambda _: None)
    assert judge("SEC-SECRET-04", vault=vault.look(there)) is FAIL


def test_the_suites_own_credential_comes_from_the_vault(here: Visit) -> None:
    assert here.secret("grafana") == "grafana-viewer-9Qx"
    assert "grafana-viewer-9Qx" in redact.secrets_of(here.target)


@pytest.mark.parametrize(
    ("reference", "why"),
    [("vault:suite#other", "no such key"), ("vault:nowhere#a", "nothing at this path")],
)
def test_what_is_missing_is_named(here: Visit, reference: str, why: str) -> None:
    with pytest.raises(ProbeError, match=why):
        reading.read(here.target, reference)


def test_the_vaults_own_token_cannot_lie_in_the_vault(here: Visit) -> None:
    named = {**here.target.credentials}
    named["vault"] = named["vault"].model_copy(update={"secret": "vault:suite#vault"})
    with pytest.raises(ProbeError, match="can't lie in the vault"):
        reading.read(here.target.model_copy(update={"credentials": named}), "vault:suite#grafana")
    with pytest.raises(ProbeError, match=r"no \[vault\]"):
        reading.read(here.target.model_copy(update={"vault": None}), "vault:suite#grafana")


def test_another_engine_is_no_kv_version_2(here: Visit) -> None:
    table = here.target.vault
    assert table
    first = table.model_copy(update={"url": serve(lambda _: Reply({"data": {"DATABASE_PASSWORD": "x"}}))})
    with pytest.raises(ProbeError, match="no KV version 2"):
        reading.fetch(here, first, "bot-core", [])


def test_a_permitted_host_is_allowed_by_what_it_resolves_to(monkeypatch: pytest.MonkeyPatch) -> None:
    answers = {"aws.test": "198.51.100.7", "other.test": "198.51.100.8"}
    monkeypatch.setattr(guard._State, "allowed", frozenset())
    monkeypatch.setattr(socket, "getaddrinfo", lambda host, *_: [(0, 0, 0, "", (answers[host], 443))])
    guard.permit("aws.test")
    socket.getaddrinfo("aws.test", 443)
    socket.getaddrinfo("other.test", 443)
    assert guard._State.allowed == {"198.51.100.7"}


def test_what_was_asked_again_is_told(tmp_path: Path, world: World) -> None:
    replies = [Reply({}, 500)]
    secret = {"data": {"data": {"k": "value-of-it"}, "metadata": {"created_time": "2026-03-02T00:00:00Z"}}}
    url = serve(lambda _: replies.pop() if replies else Reply(secret))
    token = {"vault": {"secret": world.secret("vault", "a-token-of-it")}}
    table = {"kind": "hashicorp", "url": url, "credential": "vault", "secrets": {"K": "app#k"}}
    found = vault.look(visit(tmp_path, credentials=token, vault=table))
    assert len(found.repeated) == 1
    assert "asked again: GET 127.0.0.1/v1/secret/data/app after 500" in found.looked()


@pytest.mark.parametrize("trouble", [Reply({}, 429, (("Retry-After", "0"),)), Reply({}, 503, (("Retry-After", "0"),))])
def test_what_was_asked_again_of_secrets_manager_is_told(tmp_path: Path, world: World, trouble: Reply) -> None:
    value = Reply({"CreatedDate": 1772409600.0, "SecretString": '{"k": "value-of-it"}'})
    answers = Answers(trouble, trouble, value)
    key = {"vault": {"user": "id", "secret": world.secret("vault", "a-key-of-it")}}
    table = {
        "kind": "aws",
        "url": serve(answers),
        "region": "eu-central-1",
        "credential": "vault",
        "secrets": {"K": "app#k"},
    }
    found = vault.look(visit(tmp_path, credentials=key, vault=table))
    assert answers.asked == 3
    assert len(found.repeated) == 2
    assert f"asked again: secretsmanager get_secret_value after {trouble.status}" in found.looked()


def test_a_secret_whose_description_alone_is_new_is_as_old_as_its_value(tmp_path: Path, world: World) -> None:
    now = datetime.now(UTC).timestamp()
    old = {"CreatedDate": now - 91 * 86400, "LastChangedDate": now, "SecretString": '{"k": "value-of-it"}'}
    key = {"vault": {"user": "id", "secret": world.secret("vault", "a-key-of-it")}}
    table = {"kind": "aws", "url": serve(lambda _: Reply(old)), "region": "eu-central-1", "credential": "vault"}
    found = vault.look(visit(tmp_path, credentials=key, vault={**table, "secrets": {"K": "app#k"}}))
    assert [each.name for each in found.secrets_overdue()] == ["K"]
