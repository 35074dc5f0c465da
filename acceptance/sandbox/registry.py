"""Double of an OCI registry with token authorization that holds the release's images; one of them for two platforms."""

from __future__ import annotations

import hashlib
import json
from typing import Any

from acceptance.sandbox import host
from acceptance.sandbox.double import Reply, Request, serve
from acceptance.sandbox.fault import Fault
from acceptance.sandbox.world import World

PROBES = ("registry", "pulls")
_ALL = tuple(f"INFRA-IMAGE-0{n}" for n in (2, 3, 4, 5, 6, 7))
FAULTS: tuple[Fault, ...] = tuple(
    Fault(name, "registry", change, breaks)
    for name, change, breaks in (
        ("registry-path-missing", "/v2/ answers 404", ("INFRA-IMAGE-01", *_ALL)),
        ("registry-answers-anything", "every path answers 200 with a page", ("INFRA-IMAGE-01", *_ALL)),
        ("registry-account-refused", "the account gets no token", _ALL),
        ("registry-account-may-not-read", "the account's token is not accepted: 403", _ALL),
        ("registry-open", "a stranger gets a token that reads", ("INFRA-IMAGE-03",)),
        (
            "image-missing",
            "no image of python-ai-service",
            ("INFRA-IMAGE-04", "INFRA-IMAGE-05", "INFRA-IMAGE-06", "INFRA-IMAGE-07"),
        ),
        ("image-platform-missing", "the engine's manifest for production's platform is gone", ("INFRA-IMAGE-04",)),
        ("image-tag-moved", "the engine's tag points to another image", ("INFRA-IMAGE-05",)),
        ("image-untagged", "the engine's image has no tag of the version", ("INFRA-IMAGE-05",)),
        ("host-cannot-pull", "the host's log-in at the registry is refused", ("INFRA-IMAGE-08",)),
        ("image-layer-missing", "one layer of redis is gone", ("INFRA-IMAGE-07",)),
    )
)
USER, PASSWORD = "deploy", "registry-deploy-7Lm"
OCI, DOCKER = "application/vnd.oci.image", "application/vnd.docker.distribution.manifest"


class Images:
    """Blobs and manifests by digest, and tags."""

    def __init__(self, version: str) -> None:
        self.version = version
        self.blobs: dict[str, set[str]] = {}
        self.manifests: dict[str, dict[str, tuple[str, bytes]]] = {}  # repository -> digest -> type, body
        self.tags: dict[str, str] = {}

    def push(self, repository: str, platforms: tuple[str, ...] = ()) -> str:
        """Add an image, for several platforms where they are named; returns its digest."""
        parts = [self._manifest(repository, platform) for platform in platforms or ("",)]
        digest = parts[0][0]
        if platforms:
            listed = [
                {"digest": part, "size": size, "platform": {"os": "linux", "architecture": platform.split("/")[1]}}
                for (part, size), platform in zip(parts, platforms, strict=True)
            ]
            digest = self._put(repository, f"{OCI}.index.v1+json", {"schemaVersion": 2, "manifests": listed})
        self.tags[repository] = digest
        return digest

    def keep(self, repository: str, version: str) -> str:
        """Add the image of an earlier version, which only its digest names."""
        return self._manifest(repository, version)[0]

    def _manifest(self, repository: str, platform: str) -> tuple[str, int]:
        blobs = [_digest(f"{repository} {platform} {part}".encode()) for part in ("config", "base", "application")]
        self.blobs.setdefault(repository, set()).update(blobs)
        config, *layers = ({"digest": blob, "size": 10} for blob in blobs)
        kind = f"{OCI}.manifest.v1+json" if platform else f"{DOCKER}.v2+json"
        document = {"schemaVersion": 2, "mediaType": kind, "config": config, "layers": layers}
        digest = self._put(repository, kind, document)
        return digest, len(self.manifests[repository][digest][1])

    def _put(self, repository: str, kind: str, document: dict[str, Any]) -> str:
        body = json.dumps(document).encode()
        self.manifests.setdefault(repository, {})[_digest(body)] = (kind, body)
        return _digest(body)


