"""The registry: the probe against a double with tokens, healthy and broken, and what it must not do."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from types import SimpleNamespace

import httpx
import pytest

from acceptance.asking import Api
from acceptance.distribution import Client
from acceptance.facts import ProbeError, Unseen, dump, load
from acceptance.probes import registry, release, way_back
from acceptance.probes.ci_facts import Ci
from acceptance.probes.ci_reports import Scan
from acceptance.probes.pulls import Answer, Host, Pull, Pulls
from acceptance.probes.registry import Image, Registry
from acceptance.probes.release import Back
from acceptance.probes.repo_facts import Repo
from acceptance.reach import ask
from acceptance.sandbox import registry as part
from acceptance.sandbox.double import Reply, Request, serve
from acceptance.sandbox.world import World
from acceptance.visit import Visit
from selftests.judging import BLOCKED, FAIL, PASS, judge
from selftests.test_asking import visit


@pytest.fixture
def world(tmp_path: Path) -> World:
    return World(tmp_path)


@pytest.fixture
def here(world: World, tmp_path: Path) -> Visit:
    tables = part.start(world)
    tables.pop("doubles")
    images = "".join(f'{service} = "{digest}"\n' for service, digest in world.shared["images"].items())
    (tmp_path / "releases").mkdir()
    file = f'version = "{world.version}"\ncommit = "{world.commit}"\n[images]\n{images}'
    (tmp_path / "releases" / f"{world.version}.toml").write_text(file)
    made = visit(tmp_path, **tables)
    made.target._folder = tmp_path
    return replace(made, needs={"release": release.look(made)})


def saw(here: Visit) -> Registry:
    return load(Registry, dump(registry.look(here)))


def test_healthy(here: Visit) -> None:
    found = saw(here)
    assert not found.silence
    assert not found.repositories_unreadable()
    assert not found.repositories_open()
    assert not found.images_missing()
    assert not found.tags_wrong()
    assert not found.layers_missing()
    engine = found.seen_images[0]
    assert (len(engine.digests), engine.blobs) == (3, 6)


@pytest.mark.parametrize(
    ("fault", "wrong"),
    [
        ("registry-path-missing", lambda r: r.silence),
        ("registry-answers-anything", lambda r: r.silence),
        ("registry-account-refused", Registry.repositories_unreadable),
        ("registry-account-may-not-read", Registry.repositories_unreadable),
        ("registry-open", Registry.repositories_open),
        ("image-missing", Registry.images_missing),
        ("image-missing", Registry.layers_missing),
        ("image-platform-missing", Registry.images_missing),
        ("image-tag-moved", Registry.tags_wrong),
        ("image-untagged", Registry.tags_wrong),
        ("image-layer-missing", Registry.layers_missing),
    ],
)
def test_broken(world: World, here: Visit, fault: str, wrong: Callable[[Registry], object]) -> None:
    world.faults.add(fault)
    assert wrong(saw(here))


def test_an_account_that_is_refused_blocks_what_it_would_have_seen(world: World, here: Visit) -> None:
    world.faults.add("registry-account-refused")
    with pytest.raises(ProbeError, match="401"):
        saw(here).images_missing()


def test_without_a_release_file_the_registry_is_still_judged(here: Visit) -> None:
    found = saw(replace(here, needs={}))
    assert not found.silence
    assert not found.repositories_open()
    with pytest.raises(ProbeError, match="what probe release saw"):
        found.tags_wrong()


def test_a_tag_instead_of_a_recorded_digest_is_wrong() -> None:
    image = Image("redis", "r", "latest", "sha256:a", "sha256:a", ("sha256:a",), (), 3, ())
    found = Registry("r", "2.4.0", "", {"r": ""}, {"r": ""}, (image,))
    assert found.tags_wrong()
    assert not replace(found, images=(replace(image, recorded="sha256:a"),)).tags_wrong()


def test_a_missing_image_beats_an_unseen_one() -> None:
    gone = Image("redis", "r", "sha256:a", "", "", (), (), 0, ())
    found = Registry("r", "2.4.0", "", {}, {}, (Unseen("mongodb", "time-out"), gone))
    assert found.images_missing() == ("redis: nothing under sha256:a",)


def test_the_password_goes_to_no_token_service_that_the_target_does_not_name(here: Visit) -> None:
    got: list[str] = []

    def thief(request: object) -> Reply:
        got.append("asked")
        return Reply({"token": "x"})

    elsewhere = serve(thief)
    challenge = ("WWW-Authenticate", f'Bearer realm="{elsewhere}/token",service="s"')
    lying = serve(lambda _: Reply({"errors": []}, 401, (challenge,)))
    with httpx.Client(trust_env=False) as using:
        client = Client(Api("registry", here, using, lying), "deploy", "secret")
        with pytest.raises(ProbeError, match="is not named"):
            client.tags("a/b")
        assert not got
        client.realm = elsewhere
        with pytest.raises(ProbeError, match="401"):
            client.tags("a/b")
        assert got


SCANNED = datetime(2026, 3, 2, tzinfo=UTC)


@pytest.mark.parametrize(
    ("digests", "scanned", "days", "status"),
    [
        (("sha256:a",), ("sha256:a",), 7.0, PASS),
        (("sha256:a",), ("sha256:a",), 7.01, FAIL),
        (("sha256:a",), ("sha256:a",), -0.04, PASS),  # the scanner's clock is an hour ahead
        (("sha256:a",), ("sha256:a",), -0.1, FAIL),
        (("sha256:a",), ("sha256:b",), 1.0, FAIL),
        (("sha256:a",), (), 1.0, FAIL),
        (("sha256:a", "sha256:p", "sha256:q"), ("sha256:p", "sha256:q"), 1.0, PASS),
        (("sha256:a", "sha256:p", "sha256:q"), ("sha256:p",), 1.0, FAIL),
    ],
)
def test_scans_are_of_these_digests_and_not_old(
    digests: tuple[str, ...], scanned: tuple[str, ...], days: float, status: str
) -> None:
    image = Image("redis", "r", digests[0], digests[0], digests[0], digests, (), 3, ())
    found = Registry("r", "2.4.0", "", {"r": ""}, {"r": ""}, (image,))
    made = SCANNED - timedelta(days=days)
    scan = Scan("scans/redis.json", "scans", "trivy", "image", made, ("redis",), scanned)
    assert judge("INFRA-IMAGE-06", registry=found, ci=Ci("c", "ci", SCANNED, scans=(scan,))) is status


def test_one_host_that_cannot_be_asked_blocks_and_a_refusal_beats_it() -> None:
    blind = Host("db", Unseen("host db", "no route"))
    fine, refused = Host("app", (Pull("r@sha256:a", ""),)), Host("app", (Pull("r@sha256:a", "unauthorized"),))
    assert judge("INFRA-IMAGE-08", pulls=Pulls((fine,))) is PASS
    assert judge("INFRA-IMAGE-08", pulls=Pulls((fine, blind))) is BLOCKED
    assert judge("INFRA-IMAGE-08", pulls=Pulls((refused, blind))) is FAIL


def test_blobs_elsewhere_are_fetched_where_the_target_says_so_and_without_the_log_in(here: Visit) -> None:
    got: list[dict[str, str]] = []

    def store(request: Request) -> Reply:
        got.append(request.headers)
        return Reply(b"")

    elsewhere = serve(store)
    sends = serve(lambda _: Reply(b"", 307, (("Location", f"{elsewhere}/blob"),)))
    with httpx.Client(trust_env=False) as using:
        client = Client(Api("registry", here, using, sends), "deploy", "secret")
        client._headers["a/b"] = {"Authorization": "Bearer token"}
        with pytest.raises(ProbeError, match="name it in"):
            client.has_blob("a/b", "sha256:0")
        client.stores = (elsewhere,)
        assert client.has_blob("a/b", "sha256:0")
    assert "authorization" not in got[0]


def test_an_account_that_may_read_but_not_list_is_enough(world: World, here: Visit) -> None:
    double = part.Double(world, part.Images(world.version))
    digest = double.images.push("bot-core/redis")
    answer = double.answer

    def no_lists(request: Request) -> Reply:
        return Reply({"errors": []}, 403) if request.path.endswith("/tags/list") else answer(request)

    double.url = serve(no_lists)
    table = here.target.registry
    assert table
    narrow = table.model_copy(update={"url": double.url, "images": {"redis": "bot-core/redis"}})
    release_ = replace(here.needs["release"], images={"redis": digest})
    there = replace(here, target=here.target.model_copy(update={"registry": narrow}), needs={"release": release_})
    assert not registry.look(there).repositories_unreadable()
    assert registry.look(replace(there, needs={})).repositories_unreadable()


def test_a_host_that_cannot_reach_the_registry_says_so(tmp_path: Path) -> None:
    here = visit(tmp_path, hosts={"app": {"local": True}})
    nowhere = f"127.0.0.1:1/a/b@sha256:{'0' * 64}"
    answer = load(Answer, ask(here, "app", ("pulls",), pulls=[nowhere], in_clear=True))
    assert not isinstance(answer.pulls, Unseen)
    assert answer.pulls[0].refused


def test_an_image_of_the_release_that_the_target_places_nowhere_is_unseen(here: Visit) -> None:
    more = replace(here.needs["release"], images={**here.needs["release"].images, "relay": f"sha256:{'3' * 64}"})
    with pytest.raises(ProbeError, match=r"image of relay.*names no repository"):
        saw(replace(here, needs={"release": more})).images_missing()


@pytest.mark.parametrize(
    ("images", "status"),
    [
        (lambda old: old, PASS),
        (lambda old: {"redis": old["redis"]}, PASS),  # the others are new in this version
        (lambda old: {}, FAIL),  # nothing recorded: the version's tags are asked for, and there are none
        (lambda old: {**old, "redis": f"sha256:{'3' * 64}"}, FAIL),
        (lambda old: {**old, "relay": old["redis"]}, BLOCKED),  # gone in this version, needed for the way back
    ],
)
def test_the_way_back_needs_the_images_of_the_version_before(
    world: World, here: Visit, images: Callable[[dict[str, str]], dict[str, str]], status: str
) -> None:
    back = Back(world.previous, f"v{world.previous}", "b" * 40, images(world.shared["previous_images"]))
    release_ = replace(here.needs["release"], rollback=world.previous, back=back, migrations="none")
    facts = {"way_back": way_back.look(replace(here, needs={"release": release_})), "release": release_}
    git = Repo("clone", "a" * 40, "v2", "a" * 40, "v1", "b" * 40, "complete")
    assert judge("INFRA-GATE-04", repo=git, signed=SimpleNamespace(require=lambda: True), **facts) is status
