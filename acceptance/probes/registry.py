"""The release's images in their registry: who may read them, what tags point to, whether all layers are there."""

from __future__ import annotations

from dataclasses import field
from typing import TYPE_CHECKING

from acceptance.facts import ProbeError, Unseen, facts, offenders
from acceptance.visit import Visit

if TYPE_CHECKING:
    from acceptance.asking import Api
    from acceptance.distribution import Client
    from acceptance.probes.release import ReleaseFile as Release
    from acceptance.tables.registry import Registry as Table

DIGEST = "sha256:"


@facts
class Image:
    """One service's image. `digest` is what lies there under the recorded digest, else under the version's tag.

    `digests` are that one and those of its platforms; "" and () stand for no image.
    """

    service: str
    repository: str
    recorded: str
    tagged: str
    digest: str
    digests: tuple[str, ...]
    platforms_missing: tuple[str, ...]
    blobs: int
    blobs_missing: tuple[str, ...]
    configs: tuple[str, ...] = ()  # digests of the platforms' configurations: what is called the image's id

    def __repr__(self) -> str:
        return f"{self.service}: {self.repository} {self.digest[:19] or 'absent'}, {self.blobs} blobs"


@facts
class Registry:
    """One registry. `speaks` is why `/v2/` is no distribution API, "" when it is one."""

    url: str
    version: str
    silence: str
    account: dict[str, str]  # repository -> why the account can't read it, "" when it can
    strangers: dict[str, str | Unseen]  # repository -> what a stranger could read, "" when nothing
    images: tuple[Image | Unseen, ...]
    repeated: tuple[str, ...] = field(default=())

    def __repr__(self) -> str:
        return f"registry {self.url} with {len(self.images)} images of {self.version}"

    def looked(self) -> str:
        """How much was seen."""
        blobs = sum(each.blobs for each in self.images if isinstance(each, Image))
        again = f"; asked again: {', '.join(self.repeated)}" if self.repeated else ""
        return f"{self.url}: {len(self.images)} images of {self.version}, {blobs} blobs{again}"[:300]

    def repositories_unreadable(self) -> tuple[str, ...]:
        """Repositories that the account can't read."""
        return tuple(f"{name}: {why}" for name, why in self.account.items() if why)

    def repositories_open(self) -> tuple[str, ...]:
        """Repositories that a stranger can read."""
        unseen = [each for each in self.strangers.values() if isinstance(each, Unseen)]
        open_ = [f"{name}: {what}" for name, what in self.strangers.items() if isinstance(what, str) and what]
        return offenders(open_, unseen)

    def _with(self, wrong: dict[str, str]) -> tuple[str, ...]:
        return offenders(
            [f"{name}: {why}" for name, why in wrong.items() if why],
            [each for each in self.images if isinstance(each, Unseen)],
        )

    @property
    def seen_images(self) -> tuple[Image, ...]:
        """Those that could be looked at."""
        return tuple(each for each in self.images if isinstance(each, Image))

    def images_missing(self) -> tuple[str, ...]:
        """Services without an image, or without one for a platform of the target."""

        def why(image: Image) -> str:
            if not image.digest:
                return f"nothing under {image.recorded[:19] or self.version}"
            return f"no manifest for {', '.join(image.platforms_missing)}" if image.platforms_missing else ""

        return self._with({each.service: why(each) for each in self.seen_images})

    def tags_wrong(self) -> tuple[str, ...]:
        """Services whose version tag is absent, or points to another digest than the release file recorded."""

        def why(image: Image) -> str:
            if not image.recorded.startswith(DIGEST):
                return f"the release file records no digest for it ({image.recorded or 'nothing'})"
            if not image.tagged:
                return f"no tag {self.version}"
            return "" if image.tagged == image.recorded else f"{self.version} is {image.tagged[:19]}, not as recorded"

        return self._with({each.service: why(each) for each in self.seen_images})

    def layers_missing(self) -> tuple[str, ...]:
        """Services whose image lacks a layer, its configuration, or everything."""

        def why(image: Image) -> str:
            if not image.blobs:
                return "no layer at all"
            return ", ".join(image.blobs_missing)

        return self._with({each.service: why(each) for each in self.seen_images})


