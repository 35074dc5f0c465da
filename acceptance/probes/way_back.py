"""Whether the images of the version to go back to are still in the registry."""

from __future__ import annotations

from acceptance.facts import ProbeError, Unseen, facts, offenders
from acceptance.visit import Visit


@facts
class WayBack:
    """`images`: "" where a service's image is there, else what is missing. Empty on a first release."""

    version: str
    first: bool
    images: dict[str, str | Unseen]

    def __repr__(self) -> str:
        return f"images of {self.version}"

    def looked(self) -> str:
        """Which version, how many images."""
        return (
            "first release: the way back is to take it down"
            if self.first
            else (f"{len(self.images)} images of {self.version} in the registry")
        )

    def images_gone(self) -> tuple[str, ...]:
        """Services whose image of that version is gone."""
        if not self.first and not self.images:
            raise ProbeError(f"images of {self.version}", "[registry] images names none")
        gone = [f"{name}: {why}" for name, why in self.images.items() if why and not isinstance(why, Unseen)]
        return offenders(gone, [why for why in self.images.values() if isinstance(why, Unseen)])


def look(visit: Visit) -> WayBack:
    """Ask for each manifest by the digest that the earlier release file recorded; where it has none at all, by its tag.

    The images are those of that version: a service that is new has none, one that is gone still needs its own.
    """
    from acceptance import asking, web
    from acceptance.distribution import Client

    table = visit.target.registry
    assert table
    release = visit.need("release")
    if release.rollback == "take down":
        return WayBack("", True, {})
    if release.back is None:
        raise ProbeError("the way back", "; ".join(release.way_back_unnamed()))
    found: dict[str, str | Unseen] = {}
    with web.client(visit) as using:
        api = asking.Api("registry", visit, using, table.url.rstrip("/"))
        user = visit.target.credentials[table.credential].user if table.credential in visit.target.credentials else ""
        account = Client(api, user, visit.secret(table.credential), table.realm)
        for service, reference in (release.back.images or dict.fromkeys(table.images, release.back.version)).items():
            repository = table.images.get(service, "")
            if not repository:
                found[service] = Unseen(
                    f"image of {service} {release.back.version}", "[registry] images names it nowhere"
                )
                continue
            try:
                there = account.manifest(repository, reference)
                found[service] = "" if there else f"nothing under {repository}:{reference[:19]}"
            except ProbeError as problem:
                found[service] = Unseen(problem.what, problem.why)
    return WayBack(release.back.version, False, found)
