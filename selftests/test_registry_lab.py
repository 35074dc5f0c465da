"""The registry probe against Debian's docker-registry, with images that the test pushes by the protocol itself."""

from __future__ import annotations

import base64
import hashlib
import json
import shutil
import socket
import subprocess
import time
from collections.abc import Iterator
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import httpx
import pytest

from acceptance.probes import pulls, registry
from acceptance.probes.release import ReleaseFile
from acceptance.tables.hosts import Host
from acceptance.visit import Visit
from selftests.test_asking import visit

pytestmark = [
    pytest.mark.lab,
    pytest.mark.skipif(not shutil.which("docker-registry"), reason="docker-registry is not installed"),
]
LOGIN = ("deploy", "lab-password-1")
HASHED = "$2b$05$abcdefghijklmnopqrstuuDCGm4LhUdXB5tbyY..HbOjuqYrDfp4e"  # of that password, by bcrypt
OCI = "application/vnd.oci.image"


def digest_of(body: bytes) -> str:
    return f"sha256:{hashlib.sha256(body).hexdigest()}"


@dataclass
class Lab:
    """A running registry with two images of 2.4.0: one of two platforms, one plain."""

    here: Visit
    storage: Path
    digests: dict[str, str]


def push_blob(client: httpx.Client, repository: str, body: bytes) -> dict[str, Any]:
    place = client.post(f"/v2/{repository}/blobs/uploads/").headers["Location"]
    put = client.put(place, params={**httpx.URL(place).params, "digest": digest_of(body)}, content=body)
    assert put.status_code == 201, put.text
    return {"mediaType": "application/octet-stream", "digest": digest_of(body), "size": len(body)}


def push_manifest(client: httpx.Client, repository: str, kind: str, document: dict[str, Any], *tags: str) -> str:
    body = json.dumps({"schemaVersion": 2, "mediaType": kind, **document}).encode()
    for reference in (digest_of(body), *tags):
        put = client.put(f"/v2/{repository}/manifests/{reference}", content=body, headers={"Content-Type": kind})
        assert put.status_code == 201, put.text
    return digest_of(body)


def push_image(client: httpx.Client, repository: str, name: str, *tags: str) -> str:
    config = push_blob(client, repository, json.dumps({"architecture": name}).encode())
    layers = [push_blob(client, repository, f"{repository} {name} {n}".encode() * 50) for n in range(2)]
    return push_manifest(client, repository, f"{OCI}.manifest.v1+json", {"config": config, "layers": layers}, *tags)


@pytest.fixture(scope="module")
def lab(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Lab]:
    folder = tmp_path_factory.mktemp("registry")
    (folder / "htpasswd").write_text(f"{LOGIN[0]}:{HASHED}\n")
    (folder / "password").write_text(LOGIN[1])
    with socket.create_server(("127.0.0.1", 0)) as listener:
        address = f"127.0.0.1:{listener.getsockname()[1]}"
    (folder / "config.yml").write_text(json.dumps({
        "version": "0.1", "storage": {"filesystem": {"rootdirectory": f"{folder}/store"}}, "http": {"addr": address},
        "auth": {"htpasswd": {"realm": "lab", "path": f"{folder}/htpasswd"}},
    }))  # fmt: skip
    with (folder / "registry.log").open("wb") as log:
        daemon = subprocess.Popen(["docker-registry", "serve", f"{folder}/config.yml"], stdout=log, stderr=log)
    try:
        with httpx.Client(base_url=f"http://{address}", auth=LOGIN, trust_env=False) as client:
            wait_for(client)
            parts = [push_image(client, "bot-core/engine", name) for name in ("amd64", "arm64")]
            listed = [
                {"mediaType": f"{OCI}.manifest.v1+json", "digest": part, "size": 1,
                 "platform": {"os": "linux", "architecture": name}}
                for part, name in zip(parts, ("amd64", "arm64"), strict=True)
            ]  # fmt: skip
            index = push_manifest(client, "bot-core/engine", f"{OCI}.index.v1+json", {"manifests": listed}, "2.4.0")
            plain = push_image(client, "bot-core/ai", "amd64", "2.4.0", "latest")
        digests = {"engine": index, "ai": plain}
        table = {
            "url": f"http://{address}", "credential": "registry",
            "images": {"engine": "bot-core/engine", "ai": "bot-core/ai"},
        }  # fmt: skip
        login = {"registry": {"user": LOGIN[0], "secret": f"file:{folder}/password"}}
        here = visit(folder, 120, registry=table, credentials=login)
        yield Lab(replace(here, needs={"release": release(here, digests)}), folder / "store", digests)
    finally:
        daemon.terminate()
        daemon.wait(20)


def wait_for(client: httpx.Client) -> None:
    ends = time.monotonic() + 15
    while True:
        try:
            if client.get("/v2/").status_code == 200:
                return
        except httpx.TransportError:
            pass
        assert time.monotonic() < ends, "the registry did not get ready"
        time.sleep(0.1)


def release(here: Visit, images: dict[str, str]) -> ReleaseFile:
    return ReleaseFile(version="2.4.0", commit="c" * 40, tag="v2.4.0", moment=here.now, images=images)


def test_a_real_registry_is_understood(lab: Lab) -> None:
    found = registry.look(lab.here)
    assert not found.silence
    assert not found.repositories_unreadable()
    assert not found.repositories_open()
    assert not found.images_missing()
    assert not found.tags_wrong()
    assert not found.layers_missing()
    assert [(len(each.digests), each.blobs) for each in found.seen_images] == [(3, 6), (1, 3)]


def test_a_wrong_password_is_told(lab: Lab) -> None:
    login = {"registry": lab.here.target.credentials["registry"].model_copy(update={"user": "somebody"})}
    found = registry.look(replace(lab.here, target=lab.here.target.model_copy(update={"credentials": login})))
    assert len(found.repositories_unreadable()) == 2
    assert "401" in found.repositories_unreadable()[0]


def test_another_digest_under_the_tag_is_wrong(lab: Lab) -> None:
    swapped = {**lab.digests, "ai": f"sha256:{'0' * 64}"}
    found = registry.look(replace(lab.here, needs={"release": release(lab.here, swapped)}))
    assert [each.partition(":")[0] for each in found.tags_wrong()] == ["ai"]
    assert [each.partition(":")[0] for each in found.images_missing()] == ["ai"]


def test_a_layer_that_was_lost_on_disk_is_missing(lab: Lab) -> None:
    body = b"bot-core/ai amd64 1" * 50
    digest = digest_of(body).removeprefix("sha256:")
    shutil.rmtree(lab.storage / "docker/registry/v2/blobs/sha256" / digest[:2] / digest)
    found = registry.look(lab.here)
    assert found.layers_missing() == (f"ai: sha256:{digest}",)


@pytest.mark.skipif(not shutil.which("docker"), reason="docker's client is not installed")
@pytest.mark.parametrize(("password", "refused"), [(LOGIN[1], False), ("another", True)])
def test_a_host_pulls_with_its_own_log_in(
    lab: Lab, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, password: str, refused: bool
) -> None:
    table = lab.here.target.registry
    assert table
    place = table.url.removeprefix("http://")
    login = base64.b64encode(f"{LOGIN[0]}:{password}".encode()).decode()
    (tmp_path / "config.json").write_text(json.dumps({"auths": {place: {"auth": login}}}))
    monkeypatch.setenv("DOCKER_CONFIG", str(tmp_path))
    hosts = {"app": Host(local=True)}
    found = pulls.look(replace(lab.here, target=lab.here.target.model_copy(update={"hosts": hosts})))
    assert bool(found.refused()) is refused