def look(visit: Visit) -> Registry:
    """Ask as a stranger, then as the account. Without a release file the images are unseen, the rest is not."""
    from acceptance import asking, web
    from acceptance.distribution import Client

    table = visit.target.registry
    assert table
    if not table.images:
        raise ProbeError("images of the release", "[registry] images names none")
    release: Release | None = visit.needs.get("release")
    version = release.version if release else ""
    with web.client(visit) as using, asking.reading("the registry"):
        api = asking.Api("registry", visit, using, table.url.rstrip("/"))
        user = visit.target.credentials[table.credential].user if table.credential in visit.target.credentials else ""
        account = Client(api, user, visit.secret(table.credential), table.realm, table.stores)
        silence = _silence(api)
        readable = {name: silence or _readable(account, name, version) for name in table.images.values()}
        return Registry(
            url=web.path_of(table.url),
            version=version,
            silence=silence,
            account=readable,
            strangers={
                name: Unseen(name, silence) if silence else _stranger(Client(api), name, version)
                for name in table.images.values()
            },
            images=tuple(
                _image(account, service, table, release, silence or readable[table.images[service]])
                if service in table.images
                else Unseen(f"image of {service}", "the release has one, and [registry] images names no repository")
                for service in dict.fromkeys((*table.images, *(release.images if release else ())))
            ),
            repeated=api.evidence(),
        )


def _silence(api: Api) -> str:
    """Why `/v2/` is no distribution API; the control is a path that must not exist."""
    from acceptance import web

    response = api.ask("GET", "/v2/")
    if response.status_code not in (200, 401):
        return f"/v2/ answers {response.status_code}"
    marked = response.headers.get("Docker-Distribution-Api-Version", "").startswith("registry/2")
    if response.status_code == 401 and not (marked or response.headers.get("WWW-Authenticate")):
        return "/v2/ answers 401 without a challenge"
    control = api.ask("GET", f"/v2/{api.visit.marker.lower()}/no/manifests/none")
    if control.status_code not in (401, 403, 404):
        return f"a repository that can't exist answers {control.status_code}"
    errors = web.as_json(control)
    if not isinstance(errors, dict) or not isinstance(errors.get("errors"), list):
        return "errors are not told as the distribution API tells them"
    return ""


def _readable(account: Client, repository: str, tag: str) -> str:
    """Why the account can neither list the repository nor read the version in it."""
    try:
        return "" if account.tags(repository) else "no tag to be seen"
    except ProbeError as problem:
        try:
            readable = bool(tag) and account.manifest(repository, tag) is not None
        except ProbeError:
            readable = False
        return "" if readable else problem.why


def _stranger(stranger: Client, repository: str, tag: str) -> str | Unseen:
    from acceptance.asking import refusal

    for path in (f"manifests/{tag or 'latest'}", "tags/list"):
        try:
            response = stranger.ask("GET", repository, path)
        except ProbeError as problem:
            return Unseen(f"{repository} as a stranger", problem.why)
        if response.is_success:
            return f"{path} is readable"
        if response.status_code not in (401, 403, 404):
            return Unseen(f"{repository} as a stranger", refusal(response))
    return ""


def _image(account: Client, service: str, table: Table, release: Release | None, refused: str) -> Image | Unseen:
    if release is None:
        return Unseen("what probe release saw", "it could not look")
    if refused:
        return Unseen(f"image of {service}", refused)
    repository, digest = table.images[service], release.images.get(service, "")
    try:
        tag = account.manifest(repository, release.version)
        found = account.manifest(repository, digest) if digest.startswith(DIGEST) else tag
        if found is None:
            return Image(service, repository, digest, tag.digest if tag else "", "", (), (), 0, ())
        wanted, missing = [found], list[str]()
        if found.is_index:
            listed = {_platform(each.get("platform") or {}): each for each in found.document["manifests"]}
            missing = [each for each in table.platforms if each not in listed]
            there = {name: account.manifest(repository, str(each.get("digest"))) for name, each in listed.items()}
            missing += [name for name in table.platforms if name in listed and there[name] is None]
            wanted = [each for name, each in there.items() if each is not None and name != "unknown/unknown"]
        blobs = dict.fromkeys(blob for each in wanted for blob in each.blobs)
        absent = tuple(blob for blob in blobs if not account.has_blob(repository, blob))
    except ProbeError as problem:
        return Unseen(problem.what, problem.why)
    return Image(
        service, repository, digest, tag.digest if tag else "", found.digest,
        tuple(dict.fromkeys([found.digest, *(each.digest for each in wanted)])), tuple(missing), len(blobs), absent,
        tuple(str((each.document.get("config") or {}).get("digest", "")) for each in wanted),
    )  # fmt: skip


def _platform(platform: dict[str, str]) -> str:
    variant = f"/{platform['variant']}" if platform.get("variant") and platform.get("architecture") == "arm" else ""
    return f"{platform.get('os')}/{platform.get('architecture')}{variant}"