class Double:
    """The registry and its token service."""

    def __init__(self, world: World, images: Images) -> None:
        self.world, self.images, self.url = world, images, ""

    def answer(self, request: Request) -> Reply:
        """One request."""
        on = self.world.on
        if on("registry-path-missing"):
            return Reply(b"404 page not found", 404)
        if on("registry-answers-anything"):
            return Reply(b"<!doctype html><h1>Welcome</h1>")
        if request.path == "/token":
            return self._token(request)
        granted = request.headers.get("authorization", "").removeprefix("Bearer ")
        repository, _, rest = request.path.removeprefix("/v2/").partition("/manifests/")
        for part in ("/tags/", "/blobs/"):
            if not rest:
                repository, _, rest = request.path.removeprefix("/v2/").partition(part)
        scope = f"repository:{repository}:pull"
        if not granted.endswith(f" {scope}") or not repository:
            challenge = f'Bearer realm="{self.url}/token",service="sandbox",scope="{scope}"'
            return _error("UNAUTHORIZED", 401, ("WWW-Authenticate", challenge))
        if on("registry-account-may-not-read") and granted.startswith(USER):
            return _error("DENIED", 403)
        return self._content(request, repository, rest)

    def _token(self, request: Request) -> Reply:
        who = request.basic()
        scope = request.query.get("scope", "")
        if who == (USER, PASSWORD) and not self.world.on("registry-account-refused"):
            return Reply({"token": f"{USER} {scope}"})
        if who == ("", ""):  # as many services do: a token that is good for nothing private
            return Reply({"token": f"stranger {scope}" if self.world.on("registry-open") else "stranger"})
        return _error("UNAUTHORIZED", 401)

    def _content(self, request: Request, repository: str, rest: str) -> Reply:
        on, engine = self.world.on, repository.endswith("rust-core-engine")
        if repository not in self.images.tags or (on("image-missing") and repository.endswith("python-ai-service")):
            if request.path.endswith("/tags/list"):
                return Reply({"name": repository, "tags": ["2.2.0"]})
            return _error("MANIFEST_UNKNOWN", 404)
        if request.path.endswith("/tags/list"):
            return self._tags(request, repository)
        if "/blobs/" in request.path:
            gone = on("image-layer-missing") and repository.endswith("redis") and rest == self._last_layer(repository)
            there = rest in self.images.blobs[repository] and not gone
            return Reply(b"") if there else _error("BLOB_UNKNOWN", 404)
        digest = rest
        if rest == self.images.version and not (on("image-untagged") and engine):
            digest = self.images.tags[repository]
            if on("image-tag-moved") and engine:
                digest = next(iter(self.images.manifests[repository]))
        gone = on("previous-image-gone") and digest == self.world.shared["previous_images"]["redis"]
        if digest not in self.images.manifests[repository] or gone:
            return _error("MANIFEST_UNKNOWN", 404)
        kind, body = self.images.manifests[repository][digest]
        if on("image-platform-missing") and engine and digest == next(iter(self.images.manifests[repository])):
            return _error("MANIFEST_UNKNOWN", 404)
        return Reply(body, headers=(("Content-Type", kind), ("Docker-Content-Digest", digest)))

    def _last_layer(self, repository: str) -> str:
        _, body = self.images.manifests[repository][self.images.tags[repository]]
        return str(json.loads(body)["layers"][-1]["digest"])

    def _tags(self, request: Request, repository: str) -> Reply:
        """Two pages: an older tag, then the version's."""
        untagged = self.world.on("image-untagged") and repository.endswith("rust-core-engine")
        if "last" in request.query:
            return Reply({"name": repository, "tags": [] if untagged else [self.images.version]})
        link = ("Link", f"</v2/{repository}/tags/list?n=100&last=2.3.0>; rel=next")
        return Reply({"name": repository, "tags": ["2.3.0"]}, headers=(link,))


def start(world: World) -> dict[str, Any]:
    """Fill the registry and serve it. Other parts find the images' digests in `world.shared["images"]`."""
    images = Images(world.version)
    repositories = {service: f"bot-core/{service}" for service in world.services}
    platforms = {"rust-core-engine": ("linux/amd64", "linux/arm64")}
    world.shared["images"] = {
        service: images.push(repository, platforms.get(service, ())) for service, repository in repositories.items()
    }
    world.shared["previous_images"] = {
        service: images.keep(repository, world.previous) for service, repository in repositories.items()
    }
    double = Double(world, images)
    double.url = serve(double.answer)
    if (world.folder / "host").exists():
        place = double.url.removeprefix("http://")
        world.shared.setdefault("host.sections", {})["pulls"] = lambda w: _pulls(w, place, repositories)
        refresh(world)
    return {
        "doubles": ["registry"],
        "registry": {"url": double.url, "credential": "registry", "images": repositories},
        "credentials": {"registry": {"user": USER, "secret": world.secret("registry", PASSWORD)}},
    }


def refresh(world: World) -> None:
    """The host's answer tells what it can pull, where the sandbox has a host."""
    if "host.sections" in world.shared:
        host.refresh(world)


def _pulls(world: World, place: str, repositories: dict[str, str]) -> list[dict[str, str]]:
    """What the collector on the host would print."""
    refused = "unauthorized: authentication required" if world.on("host-cannot-pull") else ""
    digests = world.shared["images"]
    return [
        {"reference": f"{place}/{repository}@{digests[service]}", "refused": refused if service == "redis" else ""}
        for service, repository in repositories.items()
    ]


def _digest(body: bytes) -> str:
    return f"sha256:{hashlib.sha256(body).hexdigest()}"


def _error(code: str, status: int, *headers: tuple[str, str]) -> Reply:
    return Reply({"errors": [{"code": code, "message": code.lower()}]}, status, headers)
